.PHONY: build debug test lint format bench

build:
	pip install --no-build-isolation -e '.[test,lint]'

debug:
	FASTGRU_DEBUG=1 python setup.py build_ext --inplace --force

test:
	pytest -q

lint:
	ruff check .
	ruff format --check .
	cython-lint fastgru
	clang-format --dry-run --Werror include/fastgru/*.h tests/kernels/*.[ch]
	codespell

format:
	ruff check --fix .
	ruff format .
	clang-format -i include/fastgru/*.h tests/kernels/*.[ch]

bench:
	python bench

"""The C kernels without Python, under the compiler's sanitizers: no read or write beyond an
array, nothing undefined, no race in the pool."""

import c_driver
import pytest

from fastgru.kernels import isa

CURE = "install a C compiler"
VECTORS = {"baseline": "4 and 2", "avx2": "8 and 4", "avx512": "16 and 8"}


@pytest.fixture(scope="module", params=["address,undefined", "thread"])
def program(request, tmp_path_factory):
    compiler = c_driver.need("cc", CURE)
    folder, flag = tmp_path_factory.mktemp("sanitized"), f"-fsanitize={request.param}"
    (folder / "empty.c").write_text("int main(void) { return 0; }\n")
    status, _ = c_driver.run(
        compiler, flag, folder / "empty.c", "-o", folder / "empty", check=False
    )
    if status or c_driver.run(folder / "empty", check=False)[0]:
        pytest.skip(f"{compiler} has no working {flag} here")
    # Compiling takes a minute with the optimiser on, or with variables among the symbols.
    return c_driver.build(compiler, folder, flag, "-fno-sanitize-recover=all", "-O1", "-g1")


@pytest.mark.parametrize("name", isa.available())
def test_each_instruction_set_is_plain_loops_within_its_arrays(program, name):
    number = isa.NAMES.index(name)
    assert c_driver.run(program, number, 100003, check=False) == (
        0,
        f"isa {number}, {VECTORS[name]} numbers in a vector\n",
    )


def test_the_driver_is_compiled_as_the_package_is():
    """Without debug symbols (-g0) no code changes."""
    code = (c_driver.ROOT / "setup.py").read_text()
    given = code.partition('"-O0", "-g"]')[2].partition("]")[0].split('"')[1::2]
    assert set(given) - {"-g0"} == set(c_driver.FLAGS)

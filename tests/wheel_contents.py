"""Check what a wheel holds: python tests/wheel_contents.py fastgru-....whl

The compiled kernels, the Python modules, py.typed, the C headers and the bundled reviews,
and nothing else.
"""

import fnmatch
import sys
import zipfile

ALLOWED = [
    "fastgru/*.py",
    "fastgru/py.typed",
    "fastgru/data/reviews.tsv",
    "fastgru/include/fastgru/*.h",
    "fastgru/kernels/*.so",
    "fastgru/kernels/*.pyd",
    "fastgru-*.dist-info/*",
]
REQUIRED = [
    "fastgru/py.typed",
    "fastgru/data/reviews.tsv",
    "fastgru/include/fastgru/gates.h",
    "fastgru/include/fastgru/gates_body.h",
    "fastgru/kernels/gru.*",
    "fastgru-*.dist-info/entry_points.txt",
    "fastgru-*.dist-info/licenses/LICENSE",
]


def main(path):
    names = zipfile.ZipFile(path).namelist()
    extra = [n for n in names if not any(fnmatch.fnmatch(n, a) for a in ALLOWED)]
    missing = [r for r in REQUIRED if not fnmatch.filter(names, r)]
    if extra or missing:
        sys.exit(f"{path}: not expected: {extra}; missing: {missing}")
    size = sum(entry.compress_size for entry in zipfile.ZipFile(path).infolist())
    print(f"{len(names)} files, {size / 1e6:.2f} MB compressed: as expected")


if __name__ == "__main__":
    main(sys.argv[1])

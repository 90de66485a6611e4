"""Lower floors must not import higher ones, in Python or in Cython."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "fastgru"
pytestmark = pytest.mark.skipif(not PACKAGE.is_dir(), reason="needs the source tree")

#: The longest prefix counts. Floor 0 is C and has no imports to check.
FLOOR = {
    "fastgru.kernels": 1,
    "fastgru._check": 1,
    "fastgru._errors": 1,
    "fastgru._names": 1,
    "fastgru._seed": 1,
    "fastgru._workspace": 1,
    "fastgru._blas_threads": 1,
    "fastgru._parameters": 1,
    "fastgru._lookup": 1,
    "fastgru._functions": 1,
    "fastgru.initializers": 1,
    "fastgru.regularizers": 1,
    "fastgru.constraints": 1,
    "fastgru.activations": 1,
    "fastgru.layers": 2,
    "fastgru.losses": 2,
    "fastgru.metrics": 2,
    "fastgru.optimizers": 2,
    "fastgru._pictures": 2,
    "fastgru._plots": 1,
    "fastgru._progress": 2,
    "fastgru.callbacks": 3,
    "fastgru.models": 3,
    "fastgru.preprocessing": 4,
    "fastgru.formats": 4,
    "fastgru.saving": 4,
    "fastgru.stream": 4,
    "fastgru.utils": 4,
    "fastgru.demo": 5,
    "fastgru._cli": 5,
    "fastgru.__main__": 5,
}
#: Thin entries: a model saves itself and makes its stream, and `models` opens files.
ALLOWED = {("fastgru.models", "fastgru.saving"), ("fastgru.models", "fastgru.stream")}


def unit(name):
    """The entry of FLOOR that a module belongs to."""
    found = [u for u in FLOOR if name == u or name.startswith(u + ".")]
    return max(found, key=len, default=None)


def imported(path):
    """Full names that a Python or Cython file imports from the package."""
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
    else:
        for source, names in re.findall(
            r"^from ([\w.]+) c?import ([\w, ]+)", path.read_text(), re.MULTILINE
        ):
            yield from (f"{source}.{name.strip()}" for name in names.split(","))


def imports():
    """(file, its unit, the unit it imports) over the package."""
    for path in sorted(PACKAGE.rglob("*.p[yx]*")):
        if path.suffix not in (".py", ".pyx", ".pxd"):
            continue
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        for name in imported(path):
            if module != "fastgru" and name.startswith("fastgru"):
                yield path.name, unit(module), unit(name)


def test_imports_point_down():
    upward = [
        f"{name}: {here} imports {there}"
        for name, here, there in imports()
        if there is not None
        and here != there
        and FLOOR[there] > FLOOR[here]
        and (here, there) not in ALLOWED
    ]
    assert not upward


def test_every_module_has_a_floor():
    names = {here for _, here, _ in imports()}
    assert None not in names


def test_the_check_sees_imports():
    assert ("gru.py", "fastgru.layers", "fastgru.kernels") in set(imports())
    assert ("gru.pyx", "fastgru.kernels", "fastgru.kernels") in set(imports())

"""A model as a file for other programs."""

import os

from fastgru._check import check_choice, fail
from fastgru.saving.paths import adopted, check_new, file_path

MISSING = (
    "export: onnx must be installed; got none. `pip install 'fastgru[onnx]'` installs it."
)


def export_model(model, filepath, format="onnx", opset_version=17, overwrite=True):
    """Write what a model computes; see `Sequential.export`."""
    check_choice("export", "format", format, ("onnx",))
    path = file_path("export", filepath, "write")
    if path is None or not path.endswith(".onnx"):
        got = type(filepath).__name__ if path is None else repr(path)
        fail("export", "filepath", "be a path that ends in .onnx", got)
    check_new("export", path, overwrite)
    adopted("export", model)
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(MISSING) from error
    from fastgru.formats import onnx_export
    from fastgru.formats.atomic import replacing

    data = onnx_export.dump(model, opset_version)
    with replacing(path) as file:
        file.write(data)

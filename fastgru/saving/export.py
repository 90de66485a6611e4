"""A model as a file for other programs."""

from fastgru._check import check_choice, fail
from fastgru.saving.paths import adopted, check_new, file_path


def export_model(model, filepath, format="onnx", opset_version=17, overwrite=True):
    """Write what a model computes; see `Sequential.export`."""
    from fastgru.formats.atomic import replacing
    from fastgru.formats.onnx_export import dump

    check_choice("export", "format", format, ("onnx",))
    path = file_path("export", filepath, "write")
    if path is None or not path.endswith(".onnx"):
        got = type(filepath).__name__ if path is None else repr(path)
        fail("export", "filepath", "be a path that ends in .onnx", got)
    check_new("export", path, overwrite)
    adopted("export", model)
    data = dump(model, opset_version)
    with replacing(path) as file:
        file.write(data)

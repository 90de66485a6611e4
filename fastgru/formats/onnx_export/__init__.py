"""A model as a file of ONNX, for ONNX Runtime and whatever else reads it.

The graph has one input, `input`, (batch, ...) as the model has it; ids are int64. Its output
is `output`, or `output_0`, `output_1`, ... where the last layer gives several arrays. States
of a stateful layer come in as `<layer>/state_0`, ... and go out as `<layer>/new_state_0`, ...:
zeros, or `get_initial_state`, begin a sequence. Axes that the model leaves open are open.
"""

from fastgru._check import check_int, fail

OLDEST = 17
MISSING = "export: onnx must be installed; got none. `pip install 'fastgru[onnx]'` installs it."
#: What a file of protocol buffers can hold.
_MOST_BYTES = 2**31 - 2**20


def dump(model, opset_version=OLDEST):
    """The bytes of a built model's file.

    Parameters
    ----------
    model : Sequential
    opset_version : int, default 17
        Of ONNX' operators, from 17 to the newest that the installed onnx has.

    Raises
    ------
    ImportError
        If onnx is not installed.
    ValueError
        If the model reads texts, has a layer that is none of fastgru's, or is too large.
    """
    try:
        import onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(MISSING) from error
    from fastgru.formats.onnx_export.model import NEWEST, build

    found = check_int("export", "opset_version", opset_version)
    if not OLDEST <= found <= NEWEST:
        fail("export", "opset_version", f"lie in [{OLDEST}, {NEWEST}]", f"{found}")
    first = model.layers[0]
    if first.takes_text:
        fail("export", "the model", "read numbers", f"texts, by {first.name}",
             "Export Sequential(model.layers[1:]), built for what that layer gives.")  # fmt: skip
    size = model.count_params() * model.store.dtype.itemsize
    if size > _MOST_BYTES:
        fail("export", "the weights", f"fit in {_MOST_BYTES} bytes", f"{size} bytes")
    return build(model, found).SerializeToString()

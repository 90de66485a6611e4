"""From a model to ONNX' ModelProto."""

import onnx
from onnx import TensorProto, helper

import fastgru
from fastgru.formats.onnx_export.graph import Graph
from fastgru.formats.onnx_export.table import emit
from fastgru.layers.stack import leaves
from fastgru.models import Sequential

#: The newest operator set that the installed onnx has.
NEWEST = onnx.defs.onnx_opset_version()


def build(model, opset):
    """The checked ModelProto of a built model."""
    model = _opened(model)
    dtype = model.store.dtype
    kind = helper.np_dtype_to_tensor_dtype(dtype)
    g = Graph(opset, dtype)
    x, mask = "input", None
    for layer in model.layers:
        x, mask = emit(g, layer, x, mask)
    several = isinstance(x, tuple)
    names = [f"output_{number}" for number in range(len(x))] if several else ["output"]
    for part, name in zip(x if several else [x], names, strict=True):
        g.named(part, name)
    ids = model.layers[0].takes_ids
    inputs = [_info("input", TensorProto.INT64 if ids else kind, _named(model.input_shape))]
    outputs = [
        _info(name, kind, shape)
        for name, shape in zip(names, _shapes(model, len(names)), strict=True)
    ]
    inputs += [_info(name, kind, (None, size)) for name, size in g.states_in]
    outputs += [_info(name, kind, (None, size)) for name, size in g.states_out]
    opsets = [helper.make_opsetid("", opset)]
    nodes, initializers = g.read(one.name for one in outputs)
    found = helper.make_model(
        helper.make_graph(nodes, model.name, inputs, outputs, initializers),
        opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="fastgru", producer_version=fastgru.__version__,
    )  # fmt: skip
    onnx.checker.check_model(found, full_check=True)
    return found


def _info(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, ["batch", *shape[1:]])


def _named(shape):
    """The shape with names for the axes that are open."""
    names = ["batch", "time", *(f"axis_{place}" for place in range(2, len(shape)))]
    return [name if size is None else size for size, name in zip(shape, names, strict=False)]


def _shapes(model, count):
    """The shapes of the outputs: what the last layer gives, and its states behind."""
    *_, last = leaves(model.layers)
    states = []
    if getattr(last, "return_state", False):
        states = [state.shape for state in last.get_initial_state(1)]
    return [model.output_shape] * (count - len(states)) + states


def _opened(model):
    """The model, with an open axis of steps where only data said how many there are."""
    shape = model.input_shape
    if model._shape_is_given or len(shape) < (2 if model.layers[0].takes_ids else 3):
        return model
    config = model.get_config()
    del config["build_input_shape"]
    try:
        copy = Sequential.from_config(config)
        copy.build((None, None, *shape[2:]))
    except ValueError:
        # A layer needs their number.
        return model
    copy.set_weights(model.get_weights())
    return copy

"""Tensors as arrays, and the weights of one module: all of them, and no others."""

import re
from collections.abc import Mapping

import numpy as np

from fastgru._check import axes
from fastgru._errors import refuse, shown
from fastgru.formats.pytorch import WHERE

#: What PyTorch counts or derives and no layer needs.
_PASSED_OVER = ("num_batches_tracked",)
#: What weight norm and its like make of a weight's name.
_PARAMETRISED = re.compile(r"(^|\.)parametrizations\.|(^|\.)weight\w*_[gv]$")
PLAIN = (
    "torch.nn.utils.parametrize.remove_parametrizations(module, 'weight') makes it so, or of the "
    "older weight_norm torch.nn.utils.remove_weight_norm(module)."
)


def as_array(name, value):
    """A tensor or an array as a float32 or float64 array of its own."""
    if callable(getattr(value, "detach", None)):
        value = _of_tensor(name, value.detach())
    if not isinstance(value, np.ndarray):
        refuse(WHERE, f"{name!r} of the state dict", "be a tensor or an array",
               type(value).__name__)  # fmt: skip
    # bfloat16 of the package ml_dtypes has no kind of its own.
    if value.dtype.kind != "f" and value.dtype.name != "bfloat16":
        refuse(WHERE, f"{name!r} of the state dict", "have floating numbers",
               f"{value.dtype}")  # fmt: skip
    return np.array(value, np.float64 if value.dtype == np.float64 else np.float32, order="C")


def _of_tensor(name, tensor):
    if tensor.device.type == "meta" or tensor.layout.__str__() != "torch.strided":
        got = f"one on {tensor.device} with layout {tensor.layout}"
        refuse(WHERE, f"{name!r} of the state dict", "be a dense tensor with numbers", got)
    if tensor.is_floating_point() and str(tensor.dtype) not in (
        "torch.float32",
        "torch.float64",
    ):
        tensor = tensor.float()
    return tensor.cpu().numpy()


def as_arrays(state):
    """{name: array} of a state dict."""
    found, inner = {}, [name for name, value in state.items() if isinstance(value, Mapping)]
    if inner:
        refuse(WHERE, "a state dict", "have tensors or arrays alone",
               f"a dict as {shown(inner[0])}",
               f"from_torch(checkpoint[{shown(inner[0])}]) takes that one.")  # fmt: skip
    for name, value in state.items():
        if not isinstance(name, str):
            refuse(WHERE, "every name of the state dict", "be a str", shown(name))
        if _PARAMETRISED.search(name):
            refuse(WHERE, "the weights", "be plain", f"{shown(name)}, a part of one", PLAIN)
        if name.rpartition(".")[2] not in _PASSED_OVER:
            found[name] = as_array(name, value)
    return found


def exactly(label, arrays, shapes):
    """The arrays of one module in the order of {name: shape}; refuses too few and too many."""
    missing = [name for name in shapes if name not in arrays]
    left = [name for name in arrays if name not in shapes]
    if missing or left:
        got = ["none of " + ", ".join(missing)] * bool(missing)
        got += ["also " + ", ".join(left)] * bool(left)
        names = ", ".join(shapes) or "none"
        refuse(WHERE, f"the weights of {label}", f"be {names}", " and ".join(got))
    for name, shape in shapes.items():
        if arrays[name].shape != tuple(shape):
            refuse(WHERE, f"{name} of {label}", f"have shape {axes(shape)}",
                   axes(arrays[name].shape))  # fmt: skip
    return [arrays[name] for name in shapes]

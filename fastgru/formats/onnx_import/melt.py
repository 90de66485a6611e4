"""Activations, sums and products behind a layer: part of it where it has none of its own."""

import numpy as np

from fastgru.layers import Activation, Conv1D, Dense, LayerNormalization, Rescaling


def activation(node, plan, name):
    """Plan an activation, as part of the layer before it where that has none."""
    last = plan.last
    if last is not None and last.cls in (Dense, Conv1D) and "activation" not in last.config:
        last.config["activation"] = name
        plan.moved()
    else:
        plan.add(node, Activation, {"activation": name})


def shift(node, plan, offset):
    """Plan the addition of numbers, as a bias where the layer before it has none."""
    last, width = plan.last, plan.shape[-1]
    if last is not None and last.cls in (Dense, Conv1D) and not last.config["use_bias"] \
            and "activation" not in last.config:  # fmt: skip
        last.config["use_bias"] = True
        last.weights.append(np.broadcast_to(offset, (width,)))
        plan.moved()
    elif last is not None and last.cls is LayerNormalization and not last.config["center"]:
        last.config["center"] = True
        last.weights.append(np.broadcast_to(offset, (width,)))
        plan.moved()
    else:
        plan.add(node, Rescaling, {"scale": 1.0, "offset": _numbers(offset)})


def scale(node, plan, factor):
    """Plan a multiplication, as the gamma of a layer before it that has none."""
    last, factor = plan.last, np.ravel(factor)
    if last is not None and last.cls is LayerNormalization \
            and not (last.config["scale"] or last.config["center"]):  # fmt: skip
        last.config["scale"] = True
        last.weights.append(np.broadcast_to(factor, (plan.shape[-1],)))
        plan.moved()
    else:
        plan.add(node, Rescaling, {"scale": _numbers(factor)})


def _numbers(array):
    found = np.asarray(array, np.float64).reshape(-1).tolist()
    return found[0] if len(found) == 1 else found

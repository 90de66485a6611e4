"""What the graph gives, as what the model gives.

The batch's axis is first, the others stay in the graph's order. Directions of a recurrent
layer are no axis: those of two stand side by side in the features, as Keras has them.
"""

import dataclasses
import warnings

from fastgru.formats.build import WHERE
from fastgru.formats.onnx_import.tree import CHAIN
from fastgru.formats.onnx_import.unread import cls_states
from fastgru.formats.onnx_import.values import without_one
from fastgru.layers import Activation


def finish(plan, values, node):
    """Let the last layer give the graph's outputs."""
    if len(values) != 1:
        node.refuse("be one, or those of the last recurrent layer", f"{len(values)}", CHAIN)
    value = plan.take(values[0], node)
    value = value.renamed(_without_directions(value.groups))
    order = list(range(len(value.groups)))
    batch = [axis for axis in order if value.groups[axis] == plan.real[0]]
    if not batch:
        node.refuse("have an axis of samples", "none",
                    "A reshape that joins samples and steps at the end can be left out.")  # fmt: skip
    order.remove(batch[0])
    if not order and plan.shape[1:] == (1,):
        warnings.warn(f"{WHERE}: the output must have an axis beside the samples'; got none. The "
                      "model gives an array of shape (samples, 1).", stacklevel=6)  # fmt: skip
    else:
        plan.arrange(value, [batch[0], *order], node)
    if not plan.layers:
        if plan.ids:
            node.refuse("depend on a layer", "the input itself")
        plan.add(node, Activation, {"activation": "linear"})


def _without_directions(groups):
    alone = [group for group in groups if len(group) == 1 and group[0].directions]
    rest = [group for group in groups if group not in alone]
    if alone and alone[0][0].size > 1:
        rest[-1] = (*alone[0], *rest[-1])
    return rest


def _as_the_layer_gives(last, value):
    """Whether one of the outputs of a recurrent layer has the layer's axes, batch first."""
    kind, which = value.part
    batch, time = last.before[:2]
    features = last.atoms if which in (None, "turned") else last.atoms[1:]
    steps = [time] if kind in ("sequence", "turned") else []
    found = list(map(without_one, _without_directions(value.groups)))
    if batch not in found:
        return False
    found.remove(batch)
    return found == [*steps, without_one(features)]


def several(plan, values, node):
    """Let the recurrent layer at the end give all of several outputs, if it can."""
    if plan.settled or not all(
        value.place == plan.moves
        and value.tree is None
        and value.part
        and value.packed is None
        and _as_the_layer_gives(plan.last, value)
        for value in values
    ):
        return False
    count, parts = len(plan.last.directions), [value.part for value in values]
    apart = count == 2 and parts[0][1] == 0 and [p[1] for p in parts[:2]] == [0, 1]
    (kind, which), rest = parts[0], parts[1 + apart :]
    if (
        kind == "cell"
        or apart
        and (parts[1][0] != kind or values[0].zeroed != values[1].zeroed)
    ):
        return False
    words = [("final", "cell")[: len(cls_states(cls))] for cls, *_ in plan.last.directions]
    order = range(count)[:: -1 if which == "turned" else 1]
    wanted = [(word, d) for d in order for word in words[d]]
    if rest and rest != wanted and rest != [(word, None) for word in words[0]]:
        return False
    plan.last.return_state, plan.last.apart = bool(rest), apart
    plan.take(dataclasses.replace(values[0], part=(kind, None)) if apart else values[0], node)
    return True

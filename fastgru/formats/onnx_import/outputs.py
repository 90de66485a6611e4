"""What the graph gives, as what the model gives.

The batch's axis is first, the others stay in the graph's order. Directions of a recurrent
layer are no axis: those of two stand side by side in the features, as Keras has them.
"""

from fastgru.formats.onnx_import.plan import Tensor
from fastgru.formats.onnx_import.tree import CHAIN


def finish(plan, outputs, node):
    """Let the last layer give the graph's outputs."""
    values = [node.checked(value) for _, value in outputs]
    if len(values) > 1:
        _with_states(plan, values, node)
        return
    value = plan.take(values[0], node) if values else node.refuse("be one", "none")
    value = value.renamed(_without_directions(value.groups))
    order = list(range(len(value.groups)))
    batch = [axis for axis in order if value.groups[axis] == plan.real[0]]
    if not batch:
        node.refuse("have an axis of samples", "none")
    order.remove(batch[0])
    plan.arrange(value, [batch[0], *order], node)
    if not plan.layers:
        node.refuse("depend on a layer", "the input itself")


def _without_directions(groups):
    alone = [group for group in groups if len(group) == 1 and group[0].directions]
    rest = [group for group in groups if group not in alone]
    if alone and alone[0][0].size > 1:
        rest[-1] = (*alone[0], *rest[-1])
    return rest


def _with_states(plan, values, node):
    """A recurrent layer at the end gives its states too."""
    kinds = [value.part and value.part[0] for value in values]
    wanted = ["sequence", "final", "cell"][: len(kinds)]
    same = all(
        isinstance(value, Tensor) and value.place == plan.moves and value.tree is None
        and value.part and value.part[1] is None
        for value in values
    )  # fmt: skip
    if kinds != wanted or not same or plan.settled:
        node.refuse("be one, or those of the last recurrent layer", f"{len(values)}", CHAIN)
    if len(plan.last.directions) * (len(values) - 1) and plan.last.cls.__name__ == "LSTM" \
            and len(values) == 2:  # fmt: skip
        node.refuse("be one, or all those of the last recurrent layer", "2", CHAIN)
    plan.last.return_state = True
    plan.take(values[0], node)

"""What the graph gives, as what the model gives: the batch first, the rest in its order."""

from fastgru.formats.onnx_import.plan import CHAIN, Tensor


def finish(plan, outputs, node):
    """Let the last layer give the graph's outputs."""
    values = [node.checked(value) for _, value in outputs]
    if len(values) > 1:
        _with_states(plan, values, node)
        return
    value = plan.take(values[0], node) if values else node.refuse("be one", "none")
    order = [axis for axis, group in enumerate(value.groups) if not _is_one(group)]
    batch = [axis for axis in order if value.groups[axis] == plan.real[0]]
    if not batch:
        node.refuse("have an axis of samples", "none")
    order.remove(batch[0])
    plan.arrange(value, [batch[0], *order], node)
    if not plan.layers:
        node.refuse("depend on a layer", "the input itself")


def _is_one(group):
    """Whether an axis is that of the directions of a layer that has one."""
    return len(group) == 1 and group[0].directions and group[0].size == 1


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

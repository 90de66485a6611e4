"""What one unit cannot learn."""

from fastgru.models.epochs import warn


def warn_of_it(model):
    """Warn where classes are told apart by one unit: then nothing is learnt."""
    if model.output_shape[-1] != 1:
        return
    loss, last = model.loss, model.layers[-1]
    if getattr(last, "activation", None) == "softmax":
        warn(
            f"{last.name}: softmax must have at least 2 units; got 1, of which it makes 1 for "
            "every sample. Use sigmoid."
        )
    elif loss.link == "softmax" and not loss.sparse and getattr(loss, "axis", -1) == -1:
        warn(
            f"{model.name}: the output must have at least 2 units for {loss.name}; got 1. "
            "Use binary_crossentropy."
        )

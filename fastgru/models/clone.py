"""A model anew, with other weights."""

import copy

from fastgru._check import check_default, fail, short
from fastgru.models.sequential import Sequential


def clone_model(model, input_tensors=None, clone_function=None, call_function=None,
                recursive=False):  # fmt: skip
    """A model of the same layers, with weights of its own, which are drawn anew.

    Parameters
    ----------
    model : Sequential
    input_tensors, call_function, recursive
        Accepted for Keras' scripts at their defaults.
    clone_function : callable, optional
        Called with each layer, it returns the layer that takes its place; by default a new
        one of the same class and configuration.

    Returns
    -------
    Sequential
        Compiled if `model` is: with a new optimiser, loss and metrics of the same
        configuration.
    """
    if not isinstance(model, Sequential):
        fail("clone_model", "model", "be a Sequential", short(model), kind=TypeError)
    check_default(
        "clone_model", input_tensors=(input_tensors, None),
        call_function=(call_function, None), recursive=(recursive, False),
    )  # fmt: skip
    if not (clone_function is None or callable(clone_function)):
        fail("clone_model", "clone_function", "be callable", short(clone_function),
             kind=TypeError)  # fmt: skip
    layers = [(clone_function or _anew)(layer) for layer in model.layers]
    if model._input is not None:
        layers.insert(0, _anew(model._input))
    found = Sequential(layers, model.trainable, model.name)
    if not found.built and model.built:
        found.build(model.input_shape)
    if model.compiled:
        optimizer = model.optimizer
        config = optimizer.get_config()
        if optimizer.schedule is not None:
            config["learning_rate"] = optimizer.schedule
        metrics, weighted = (
            [_reset(copy.deepcopy(metric)) for metric in given]
            for given in (model.metrics_given, model.weighted_metrics_given)
        )
        found.compile(
            type(optimizer).from_config(config), model.loss, model.loss_weight, metrics,
            weighted,
        )  # fmt: skip
    return found


def _anew(layer):
    return layer.again()


def _reset(metric):
    if hasattr(metric, "reset_state"):
        metric.reset_state()
    return metric

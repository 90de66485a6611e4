"""Every public callable, with nonsense for each of its parameters: Python errors, no crash.

Not tried are the methods by which a model drives its layers (forward, predict, configure and
the like): these trust what they are given.
"""

import inspect
import warnings

import numpy as np
import pytest
from small_models import binary, data, fit, ids, words

from fastgru import Sequential, callbacks, layers, losses, metrics, optimizers, utils
from fastgru.preprocessing import sequence, text

X, Y = data()
ALLOWED = (
    TypeError, ValueError, IndexError, RuntimeError, NotImplementedError, MemoryError,
)  # fmt: skip
#: Views of arrays that no machine holds.
HUGE = [
    np.broadcast_to(np.zeros((), dtype), shape)
    for dtype in (np.float32, np.int64)
    for shape in ((2**45,), (2**45, 5), (2**45, 5, 3), (1, 2**45, 3))
]
NONSENSE = [
    None, True, -1, 0, 1.5, 2**62, 10**30, -(2**63), np.nan, np.inf, 1e308, "", "abc", "\0",
    b"abc", [], [None], [-1, 2], [10**400], (2**62, 2**62), {}, {"a": 1}, {1, 2}, object(),
    object, len, lambda *args, **options: None, range(3), ..., np.float64, np.array(3),
    np.zeros(0), np.zeros((0, 5, 3)), np.zeros((2, 2)), np.array("a"),
    np.array([None, "a"], object),
    np.ma.masked_array([1.0, 2.0], [True, False]), X + 0j, X, X[:, :0], [[1], [1, 2]],
    np.full((10, 5, 3), np.nan), np.full((10, 5), -(2**31), np.int32), *HUGE,
]  # fmt: skip


def train_with(layer):
    """Fit, call and describe a layer that could be made."""
    x = ids() if layer.takes_ids else X
    model = Sequential([layer, layers.Flatten(), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "bce")
    fit(model, x, Y)
    layer(x, training=True)
    layer.get_config()


def watch_with(callback):
    fit(binary(), callbacks=[callback], epochs=2, validation_split=0.3)


def compile_with(what):
    return lambda made: fit(binary(**{what: [made] if what == "metrics" else made}))


def judge(judge_class):
    """A loss or a metric, called on predictions."""

    def call(y_true, y_pred, sample_weight=None):
        judge_class()(y_true, y_pred, sample_weight)

    call.__qualname__ = f"{judge_class.__name__}.__call__"
    return call, None, {"y_true": Y, "y_pred": Y / 2}


def method(make, name, **good):
    """A method of a fresh object that `make` makes."""

    def call(**options):
        return getattr(make(), name)(**options)

    bound = getattr(make(), name)
    call.__signature__ = inspect.signature(bound)
    call.__qualname__ = f"{type(bound.__self__).__name__}.{name}"
    return call, None, good


def built(layer, x=X):
    layer(x)
    return layer


BUILT = [
    lambda: built(layers.GRU(4)), lambda: built(layers.Dense(4)),
    lambda: built(layers.Embedding(10, 4), ids()), lambda: built(layers.Dropout(0.5)),
]  # fmt: skip
ON_X, SILENT = {"x": X, "y": Y}, {"verbose": 0}
#: What is called, what is done with the result, and arguments it takes.
TARGETS = [
    (layers.GRU, train_with, {"units": 4}), (layers.Dense, train_with, {"units": 4}),
    (layers.Embedding, train_with, {"input_dim": 10, "output_dim": 4}),
    (layers.Dropout, train_with, {"rate": 0.5}), (layers.Masking, train_with, {}),
    (layers.Activation, train_with, {"activation": "relu"}), (layers.Flatten, train_with, {}),
    (layers.Layer, None, {}), (layers.Input, None, {"shape": (5, 3)}),
    (layers.InputLayer, None, {"shape": (5, 3)}), (Sequential, None, {}),
    (Sequential.from_config, None, {}),
    *(method(make, name, **good) for make in BUILT for name, good in [
        ("__call__", {"x": X}), ("set_weights", {"weights": []}), ("build", {}),
        ("from_config", {}),
    ]),
    *(method(binary, name, **good) for name, good in [
        ("fit", {**ON_X, **SILENT}), ("evaluate", {**ON_X, **SILENT}), ("__call__", {"x": X}),
        ("predict", {"x": X, **SILENT}), ("predict_on_batch", {}), ("train_on_batch", ON_X),
        ("test_on_batch", ON_X), ("compile", {"optimizer": "sgd", "loss": "mse"}),
        ("build", {}), ("get_layer", {}), ("set_weights", {}), ("add", {}), ("pop", {}),
        ("summary", {"print_fn": len}),
    ]),
    method(words, "fit", x=ids(), y=Y, **SILENT), method(words, "predict", x=ids(), **SILENT),
    *((cls, compile_with("optimizer"), {}) for cls in optimizers.CLASSES.values()),
    *((cls, compile_with("loss"), {}) for cls in losses.CLASSES.values()),
    *((cls, compile_with("metrics"), {}) for cls in metrics.CLASSES.values()),
    *(judge(cls) for cls in [*losses.CLASSES.values(), *metrics.CLASSES.values()]),
    (callbacks.EarlyStopping, watch_with, {}), (callbacks.LambdaCallback, watch_with, {}),
    (callbacks.LearningRateScheduler, watch_with, {}),
    *((module.get, None, {}) for module in (losses, metrics, optimizers)),
    (utils.to_categorical, None, {"x": [0, 1]}), (utils.set_random_seed, None, {}),
    (sequence.pad_sequences, None, {"sequences": [[1], [2, 3]]}),
    (text.Tokenizer, None, {}), (text.tokenizer_from_json, None, {}),
]  # fmt: skip


def named(target):
    call = target[0]
    return getattr(call, "__qualname__", repr(call))


def parameters(call):
    """Names of a callable's parameters; of a layer, those of its base too."""
    bases = [layers.Layer] if isinstance(call, type) and issubclass(call, layers.Layer) else []
    bases += [optimizers.Optimizer] if call in optimizers.CLASSES.values() else []
    found = {}
    for function in (call, *bases):
        found |= inspect.signature(function).parameters
    ignored = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [name for name, parameter in found.items() if parameter.kind not in ignored]


@pytest.mark.parametrize(("call", "use", "good"), TARGETS, ids=map(named, TARGETS))
def test_nonsense_ends_in_a_python_error(call, use, good):
    for name in parameters(call):
        for value in NONSENSE:
            if name == "epochs" and type(value) is int and value > 1:
                continue  # A right value, of which a training does not come to its end.
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    made = call(**{**good, name: value})
                    if use is not None:
                        use(made)
            except ALLOWED:
                pass
            except BaseException as error:
                raise AssertionError(f"{name}={value!r}: {type(error).__name__}") from error

"""Every argument of Keras' classes, functions and methods is taken here, by its default too."""

import importlib
import inspect

import pytest

import fastgru

keras = pytest.importorskip("keras", reason="needs Keras")

MODULES = [
    "activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics",
    "optimizers", "optimizers.schedules", "regularizers", "utils",
]  # fmt: skip
METHODS = [
    "add", "build", "compile", "evaluate", "fit", "get_layer", "load_weights", "pop", "predict",
    "predict_on_batch", "save", "save_weights", "summary", "test_on_batch", "to_json",
    "train_on_batch",
]  # fmt: skip
#: What differs, and why.
EXCEPTIONS = {
    ("deserialize", "custom_objects"): "no classes of the user's own",
    ("CallbackList", "add_history"): "the training loop's own, with other arguments",
    ("CallbackList", "add_progbar"): "the training loop's own, with other arguments",
    ("AveragePooling1D", "pool_size"): "2, as in MaxPooling1D; required there",
    ("AvgPool1D", "pool_size"): "2, as in MaxPooling1D; required there",
    ("PReLU", "alpha_initializer"): "'zeros' for 'Zeros', which are the same",
    ("Sequential.save", "zipped"): "True, which None means there",
}


def parameters(function):
    """(defaults by name, whether any keyword is taken, as classes hand some on)."""
    found = inspect.signature(function).parameters.values()
    kinds = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    named = {p.name: p.default for p in found if p.kind not in kinds}
    return named, isinstance(function, type) and any(p.kind == kinds[1] for p in found)


def differences(name, ours, theirs):
    """Keras' arguments that are not taken, have another default or another place."""
    (mine, any_keyword), (wanted, _) = parameters(ours), parameters(theirs)
    for argument, default in wanted.items():
        if (name, argument) in EXCEPTIONS:
            continue
        if argument not in mine:
            if not any_keyword:
                yield f"{name} does not take {argument}"
        elif mine[argument] != default and not (argument == "name" and mine[argument] is None):
            yield f"{name} has {argument}={mine[argument]!r} for {default!r}"
    both = [argument for argument in mine if argument in wanted]
    if both != [argument for argument in wanted if argument in mine]:
        yield f"{name} has its arguments in another order"


@pytest.mark.parametrize("where", MODULES)
def test_arguments_of_classes_and_functions(where):
    ours, theirs = importlib.import_module(f"fastgru.{where}"), keras
    for part in where.split("."):
        theirs = getattr(theirs, part)
    shared = [
        name
        for name in dir(ours)
        if name[0] != "_" and callable(getattr(ours, name)) and hasattr(theirs, name)
    ]
    assert shared
    found = [
        text
        for name in shared
        for text in differences(name, getattr(ours, name), getattr(theirs, name))
    ]
    assert not found


def test_arguments_of_models():
    found = [
        text
        for name in METHODS
        for text in differences(
            f"Sequential.{name}",
            getattr(fastgru.Sequential, name),
            getattr(keras.Sequential, name),
        )
    ]
    assert not found

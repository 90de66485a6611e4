"""Where weights start: Keras' distributions, drawn from the model's own generator.

Every initialiser works on the whole matrix, (in, 3 units) for a GRU's kernel, not on one
gate at a time; that is what Keras does, and it sets the scale.
"""

from fastgru._check import check_choice, fail
from fastgru._names import snake_case
from fastgru.initializers.base import (
    Constant,
    Function,
    Initializer,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    Zeros,
)
from fastgru.initializers.matrices import STFT, Identity, Orthogonal
from fastgru.initializers.scaled import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

CLASSES = {
    cls.__name__: cls
    for cls in (
        Constant, Zeros, Ones, RandomNormal, TruncatedNormal, RandomUniform, VarianceScaling,
        GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
        Orthogonal, Identity, STFT,
    )
}  # fmt: skip
_BY_NAME = {snake_case(name): cls for name, cls in CLASSES.items()} | {
    "zero": Zeros, "one": Ones, "normal": RandomNormal, "uniform": RandomUniform
}  # fmt: skip
# Keras' other names.
OrthogonalInitializer, IdentityInitializer, STFTInitializer = Orthogonal, Identity, STFT
globals().update({snake_case(name): cls for name, cls in CLASSES.items()})


def serialize(initializer):
    """An initialiser as JSON-ready values in Keras' form; a user's function as it is."""
    name = type(initializer).__name__
    if CLASSES.get(name) is not type(initializer):
        return getattr(initializer, "function", initializer)
    return {
        "module": "keras.initializers",
        "class_name": name,
        "config": initializer.get_config(),
        "registered_name": None,
    }


def deserialize(config, where="initializers.deserialize", what="config"):
    """The inverse of `serialize`; only classes of this module can be named."""
    name = config.get("class_name")
    check_choice(where, what, name, tuple(CLASSES))
    return CLASSES[name].from_config(config.get("config") or {})


def get(identifier, where="initializers.get", what="identifier"):
    """An initialiser from its name, its instance, or any function of a shape.

    Parameters
    ----------
    identifier : str, Initializer or callable
        "glorot_uniform" or "GlorotUniform"; a callable is called with the shape.

    Raises
    ------
    ValueError, TypeError
        If there is no such initialiser.
    """
    if isinstance(identifier, Initializer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier, where, what)
    if isinstance(identifier, str):
        cls = CLASSES.get(identifier) or _BY_NAME.get(identifier)
        if cls is None:
            check_choice(where, what, identifier, tuple(_BY_NAME))
        return cls()
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier):
        return Function(identifier)
    fail(where, what, "be the name of an initialiser or one of them", f"{identifier!r}",
         kind=TypeError)  # fmt: skip

"""Losses and metrics as plain functions, as Keras has them beside the classes."""

from inspect import Parameter, Signature, signature

#: What a class is told that a function has no use for.
_OF_OBJECTS = ("reduction", "name", "dtype")


def function_of(cls, name, doc, use):
    """A function of (y_true, y_pred) and the options of `cls`, in their order.

    use : callable
        `use(options, y_true, y_pred)` gives what the function returns.
    """
    options = [p for p in signature(cls).parameters.values() if p.name not in _OF_OBJECTS]
    arrays = [Parameter(word, Parameter.POSITIONAL_OR_KEYWORD) for word in ("y_true", "y_pred")]
    known = Signature(arrays + options)

    def function(*given, **named):
        found = known.bind(*given, **named).arguments
        y_true, y_pred = found.pop("y_true"), found.pop("y_pred")
        return use(found, y_true, y_pred)

    function.__signature__ = known
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function

"""Every check on what a caller hands us, and the sentence that says what is wrong.

The form is fixed:  <where>: <what> must <rule>; got <value>.  [One hint.]
"""

import numbers

import numpy as np


def axes(names):
    """A shape as users write it: (batch, 10, 64)."""
    inner = ", ".join(str(name) for name in names)
    return f"({inner},)" if len(names) == 1 else f"({inner})"


def fail(where, what, rule, got, hint="", kind=ValueError):
    """Raise the one sentence."""
    raise kind(f"{where}: {what} must {rule}; got {got}." + (f" {hint}" if hint else ""))


def check_int(where, what, value, low=None):
    """An integer, at least `low`; returned as an int."""
    integral = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not integral:
        fail(where, what, "be an integer", f"{value!r}", kind=TypeError)
    if low is not None and value < low:
        fail(where, what, f"be at least {low}", f"{value}")
    return int(value)


def check_number(where, what, value, low=None, high=None):
    """A finite real number in [low, high]; returned as a float."""
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not real:
        fail(where, what, "be a number", f"{value!r}", kind=TypeError)
    inside = (low is None or value >= low) and (high is None or value <= high)
    if not (np.isfinite(value) and inside):
        if low is None and high is None:
            rule = "be finite"
        elif high is None:
            rule = f"be at least {low}"
        else:
            rule = f"lie in [{low}, {high}]"
        fail(where, what, rule, f"{value!r}")
    return float(value)


def check_flag(where, what, value):
    """True or False; returned as a bool."""
    if not isinstance(value, (bool, np.bool_)):
        fail(where, what, "be True or False", f"{value!r}", kind=TypeError)
    return bool(value)


def check_choice(where, what, value, choices):
    """One word out of a closed list."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        fail(where, what, f"be one of {listed}", f"{value!r}")
    return value


def check_default(where, **given):
    """Arguments that Keras has and fastgru does not: only their default is accepted.

    Each value is a pair (what the caller gave, the default).
    """
    for what, (value, default) in given.items():
        if value is not default and value != default:
            fail(
                where,
                what,
                f"be {default!r}",
                f"{value!r}",
                "fastgru does not have this yet.",
                kind=NotImplementedError,
            )


def check_shape(where, what, shape, wanted, hint=""):
    """A shape that fits; in `wanted`, None and words match any size."""
    fits = len(shape) == len(wanted) and all(
        size is None or isinstance(size, str) or size == have
        for size, have in zip(wanted, shape, strict=True)
    )
    if not fits:
        fail(where, what, f"have shape {axes(named(wanted))}", axes(shape), hint)


def named(shape):
    """A shape with None spelled as the axis it stands for: batch, then any."""
    return tuple(
        ("batch" if i == 0 else "any") if size is None else size for i, size in enumerate(shape)
    )


def check_dtype(where, dtype):
    """float32 or float64, by Keras' name or NumPy's; returned as a name."""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None:
        try:
            name = np.dtype(dtype).name
        except TypeError:
            name = repr(dtype)
    return check_choice(where, "dtype", name, ("float32", "float64"))


def as_array(where, what, value):
    """Numbers in an array, from anything array-like. The caller's object is not changed."""
    try:
        array = np.asarray(value)
    except ValueError:
        fail(
            where,
            what,
            "be one array of numbers",
            "rows of different lengths",
            "fastgru.utils.pad_sequences makes them equal.",
        )
    if array.dtype == object and array.size and _ragged(array):
        fail(
            where,
            what,
            "be one array of numbers",
            "rows of different lengths",
            "fastgru.utils.pad_sequences makes them equal.",
        )
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            pass
    if array.dtype.kind not in "biuf":
        fail(
            where,
            what,
            "hold numbers",
            f"{type(value).__name__} of {array.dtype}",
            kind=TypeError,
        )
    return array


def _ragged(array):
    return any(isinstance(row, (list, tuple, np.ndarray)) for row in array.flat)

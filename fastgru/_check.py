"""Every check on what a caller hands us, and the sentence that says what is wrong.

The form is fixed:  <where>: <what> must <rule>; got <value>.  [One hint.]
"""

import math
import numbers
import os
import sys

import numpy as np

#: Rows and columns of a matrix, which BLAS counts in 32 bits.
MOST_ROWS = 2**31 - 1


def axes(names):
    """A shape as users write it: (batch, 10, 64)."""
    inner = ", ".join(str(name) for name in names)
    return f"({inner},)" if len(names) == 1 else f"({inner})"


def fail(where, what, rule, got, hint="", kind=ValueError):
    """Raise the one sentence."""
    raise kind(f"{where}: {what} must {rule}; got {got}." + (f" {hint}" if hint else ""))


def short(value):
    """A value as a sentence quotes it: no array is printed in full."""
    text = repr(value)
    if len(text) <= 80 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{type(value).__name__} of shape {axes(shape)}"
    return f"{' '.join(text[:77].split())}..."


def refuse_keywords(where, unknown, *classes):
    """Refuse keywords that no constructor of `classes` has, and name the one that was meant."""
    if not unknown:
        return
    from difflib import get_close_matches
    from inspect import Parameter, signature

    known = [
        name
        for cls in classes
        for name, parameter in signature(cls).parameters.items()
        if parameter.kind != Parameter.VAR_KEYWORD
    ]
    word = next(iter(unknown))
    # Initials, for Keras once had lr.
    near = get_close_matches(word, known, 1) or [
        name for name in known if word == "".join(part[:1] for part in name.split("_"))
    ]
    hint = f"Did you mean {near[0]}?" if near else ""
    fail(where, "keywords", f"be those of {where}", ", ".join(unknown), hint, kind=TypeError)


def unknown_word(where, what, rule, word, known):
    """Refuse a word that is not among many known ones, and name the one that was meant."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    fail(where, what, rule, short(word), f"Did you mean {near[0]!r}?" if near else "")


def check_name(where, name):
    """A word, which names an object in files; or None."""
    if name is not None and (not isinstance(name, str) or not name or "/" in name):
        fail(where, "name", "be a word without a slash", short(name))
    return name


def check_int(where, what, value, low=None):
    """An integer, at least `low`; returned as an int."""
    integral = isinstance(value, numbers.Integral) and not isinstance(value, (bool, np.bool_))
    if not integral:
        fail(where, what, "be an integer", short(value), kind=TypeError)
    if low is not None and value < low:
        fail(where, what, f"be at least {low}", f"{value}")
    return int(value)


def check_optional_int(where, what, value, low=None):
    """None, or an integer as `check_int` takes it."""
    return None if value is None else check_int(where, what, value, low)


def is_path(value):
    """Whether a value names a file."""
    return isinstance(value, (str, os.PathLike))


def check_number(where, what, value, low=None, high=None):
    """A finite real number in [low, high]; returned as a float."""
    real = isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
    if not real:
        fail(where, what, "be a number", short(value), kind=TypeError)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    inside = (low is None or number >= low) and (high is None or number <= high)
    if not (math.isfinite(number) and inside):
        if low is None and high is None:
            rule = "be finite"
        elif high is None:
            rule = f"be at least {low}"
        else:
            rule = f"lie in [{low}, {high}]"
        fail(where, what, rule, short(value))
    return number


def check_flag(where, what, value):
    """True or False; returned as a bool."""
    if not isinstance(value, (bool, np.bool_)):
        fail(where, what, "be True or False", short(value), kind=TypeError)
    return bool(value)


def check_choice(where, what, value, choices):
    """One word out of a closed list."""
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        fail(where, what, f"be one of {listed}", short(value))
    return value


def check_default(where, **given):
    """Arguments that Keras has and fastgru does not: only their default is accepted.

    Each value is a pair (what the caller gave, the default).
    """
    for what, (value, default) in given.items():
        # An array is never a default, and its comparison would be one.
        if value is not default and not (np.isscalar(value) and value == default):
            fail(where, what, f"be {default!r}", short(value), "fastgru does not have this yet.",
                 kind=NotImplementedError)  # fmt: skip


def fits(shape, wanted):
    """Whether a shape is the wanted one, in which None and words match any size."""
    return len(shape) == len(wanted) and all(
        size is None or isinstance(size, str) or size == have
        for size, have in zip(wanted, shape, strict=True)
    )


def check_shape(where, what, shape, wanted, hint=""):
    """A shape that fits; in `wanted`, None and words match any size."""
    if not fits(shape, wanted):
        fail(where, what, f"have shape {axes(named(wanted))}", axes(shape), hint)


def check_sizes(where, what, shape):
    """A shape as a tuple: each size an integer of at least 1, or None where it is open."""
    if isinstance(shape, (str, bytes, dict)) or not hasattr(shape, "__iter__"):
        fail(where, what, "be a tuple of integers and None", short(shape), kind=TypeError)
    return tuple(
        None if size is None else check_int(where, f"every size of {what}", size, 1)
        for size in shape
    )


def check_input_shape(where, input_shape, input_dim, input_length, batch_shape):
    """The input shape, batch first, from whichever of Keras' four ways was used; or None."""
    if input_dim is not None:
        input_dim = check_int(where, "input_dim", input_dim, 1)
        input_shape = (input_dim,) if input_length is None else (input_length, input_dim)
    if isinstance(input_shape, (int, np.integer)):
        input_shape = (input_shape,)
    if batch_shape is not None:
        return check_sizes(where, "the input shape", batch_shape)
    if input_shape is not None:
        return (None, *check_sizes(where, "the input shape", input_shape))
    return None


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
    ma = sys.modules.get("numpy.ma")
    if ma is not None and isinstance(value, ma.MaskedArray) and ma.is_masked(value):
        # NumPy would hand out what lies under the mask.
        fail(where, what, "have no masked entries", f"{ma.count_masked(value)}",
             f"{what}.filled(0) fills them.")  # fmt: skip
    try:
        array = np.asarray(value)
    except ValueError:
        _refuse_ragged(where, what)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype != object:
        _refuse_kind(
            where, what, value, {"U": "str", "S": "bytes"}.get(array.dtype.kind, array.dtype)
        )
    for item in array.flat:
        if array.ndim and isinstance(item, (list, tuple, np.ndarray)):
            if array.ndim == 1 and _of_one_length(array):
                # A column of a table whose entries are lists.
                return as_array(where, what, array.tolist())
            _refuse_ragged(where, what)
        if not _is_real(item):
            _refuse_kind(where, what, value, type(item).__name__ if array.ndim else None)
    try:
        return array.astype(np.float64)
    except OverflowError:
        fail(where, what, "hold numbers that fit into float64", "larger ones")


def as_arrays(where, what, values, shapes):
    """A list of arrays of the given shapes, from anything array-like."""
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        fail(where, what, "be a list of arrays", short(values), kind=TypeError)
    count = len(values) if hasattr(values, "__len__") else None
    if count is not None and count > len(shapes):
        # Before anything is made of them: a view can be longer than any memory.
        fail(where, what, f"be {len(shapes)} arrays", f"{count}")
    arrays = [as_array(where, what, value) for value in values]
    if [array.shape for array in arrays] != shapes:
        got = ", ".join(axes(array.shape) for array in arrays) or "none"
        rule = f"have shapes {', '.join(map(axes, shapes))}" if shapes else "be no arrays"
        fail(where, what, rule, got)
    return arrays


def _of_one_length(rows):
    return len({len(row) if hasattr(row, "__len__") else None for row in rows}) == 1


def _is_real(item):
    real = isinstance(item, (numbers.Real, np.bool_))
    # Decimals are numbers, but Python calls them neither real nor complex.
    return real or (isinstance(item, numbers.Number) and not isinstance(item, numbers.Complex))


def _refuse_kind(where, what, value, entries):
    kind = "None" if value is None else type(value).__name__
    plain = entries is None or kind == entries
    fail(where, what, "hold numbers", kind if plain else f"{kind} of {entries}", kind=TypeError)


def _refuse_ragged(where, what):
    fail(where, what, "be one array of numbers", "rows of different lengths",
         "fastgru.utils.pad_sequences makes them equal.")  # fmt: skip

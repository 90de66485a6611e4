"""Padding of sequences of unequal length into one array; windows and pairs of words."""

import operator
from itertools import chain

import numpy as np

from fastgru.preprocessing.skipgrams import make_sampling_table, skipgrams
from fastgru.preprocessing.timeseries import TimeseriesGenerator

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]

_WHERE = "pad_sequences"
#: What NumPy raises for values that do not convert.
_REFUSED = (TypeError, ValueError, ArithmeticError)
_SHORT = 32


def pad_sequences(
    sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0
):
    """Bring sequences to one length and stack them.

    Parameters
    ----------
    sequences : sized iterable of sequences
        One item per sample, each a list, tuple or array of steps. A step is a number, or
        an array-like whose shape is the same in all samples.
    maxlen : int, optional
        Number of steps in the result; by default that of the longest sequence.
    dtype : numpy dtype, default "int32"
        Type of the result. ``object`` holds strings of any length.
    padding : {"pre", "post"}, default "pre"
        Side on which short sequences are filled up.
    truncating : {"pre", "post"}, default "pre"
        Side on which long sequences lose steps.
    value : scalar or array-like, default 0.0
        What fills the free places; it is converted to `dtype`.

    Returns
    -------
    numpy.ndarray
        Shape ``(len(sequences), maxlen) + step_shape``, type `dtype`.

    Raises
    ------
    TypeError
        If `sequences` has no length, one of its items is not a sequence, `maxlen` is not
        an integer or `dtype` is no NumPy type.
    ValueError
        If `padding` or `truncating` is another word, `maxlen` is negative or cannot be
        derived, steps differ in shape, or steps or `value` do not convert to `dtype`.

    Examples
    --------
    >>> pad_sequences([[1], [2, 3]]).tolist()
    [[0, 1], [2, 3]]
    """
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise ValueError(f'{_WHERE}: {name} must be "pre" or "post"; got {side!r}.')
    # NumPy makes some integer of NaN, and only warns.
    with np.errstate(invalid="raise"):
        samples = _samples(sequences)
        lengths = _lengths(samples)
        step_shape = _step_shape(samples)
        shape = (len(samples), _maxlen(maxlen, lengths), *step_shape)
        padded = _filled(shape, value, dtype)
        if padded.size == 0:
            return padded
        # Joining pays for many short samples alone. What NumPy makes of nested lists of
        # objects or strings depends on their neighbours, so these go row by row.
        many = 8 <= len(samples) and sum(lengths) <= _SHORT * len(samples)
        joined = many and padded.dtype.kind in "biufc"
        if not (joined and _fill_at_once(padded, samples, lengths, padding, truncating)):
            _fill_by_row(padded, samples, padding, truncating)
        return padded


def _samples(sequences):
    if isinstance(sequences, (str, bytes)) or not hasattr(sequences, "__len__"):
        raise TypeError(
            f"{_WHERE}: sequences must be a list of sequences; "
            f"got {type(sequences).__name__}. Turn a generator into a list first."
        )
    return list(sequences)


def _lengths(samples):
    try:
        return list(map(len, samples))
    except TypeError:
        position = next(i for i, s in enumerate(samples) if not _has_length(s))
        raise _not_a_sequence(position, samples[position]) from None


def _has_length(sample):
    try:
        len(sample)
    except TypeError:
        return False
    return True


def _not_a_sequence(position, sample):
    return TypeError(
        f"{_WHERE}: every item of sequences must be a list, tuple or array; "
        f"got {type(sample).__name__} at position {position}."
    )


def _step_shape(samples):
    for position, sample in enumerate(samples):
        if len(sample):
            try:
                return np.asarray(sample).shape[1:]
            except ValueError:
                raise ValueError(
                    f"{_WHERE}: all steps must have one shape; "
                    f"got steps of several shapes at position {position}."
                ) from None
    return ()


def _maxlen(maxlen, lengths):
    if maxlen is None:
        if not lengths:
            raise ValueError(
                f"{_WHERE}: maxlen must be given when sequences is empty; got None."
            )
        return max(lengths)
    try:
        steps = operator.index(maxlen)
    except TypeError:
        raise TypeError(f"{_WHERE}: maxlen must be an integer; got {maxlen!r}.") from None
    if steps < 0:
        raise ValueError(f"{_WHERE}: maxlen must be at least 0; got {steps}.")
    return steps


def _filled(shape, value, dtype):
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        raise TypeError(f"{_WHERE}: dtype must be a NumPy type; got {dtype!r}.") from None
    # NumPy would parse "7" into the integer 7.
    if isinstance(value, str) and kind not in "OSU":
        raise ValueError(
            f"{_WHERE}: value must be a number for dtype {np.dtype(dtype)}; "
            f"got {value!r}. Pass dtype=object to pad strings."
        )
    try:
        return np.full(shape, value, dtype=dtype)
    except _REFUSED:
        raise ValueError(
            f"{_WHERE}: value must convert to dtype {np.dtype(dtype)} and fit steps of "
            f"shape {shape[2:]}; got {value!r}."
        ) from None


def _fill_at_once(padded, samples, lengths, padding, truncating):
    """Convert all steps in one call; False, with `padded` intact, if that is not safe."""
    maxlen = padded.shape[1]
    if max(lengths) > maxlen:
        cut = slice(-maxlen, None) if truncating == "pre" else slice(maxlen)
        samples = [s[cut] if len(s) > maxlen else s for s in samples]
    steps = _joined(samples, padded.dtype)
    if steps is None or steps.shape[1:] != padded.shape[2:]:
        return False
    counts = np.minimum(lengths, maxlen)[:, None]
    place = np.arange(maxlen)
    padded[place < counts if padding == "post" else place >= maxlen - counts] = steps
    return True


def _joined(samples, dtype):
    kinds = set(map(type, samples))
    try:
        if kinds <= {list, tuple}:
            return np.asarray(list(chain.from_iterable(samples)), dtype=dtype)
        if kinds == {np.ndarray} and len({s.dtype for s in samples}) == 1:
            return np.concatenate(samples).astype(dtype)
    except _REFUSED:
        # The row loop meets the same error and can tell the position.
        pass
    return None


def _fill_by_row(padded, samples, padding, truncating):
    maxlen, step_shape = padded.shape[1], padded.shape[2:]
    cut = slice(-maxlen, None) if truncating == "pre" else slice(maxlen)
    for position, sample in enumerate(samples):
        if not len(sample):
            continue
        steps = _converted(sample, cut, padded.dtype, position)
        if steps.shape[1:] != step_shape:
            raise ValueError(
                f"{_WHERE}: every step must have the shape {step_shape} of the first "
                f"non-empty sequence; got {steps.shape[1:]} at position {position}."
            )
        if padding == "post":
            padded[position, : len(steps)] = steps
        else:
            padded[position, -len(steps) :] = steps


def _converted(sample, cut, dtype, position):
    if isinstance(sample, (str, bytes)):
        raise _not_a_sequence(position, sample)
    try:
        part = sample[cut]
    except (TypeError, KeyError):
        raise _not_a_sequence(position, sample) from None
    try:
        return np.asarray(part, dtype=dtype)
    except _REFUSED as error:
        raise ValueError(
            f"{_WHERE}: every step must convert to dtype {dtype}; "
            f"got {type(error).__name__} ({error}) at position {position}."
        ) from None

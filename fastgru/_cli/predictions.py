"""`fastgru predict`: from a file of samples to a file of outputs."""

import csv
import os

import numpy as np

from fastgru._check import axes, fail
from fastgru._errors import shown
from fastgru.formats.atomic import replacing
from fastgru.saving import load_model

_WHERE = "predict"
_DIGITS = {"float32": "%.9g", "float64": "%.17g"}


def predict(options):
    model = load_model(options.model, compile=False)
    if options.input.endswith(".npy"):
        x = _read_npy(options.input)
    else:
        x = _read_csv(options.input, model)
    y = model.predict(x, verbose=0)
    if isinstance(y, tuple):
        fail(_WHERE, "the model", "give one output", f"{len(y)}")
    with replacing(options.output) as file:
        if options.output.endswith(".npy"):
            np.save(file, y, allow_pickle=False)
        else:
            np.savetxt(file, y.reshape(len(y), -1), _DIGITS[y.dtype.name], ",")
    print(f"Wrote {options.output}: {y.dtype} {axes(y.shape)}")


def _read_npy(path):
    """The array in a file, mapped: a header cannot ask for more than the file has."""
    if os.path.getsize(path) == 0:
        fail(_WHERE, path, "be an .npy file", "an empty one")
    try:
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - a header is parsed as Python, and fails so
        fail(_WHERE, path, "be an .npy file of numbers", shown(str(error)))


def _read_csv(path, model):
    """Samples of the shape that the model takes, a line each."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        try:
            rows = [row for row in csv.reader(file) if row]
        except (csv.Error, UnicodeDecodeError) as error:
            fail(_WHERE, path, "be a UTF-8 text of comma-separated values", shown(str(error)))
    if model.layers[0].takes_text:
        return _texts(path, rows)
    if rows and not _is_numbers(rows[0]):
        rows = rows[1:]
    if not rows:
        fail(_WHERE, path, "have a line of numbers", "none")
    samples = [_numbers(path, number, row, model) for number, row in enumerate(rows, 1)]
    if len({len(sample) for sample in samples}) > 1:
        return samples
    return np.stack(samples)


def _texts(path, rows):
    for number, row in enumerate(rows, 1):
        if len(row) != 1:
            fail(_WHERE, f"row {number} of {path}", "be one text, in quotes if it has a comma",
                 f"{len(row)}")  # fmt: skip
    if not rows:
        fail(_WHERE, path, "have a line of text", "none")
    return [row[0] for row in rows]


def _is_numbers(row):
    try:
        list(map(float, row))
    except ValueError:
        return False
    return True


def _numbers(path, number, row, model):
    """One sample, from the values of a row of numbers."""
    what = f"row {number} of {path}"
    ids, inner = model.layers[0].takes_ids, model.input_shape[1:]
    kind, rule = (int, "whole numbers") if ids else (float, "numbers")
    try:
        values = np.array(list(map(kind, row)))
    except (OverflowError, ValueError):
        bad = next(value for value in row if not _is_a(kind, value))
        fail(_WHERE, what, f"hold {rule}", shown(bad))
    size = [-1 if axis is None else axis for axis in inner]
    if size.count(-1) > 1:
        size = [-1, *size[1:]]
    wanted = int(np.prod([axis for axis in size if axis > 0], dtype=np.int64))
    if len(values) % wanted if -1 in size else len(values) != wanted:
        many = f"a multiple of {wanted}" if -1 in size else f"{wanted}"
        fail(
            _WHERE, what, f"hold {many} numbers, as samples are {axes(inner)}", f"{len(values)}"
        )
    return values.reshape(size)


def _is_a(kind, value):
    try:
        kind(value)
    except (OverflowError, ValueError):
        return False
    return True

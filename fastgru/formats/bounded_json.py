"""JSON from an untrusted file: bounded in size, depth and count before it is parsed."""

import json
import re

import numpy as np

from fastgru._check import fail
from fastgru._errors import ModelFormatError, refuse, shown

MOST_BYTES, MOST_DEPTH, MOST_VALUES = 16 << 20, 64, 500_000
# The closing quote is optional so that a text without one is walked through only once.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)


def parse(where, what, data):
    """The value of JSON bytes.

    Raises
    ------
    ModelFormatError
        If it is no JSON, has a key twice, a number beyond 64 bits, NaN or infinity, or is
        larger, deeper or of more values than the limits of this module.
    """
    if len(data) > MOST_BYTES:
        refuse(where, what, f"have at most {MOST_BYTES} bytes", f"{len(data)}")
    _check_structure(where, what, data)

    def integer(text):
        if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
            refuse(where, f"every integer of {what}", "fit in 64 bits", shown(text))
        return int(text)

    def constant(text):
        refuse(where, f"every number of {what}", "be finite", text)

    def unique(pairs):
        found = dict(pairs)
        if len(found) != len(pairs):
            refuse(where, f"{what}", "have each key of an object once", "one twice")
        return found

    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique, parse_int=integer, parse_constant=constant,
        )  # fmt: skip
    except ModelFormatError:
        raise
    except (ValueError, RecursionError) as error:
        refuse(where, what, "be JSON", f"{error}")


def dump(where, what, value):
    """JSON of a value, which `parse` can open again."""

    def stranger(found):
        fail(where, "every value of the configuration", "be a number, a word or a list",
             type(found).__name__, kind=TypeError)  # fmt: skip

    text = json.dumps(value, allow_nan=False, default=stranger)
    parse(where, what, text.encode())
    return text


def _check_structure(where, what, data):
    """Depth and count from the brackets and commas outside of strings."""
    marks = np.frombuffer(_STRING.sub(b"", data), np.uint8)
    commas = int(np.count_nonzero(marks == ord(",")))
    marks = marks | 0x20  # [ and { become one, ] and } another
    opened, closed = marks == ord("{"), marks == ord("}")
    values = commas + int(np.count_nonzero(opened))
    if values > MOST_VALUES:
        refuse(where, what, f"hold at most {MOST_VALUES} values", f"{values}")
    depth = np.cumsum(opened.astype(np.int8) - closed.astype(np.int8), dtype=np.int32)
    if depth.size and (deepest := int(depth.max())) > MOST_DEPTH:
        refuse(where, what, f"be nested at most {MOST_DEPTH} deep", f"{deepest}")

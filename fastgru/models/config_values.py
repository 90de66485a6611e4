"""Values of a configuration from a stranger: each of one kind, and short."""

from fastgru._errors import refuse, shown

_POLICIES = ("DTypePolicy", "FloatDTypePolicy")
_DTYPES = (
    "float32", "float64", "float16", "bfloat16", "bool", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "string",
)  # fmt: skip
_LONGEST_SHAPE, _LONGEST_LIST, _LONGEST_WORD = 8, 10000, 256


def word(value, where, what):
    """A string that is short and can be printed."""
    if not isinstance(value, str) or len(value) > _LONGEST_WORD or not value.isprintable():
        refuse(where, what, f"be a word of at most {_LONGEST_WORD} characters", shown(value))
    return value


def list_of(kinds, value, where, what):
    """A list whose entries are of certain types and no others."""
    for item in value:
        if type(item) not in kinds:
            names = " or ".join(kind.__name__ for kind in kinds)
            refuse(where, f"every entry of {what}", f"be {names}", shown(item))
    return value


def nested(value, where, what):
    """Numbers in lists inside each other; the constructors see whether they are an array."""
    if isinstance(value, list):
        return [nested(item, where, what) for item in value]
    if type(value) not in (int, float):
        refuse(where, f"every entry of {what}", "be a number", shown(value))
    return value


def integers(value, where, what):
    """A short list of integers."""
    if len(value) > _LONGEST_SHAPE or any(type(item) is not int for item in value):
        rule = f"be a list of at most {_LONGEST_SHAPE} integers"
        refuse(where, what, rule, shown(value))
    return list(value)


def numbers(value, where, what):
    """A list of numbers, or an array in Keras' form."""
    config = value.get("config") if isinstance(value, dict) else {"value": value}
    found = config.get("value") if isinstance(config, dict) else None
    items = found if isinstance(found, list) else [found]
    if not all(type(item) in (int, float) for item in items):
        refuse(where, what, "be a number or a list of them", shown(value))
    return found


def shape_from_list(value, where, what):
    """A shape, with None where a size is open."""
    good = isinstance(value, (list, tuple)) and 1 <= len(value) <= _LONGEST_SHAPE
    if not good or any(size is not None and type(size) is not int for size in value):
        rule = f"be a list of 1 to {_LONGEST_SHAPE} integers or None"
        refuse(where, what, rule, shown(value))
    if any(size is not None and size < 1 for size in value):
        refuse(where, what, "have sizes of at least 1", f"{list(value)}")
    return tuple(value)


def numbers_from_list(value, where, what):
    """A list of numbers, none of which is checked for its size."""
    good = isinstance(value, (list, tuple)) and len(value) <= _LONGEST_LIST
    if not good or any(type(number) not in (int, float) for number in value):
        refuse(where, what, f"be a list of at most {_LONGEST_LIST} numbers", shown(value))
    return list(value)


def dtype_from_dict(value, where, what):
    """The name of a dtype, from the name or from Keras' policy; None stays None."""
    if isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") not in _POLICIES or not isinstance(config, dict):
            refuse(where, what, "be a dtype or a DTypePolicy", shown(value))
        value = config.get("name")
    # Their weights are float32; here it computes in it too.
    value = "float32" if value in ("mixed_float16", "mixed_bfloat16") else value
    # A table here too: NumPy would parse a string that it does not know.
    if value is not None and value not in _DTYPES:
        refuse(where, what, f"be one of {', '.join(_DTYPES)}", shown(value))
    return value


def function_name(found, otherwise=None):
    """The name in Keras' form of a function; `otherwise` for anything else."""
    if found.get("module") == "builtins" and found.get("class_name") == "function":
        return found.get("config")
    return otherwise

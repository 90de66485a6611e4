"""What is raised for a file or a configuration that cannot be a model."""

import contextlib
import functools

from fastgru._check import fail


class ModelFormatError(ValueError):
    """The file or configuration is no model that fastgru can open; the text says why."""


#: `fail` for what came out of a file.
refuse = functools.partial(fail, kind=ModelFormatError)

# What the code that is handed a hostile value can raise; MemoryError and OSError, which
# speak of the machine, pass.
_OF_VALUES = (
    ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


@contextlib.contextmanager
def refusing(where, hint=""):
    """Whatever the block finds wrong with a value is a ModelFormatError, told by `where`."""
    try:
        yield
    except ModelFormatError:
        raise
    except _OF_VALUES as error:
        text = str(error) if str(error).startswith(where) else f"{where}: {error}"
        raise ModelFormatError(f"{text} {hint}" if hint else text) from error


@contextlib.contextmanager
def told_by(where):
    """What readers of files refuse as `load_model`'s is told by `where` instead."""
    try:
        yield
    except ModelFormatError as error:
        name, colon, rest = str(error).partition(": ")
        if name != "load_model":
            raise
        raise ModelFormatError(where + colon + rest) from error


def shown(value):
    """A value out of a file, as an error quotes it: never long."""
    if isinstance(value, dict):
        named = isinstance(value.get("class_name"), str)
        return f"an object {shown(value['class_name'])}" if named else "an object"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""What Keras takes as a list or a table for all outputs, for models of one."""

from fastgru._check import check_number, fail, short


def only(where, what, given, name=None):
    """The entry for the one output, where `given` is a list or a table of such.

    Raises
    ------
    ValueError
        If a table is for another output than the one of this name.
    """
    if isinstance(given, (list, tuple)) and len(given) == 1:
        return given[0]
    # A configuration is a table too.
    if not isinstance(given, dict) or len(given) != 1 or "class_name" in given:
        return given
    ((key, value),) = given.items()
    if name is not None and key != name:
        fail(where, what, f"be for {name!r}", f"one for {short(key)}")
    return value


def only_metrics(where, what, given, name=None):
    """The same of lists of metrics, of which one alone may be the list for the output."""
    if isinstance(given, dict) or (
        isinstance(given, (list, tuple))
        and len(given) == 1
        and isinstance(given[0], (list, tuple))
    ):
        return only(where, what, given, name)
    return given


def weight(where, given, name=None):
    """The factor of the loss, a float; None is 1."""
    given = only(where, "loss_weights", given, name)
    return 1.0 if given is None else check_number(where, "loss_weights", given)

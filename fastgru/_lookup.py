"""Objects by Keras' names, from closed tables."""

from fastgru._check import check_choice, fail, short
from fastgru._names import snake_case


def find(identifier, base, classes, where, what):
    """One of the `classes`, from a name, a class, an instance or a configuration; None is none.

    Raises
    ------
    ValueError, TypeError
        If there is no such object.
    """
    if identifier is None or isinstance(identifier, base):
        return identifier
    if isinstance(identifier, dict):
        check_choice(where, what, identifier.get("class_name"), tuple(classes))
        cls = classes[identifier["class_name"]]
        return cls.from_config(identifier.get("config") or {})
    if isinstance(identifier, str):
        by_name = {snake_case(name): cls for name, cls in classes.items()}
        # Keras' own list has "l1l2" for what its manual calls "l1_l2".
        known = classes | {name.lower(): cls for name, cls in classes.items()} | by_name
        cls = known.get(identifier)
        if cls is None:
            check_choice(where, what, identifier, tuple(by_name))
        return cls()
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    word = base.__name__.lower()
    return fail(where, what, f"be the name of a {word} or a {base.__name__}",
                short(identifier), kind=TypeError)  # fmt: skip


def told(thing, module, classes):
    """An object as JSON-ready values in Keras' form; one of the user's own as it is."""
    name = type(thing).__name__
    if classes.get(name) is not type(thing):
        return thing
    return {
        "module": module,
        "class_name": name,
        "config": thing.get_config(),
        "registered_name": None,
    }

"""What a `.keras` file holds, also where it is of layers that fastgru does not have."""

from collections import Counter

from fastgru._errors import ModelFormatError, refuse, shown
from fastgru._names import snake_case
from fastgru.formats import (
    build,
    hdf5_tree,
    keras_config,
    keras_dialects,
    keras_hdf5,
    keras_layouts,
)
from fastgru.formats.contents import Contents, Row

WHERE = build.WHERE
_STATE, _PASSED_OVER = "optimizer/", "metrics/"
_TOPS = tuple(f"{top}/" for top in keras_layouts.TOPS)


def contents(name, config, metadata, weights, take_texts):
    """`Contents` from the parsed config.json and metadata.json and the weights' bytes.

    `take_texts` gives layers the vocabularies of the file.
    """
    with keras_hdf5.opened(weights) as root:
        variables, notes = hdf5_tree.variables(root, keras_hdf5.FILE)
        version = metadata.get("keras_version")
        read, layout, refused = _read(config, version, root, len(weights), take_texts)
    known, place = {}, str
    if layout is not None:
        place, config = layout.place, read[0]
        known = {place(path): spec.name for path, _, spec in keras_hdf5.weights(read[1])}
    layers = {
        place(group): Row(title, kind, []) for group, title, kind in _groups(_layers_of(config))
    }
    places, count = {path: place for place, path in enumerate(known)}, 0
    for path, shape, dtype in sorted(variables, key=lambda found: places.get(found[0], -1)):
        if path.startswith(_PASSED_OVER):
            continue
        if path.startswith(_STATE):
            count += 1
            continue
        group = _group_of(path, layers)
        row = layers.setdefault(group, Row(group, "", []))
        inner = path.removeprefix(f"{group}/")
        row.shapes.append((known.get(path, inner), shape, dtype))
    versions = {
        key: value[:80] for key, value in metadata.items()
        if key.endswith("_version") and isinstance(value, str)
    }  # fmt: skip
    return Contents(name, versions, list(layers.values()), [
        *_compiled(config, count), *notes, *refused,
    ])  # fmt: skip


def has_weights(root):
    """Whether an open file has weights in Keras 3's layout."""
    tops = {name.replace("\\", "/").partition("/")[0] for name in keras_hdf5.names(root)}
    return not tops.isdisjoint(keras_layouts.TOPS)


def rows_of_weights(root, what):
    """Rows of a file of weights alone in Keras 3's layout; and what else is to be known."""
    variables, notes = hdf5_tree.variables(root, what)
    rows, count = {}, 0
    for path, shape, dtype in variables:
        if path.startswith(_STATE):
            count += 1
            continue
        group = _group_of(path, {})
        row = rows.setdefault(group, Row(group.rpartition("/")[2], "", []))
        row.shapes.append((path.removeprefix(f"{group}/"), shape, dtype))
    return list(rows.values()), [f"{count} variables of the optimiser", *notes]


def _layers_of(config):
    inner = config.get("config") if isinstance(config, dict) else None
    found = inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(found, list):
        refuse(WHERE, "config.json", "list the layers of the model", shown(config))
    return found


def _groups(entries):
    """(group in the weights file, name, class) of each layer."""
    count = Counter()
    for entry in entries:
        entry = entry if isinstance(entry, dict) else {}
        kind, config = entry.get("class_name"), entry.get("config")
        kind = kind if isinstance(kind, str) else "?"
        base = snake_case(kind[:256])
        name = config.get("name") if isinstance(config, dict) else None
        number = count[base]
        count[base] += 1
        yield f"layers/{base}_{number}" if number else f"layers/{base}", str(name or base), kind


def _group_of(path, layers):
    """The group of a layer, known or not, that a variable lies in."""
    group = "/".join(path.split("/")[:2])
    known = group in layers or path.startswith(_TOPS)
    return group if known else path.rpartition("/vars/")[0] or path


def _read(config, version, root, room, take_texts):
    """((configuration, layers), layout, []) if fastgru has the layers; else why not, in a list."""
    try:
        told = {**config, "keras_version": version} if isinstance(config, dict) else config
        config = keras_dialects.modern(told)
        _, _, layers, shape = keras_config.read_layers(config)
        take_texts(layers)
        build.prepare(layers, shape, room, keras_hdf5.FILE)
    except ModelFormatError as error:
        return None, None, [f"It cannot be opened: {error}"]
    return (config, layers), keras_hdf5.layout_of(root, layers), []


def _compiled(config, count):
    found = config.get("compile_config")
    if not isinstance(found, dict):
        return ["not compiled"]
    words = [_word(found.get(key)) for key in ("optimizer", "loss")]
    return [f"compiled with {words[0]}, {words[1]}; {count} variables of the optimiser"]


def _word(value):
    if isinstance(value, dict):
        inner = value.get("class_name")
        value = value.get("config") if inner == "function" else inner
    return str(value)[:80]

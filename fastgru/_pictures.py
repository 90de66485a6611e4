"""Pictures of a model: as a text, as a drawing."""

from fastgru._check import axes, check_flag, check_int, fail, is_path
from fastgru._plots import figure

_WIDTH, _HEIGHT, _GAP = 2.8, 0.5, 0.34  # of a box, in inches
_BOX = {"facecolor": "#eef3f8", "edgecolor": "#33506b", "linewidth": 1.2}


def cells(layer):
    """Name, class, output shape and number of parameters of a layer."""
    every = layer.every_shape(layer.output_shape) if layer.built else []
    shape = ", ".join(map(axes, every)) or "?"
    count = f"{layer.count_params():,}" if layer.built else "unbuilt"
    return layer.name, type(layer).__name__, shape, count


def model_to_text(model):
    """A model as a text picture, from its input down to its output.

    Parameters
    ----------
    model : Sequential

    Returns
    -------
    str
        A line for the input and one for each layer, with the shapes between them::

            (None, 10, 64)
              │ gru (GRU), 9,408 parameters
            (None, 32)
              │ dense (Dense), 33 parameters
            (None, 1)
    """
    _check_model("model_to_text", model)
    lines = [axes(model.input_shape) if model.built else "?"]
    for name, kind, shape, count in map(cells, model.layers):
        many = "" if count == "0" else f", {count}" + " parameters" * (count != "unbuilt")
        lines += [f"  │ {name} ({kind}){many}", shape]
    return "\n".join(lines)


def plot_model(
    model, to_file="model.png", show_shapes=False, show_dtype=False, show_layer_names=False,
    rankdir="TB", expand_nested=False, dpi=200, show_layer_activations=False,
    show_trainable=False, splines="ortho",
):  # fmt: skip
    """Draw a model as boxes, one for each layer.

    Parameters
    ----------
    model : Sequential
    to_file : path or None, default "model.png"
        Where to write it; the ending says in which format. None writes nothing.
    show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable : bool
        What stands in a box below the layer's class.
    rankdir : {"TB", "LR"}, default "TB"
        From top to bottom, or from left to right.
    dpi : int, default 200
    expand_nested : bool, default False
        Accepted for Keras' scripts; it changes nothing.
    splines
        Accepted for Keras' scripts; it changes nothing.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    where = "plot_model"
    _check_model(where, model)
    if rankdir not in ("TB", "LR"):
        fail(where, "rankdir", "be 'TB' or 'LR'", repr(rankdir))
    if not (to_file is None or is_path(to_file)):
        fail(where, "to_file", "be a path or None", type(to_file).__name__, kind=TypeError)
    shown = {
        "names": show_layer_names, "shapes": show_shapes, "dtype": show_dtype,
        "activation": show_layer_activations, "trainable": show_trainable,
    }  # fmt: skip
    dpi = check_int(where, "dpi", dpi, 1)
    shown = {what: check_flag(where, f"show_{what}", flag) for what, flag in shown.items()}
    texts = [_box_text(layer, shown) for layer in model.layers]
    if model.built:
        texts.insert(
            0, [("Input", True), (axes(model.input_shape), False)][: 1 + shown["shapes"]]
        )
    height = _HEIGHT + 0.17 * max(len(lines) - 1 for lines in texts)
    along = height + _GAP if rankdir == "TB" else _WIDTH + _GAP
    length = along * len(texts) - _GAP
    size = (_WIDTH, length) if rankdir == "TB" else (length, height)
    picture = figure(where, (size[0] + 0.3, size[1] + 0.3), dpi)
    drawing = picture.add_axes((0, 0, 1, 1))
    drawing.set(xlim=(-0.15, size[0] + 0.15), ylim=(-0.15, size[1] + 0.15))
    drawing.axis("off")
    for place, lines in enumerate(texts):
        if rankdir == "TB":
            corner = 0, length - place * along - height
            arrow = (_WIDTH / 2, corner[1] + height + _GAP), (_WIDTH / 2, corner[1] + height)
        else:
            corner = place * along, 0
            arrow = (corner[0] - _GAP, height / 2), (corner[0], height / 2)
        _draw_box(drawing, corner, height, lines)
        if place:
            drawing.annotate("", arrow[1], arrow[0],
                             arrowprops={"arrowstyle": "-|>", "color": "#33506b"})  # fmt: skip
    if to_file is not None:
        picture.savefig(to_file)
    return picture


def _check_model(where, model):
    if not hasattr(model, "layers") or not hasattr(model, "input_shape"):
        fail(where, "model", "be a Sequential", type(model).__name__, kind=TypeError)
    if not model.layers:
        fail(where, "the model", "have a layer", "none")


def _box_text(layer, shown):
    """(text, whether bold) of the lines in a layer's box."""
    _, kind, shape, _ = cells(layer)
    lines = [(kind, True)]
    if shown["names"]:
        lines.append((layer.name, False))
    if shown["activation"] and hasattr(layer, "activation"):
        lines.append((f"activation {layer.activation}", False))
    if shown["shapes"]:
        lines.append((shape, False))
    if shown["dtype"]:
        lines.append((layer.dtype, False))
    if shown["trainable"] and layer.specs:
        lines.append(("trained" if layer.trainable else "not trained", False))
    return lines


def _draw_box(drawing, corner, height, lines):
    from matplotlib.patches import FancyBboxPatch

    drawing.add_patch(
        FancyBboxPatch(corner, _WIDTH, height, "round,pad=0,rounding_size=0.08", **_BOX)
    )
    middle = corner[0] + _WIDTH / 2
    for number, (text, bold) in enumerate(lines):
        y = corner[1] + height * (1 - (number + 1) / (len(lines) + 1))
        # A name with a dollar sign is no formula.
        drawing.text(middle, y, text, ha="center", va="center", fontsize=10 if bold else 8.5,
                     fontweight="bold" if bold else "normal", color="#1c2b39",
                     parse_math=False)  # fmt: skip

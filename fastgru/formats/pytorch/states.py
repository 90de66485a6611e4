"""Parts from a bare state dict, whose names and shapes say what they can."""

from types import SimpleNamespace

from fastgru import activations
from fastgru._check import axes, fail, short
from fastgru._errors import refuse
from fastgru.formats.pytorch import WHERE
from fastgru.formats.pytorch.arrays import as_arrays
from fastgru.formats.pytorch.gates import BLOCKS
from fastgru.formats.pytorch.parts import Part
from fastgru.layers import Activation, Layer

_LAYERS = "layers=[...] gives the names of the modules in their order, and activations between."
_ITSELF = "Give the module itself."
_EPSILON = 1e-5  # what PyTorch's normalizations have unless they are told


def parts_of(state, layers=None):
    """The parts of a state dict, in the order of `layers`, or in the one that is left."""
    groups = {}
    for name, array in as_arrays(state).items():
        prefix, _, last = name.rpartition(".")
        groups.setdefault(prefix, {})[last] = array
    if not groups:
        refuse(WHERE, "the state dict", "have weights", "none")
    if layers is None:
        return _by_kinds([_part(*group) for group in groups.items()])
    return _in_order(groups, layers)


def _in_order(groups, layers):
    """The parts as `layers` names them; every group once."""
    if not isinstance(layers, (list, tuple)):
        fail(WHERE, "layers", "be a list", short(layers), kind=TypeError)
    found, left = [], dict(groups)
    for entry in layers:
        if isinstance(entry, Layer):
            found.append(Part("layer", entry.name, entry, {}))
        elif isinstance(entry, str) and entry in left:
            found.append(_part(entry, left.pop(entry)))
        elif isinstance(entry, str) and entry in activations.NAMES:
            found.append(Part("layer", entry, Activation(entry), {}))
        else:
            names = ", ".join(map(repr, left)) or "no more modules"
            refuse(WHERE, "an entry of layers",
                   f"be a module that is left ({names}), an activation or a layer of fastgru",
                   short(entry))  # fmt: skip
    if left:
        refuse(WHERE, "layers", "name every module of the state dict",
               f"nothing of {', '.join(map(repr, left))}")  # fmt: skip
    return [_told(part, found[place + 1 :], place == 0) for place, part in enumerate(found)]


def _by_kinds(parts):
    """A table, recurrent weights, a product: where there is one of each, each has its place."""
    recurrent = [part for part in parts if part.recurrent]
    products = [part for part in parts if part.kind == "Linear"]
    matrices = [part for part in parts if part.kind == "matrix"]
    if len(parts) == 1 and not matrices:
        return parts
    known = len(recurrent) + len(products) + len(matrices) == len(parts)
    if not known or len(recurrent) != 1 or len(products) > 1 or len(matrices) > 1:
        refuse(WHERE, "a state dict", "have one Embedding, one recurrent module and one Linear "
               "at most, whose order needs no word", ", ".join(part.label for part in parts),
               _LAYERS)  # fmt: skip
    for matrix in matrices:
        last = matrix.options.shape[1] == _widths(recurrent[0])[1] and not products
        first = matrix.options.shape[1] == _widths(recurrent[0])[0]
        if first == last:
            refuse(WHERE, matrix.label, "fit at one place, as a table or as a product without "
                   "bias", f"shape {axes(matrix.options.shape)}", _LAYERS)  # fmt: skip
        (products if last else recurrent).insert(0, _as(matrix, last))
    return [*recurrent, *products]


def _told(part, behind, first):
    """A matrix without a bias as what it is at its place."""
    if part.kind != "matrix":
        return part
    if not first:
        return _as(part, True)
    wanted = next((_widths(one)[0] for one in behind if _widths(one)[0]), None)
    rows, columns = part.options.shape
    if wanted not in (rows, columns) or rows == columns:
        refuse(WHERE, part.label, "fit as a table or as a product in front of what comes next",
               f"shape {axes((rows, columns))}", _ITSELF)  # fmt: skip
    return _as(part, wanted == rows)


def _as(part, product):
    rows, columns = part.options.shape
    if product:
        return Part("Linear", part.label, _linear(part.arrays), part.arrays)
    options = SimpleNamespace(num_embeddings=rows, embedding_dim=columns, max_norm=None)
    return Part("Embedding", part.label, options, part.arrays)


def _widths(part):
    """The numbers of features that a part takes and gives; None where anything goes."""
    options = part.options
    if part.recurrent:
        directions = 1 + getattr(options, "bidirectional", False)
        return options.input_size, options.hidden_size * directions
    if part.kind == "Linear":
        return options.in_features, options.out_features
    return None, None


def _part(prefix, arrays):
    """One module from its names and shapes."""
    label = f"{prefix!r}" if prefix else "the module"
    for kind, names in (("", ("weight_ih_l0", "weight_hh_l0")), ("Cell", _CELL)):
        if names[0] in arrays:
            return _recurrent(label, arrays, kind, names)
    weight = arrays.get("weight")
    rank = None if weight is None else weight.ndim
    if "running_mean" in arrays:
        options = SimpleNamespace(
            num_features=len(arrays["running_mean"]), affine="weight" in arrays,
            eps=_EPSILON, momentum=0.1, track_running_stats=True,
        )  # fmt: skip
        return Part("BatchNorm1d", label, options, arrays)
    if rank == 2 and "bias" in arrays:
        return Part("Linear", label, _linear(arrays), arrays)
    if rank == 2:
        return Part("matrix", label, weight, arrays)
    if rank == 1 and "bias" in arrays:
        options = SimpleNamespace(normalized_shape=weight.shape, eps=_EPSILON)
        return Part("LayerNorm", label, options, arrays)
    if rank == 1 and weight.shape == (1,):
        return Part("PReLU", label, SimpleNamespace(num_parameters=1), arrays)
    got = ", ".join(f"{name} {axes(array.shape)}" for name, array in arrays.items())
    return refuse(WHERE, label, "be told by the names and shapes of its weights alone", got,
                  _ITSELF)  # fmt: skip


def _linear(arrays):
    rows, columns = arrays["weight"].shape
    return SimpleNamespace(in_features=columns, out_features=rows)


_CELL = ("weight_ih", "weight_hh")


def _recurrent(label, arrays, suffix, names):
    """Recurrent weights: how many blocks the rows are tells the kind."""
    shapes = [arrays[name].shape if name in arrays else () for name in names]
    (rows, width), (_, units) = (s if len(s) == 2 else (0, 0) for s in shapes)
    kinds = [kind for kind, count in BLOCKS.items() if rows and count * units == rows]
    if not kinds or kinds == ["RNN"]:
        refuse(WHERE, f"{names[0]} and {names[1]} of {label}",
               "be those of a GRU or an LSTM, (3 H or 4 H, width) and (3 H or 4 H, H)",
               " and ".join(axes(shape) for shape in shapes),
               f"Of an RNN the state dict does not have the nonlinearity. {_ITSELF}"
               if kinds else "")  # fmt: skip
    options = SimpleNamespace(
        input_size=width, hidden_size=units, batch_first=True, dropout=0.0,
        bias=any(name.startswith("bias") for name in arrays),
        bidirectional=any(name.endswith("_reverse") for name in arrays),
        num_layers=sum(name.startswith("weight_hh_l") for name in arrays),
    )  # fmt: skip
    if options.bidirectional:
        options.num_layers = (options.num_layers + 1) // 2
    return Part(kinds[0] + suffix, label, options, arrays)

"""State dicts by names and shapes alone: nothing here needs PyTorch."""

from pathlib import Path

import numpy as np
import pytest
from fresh_python import last_line, run_python
from numpy.testing import assert_allclose

from fastgru import layers as L
from fastgru.formats.pytorch.arrays import PLAIN
from fastgru.saving import from_torch

FOLDER = Path(__file__).parent / "torch_files"
SERIES = ["rnn", "norm", "fc1", "relu", "fc2", "sigmoid"]


def weights(prefix="", blocks=3, width=4, units=3, suffix="_l0", bias=True):
    """Recurrent weights by PyTorch's names."""
    rng, rows = np.random.default_rng(1), blocks * units
    shapes = {"weight_ih": (rows, width), "weight_hh": (rows, units)}
    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)} if bias else {}
    return {f"{prefix}{n}{suffix}": rng.normal(size=s).astype("f4") for n, s in shapes.items()}


def matrix(prefix, rows, columns, bias=True):
    found = {f"{prefix}weight": np.ones((rows, columns), "f4")}
    return found | ({f"{prefix}bias": np.ones(rows, "f4")} if bias else {})


@pytest.mark.parametrize("name, layers", [("text", None), ("series", SERIES)])
def test_files_of_pytorch(name, layers):
    """Two layers of both directions behind a table; LSTM, LayerNorm and products in bfloat16."""
    expected = np.load(FOLDER / f"{name}.npz")
    model = from_torch(FOLDER / f"{name}.safetensors", layers=layers)
    got = model.predict(expected["x"], verbose=0)
    assert_allclose(got, expected["y"], rtol=0, atol=1e-6)


def test_pytorch_is_not_imported():
    code = (
        "import sys; sys.modules['torch'] = sys.modules['safetensors'] = None;"
        f"from fastgru.saving import from_torch; from_torch({str(FOLDER / 'text.safetensors')!r});"
        "print('read')"
    )
    done = run_python("-c", code)
    assert done.stdout == "read\n", done.stderr


def test_what_shapes_tell():
    kinds = {3: L.GRU, 4: L.LSTM}
    for blocks, cls in kinds.items():
        (layer,) = from_torch(weights(blocks=blocks)).layers
        assert type(layer) is cls and layer.units == 3 and layer.use_bias
        assert not layer.return_sequences
    both = weights("a.", bias=False) | weights("a.", bias=False, suffix="_l0_reverse")
    second = weights("a.", width=6, bias=False, suffix="_l1")
    second |= weights("a.", width=6, bias=False, suffix="_l1_reverse")
    one, two = from_torch(both | second, input_shape=(9, 4)).layers
    assert type(one) is type(two) is L.Bidirectional
    assert one.return_sequences and not two.return_sequences
    assert not one.forward_layer.use_bias and two.output_shape == (None, 6)
    # A matrix without a bias has one place where it fits.
    table = from_torch(matrix("t.", 9, 4, bias=False) | weights("g."))
    assert [type(layer) for layer in table.layers] == [L.Embedding, L.GRU]
    product = from_torch(weights("g.") | matrix("p.", 9, 3, bias=False))
    assert [type(layer) for layer in product.layers] == [L.GRU, L.Dense]
    named = from_torch(
        matrix("t.", 9, 4, bias=False) | weights("g.") | matrix("p.", 2, 3, bias=False),
        layers=["t", L.Dropout(0.5), "g", "p", "tanh"],
    )
    kinds = [L.Embedding, L.Dropout, L.GRU, L.Dense, L.Activation]
    assert [type(layer) for layer in named.layers] == kinds


LAYERS = "layers=[...] gives the names of the modules in their order, and activations between."
REFUSED = {
    "two products": (
        weights("g.") | matrix("a.", 5, 3) | matrix("b.", 2, 5), None,
        ("a state dict must have one Embedding, one recurrent module and one Linear at most, "
        f"whose order needs no word; got 'g', 'a', 'b'. {LAYERS}"),
    ),
    "a square table or product": (
        weights("g.", width=3) | matrix("m.", 5, 3, bias=False), None,
        ("'m' must fit at one place, as a table or as a product without bias; got shape (5, 3). "
        f"{LAYERS}"),
    ),
    "an rnn": (
        weights("r.", blocks=1), None,
        ("weight_ih_l0 and weight_hh_l0 of 'r' must be those of a GRU or an LSTM, (3 H or 4 H, "
        "width) and (3 H or 4 H, H); got (3, 4) and (3, 3). Of an RNN the state dict does not "
        "have the nonlinearity. Give the module itself."),
    ),
    "only one of two layers": (
        weights("g.") | {"g.weight_ih_l1": np.ones((9, 3), "f4")}, None,
        ("the weights of 'g' must be weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0; got "
        "also weight_ih_l1."),
    ),
    "a missing direction": (
        weights("g.") | {"g.weight_ih_l0_reverse": np.ones((9, 4), "f4")}, None,
        ("the weights of 'g' must be weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, "
        "weight_ih_l0_reverse, weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse; "
        "got none of weight_hh_l0_reverse, bias_ih_l0_reverse, bias_hh_l0_reverse."),
    ),
    "a missing bias": (
        {k: v for k, v in weights().items() if k != "bias_hh_l0"}, None,
        ("the weights of the module must be weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0; "
        "got none of bias_hh_l0."),
    ),
    "a convolution": (
        {"c.weight": np.ones((4, 3, 2), "f4"), "c.bias": np.ones(4, "f4")}, None,
        ("'c' must be told by the names and shapes of its weights alone; got weight (4, 3, 2), "
        "bias (4,). Give the module itself."),
    ),
    "names left over": (
        weights("g.") | matrix("a.", 5, 3), ["g"],
        "layers must name every module of the state dict; got nothing of 'a'.",
    ),
    "a name that is none": (
        weights("g."), ["g", "h"],
        ("an entry of layers must be a module that is left (no more modules), an activation or a "
        "layer of fastgru; got 'h'."),
    ),
    "no list": (weights("g."), "g", "layers must be a list; got 'g'."),
    "a shape": (
        weights("g.") | {"g.bias_ih_l0": np.ones(8, "f4")}, None,
        "bias_ih_l0 of 'g' must have shape (9,); got (8,).",
    ),
    "a checkpoint": (
        {"epoch": 3, "state_dict": {}}, None,
        ("a state dict must have tensors or arrays alone; got a dict as 'state_dict'. "
        "from_torch(checkpoint['state_dict']) takes that one."),
    ),
    "no tensor": (
        {"epoch": 3}, None, "'epoch' of the state dict must be a tensor or an array; got int.",
    ),
    "weight norm": (
        matrix("fc.", 2, 3) | {"fc.weight_g": np.ones((2, 1), "f4")}, None,
        f"the weights must be plain; got 'fc.weight_g', a part of one. {PLAIN}",
    ),
    "integers": (
        {"weight": np.ones((2, 2), "i4")}, None,
        "'weight' of the state dict must have floating numbers; got int32.",
    ),
    "nothing": ({}, None, "the state dict must have weights; got none."),
    "a first matrix": (
        matrix("m.", 4, 4, bias=False) | weights("g."), ["m", "g"],
        ("'m' must fit as a table or as a product in front of what comes next; got shape (4, 4). "
        "Give the module itself."),
    ),
    "a pickle": (
        "m.pt", None, ("a path must end in .safetensors; got 'm.pt'. Of a .pt file, "
        "torch.load(path, weights_only=True) gives the state dict."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    state, layers, sentence = REFUSED[name]
    with pytest.raises((ValueError, TypeError)) as caught:
        from_torch(state, layers=layers)
    said = str(caught.value)
    assert said == f"from_torch: {sentence}" or (
        not sentence.endswith(".") and said.startswith(f"from_torch: {sentence}")
    )


def test_the_other_way_without_pytorch():
    code = (
        "import sys; sys.modules['torch'] = None; import fastgru;"
        "from fastgru.layers import Dense;"
        "fastgru.saving.to_torch(fastgru.Sequential([Dense(1, input_shape=(2,))]))"
    )
    assert last_line(run_python("-c", code)) == (
        "ImportError: to_torch: PyTorch must be installed; got no module torch. "
        "pip install 'fastgru[torch]' brings it."
    )

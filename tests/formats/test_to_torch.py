"""Models as PyTorch's modules: the same numbers, masks and gradients."""

import copy
import io

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastgru
from fastgru import layers as L
from fastgru.saving import from_torch, to_torch

torch = pytest.importorskip("torch")

STEPS, WIDTH = 7, 5
RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, STEPS, WIDTH)).astype(np.float32)
# Ends, beginnings and steps between that are masked; all of one row.
X[0, 5:] = X[1, :3] = X[2, 2] = X[2, 4] = X[3] = 0
IDS = RNG.integers(0, 4, (6, STEPS))
IDS[0] = 0


def random(layers, shape=(STEPS, WIDTH)):
    """A model with asymmetric numbers everywhere."""
    model = fastgru.Sequential([L.Input(shape), *layers])
    rng = np.random.default_rng(4)
    specs = [spec for layer in model.layers for spec in layer.specs]
    model.set_weights([
        rng.uniform(0.5, 2, spec.shape) if "variance" in spec.name
        else rng.normal(0, 0.5, spec.shape)
        for spec in specs
    ])  # fmt: skip
    return model


def assert_same(layers, x=X, shape=(STEPS, WIDTH), tolerance=1e-6):
    model = random(layers, shape)
    module = to_torch(model)
    with torch.no_grad():
        got = module(torch.from_numpy(x)).numpy()
    want = model.predict(x, verbose=0)
    assert got.shape == want.shape and got.dtype == want.dtype
    assert_allclose(got, want, rtol=0, atol=tolerance)
    return model, module


ONE_WAY = {
    "usual": {}, "backwards": {"go_backwards": True}, "no bias": {"use_bias": False},
    "zeros": {"zero_output_for_mask": True}, "dropout": {"dropout": 0.3},
}  # fmt: skip


@pytest.mark.parametrize("options", ONE_WAY)
@pytest.mark.parametrize("sequences", [False, True])
def test_one_direction_with_and_without_masks(options, sequences):
    for cls in (L.GRU, L.LSTM, L.SimpleRNN):
        options_of = dict(ONE_WAY[options], return_sequences=sequences)
        if cls is not L.GRU:
            options_of.pop("zero_output_for_mask", None)
        assert_same([cls(4, **options_of)])
        assert_same([L.Masking(), cls(4, **options_of), L.Dense(2, "tanh")])


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("sequences", [False, True])
def test_both_directions(mode, sequences):
    for cls in (L.GRU, L.LSTM):
        one = cls(4, return_sequences=sequences)
        _, module = assert_same([L.Masking(), L.Bidirectional(one, mode, name="both")])
        assert "both.weight_ih_l0_reverse" in module.state_dict()
    other = L.GRU(4, return_sequences=sequences, go_backwards=True, reset_after=False)
    pair = L.Bidirectional(L.GRU(4, "relu", return_sequences=sequences), mode, None, other)
    assert_same([L.Masking(), pair])
    assert_same([pair])


@pytest.mark.parametrize(
    "options",
    [
        {"reset_after": False}, {"reset_after": False, "use_bias": False},
        {"recurrent_activation": "hard_sigmoid"}, {"activation": "relu", "use_bias": False},
        {"activation": "gelu", "go_backwards": True, "zero_output_for_mask": True},
        {"activation": "sparsemax", "recurrent_activation": "softmax"},
    ],
    ids=str,
)  # fmt: skip
def test_a_gru_that_pytorch_does_not_have(options):
    assert_same([L.Masking(), L.GRU(4, return_sequences=True, **options), L.GRU(3, **options)])


def test_ids_and_padding():
    model, module = assert_same(
        [
            L.Embedding(4, 3, mask_zero=True, name="words"), L.SpatialDropout1D(0.2),
            L.GRU(5, return_sequences=True, name="gru"), L.Dropout(0.4), L.GRU(4, name="forward"),
            L.Dense(1, "sigmoid", name="score.1"),
        ],
        IDS, (STEPS,),
    )  # fmt: skip
    parts = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    assert list(module.state_dict()) == [
        "words.weight", *(f"gru.{p}" for p in parts), *(f"forward_.{p}" for p in parts),
        "score_1.weight", "score_1.bias",
    ]  # fmt: skip
    # There and back.
    layers = ["words", "gru", L.Dropout(0.4), "forward_", "score_1", "sigmoid"]
    again = from_torch(module.state_dict(), layers=layers)
    for mine, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        assert_allclose(mine, theirs, rtol=0, atol=0)
    # As PyTorch's users keep modules.
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (torch.load(file, weights_only=False), copy.deepcopy(module)):
        assert torch.equal(other(torch.from_numpy(IDS)), module(torch.from_numpy(IDS)))


def test_companions():
    assert_same([
        L.Conv1D(4, 3, 2, "same", activation="relu"), L.BatchNormalization(scale=False),
        L.LeakyReLU(0.1), L.PReLU(shared_axes=[1]), L.MaxPooling1D(2),
        L.LayerNormalization(axis=[1, 2], center=False), L.Permute((2, 1)), L.Reshape((4, 2)),
        L.ReLU(3.0, 0.2, 0.1), L.GlobalAveragePooling1D(), L.RepeatVector(4),
        L.Conv1D(4, 2, padding="causal", dilation_rate=2, groups=2), L.ELU(0.5),
        L.AveragePooling1D(2, 1), L.Flatten(), L.LayerNormalization(), L.Dense(3), L.Softmax(),
    ])  # fmt: skip
    assert_same([
        L.Conv1D(4, 3, 2, "same", "channels_first"), L.MaxPooling1D(2, data_format="channels_first"),
        L.BatchNormalization(axis=1), L.GlobalMaxPooling1D("channels_first", True),
    ])  # fmt: skip
    # The last row has no step of its own: NaN in both.
    x = np.delete(X, 3, axis=0)
    assert_same([L.Masking(), L.Activation("softsign"), L.GlobalAveragePooling1D()], x)


def test_every_activation():
    for name in fastgru.activations.NAMES:
        assert_same([L.Dense(4), L.Activation(name)])


def test_double_precision():
    layers = [
        L.Masking(dtype="float64"),
        L.GRU(4, dtype="float64"),
        L.Dense(2, dtype="float64"),
    ]
    assert_same(layers, X.astype(np.float64), tolerance=1e-12)


def test_gradients_are_ours():
    """One step of plain descent, behind a mask, with a frozen layer and a single bias."""
    kinds = {"dtype": "float64"}
    model = random([
        L.Masking(**kinds), L.GRU(4, return_sequences=True, **kinds),
        L.Dense(4, trainable=False, **kinds), L.LSTM(3, **kinds),
        L.Dense(1, "sigmoid", **kinds),
    ])  # fmt: skip
    module = to_torch(model).train()
    x, y = X.astype(np.float64), np.random.default_rng(5).random((len(X), 1))
    loss = torch.nn.functional.mse_loss(module(torch.from_numpy(x)), torch.from_numpy(y))
    loss.backward()
    trained = [p for p in module.parameters() if p.requires_grad]
    with torch.no_grad():
        for parameter in trained:
            parameter -= 0.5 * parameter.grad
    before = model.get_weights()
    model.compile(fastgru.optimizers.SGD(0.5), "mse")
    model.train_on_batch(x, y)
    names = [layer.name for layer in model.layers]
    after = from_torch(module.state_dict(), layers=[n for n in names if "masking" not in n])
    wanted = after.get_weights()
    for mine, theirs, old in zip(model.get_weights(), wanted, before, strict=True):
        assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
        assert mine.shape == (4, 4) or mine.shape == (4,) or not np.allclose(mine, old)
    # 4 of the GRU, 3 of the LSTM, whose second bias PyTorch's keeps at zero, 2 of the Dense.
    assert len(trained) == 4 + 3 + 2


REFUSED = {
    "a layer": (
        [L.GaussianNoise(0.1, name="noise")], "every layer must be one of Activation, ",
    ),
    "recurrent dropout": (
        [L.GRU(3, recurrent_dropout=0.2, name="g")],
        "recurrent_dropout of g must be 0.0; got 0.2. PyTorch has no module for it.",
    ),
    "a state": (
        [L.GRU(3, return_state=True, name="g")],
        "return_state of g must be False; got True. PyTorch has no module for it.",
    ),
    "zoneout": (
        [L.GRU(3, zoneout=0.2, name="g")],
        "zoneout of g must be 0.0; got 0.2. PyTorch has no module for it.",
    ),
    "an lstm of others": (
        [L.LSTM(3, "relu", name="l")],
        "the activations of l must be PyTorch's; got relu and sigmoid.",
    ),
    "softmax over time": (
        [L.Softmax(1, name="s")], "axis of s must be the last one; got 1.",
    ),
    "normalized steps": (
        [L.LayerNormalization(1, name="n")], "axis of n must be the last axes; got [1].",
    ),
    "normalized without a mean": (
        [L.LayerNormalization(rms_scaling=True, name="n")],
        "rms_scaling of n must be False; got True. PyTorch has no module for it.",
    ),
    "channels in front": (
        [L.Flatten("channels_first", name="f")],
        ("data_format of f must be 'channels_last'; got 'channels_first'. "
         "PyTorch has no module for it."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    layers, sentence = REFUSED[name]
    with pytest.raises(ValueError) as caught:
        to_torch(fastgru.Sequential([L.Input((STEPS, WIDTH)), *layers]))
    said = str(caught.value)
    assert said == f"to_torch: {sentence}" or (
        not sentence.endswith(".") and said.startswith(f"to_torch: {sentence}")
    )


def test_what_is_no_built_model():
    with pytest.raises(TypeError) as caught:
        to_torch([])
    assert str(caught.value) == "to_torch: model must be a Sequential; got list."
    with pytest.raises(ValueError) as caught:
        to_torch(fastgru.Sequential([L.Dense(2)]))
    assert str(caught.value) == (
        "to_torch: the model must be built; got no input shape. Give the first layer an "
        "input_shape, or call build or fit."
    )

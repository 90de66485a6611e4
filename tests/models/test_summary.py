"""summary: the table that tutorials print, as Keras prints it."""

import os
import re

import numpy as np
import pytest

import fastgru
from fastgru import Sequential
from fastgru.layers import GRU, Dense, Normalization

TUTORIAL = """\
Model: "tutorial"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ gru (GRU)                       │ (None, 32)             │         9,408 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 1)              │            33 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 9,441 (36.88 KB)
 Trainable params: 9,441 (36.88 KB)
 Non-trainable params: 0 (0.00 B)
"""


@pytest.fixture(autouse=True)
def width(monkeypatch):
    """Of a terminal, wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "80")


def summary(model, **options):
    texts = []
    model.summary(print_fn=texts.append, **options)
    (text,) = texts
    return text


def tutorial(**first):
    layers = [GRU(32, name="gru", **first), Dense(1, activation="sigmoid", name="dense")]
    return Sequential(layers, name="tutorial")


def test_the_summary_is_the_tutorials(capsys):
    model = tutorial(input_shape=(10, 64))
    model.summary()
    assert capsys.readouterr().out == TUTORIAL == summary(model)
    assert model.count_params() == 9441


def test_the_summary_of_an_unbuilt_model_says_so():
    text = summary(tutorial())
    for name in ("gru (GRU)  ", "dense (Dense)"):
        (line,) = [line for line in text.splitlines() if name in line]
        assert [cell.strip() for cell in line.split("│")[2:4]] == ["?", "0 (unbuilt)"]
    assert " Total params: 0 (0.00 B)\n" in text


def test_the_summary_tells_what_is_trained_and_keeps_to_its_width():
    model = tutorial(input_shape=(10, 64), trainable=False)
    text = summary(model, show_trainable=True, line_length=100)
    table = [line for line in text.splitlines() if "(None," in line]
    assert [line.split("│")[-2].strip() for line in table] == ["N", "Y"]
    assert {len(line) for line in table} == {100}
    assert " Trainable params: 33 (132.00 B)\n" in text
    assert " Non-trainable params: 9,408 (36.75 KB)\n" in text
    large = Sequential([Dense(1000, input_shape=(1000,), dtype="float64")])
    assert " Total params: 1,001,000 (7.64 MB)\n" in summary(large)


def test_a_layer_of_layers_is_listed_with_them():
    class Wrapper(Dense):
        layers = (GRU(2, name="inner"), Dense(1, name="[other]"))

    model = Sequential([Wrapper(1, name="outer", input_shape=(2,))])
    text = summary(model, expand_nested=True)
    for line in ("│ outer (Wrapper)  ", "│    └ inner (GRU)  ", "│    └ [other] (Dense)  "):
        assert line in text
    assert "inner" not in summary(model)


@pytest.mark.parametrize(
    ("options", "kind", "rest"),
    [
        ({"layer_range": ("x", "gru")}, ValueError,
         "layer_range must be names of gru, dense; got ('x', 'gru')."),
        ({"layer_range": "gru"}, ValueError, "layer_range must be two names; got 'gru'."),
        ({"layer_range": ("(", "gru")}, ValueError,
         ("layer_range must be two names or patterns; got missing ), unterminated subpattern at "
         "position 0.")),
        ({"positions": [0.01, 0.5, 1.0]}, ValueError,
         "every column must have at least 4 characters; got 0 of 76."),
        ({"positions": [0.5]}, ValueError, "positions must be at least 3 numbers; got [0.5]."),
        ({"expand_nested": 1}, TypeError, "expand_nested must be True or False; got 1."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options, kind, rest):
    with pytest.raises(kind, match=f"^{re.escape('summary: ' + rest)}$"):
        summary(tutorial(input_shape=(10, 64)), **options)


COMPANIONS = [
    ("GaussianNoise", 0.1), ("SpatialDropout1D", 0.1), ("Reshape", (3,)), ("MaxPooling1D", 2),
    ("AveragePooling1D", 2), ("GlobalMaxPooling1D",), ("GlobalAveragePooling1D",),
    ("Permute", (2, 1)), ("ReLU",), ("LeakyReLU",), ("ELU",), ("PReLU",), ("Softmax",),
    ("Rescaling", 2.0), ("RepeatVector", 2), ("ZeroPadding1D",), ("Cropping1D",),
    ("UpSampling1D",), ("Conv1D", 2, 1), ("BatchNormalization",), ("LayerNormalization",),
]  # fmt: skip
MODELS = {
    "embedding": lambda L: [
        L.Input((6,)), L.Embedding(900, 40, mask_zero=True, name="e"), L.Dropout(0.1, name="d"),
        L.GRU(50, name="g"), L.Dense(1, name="out"), L.Activation("tanh", name="a"),
    ],
    "open": lambda L: [
        L.Input((None, 3)), L.Masking(name="a_mask"), L.GRU(5, return_sequences=True, name="g"),
        L.Dense(2, name="a_name_that_is_much_longer_than_its_column_of_the_table"),
    ],
    "normalized": lambda L: [
        L.Input((4, 3)), L.Normalization(name="n"), L.GRU(2, name="g"), L.Flatten(name="f"),
    ],
    "open companions": lambda L: [
        *(getattr(L, cls)(*arguments, name=f"{'ademn'[place % 5]}{place}")
          for place, (cls, *arguments) in enumerate(COMPANIONS)),
        L.TimeDistributed(L.Dropout(0.1, name="i"), name="t"), L.GRU(2, name="g"),
    ],
    "companions": lambda L: [
        L.Input((6, 3)), L.Conv1D(4, 2, name="a"), L.BatchNormalization(name="e"),
        L.PReLU(name="d"), L.TimeDistributed(L.Dense(2), name="t"), L.GRU(2, name="g"),
        L.LayerNormalization(name="l"),
    ],
    "states": lambda L: [
        L.Input((6, 3)), L.GRU(2, return_sequences=True, name="e"),
        L.Bidirectional(L.LSTM(12, return_state=True), merge_mode=None, name="g"),
    ],
    "unbuilt": lambda L: [
        L.Masking(name="m"), L.GRU(2, name="g"), L.Dropout(0.5, name="d"), L.Dense(1, name="o"),
        L.Activation("relu", name="a"), L.Flatten(name="f"),
    ],
}  # fmt: skip
OPTIONS = {
    "plain": {}, "trainable": {"show_trainable": True}, "narrow": {"line_length": 50},
    "positions": {"positions": [0.3, 0.6, 1.0]}, "range": {"layer_range": ("[de]", "g")},
    "backwards": {"layer_range": ("g", "a|e|m|n")}, "nested": {"expand_nested": True},
    "wide columns": {"positions": [0.5, 0.7, 1.0], "show_trainable": True, "line_length": 79},
}  # fmt: skip


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("option", OPTIONS)
def test_keras_prints_the_same(name, option, keras):
    options = OPTIONS[option]
    texts = []
    for module in (keras, fastgru):
        model = module.Sequential(MODELS[name](module.layers), name="odd [name]")
        model.get_layer("g").trainable = name != "embedding"
        try:
            texts.append(summary(model, **options))
        except ValueError:
            texts.append("refused")
    assert texts[1] == texts[0]


@pytest.mark.parametrize("columns", [40, 63, 120])
def test_keras_prints_the_same_in_any_terminal(columns, keras, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    theirs, ours = (
        summary(
            module.Sequential(MODELS["embedding"](module.layers), name="m"), show_trainable=True
        )
        for module in (keras, fastgru)
    )
    assert ours == theirs


OPTIMIZERS = {
    **{
        name: lambda O, name=name: getattr(O, name)()
        for name in (
            "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "Nadam", "RMSprop", "SGD",
        )
    },
    "momentum": lambda O: O.SGD(momentum=0.9),
    "centered": lambda O: O.RMSprop(centered=True, momentum=0.5),
    "amsgrad": lambda O: O.Adam(amsgrad=True),
    "schedule": lambda O: O.Nadam(O.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "average": lambda O: O.Adam(use_ema=True, gradient_accumulation_steps=2),
}  # fmt: skip


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_keras_counts_the_same_after_a_step(optimizer, keras):
    texts = []
    for module in (keras, fastgru):
        model = module.Sequential(MODELS["embedding"](module.layers), name="m")
        model.get_layer("g").trainable = False
        model.compile(OPTIMIZERS[optimizer](module.optimizers), "mse")
        before = summary(model)
        model.fit(np.zeros((2, 6)), np.zeros((2, 1)), verbose=0)
        texts.append((before, summary(model)))
    assert texts[1] == texts[0]
    assert "Optimizer params" in texts[0][1] and "Optimizer params" not in texts[0][0]


def test_weights_that_training_leaves_alone_are_not_trainable():
    text = summary(Sequential([Normalization(input_shape=(4, 3)), GRU(2)]))
    assert " Trainable params: 42 (168.00 B)\n" in text
    assert " Non-trainable params: 7 (28.00 B)\n" in text

"""summary: the table that tutorials print."""

from fastgru import Sequential
from fastgru.layers import GRU, Dense

TUTORIAL = """\
Model: "tutorial"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                 ┃ Output Shape               ┃          Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━┩
│ gru (GRU)                    │ (None, 32)                 │            9,408 │
├──────────────────────────────┼────────────────────────────┼──────────────────┤
│ dense (Dense)                │ (None, 1)                  │               33 │
└──────────────────────────────┴────────────────────────────┴──────────────────┘
 Total params: 9,441 (36.88 KB)
 Trainable params: 9,441 (36.88 KB)
 Non-trainable params: 0 (0.00 B)
"""


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

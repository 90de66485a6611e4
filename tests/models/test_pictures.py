"""What notebooks show, and pictures of models and trainings."""

import re
import sys

import numpy as np
import pytest
from fresh_python import run_python

from fastgru import Sequential
from fastgru.callbacks import History
from fastgru.layers import GRU, Bidirectional, Dense, Dropout, Input
from fastgru.utils import model_to_text, plot_model

ODD = "<script>alert(1)</script>&$x_1$"


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def model(built=True):
    first = {"input_shape": (10, 64)} if built else {}
    return Sequential([GRU(32, name="gru", **first), Dropout(0.5, name="drop"),
                       Dense(1, name="dense")], name="m")  # fmt: skip


def history(**series):
    found = History()
    found.history = series
    return found


def test_a_model_as_text():
    assert (
        model_to_text(model())
        == """\
(None, 10, 64)
  │ gru (GRU), 9,408 parameters
(None, 32)
  │ drop (Dropout)
(None, 32)
  │ dense (Dense), 33 parameters
(None, 1)"""
    )
    assert model_to_text(model(built=False)).splitlines()[:2] == ["?", "  │ gru (GRU), unbuilt"]
    with refuses(ValueError, "model_to_text: the model must have a layer; got none."):
        model_to_text(Sequential())
    with refuses(TypeError, "model_to_text: model must be a Sequential; got int."):
        model_to_text(3)


def test_a_notebook_shows_a_model_and_no_markup_of_a_name():
    html = model()._repr_html_()
    for cell in ("gru", "GRU", "(None, 32)", "9,408", "Total params: 9,441 (36.88 KB)"):
        assert cell in html
    odd = Sequential([Dense(1, name="<b>&", input_shape=(2,))], name="<i>")._repr_html_()
    assert (
        "&lt;b&gt;&amp;" in odd
        and "&lt;i&gt;" in odd
        and "<i>" not in odd
        and "<b>&" not in odd
    )
    assert "unbuilt" in model(built=False)._repr_html_()
    assert Sequential()._repr_html_()


def test_a_notebook_shows_a_history_and_no_markup_of_a_name():
    html = history(**{ODD: [0.5, 0.25], "val": [1.0]})._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;$x_1$" in html and "<script>" not in html
    assert (
        "<tr><td>1</td><td>0.5</td><td>1</td></tr><tr><td>2</td><td>0.25</td><td></td>" in html
    )
    long = history(loss=list(range(100)))._repr_html_()
    assert long.count("<tr>") == 21 and "<td>100</td>" in long and "100 epochs" in long
    assert history()._repr_html_()


def test_a_training_is_drawn():
    pytest.importorskip("matplotlib")
    found = history(loss=[3.0, 2.0, 1.0], accuracy=[0.5, 0.6, 0.7], val_loss=[4.0, 3.0, 3.5])
    figure = found.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    loss, accuracy = figure.axes
    assert [list(line.get_ydata()) for line in loss.lines] == [[3, 2, 1], [4, 3, 3.5]]
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3]
    labels = [text.get_text() for text in loss.get_legend().get_texts()]
    assert labels == ["training", "validation"]
    assert len(accuracy.lines) == 1 and accuracy.get_legend() is None
    assert [axes.get_title() for axes in found.plot("accuracy").axes] == ["accuracy"]
    assert len(history(**{f"m{n}": [1.0] for n in range(5)}, **{ODD: [2.0]}).plot().axes) == 6
    with refuses(ValueError, "History.plot: metrics must be among loss, accuracy; got 'auc'."):
        found.plot(["auc"])
    with refuses(ValueError, "History.plot: the history must have an epoch; got none."):
        history().plot()


def test_only_validation_is_drawn_too_and_odd_names_are_no_formulas(tmp_path):
    pytest.importorskip("matplotlib")
    found = history(**{"val_loss": [1.0, np.nan], "a$_{": [1.0, 2.0]})
    found.plot().savefig(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("options", [
    {}, {"rankdir": "LR"},
    {"show_shapes": True, "show_dtype": True, "show_layer_names": True,
     "show_layer_activations": True, "show_trainable": True},
])  # fmt: skip
def test_a_model_is_drawn(options, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "model.png"
    figure = plot_model(model(), path, dpi=50, **options)
    assert path.read_bytes()[:4] == b"\x89PNG"
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    boxes = [text for text in texts if text in ("Input", "GRU", "Dropout", "Dense")]
    assert boxes == ["Input", "GRU", "Dropout", "Dense"]
    said = {"gru", "activation tanh", "(None, 32)", "(None, 10, 64)", "float32", "trained"}
    assert (said <= set(texts)) == ("show_shapes" in options)
    assert len(axes.patches) == 4
    places = [text.get_position() for text in axes.texts if text.get_text() in boxes]
    across, down = zip(*places, strict=True)
    ordered = sorted(across) if "rankdir" in options else sorted(down, reverse=True)
    assert list(across if "rankdir" in options else down) == ordered


def test_pictures_that_cannot_be_are_refused():
    with refuses(ValueError, "plot_model: rankdir must be 'TB' or 'LR'; got 'x'."):
        plot_model(model(), None, rankdir="x")
    with refuses(TypeError, "plot_model: to_file must be a path or None; got int."):
        plot_model(model(), 3)
    with refuses(ValueError, "plot_model: dpi must be at least 1; got 0."):
        plot_model(model(), None, dpi=0)
    with refuses(TypeError, "plot_model: show_shapes must be True or False; got 1."):
        plot_model(model(), None, show_shapes=1)


def test_without_matplotlib_the_cure_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for where, call in (
        ("plot_model", lambda: plot_model(model(), None)),
        ("History.plot", history(loss=[1.0]).plot),
    ):
        with refuses(ImportError, f"{where}: matplotlib must be installed; got none. "
                     "`pip install 'fastgru[plot]'` installs it."):  # fmt: skip
            call()


def test_matplotlib_is_not_imported_before_it_is_needed():
    code = (
        "import sys, fastgru.utils, fastgru.callbacks; assert 'matplotlib' not in sys.modules"
    )
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr


def test_all_outputs_of_a_layer_are_shown():
    layer = Bidirectional(GRU(3, return_state=True, name="g"), merge_mode=None, name="b")
    one = (None, 3)
    assert layer.compute_output_shape((None, 5, 2)) == (one,) * 4
    assert layer.compute_output_shape((7, 5, 2)) == ((7, 3),) * 4
    model = Sequential([Input((5, 2)), layer])
    assert ", ".join(["(None, 3)"] * 4) in model_to_text(model)
    lines = []
    model.summary(print_fn=lines.append, line_length=200)
    assert "[" + ", ".join(["(None, 3)"] * 4) + "]" in lines[0]

"""Weights alone in `.h5` files: by place, by name, and as far as they fit."""

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from formats import h5_models, old_keras
from small_models import says

import fastgru
from fastgru.layers import GRU, Bidirectional, Dense, Embedding, Input

FILES = sorted((Path(__file__).parent / "h5_files").glob("alone_*.h5.gz"))
HINT = " What does not fit is left as it is."


def model(units=3, last=1):
    layers = [GRU(units, name="one"), Dense(4, name="two"), Dense(last, name="three")]
    return fastgru.Sequential([Input((5, 2)), *layers])


def same(mine, theirs):
    return all(map(np.array_equal, mine, theirs))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_weights_that_keras_2_saved(path, tmp_path):
    (tmp_path / "w.h5").write_bytes(gzip.decompress(path.read_bytes()))
    # The file was saved beside this model, by the same call.
    known = path.with_name(path.name.replace("alone", "words"))
    whole = tmp_path / "m.h5"
    whole.write_bytes(gzip.decompress(known.read_bytes()))
    wanted = fastgru.saving.load_model(whole).get_weights()
    # Keras 2.12 wrote this layout under the longer ending too.
    (tmp_path / "w.weights.h5").write_bytes((tmp_path / "w.h5").read_bytes())
    for source in ("w.h5", "m.h5", "w.weights.h5"):
        other = h5_models.words(fastgru)
        other.load_weights(tmp_path / source)
        assert same(other.get_weights(), wanted)


def test_weights_come_back_and_predictions_follow(tmp_path):
    first, second, x = model(), model(), np.ones((2, 5, 2))
    before = second.predict(x, verbose=0)
    first.save_weights(tmp_path / "w.h5")
    second.load_weights(tmp_path / "w.h5")
    assert same(second.get_weights(), first.get_weights())
    after = second.predict(x, verbose=0)
    assert same(after, first.predict(x, verbose=0)) and not same(after, before)
    with h5py.File(tmp_path / "w.h5") as root:
        assert list(root.attrs["layer_names"]) == ["one", "two", "three"]
        assert list(root["one"].attrs["weight_names"]) == [
            "one/kernel", "one/recurrent_kernel", "one/bias",
        ]  # fmt: skip


def test_by_name_gives_each_layer_what_is_its(tmp_path):
    first = model()
    first.save_weights(tmp_path / "w.h5")
    other = fastgru.Sequential(
        [Input((5, 2)), GRU(3, name="other"), Dense(1, name="three_b"), Dense(4, name="x")]
    )
    before = other.get_weights()
    other.load_weights(tmp_path / "w.h5", by_name=True)
    assert same(other.get_weights(), before)
    other = fastgru.Sequential(
        [Input((5, 2)), GRU(3, name="one"), Dense(4, name="new"), Dense(4, name="y"),
         Dense(1, name="three")]
    )  # fmt: skip
    before = other.get_weights()
    other.load_weights(tmp_path / "w.h5", by_name=True)
    wanted = first.get_weights()
    assert same(other.get_weights(), [*wanted[:3], *before[3:7], *wanted[5:]])


def test_what_has_another_shape_is_passed_over_with_a_warning(tmp_path):
    model(last=1).save_weights(tmp_path / "w.h5")
    other = model(last=2)
    before = other.get_weights()
    with says(
        fastgru.ModelFormatError,
        "load_weights: 'three' in the file must have arrays of shapes (4, 2), (2,), as three has; "
        "got (4, 1), (1,).",
    ):
        other.load_weights(tmp_path / "w.h5")
    assert same(other.get_weights(), before)
    for by_name in (False, True):
        other = model(last=2)
        with pytest.warns(UserWarning) as caught:
            other.load_weights(tmp_path / "w.h5", skip_mismatch=True, by_name=by_name)
        assert [str(warning.message) for warning in caught] == [
            f"load_weights: three/kernel must have shape (4, 2); got (4, 1).{HINT}",
            f"load_weights: three/bias must have shape (2,); got (1,).{HINT}",
        ]
        assert caught[0].filename == __file__


def test_another_number_of_arrays_is_passed_over_by_name_only(tmp_path):
    first = model()
    first.save_weights(tmp_path / "w.h5")
    other = fastgru.Sequential([
        Input((5, 2)), GRU(3, use_bias=False, name="one"), Dense(4, name="two"),
        Dense(1, name="three"),
    ])  # fmt: skip
    before = other.get_weights()
    with pytest.warns(UserWarning) as caught:
        other.load_weights(tmp_path / "w.h5", by_name=True, skip_mismatch=True)
    assert [str(warning.message) for warning in caught] == [
        f"load_weights: one must have 2 arrays in the file; got 3.{HINT}"
    ]
    assert same(other.get_weights(), [*before[:2], *first.get_weights()[3:]])
    with says(
        fastgru.ModelFormatError,
        "load_weights: 'one' in the file must have arrays of shapes (2, 9), (3, 9), as one has; "
        "got (2, 9), (3, 9), (2, 9).",
    ):
        other.load_weights(tmp_path / "w.h5", skip_mismatch=True)


def test_a_file_of_keras_3_as_far_as_it_fits(tmp_path):
    first = model(last=1)
    first.compile("adam", "mse")
    first.save_weights(tmp_path / "m.weights.h5")
    other = model(last=2)
    before = other.get_weights()
    with pytest.warns(UserWarning) as caught:
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    assert [str(warning.message) for warning in caught] == [
        f"load_weights: layers/dense_1/vars/0 must have shape (4, 2); got (4, 1).{HINT}"
    ]
    assert caught[0].filename == __file__
    assert same(other.get_weights(), [*first.get_weights()[:5], *before[5:]])
    with says(
        fastgru.ModelFormatError,
        "load_weights: by_name must be False for a file of Keras 3's layout; got True. That file "
        "has layers by their classes and places alone.",
    ):
        other.load_weights(tmp_path / "m.weights.h5", by_name=True)


def test_weights_of_keras_1_by_gates_and_of_cudnn_by_name(tmp_path):
    rng = np.random.default_rng(1)
    config, weights = old_keras.first_layers(rng)
    del config
    with h5py.File(tmp_path / "w.h5", "w") as root:
        old_keras.put_layers(root, weights)
    layers = [
        Input((5,)), Embedding(old_keras.V, old_keras.E, name="embedding_1"),
        GRU(old_keras.H, reset_after=False, name="gru_1"), Dense(1, name="dense_1"),
    ]  # fmt: skip
    other = fastgru.Sequential(layers)
    other.load_weights(tmp_path / "w.h5", by_name=True)
    gates = weights["gru_1"]
    joined = np.concatenate([gates[f"gru_1_U_{gate}"] for gate in "zrh"], axis=-1)
    assert same(other.layers[1].get_weights()[1:2], [joined])


def test_both_directions_by_place(tmp_path):
    def build():
        layers = [Bidirectional(GRU(3, return_sequences=True)), GRU(2), Dense(1)]
        return fastgru.Sequential([Input((5, 2)), *layers])

    first, second = build(), build()
    first.save_weights(tmp_path / "w.hdf5")
    second.load_weights(tmp_path / "w.hdf5")
    assert same(second.get_weights(), first.get_weights())

"""`.weights.h5`: what save_weights writes comes back, and Keras reads and writes the same."""

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_models import binary, bits, data, fit, says, words

from fastgru._errors import ModelFormatError
from fastgru.saving import load_weights, save_weights

X, Y = data()


def test_training_goes_on_behind_a_weights_file(tmp_path):
    path = tmp_path / "m.weights.h5"
    model, other = binary(), binary()
    fit(model)
    model.save_weights(path)
    fit(other, epochs=3)
    other.load_weights(path)
    assert bits(other) == bits(model) and other.optimizer.iterations == 3
    assert fit(other, epochs=2) == fit(model, epochs=2) and bits(other) == bits(model)
    # Without a compile state there are weights alone.
    bare = binary()
    bare.loss = None
    save_weights(bare, path)
    load_weights(other, path)
    assert all(map(np.array_equal, other.get_weights(), bare.get_weights()))


def test_keras_reads_and_writes_the_same_files(tmp_path):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    path = str(tmp_path / "m.weights.h5")
    L = keras.layers
    theirs = keras.Sequential([L.Input((5, 3)), L.GRU(6), L.Dense(1, activation="sigmoid")])
    theirs.compile("adam", "binary_crossentropy")
    theirs.optimizer.build(theirs.trainable_variables)
    ours = binary()
    fit(ours)
    ours.save_weights(path)
    theirs.load_weights(path)
    assert all(map(np.array_equal, theirs.get_weights(), ours.get_weights()))
    assert int(theirs.optimizer.iterations) == 3
    theirs.fit(X, Y, batch_size=4, verbose=0)
    theirs.save_weights(path)
    found = binary()
    found.load_weights(path)
    assert all(map(np.array_equal, found.get_weights(), theirs.get_weights()))
    assert found.optimizer.iterations == 6
    momentum = np.concatenate(
        [np.ravel(v) for v in theirs.optimizer.variables if "momentum" in v.path]
    )
    assert_array_equal(found.optimizer.state["momentum"], momentum)


def test_the_state_of_another_optimiser_is_left_out_with_a_warning(tmp_path):
    path = tmp_path / "m.weights.h5"
    other, model = binary(optimizer="rmsprop"), binary()
    fit(other)
    other.save_weights(path)
    fit(model)
    state = [values.copy() for values in model.optimizer.state.values()]
    sentence = (
        "load_weights: the file must have the state of this Adam; got another. The optimiser "
        "stays as it is."
    )
    with pytest.warns(UserWarning) as caught:
        model.load_weights(path)
    assert [str(warning.message) for warning in caught] == [sentence]
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    assert all(map(np.array_equal, model.optimizer.state.values(), state))
    assert model.optimizer.iterations == 3


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda m, p: m.save_weights(p / "m.txt"), ValueError,
         "save_weights: filepath must end in .weights.h5, .h5, .hdf5 or .npz; got {0}/m.txt'."),
        (lambda m, p: m.load_weights("m.keras"), ValueError,
         "load_weights: filepath must end in .weights.h5, .h5, .hdf5 or .npz; got 'm.keras'."),
        (lambda m, p: m.load_weights(3), TypeError,
         "load_weights: filepath must be a path or a binary file; got int."),
        (lambda m, p: m.save_weights(p / "old.weights.h5", overwrite=False), FileExistsError,
         ("save_weights: filepath must be new; got {0}/old.weights.h5'. overwrite=True replaces "
         "it.")),
    ],
)  # fmt: skip
def test_paths_are_refused_in_one_sentence(call, kind, sentence, tmp_path):
    (tmp_path / "old.weights.h5").write_bytes(b"")
    with says(kind, sentence.format(f"'{tmp_path}")):
        call(binary(), tmp_path)


def test_a_file_of_other_layers_or_a_damaged_one_changes_nothing(tmp_path):
    path = tmp_path / "m.weights.h5"
    words().save_weights(path)
    model = binary()
    fit(model)
    before = bits(model), model.optimizer.iterations
    with pytest.raises(ModelFormatError):
        model.load_weights(path)
    binary(4).save_weights(path)
    with pytest.raises(ModelFormatError):
        model.load_weights(path)
    binary().save_weights(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(ModelFormatError):
        model.load_weights(path)
    assert (bits(model), model.optimizer.iterations) == before
    assert model.predict(X, verbose=0).shape == (10, 1)

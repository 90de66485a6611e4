"""What compile takes of a model of one output, beside Keras: lists, tables, a factor."""

import os

import numpy as np
import pytest
from keras_parity import harness

import fastgru

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(10, 4, 3)).astype("float32"), rng.normal(size=(10, 2)).astype("float32")
FORMS = {
    "factor": {"loss": "mse", "loss_weights": 0.3, "metrics": {"out": ["mae"]}},
    "lists": {"loss": ["mae"], "loss_weights": [2.0], "weighted_metrics": [["mse"]]},
}


def made(k, options):
    L = k.layers
    begin = k.initializers.HeNormal(input_axes=[0], output_axes=[1])
    model = k.Sequential([
        L.Input((4, 3), name="given"), L.GRU(3, kernel_initializer=begin),
        L.Dense(2, kernel_regularizer="l2", name="out"),
    ])  # fmt: skip
    start = np.random.default_rng(1)
    model.set_weights([start.normal(0, 0.5, w.shape) for w in model.get_weights()])
    model.compile("sgd", **options)
    return model


@pytest.mark.parametrize("name", FORMS)
def test_training_and_files(name, tmp_path):
    theirs, ours = (made(k, FORMS[name]) for k in (keras, fastgru))
    for k, model in ((keras, theirs), (fastgru, ours)):
        model.save(tmp_path / f"{k.__name__}.keras")
    read = fastgru.saving.load_model(tmp_path / "keras.keras")
    opened = keras.saving.load_model(tmp_path / "fastgru.keras")
    assert read.layers[0].kernel_initializer.output_axes == [1]
    runs = [
        model.fit({"given": X}, Y, epochs=3, batch_size=4, shuffle=False, verbose=0).history
        for model in (theirs, ours, read)
    ]
    for history in runs[1:]:
        harness.assert_history(history, runs[0])
        harness.assert_weights(ours.get_weights(), theirs.get_weights())
    first = opened.evaluate(X, Y, verbose=0, return_dict=True)
    again = fastgru.saving.load_model(tmp_path / "fastgru.keras")
    expected = again.evaluate(X, Y, verbose=0, return_dict=True)
    assert first.keys() == expected.keys()
    np.testing.assert_allclose(
        [first[key] for key in expected], list(expected.values()), atol=1e-5
    )

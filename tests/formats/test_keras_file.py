"""`.keras` files of our own: what is in them, and what comes back."""

import io
import json
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest
from formats import models
from formats.archives import (
    CONFIG,
    METADATA,
    WEIGHTS,
    config_of,
    load,
    pack,
    parts,
    put,
    same,
    save,
    small_model,
    with_config,
)

import fastgru
from fastgru.layers import GRU, Dense, Dropout, Embedding, Input
from fastgru.saving import load_model

every_model = pytest.mark.parametrize("name", models.NAMES)
KERAS_FILES = Path(__file__).parent / "keras_files"


def listed(data):
    """Paths of all groups and datasets of the weights file."""
    names = []
    with h5py.File(io.BytesIO(parts(data)[WEIGHTS])) as root:
        root.visit(names.append)
    return names


@every_model
def test_what_comes_back_is_the_same_model(name):
    model, x, y = models.trained(fastgru, name)
    again = load(save(model))
    assert again.get_config() == model.get_config()
    same(again.get_weights(), model.get_weights())
    same([again.predict(x, verbose=0)], [model.predict(x, verbose=0)])
    assert again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)
    assert again.metrics_names == model.metrics_names


@every_model
def test_training_goes_on_as_if_nothing_had_happened(name):
    model, x, y = models.trained(fastgru, name)
    again = load(save(model))
    for each in (model, again):
        models.train(each, x, y)
    assert again.optimizer.iterations == model.optimizer.iterations
    same(again.get_weights(), model.get_weights())


@every_model
def test_a_second_file_equals_the_first(name):
    first = save(models.trained(fastgru, name)[0])
    second = save(load(first))
    for member in (CONFIG, WEIGHTS):
        assert parts(first)[member] == parts(second)[member]


def test_an_archive_has_keras_members_and_layout():
    data = save(small_model())
    assert list(parts(data)) == [METADATA, CONFIG, WEIGHTS]
    variables = [f"optimizer/vars/{number}" for number in range(14)]
    assert sorted(listed(data)) == sorted([
        "layers", "layers/dense", "layers/dense/vars", "layers/dense/vars/0",
        "layers/dense/vars/1", "layers/embedding", "layers/embedding/vars",
        "layers/embedding/vars/0", "layers/gru", "layers/gru/cell", "layers/gru/cell/vars",
        "layers/gru/cell/vars/0", "layers/gru/cell/vars/1", "layers/gru/cell/vars/2",
        "layers/gru/vars", "optimizer", "optimizer/vars", *variables, "vars",
    ])  # fmt: skip
    config = config_of(data)
    assert list(config) == [
        "module", "class_name", "config", "registered_name", "build_config", "compile_config",
    ]  # fmt: skip
    assert json.loads(parts(data)[METADATA])["fastgru_version"] == fastgru.__version__


def test_rmsprop_keeps_one_slot_after_the_other():
    data = save(models.trained(fastgru, "rmsprop")[0])
    with h5py.File(io.BytesIO(parts(data)[WEIGHTS])) as root:
        shapes = [root[f"optimizer/vars/{number}"].shape for number in range(2, 14)]
    assert shapes == [(4, 15), (5, 15), (30, 3), (3,)] * 3


def test_frozen_layers_have_no_slots_but_keep_their_place():
    model, *_ = models.trained(fastgru, "sgd")
    assert "optimizer/vars/4" not in listed(save(model))
    again = load(save(model))
    assert not again.layers[0].trainable
    assert not again.optimizer.state["momentum"][: again.layers[0].count_params()].any()


def test_a_layer_thawed_in_a_frozen_model_stays_thawed():
    model = small_model()
    model.trainable = False
    model.layers[1].trainable = True
    model.compile("adam", "mse")
    again = load(save(model))
    assert not again.trainable
    assert [layer.trainable for layer in again.layers] == [False, True, False]


def test_compile_false_leaves_the_compile_state():
    model = load(save(small_model()), compile=False)
    assert not model.compiled
    assert model.optimizer is None


def test_an_uncompiled_model_stays_uncompiled():
    model = fastgru.Sequential([Input((3, 2)), GRU(2)])
    data = save(model)
    assert "optimizer" not in listed(data)
    assert not load(data).compiled


def test_a_compiled_model_without_a_step_has_slots_of_zeros():
    model = fastgru.Sequential([Input((3, 2)), GRU(2)])
    model.compile("adam", "mse")
    data = save(model)
    again = load(data)
    assert not any(slot.any() for slot in again.optimizer.state.values())
    x, y = np.ones((4, 3, 2)), np.ones((4, 2))
    for each in (model, again):
        each.fit(x, y, shuffle=False, verbose=0)
    same(again.get_weights(), model.get_weights())


def test_a_learning_rate_that_was_changed_comes_back_exactly():
    model = small_model()
    model.optimizer.learning_rate = 0.1234567890123
    model.optimizer.iterations = 2**40
    again = load(save(model))
    assert again.optimizer.learning_rate == 0.1234567890123
    assert again.optimizer.iterations == 2**40


def test_the_variable_wins_over_the_configuration():
    data = save(small_model())
    path = ("compile_config", "optimizer", "config", "learning_rate")
    assert load(with_config(data, put(config_of(data), path, 0.5))).optimizer.lr == np.float32(
        0.001
    )


def test_a_model_built_from_data_still_takes_other_lengths():
    model = fastgru.Sequential([GRU(2), Dense(1)])
    model.predict(np.ones((2, 5, 3)), verbose=0)
    again = load(save(model))
    assert again.predict(np.ones((2, 7, 3)), verbose=0).shape == (2, 1)


def test_layer_names_do_not_matter_to_the_paths():
    layers = [
        GRU(2, return_sequences=True, name="b"),
        GRU(2, name="a"),
        Dropout(0.5, name="gru"),
    ]
    model = fastgru.Sequential([Input((3, 2)), *layers])
    same(load(save(model)).get_weights(), model.get_weights())


def test_initialisers_without_a_form_in_files_are_left_out():
    def ones(shape, dtype=None):
        return np.ones(shape)

    array = fastgru.initializers.Constant(np.array([1.0, 2.0]))
    layers = [Input((3, 2)), GRU(2, kernel_initializer=ones), Dense(2, bias_initializer=array)]
    model = fastgru.Sequential(layers)
    again = load(save(model))
    same(again.get_weights(), model.get_weights())
    kept = config_of(save(model))["config"]["layers"][1]["config"]
    assert "kernel_initializer" not in kept
    assert kept["recurrent_initializer"]["class_name"] == "OrthogonalInitializer"


def test_the_stored_model_is_not_touched():
    model, *_ = models.trained(fastgru, "adam")
    before = model.get_weights(), model.optimizer.iterations
    save(model)
    same(model.get_weights(), before[0])
    assert model.optimizer.iterations == before[1]


def test_what_is_off_is_tolerated():
    data = save(small_model())
    config = config_of(data)
    *_, gru, dense = (layer["config"] for layer in config["config"]["layers"])
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    gru |= {"dtype": policy, "kernel_regularizer": None, "unroll": False, "new_in_4": None}
    dense |= {"quantization_config": None, "kernel_initializer": "he_normal"}
    dense["bias_initializer"] = {
        "module": "keras.src.initializers.constant_initializers", "class_name": "Constant",
        "config": {"value": 0.0}, "registered_name": "Constant",
    }  # fmt: skip
    function = {"module": "builtins", "class_name": "function", "registered_name": "function"}
    config["compile_config"] |= {
        "loss": {**function, "config": "mean_squared_error"},
        "metrics": ["mae", {**function, "config": "mean_squared_error"}],
        "jit_compile": True,
    }
    again = load(with_config(data, config))
    same(again.get_weights(), load(data).get_weights())
    again.evaluate(np.ones((2, 3)), np.ones((2, 1)), verbose=0)
    assert again.metrics_names == ["loss", "mae", "mean_squared_error"]


@pytest.mark.parametrize(
    "path", sorted(KERAS_FILES.glob("*.keras")), ids=lambda path: path.stem
)
def test_files_of_keras_predict_and_train_on_as_in_keras(path):
    known = np.load(path.with_suffix(".npz"))
    model = load_model(path)
    predictions = model.predict(known["x"], verbose=0)
    np.testing.assert_allclose(predictions, known["predictions"], rtol=0, atol=1e-6)
    models.train(model, known["x"], known["y"])
    for number, weight in enumerate(model.get_weights()):
        np.testing.assert_allclose(weight, known[f"weight_{number}"], rtol=0, atol=1e-5)


def test_embedding_ids_and_masks_survive():
    layers = [Input((4,)), Embedding(5, 2, mask_zero=True), GRU(2)]
    model = fastgru.Sequential(layers)
    again = load(save(model))
    x = np.array([[0, 0, 1, 2], [1, 2, 0, 0]])
    same([again.predict(x, verbose=0)], [model.predict(x, verbose=0)])


def test_no_warning_on_the_way():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(save(small_model()))
        load(pack(parts(save(small_model()))))

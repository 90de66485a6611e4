"""Configurations of other versions, as `modern` turns them into Keras 3.15's."""

import copy

import pytest

from fastgru.formats.keras_dialects import major, modern


def model(*layers, **more):
    return {"module": "keras", "class_name": "Sequential",
            "config": {"name": "s", "layers": list(layers)}, **more}  # fmt: skip


def layer(class_name, **config):
    return {"module": "keras.layers", "class_name": class_name, "config": config}


def only(found):
    """The configuration of the one layer."""
    (entry,) = found["config"]["layers"]
    return entry["config"]


def compiled(module="keras.optimizers", name="Adam", **config):
    state = {"optimizer": {"module": module, "class_name": name, "config": config}}
    return modern(model(compile_config=state))["compile_config"]["optimizer"]


LAYERS = {
    "batch_input_shape": (layer("InputLayer", batch_input_shape=[None, 3]), {"batch_shape": [None, 3]}),
    "alpha": (layer("LeakyReLU", alpha=0.1), {"negative_slope": 0.1}),
    "an array": (
        layer("ReLU", max_value={"class_name": "__numpy__", "config": {"value": 6.0, "dtype": "float32"}}),
        {"max_value": 6.0},
    ),
    "a tuple": (
        layer("Conv1D", kernel_size={"class_name": "__tuple__", "items": [3]}), {"kernel_size": [3]}
    ),
    "time_major": (layer("GRU", time_major=False, implementation=2, units=1), {"units": 1}),
    "time_major that counts": (layer("GRU", time_major=True), {"time_major": True}),
    "synchronized": (layer("BatchNormalization", synchronized=False), {}),
    "synchronized that counts": (layer("BatchNormalization", synchronized=True), {"synchronized": True}),
    "a policy": (
        layer("Dense", dtype={"class_name": "Policy", "config": {"name": "float32"}}), {"dtype": "float32"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    given, expected = LAYERS[name]
    found = model(given)
    before = copy.deepcopy(found)
    assert only(modern(found)) == expected
    assert found == before


def test_modules_that_were_left_out_are_filled_in():
    cell = {
        "class_name": "GRUCell",
        "config": {"kernel_initializer": {"class_name": "Zeros", "config": {}}},
    }
    given = {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "RNN", "config": {"cell": cell}}]}}  # fmt: skip
    found = modern(given)
    (rnn,) = found["config"]["layers"]
    inner = rnn["config"]["cell"]
    modules = [
        each["module"] for each in (found, rnn, inner, inner["config"]["kernel_initializer"])
    ]
    assert modules == ["keras", "keras.layers", "keras.layers", "keras.initializers"]


def test_a_module_that_is_there_stays():
    assert modern(model({"module": None, "class_name": "GRU", "config": {}}))["config"][
        "layers"
    ] == [{"module": None, "class_name": "GRU", "config": {}}]
    given = {"module": "my_package", "class_name": "GRU", "config": {}}
    assert modern(model(given))["config"]["layers"] == [given]
    found = modern(model({"module": "tf_keras.src.layers", "class_name": "GRU", "config": {}}))
    assert found["config"]["layers"][0]["module"] == "keras.src.layers"


def test_old_optimisers():
    found = compiled("keras.optimizers.legacy", lr=0.5, decay=0.0, jit_compile=True,
                     is_legacy_optimizer=True, weight_decay=0)  # fmt: skip
    assert (found["module"], found["config"]) == ("keras.optimizers", {"learning_rate": 0.5})
    schedule = compiled(learning_rate=0.5, decay=0.1)["config"]["learning_rate"]
    assert schedule["class_name"] == "InverseTimeDecay"
    assert schedule["config"] == {
        "initial_learning_rate": 0.5, "decay_steps": 1, "decay_rate": 0.1,
    }  # fmt: skip
    assert compiled(weight_decay=0.1)["config"] == {"weight_decay": 0.1}


def test_a_hard_sigmoid_is_that_of_its_version():
    def found(**version):
        return only(modern(model(layer("GRU", recurrent_activation="hard_sigmoid"), **version)))

    assert found() == found(keras_version="3.3.3") == {"recurrent_activation": "hard_sigmoid"}
    assert found(keras_version="2.15.0") == {"recurrent_activation": "hard_sigmoid_keras2"}


def test_what_is_inside_of_a_frozen_layer_is_trained_in_keras_3_alone():
    inside = layer("GRU", trainable=True)
    wrapped = layer("Bidirectional", trainable=False, layer=inside)
    assert only(modern(model(wrapped)))["trainable"] is True
    assert only(modern(model(wrapped, keras_version="2.12.0")))["trainable"] is False
    inside["config"]["trainable"] = False
    assert only(modern(model(wrapped)))["trainable"] is False


def test_the_first_number_of_a_version():
    assert [major(text) for text in ("2.15.0", "3.0", "1.2.2-tf", "", None, [2], "x2")] == [
        2, 3, 1, 3, 3, 3, 3,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", [None, [], 1, "x", {}, {"class_name": "Model"}, {"config": 1}]
)
def test_what_is_no_model_is_passed_on(value):
    before = copy.deepcopy(value)
    modern(value)
    assert value == before

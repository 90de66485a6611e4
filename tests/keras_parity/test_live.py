"""fastgru beside real Keras in one process, where Keras can be imported.

Minutes with JAX, which compiles each model; half a minute with KERAS_BACKEND=torch.
Runs use other weights and data than the golden files.
"""

import os
import re

import numpy as np
import pytest
from keras_parity import harness
from keras_parity.cases import CASES
from keras_parity.companion_cases import COMPANION_CASES
from keras_parity.random_models import random_case

os.environ.setdefault("KERAS_BACKEND", "jax")
# Nearly all of the time goes into compiling, which code that runs 20 times never repays.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

FULL_RUNS = [
    "tutorial",
    "stack_of_two",
    "flatten_after_sequences",
    "reset_before",
    "gru_relu_hard_sigmoid_reset_before",
    "mask_all_padding_rows",
    "mask_through_a_backward_stack",
    "tags_sparse_post_padding",
    "tags_binary_all_padding_rows",
    "masking_value_sequences",
    "binary_smoothed",
    "categorical_from_logits",
    "sgd_nesterov",
    "rmsprop_centered_momentum",
    "validation_split",
    "penalties",
    "penalties_of_a_frozen_layer",
    "constraints",
    *(case.name for case in COMPANION_CASES),
]
PREDICTED, TRAINED = range(40), range(40, 46)

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def start(case):
    """Return data and initial weights that no golden file has."""
    rng = case.generator("live")
    return case.data(rng), case.weights(rng, case.build(keras))


def pair(case):
    """Return Keras' model and ours, with the same weights."""
    _, weights = start(case)
    models = case.build(keras), case.build(harness.module_under_test())
    for model in models:
        model.set_weights(weights)
    return models


def seen_alike(case, history):
    """Keep what Keras' JAX trainer gives too: in fit its metrics do not see the mask."""
    if keras.backend.backend() != "jax" or not case.masked_steps:
        return history
    return {key: row for key, row in history.items() if "loss" in key or "val_" in key}


def assert_same_run(case):
    data, weights = start(case)
    ours = harness.run(case, harness.module_under_test(), weights, data)
    theirs = harness.run(case, keras, weights, data)
    harness.assert_predictions(ours.predictions, theirs.predictions)
    harness.assert_evaluate(ours.evaluate, theirs.evaluate)
    assert list(ours.history) == list(theirs.history)
    harness.assert_history(seen_alike(case, ours.history), seen_alike(case, theirs.history))
    harness.assert_weights(ours.trained, theirs.trained)


@pytest.mark.parametrize("name", FULL_RUNS)
def test_twenty_steps_equal_keras(name):
    assert_same_run(CASES[name])


@pytest.mark.parametrize("number", TRAINED)
def test_random_models_train_like_keras(number):
    assert_same_run(random_case(number))


@pytest.mark.parametrize("number", PREDICTED)
def test_random_models_predict_like_keras(number):
    case = random_case(number)
    theirs, ours = pair(case)
    x, _ = start(case)[0].values()
    harness.assert_predictions(ours.predict_on_batch(x), np.asarray(theirs.predict_on_batch(x)))


@every_case
def test_weights_have_the_order_and_shapes_of_keras(case):
    theirs, ours = (case.build(k) for k in (keras, harness.module_under_test()))
    assert shapes(ours) == shapes(theirs)
    for our_layer, their_layer in zip(ours.layers, theirs.layers, strict=True):
        assert shapes(our_layer) == shapes(their_layer)


def shapes(model_or_layer):
    return [weight.shape for weight in model_or_layer.get_weights()]


@every_case
def test_layer_configs_equal_where_both_have_a_key(case):
    theirs, ours = (case.build(k) for k in (keras, harness.module_under_test()))
    for our_layer, their_layer in zip(ours.layers, theirs.layers, strict=True):
        assert type(our_layer).__name__ == type(their_layer).__name__
        actual, expected = config(our_layer), config(their_layer)
        shared = actual.keys() & expected.keys()
        assert {"name", "trainable", "dtype"} & expected.keys() <= shared
        assert {key: actual[key] for key in shared} == {key: expected[key] for key in shared}


def config(layer):
    return {key: canonical(value) for key, value in layer.get_config().items()}


def canonical(value):
    """Read objects and their short names alike, GlorotUniform and glorot_uniform.

    The number that makes a layer's name unique counts all layers of the process: dropped.
    """
    if isinstance(value, dict) and value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    if isinstance(value, dict) and "class_name" in value:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", value["class_name"]).lower()
    if isinstance(value, str):
        return re.sub(r"_\d+$", "", value)
    return list(value) if isinstance(value, tuple) else value


@every_case
def test_summary_counts_the_parameters_like_keras(case):
    theirs, ours = (case.build(k) for k in (keras, harness.module_under_test()))
    assert len(counts(theirs)) == 3
    assert counts(ours) == counts(theirs)
    assert ours.count_params() == theirs.count_params()
    assert layer_counts(ours) == layer_counts(theirs)


def counts(model):
    """Return the totals that summary prints."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    found = re.findall(r"(Total|Trainable|Non-trainable) params: ([\d,]+)", "\n".join(lines))
    return dict(found)


def layer_counts(model):
    return [layer.count_params() for layer in model.layers]


@pytest.mark.parametrize("name", ["mse_flat_labels", "rate_schedule"])
def test_evaluate_returns_what_keras_returns(name):
    case = CASES[name]
    arguments = {"batch_size": 20, "verbose": 0}
    data, _ = start(case)
    results = []
    for model in pair(case):
        number_or_list = model.evaluate(data["x"], data["y"], **arguments)
        by_name = model.evaluate(data["x"], data["y"], return_dict=True, **arguments)
        results.append((kinds(number_or_list), list(by_name), kinds(list(by_name.values()))))
    assert results[1] == results[0]


def kinds(result):
    return [type(value) for value in result] if isinstance(result, list) else type(result)


def test_fit_returns_what_keras_returns():
    case = CASES["validation_data"]
    data, _ = start(case)
    results = []
    for model in pair(case):
        history = model.fit(
            data["x"],
            data["y"],
            batch_size=20,
            epochs=2,
            verbose=0,
            validation_data=(data["x_val"], data["y_val"]),
        )
        rows = [(key, kinds(row)) for key, row in history.history.items()]
        results.append((rows, history.epoch, history.params))
    assert results[1] == results[0]


@pytest.mark.parametrize("name", ["stack_of_two", "sequence_to_sequence", "mask_pre_padding"])
def test_predict_has_the_shape_and_type_of_keras(name):
    case = CASES[name]
    data, _ = start(case)
    theirs, ours = pair(case)
    for x in (data["x"][:1], data["x"][:37]):
        expected = theirs.predict(x, batch_size=37, verbose=0)
        actual = ours.predict(x, batch_size=37, verbose=0)
        assert (type(actual), actual.shape) == (np.ndarray, expected.shape)
        assert actual.dtype == expected.dtype
        assert ours.output_shape == theirs.output_shape

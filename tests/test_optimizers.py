"""The optimiser classes: steps over a model's parameters, state, names and sentences."""

import copy
import json
import re

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import optimizers
from fastgru._parameters import Parameters
from fastgru.layers import Dense, Embedding
from fastgru.optimizers import SGD, Adam, RMSprop

CLASSES = {name.lower(): cls for name, cls in optimizers.CLASSES.items()}
RULES = [
    ("sgd", {}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.8}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True}),
    ("rmsprop", {}),
    ("rmsprop", {"learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-3}),
    ("rmsprop", {"momentum": 0.8, "centered": True}),
    ("rmsprop", {"centered": True}),
    ("rmsprop", {"momentum": 0.8}),
    ("adam", {}),
    ("adam", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3}),
    *(
        (name, {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-3})
        for name in ("nadam", "adamax")
    ),
    *((name, {}) for name in ("nadam", "adamax", "adagrad", "adadelta", "lion")),
    ("adagrad", {"learning_rate": 0.1, "epsilon": 1e-3}),
    ("adadelta", {"learning_rate": 0.5, "rho": 0.7, "epsilon": 1e-3}),
    ("lion", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8}),
]
SLOTS = {
    "sgd": 1, "rmsprop": 3, "adam": 2, "nadam": 2, "adamax": 2, "adagrad": 1, "adadelta": 2,
    "lion": 1,
}  # fmt: skip
rules = pytest.mark.parametrize(("name", "rule"), RULES)


def store_of(*layers, dtype="float64"):
    """A model's parameters: random values, zero gradients."""
    for layer in layers:
        layer.prepare((None, 5) if layer.takes_ids else (None, 3))
    store = Parameters(layers, dtype, np.random.default_rng(0))
    store.values[:] = np.random.default_rng(1).standard_normal(len(store.values))
    return store


@rules
def test_steps_are_the_references_for_dense_and_sparse_parameters(name, rule):
    rng = np.random.default_rng(2)
    table = Embedding(6, 2)
    store = store_of(Dense(4), table, Dense(2))
    optimizer = CLASSES[name](**rule)
    optimizer.build(store)
    w, state = store.values.copy(), [np.zeros_like(store.values)] * SLOTS[name]
    if name == "adagrad":
        state = [np.full_like(w, 0.1)]
    for t in range(1, 6):
        store.gradients[:] = rng.standard_normal(len(w))
        store.used[table][:] = rng.integers(0, 2, 6)
        table.gradients["embeddings"][store.used[table] == 0] = 0
        more = {"step": t} if name in ("adam", "nadam", "adamax") else {}
        function = getattr(reference, f"{name}_step")
        w, *state = function(w, store.gradients.copy(), *state, **rule, **more)
        optimizer.step()
        assert not store.gradients.any() and not store.used[table].any()
        assert_allclose(store.values, w, rtol=1e-12, atol=1e-12)
    assert optimizer.iterations == 5


@rules
def test_parameters_that_are_not_trained_stay(name, rule):
    frozen = Dense(4, trainable=False)
    store = store_of(Dense(2), frozen, Dense(3))
    optimizer = CLASSES[name](**rule)
    optimizer.build(store)
    before = store.values.copy()
    kept = frozen.get_weights()
    for _ in range(3):
        store.gradients[:] = 1
        optimizer.step()
    for ours, theirs in zip(frozen.weights, kept, strict=True):
        assert_array_equal(ours, theirs)
    assert (store.values != before).sum() == len(before) - frozen.count_params()


def test_the_learning_rate_can_be_assigned_to_and_copied():
    optimizer = Adam(0.5)
    rate = optimizer.learning_rate
    rate.assign(0.25)
    assert (rate, optimizer.learning_rate, optimizer.lr.numpy()) == (0.5, 0.25, 0.25)
    copied = copy.deepcopy([rate, rate * 2])
    assert copied == [0.5, 1.0] and {type(number) for number in copied} == {float}
    assert json.dumps(rate) == repr(rate) == "0.5" and not optimizer.built
    text = "Adam: learning_rate must be at least 0; got -1."
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        rate.assign(-1)


def test_the_learning_rate_can_be_set_at_any_time():
    store = store_of(Dense(2))
    optimizer = SGD(0.5)
    optimizer.build(store)
    for rate in (0.5, 0.25, np.array(0.125), np.float32(2)):
        optimizer.learning_rate = rate
        before = store.values.copy()
        store.gradients[:] = 1
        optimizer.step()
        assert_allclose(before - store.values, float(rate), rtol=1e-12)
    assert optimizer.lr == optimizer.learning_rate == 2.0
    optimizer.lr = 3
    assert optimizer.learning_rate == 3.0


def test_building_starts_from_zero_gradients_and_keeps_the_state_of_the_same_size():
    optimizer = Adam()
    store = store_of(Dense(2))
    store.gradients[:] = 7
    optimizer.build(store)
    assert not store.gradients.any()
    store.gradients[:] = 1
    optimizer.step()
    kept = {name: array.copy() for name, array in optimizer.state.items()}
    optimizer.build(store_of(Dense(2)))
    for name, array in optimizer.state.items():
        assert_array_equal(array, kept[name])
    optimizer.build(store_of(Dense(3)))
    assert all(array.shape == (12,) and not array.any() for array in optimizer.state.values())


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        (SGD(), ()),
        (SGD(momentum=0.5), ("momentum",)),
        (RMSprop(), ("velocity",)),
        (RMSprop(momentum=0.5), ("velocity", "momentum")),
        (RMSprop(centered=True), ("velocity", "average_gradient")),
        (RMSprop(momentum=0.5, centered=True), ("velocity", "momentum", "average_gradient")),
        (Adam(), ("momentum", "velocity")),
        (Adam(amsgrad=True), ("momentum", "velocity", "velocity_hat")),
    ],
)
def test_slots_are_those_of_keras_in_its_order(optimizer, slots):
    assert tuple(optimizer.slots) == slots


@pytest.mark.parametrize("name", CLASSES)
def test_get_finds_names_classes_and_instances(name):
    cls = CLASSES[name]
    for given in (name, cls.__name__, name.upper(), cls):
        assert type(optimizers.get(given)) is cls
    mine = cls()
    assert optimizers.get(mine) is mine


SHARED = {
    "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None,
}  # fmt: skip
BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
DEFAULTS = {
    "SGD": ("sgd", 0.01, {"momentum": 0.0, "nesterov": False}),
    "RMSprop": (
        "rm_sprop", 0.001, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False}
    ),
    "Adam": ("adam", 0.001, {**BETAS, "amsgrad": False}),
    "AdamW": ("adam_w", 0.001, {**BETAS, "amsgrad": False, "weight_decay": 0.004}),
    "Nadam": ("nadam", 0.001, BETAS),
    "Adamax": ("adamax", 0.001, BETAS),
    "Adagrad": ("adagrad", 0.001, {"initial_accumulator_value": 0.1, "epsilon": 1e-7}),
    "Adadelta": ("adadelta", 0.001, {"rho": 0.95, "epsilon": 1e-7}),
    "Lion": ("lion", 0.001, {"beta_1": 0.9, "beta_2": 0.99}),
}  # fmt: skip


def test_defaults_are_those_of_keras():
    assert list(DEFAULTS) == list(optimizers.CLASSES)
    for cls, (name, rate, own) in DEFAULTS.items():
        wanted = {"name": name, "learning_rate": rate, **SHARED, **own}
        assert optimizers.CLASSES[cls]().get_config() == wanted


@pytest.mark.parametrize("name", DEFAULTS)
def test_configurations_equal_those_of_keras(name):
    keras = pytest.importorskip("keras")
    config = getattr(keras.optimizers, name)(learning_rate=0.5, name="mine").get_config()
    mine = optimizers.CLASSES[name](learning_rate=0.5, name="mine")
    assert list(mine.get_config()) == list(config) and mine.get_config() == config
    twin = optimizers.get(optimizers.serialize(mine))
    assert type(twin) is type(mine) and twin.get_config() == config
    theirs = keras.optimizers.deserialize(optimizers.serialize(mine))
    assert type(theirs).__name__ == name and theirs.get_config() == config


@rules
def test_a_configuration_makes_the_optimiser_again(name, rule):
    config = CLASSES[name](**rule, name="mine").get_config()
    assert config["name"] == "mine" and rule.items() <= config.items()
    twin = CLASSES[name].from_config(config)
    assert type(twin) is CLASSES[name] and twin.get_config() == config


OPTIONS = {
    "weight_decay": 0.1, "clipnorm": 1.0, "use_ema": True, "ema_momentum": 0.5,
    "ema_overwrite_frequency": 4, "loss_scale_factor": 2.0, "gradient_accumulation_steps": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_options_are_part_of_the_configuration(name):
    optimizer = CLASSES[name](**OPTIONS)
    config = optimizer.get_config()
    assert OPTIONS.items() <= config.items()
    assert all(getattr(optimizer, what) == value for what, value in OPTIONS.items())
    assert CLASSES[name].from_config(config).get_config() == config


def test_custom_classes_are_deserialized_where_they_are_given():
    class Mine(SGD):
        pass

    form = optimizers.serialize(Mine(0.5))
    assert type(optimizers.deserialize(form, {"Mine": Mine})) is Mine
    with pytest.raises(ValueError, match=r"^optimizers.deserialize: class_name must be one of"):
        optimizers.deserialize(form)


def test_decay_is_passed_over_with_a_warning():
    sentence = (
        "SGD: decay is ignored, as Keras 3 does it; got 1e-06. "
        "optimizers.schedules.InverseTimeDecay lowers the learning rate."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(sentence)}$"):
        assert "decay" not in SGD(decay=1e-6).get_config()
    assert SGD(decay=None).learning_rate == 0.01


def test_iterations_can_be_set():
    for each in (None, 3):
        optimizer = Adam(gradient_accumulation_steps=each)
        optimizer.iterations = 5
        assert (optimizer.iterations, optimizer.steps) == (5, 5 * (each or 1))


def test_arrays_are_looked_for_where_they_are_when_the_model_is_built():
    optimizer = SGD(0.5, weight_decay=1.0)
    store = store_of(Dense(2))
    optimizer.exclude_from_weight_decay(store.layers[0].weights[:1])
    optimizer.build(store)
    before = store.values.copy()
    optimizer.step()
    assert_array_equal(store.values, np.where(np.arange(8) < 6, before, 0.5 * before))

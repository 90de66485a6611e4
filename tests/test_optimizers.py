"""The optimiser classes: steps over a model's parameters, state, names and sentences."""

import re

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import optimizers
from fastgru._parameters import Parameters
from fastgru.layers import Dense, Embedding
from fastgru.optimizers import SGD, Adam, RMSprop

CLASSES = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}
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
]
SLOTS = {"sgd": 1, "rmsprop": 3, "adam": 2}
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
    for t in range(1, 6):
        store.gradients[:] = rng.standard_normal(len(w))
        store.used[table][:] = rng.integers(0, 2, 6)
        table.gradients["embeddings"][store.used[table] == 0] = 0
        more = {"step": t} if name == "adam" else {}
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


def test_defaults_are_those_of_keras():
    assert SGD().get_config() == {
        "name": "sgd", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False,
    }  # fmt: skip
    assert RMSprop().get_config() == {
        "name": "rm_sprop", "learning_rate": 0.001, "rho": 0.9, "momentum": 0.0,
        "epsilon": 1e-7, "centered": False,
    }  # fmt: skip
    assert Adam().get_config() == {
        "name": "adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999,
        "epsilon": 1e-7, "amsgrad": False,
    }  # fmt: skip


@rules
def test_a_configuration_makes_the_optimiser_again(name, rule):
    config = CLASSES[name](**rule, name="mine").get_config()
    assert config["name"] == "mine" and rule.items() <= config.items()
    twin = CLASSES[name].from_config(config)
    assert type(twin) is CLASSES[name] and twin.get_config() == config


LATER = {
    "weight_decay": 0.1, "clipnorm": 1.0, "clipvalue": 1.0, "global_clipnorm": 1.0,
    "use_ema": True, "loss_scale_factor": 2.0, "gradient_accumulation_steps": 2,
}  # fmt: skip


@pytest.mark.parametrize(("what", "value"), LATER.items())
@pytest.mark.parametrize("name", CLASSES)
def test_what_is_not_there_yet_is_said_to_be_missing(name, what, value):
    default = False if what == "use_ema" else None
    CLASSES[name](**{what: default})
    sentence = (
        f"{CLASSES[name].__name__}: {what} must be {default}; got {value!r}. "
        "fastgru does not have this yet."
    )
    with pytest.raises(NotImplementedError, match=f"^{re.escape(sentence)}$"):
        CLASSES[name](**{what: value})


A_RATE = "learning_rate must be"


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: optimizers.get("adm"), ValueError,
         "optimizers.get: optimizer must be one of 'sgd', 'rmsprop', 'adam'; got 'adm'."),
        (lambda: optimizers.get(3, "compile"), TypeError,
         ("compile: optimizer must be the name of an optimiser or one of fastgru.optimizers; "
          "got 3.")),
        (lambda: Adam(-1), ValueError, f"Adam: {A_RATE} at least 0; got -1."),
        (lambda: SGD("fast"), TypeError, f"SGD: {A_RATE} a number; got 'fast'."),
        (lambda: RMSprop(np.nan), ValueError, f"RMSprop: {A_RATE} at least 0; got nan."),
        (lambda: setattr(SGD(), "learning_rate", -2), ValueError,
         f"SGD: {A_RATE} at least 0; got -2."),
        (lambda: SGD(momentum=2), ValueError, "SGD: momentum must lie in [0, 1]; got 2."),
        (lambda: SGD(nesterov=1), TypeError, "SGD: nesterov must be True or False; got 1."),
        (lambda: RMSprop(rho=-1), ValueError, "RMSprop: rho must lie in [0, 1]; got -1."),
        (lambda: RMSprop(momentum="a"), TypeError,
         "RMSprop: momentum must be a number; got 'a'."),
        (lambda: RMSprop(epsilon=-1), ValueError,
         "RMSprop: epsilon must be at least 0; got -1."),
        (lambda: RMSprop(centered=None), TypeError,
         "RMSprop: centered must be True or False; got None."),
        (lambda: Adam(beta_1=1.5), ValueError, "Adam: beta_1 must lie in [0, 1]; got 1.5."),
        (lambda: Adam(beta_2=-0.5), ValueError, "Adam: beta_2 must lie in [0, 1]; got -0.5."),
        (lambda: Adam(epsilon=np.inf), ValueError,
         "Adam: epsilon must be at least 0; got inf."),
        (lambda: Adam(amsgrad=True), NotImplementedError,
         "Adam: amsgrad must be False; got True. fastgru does not have this yet."),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


def test_a_beta_of_one_is_refused_for_it_never_forgets():
    # Its bias correction would divide by zero.
    for options in ({"beta_1": 1.0}, {"beta_2": 1.0}):
        with pytest.raises(ValueError, match=r"^Adam: beta_\d must .*; got 1\.0\.$"):
            Adam(**options)

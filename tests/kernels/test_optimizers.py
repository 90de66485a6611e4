"""The update rules against the reference, five steps, with and without unused rows."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.kernels import optimizer_rules as kernel
from fastgru.kernels import optimizers

# Five steps of some ten roundings each, on parameters of size 1.
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-14}

SGD = [
    {"momentum": 0.0, "nesterov": False},
    {"momentum": 0.0, "nesterov": True},
    {"momentum": 0.7, "nesterov": False},
    {"momentum": 0.7, "nesterov": True},
]
RMSPROP = [
    {"rho": 0.6, "momentum": momentum, "epsilon": 1e-3, "centered": centered}
    for momentum in (0.0, 0.7)
    for centered in (False, True)
]
ADAM = [
    {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
    {"beta_1": 0.6, "beta_2": 0.8, "epsilon": 1e-2},
]
RULES = [(name, rule) for name, all_ in (("sgd", SGD), ("rmsprop", RMSPROP), ("adam", ADAM))
         for rule in all_]  # fmt: skip

rules = pytest.mark.parametrize(("name", "rule"), RULES)
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def slots(name, rule, shape, dtype):
    """The arrays beside the parameters, None for those that the rule does without."""
    if name == "sgd":
        kept = {"m": rule["momentum"]}
    elif name == "rmsprop":
        kept = {"v": True, "m": rule["momentum"], "a": rule["centered"]}
    else:
        kept = {"m": True, "v": True}
    return {k: np.zeros(shape, dtype) if wanted else None for k, wanted in kept.items()}


def update(name, rule, lr, t, p, g, state, used):
    """One call of the kernel; t counts from 1."""
    if name == "sgd":
        kernel.sgd(p, g, state["m"], used, lr, rule["momentum"], rule["nesterov"])
    elif name == "rmsprop":
        kernel.rmsprop(
            p, g, state["v"], state["a"], state["m"], used, lr, rule["rho"], rule["momentum"],
            rule["epsilon"],
        )  # fmt: skip
    else:
        b1, b2 = rule["beta_1"], rule["beta_2"]
        alpha = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
        optimizers.adam(p, g, state["m"], state["v"], used, alpha, b1, b2, rule["epsilon"])


def expect(name, rule, lr, t, p, g, state):
    """The reference's step: p and the state behind it, by the same names."""
    steps = {"adam": "mv", "sgd": "m", "rmsprop": "vma"}[name]
    state = [np.zeros_like(p) if state[k] is None else state[k] for k in steps]
    more = {"step": t} if name == "adam" else {}
    function = getattr(reference, f"{name}_step")
    p, *state = function(p, g, *state, learning_rate=lr, **rule, **more)
    return p, dict(zip(steps, state, strict=True))


def gradient(rng, shape, used, dtype=np.float64):
    g = rng.standard_normal(shape).astype(dtype)
    if used is not None:
        g[used == 0] = 0
    return g


@dtypes
@rules
@pytest.mark.parametrize("shape", [(1, 1), (1, 37), (5, 3)])
@pytest.mark.parametrize("sparse", [False, True])
def test_five_steps_are_the_references(sparse, shape, name, rule, dtype):
    rng, lr = np.random.default_rng(0), 0.05
    p = rng.standard_normal(shape).astype(dtype)
    state = slots(name, rule, shape, dtype)
    wanted, expected = p.astype(np.float64), slots(name, rule, shape, np.float64)
    for t in range(1, 6):
        # A row may be used in one step and not in the next.
        used = rng.integers(0, 2, shape[0], dtype=np.uint8) if sparse else None
        g = gradient(rng, shape, used, dtype)
        wanted, expected = expect(name, rule, lr, t, wanted, g.astype(np.float64), expected)
        update(name, rule, lr, t, p, g, state, used)
        assert_array_equal(g, np.zeros(shape))
        assert used is None or not used.any()
    assert p.dtype == dtype
    assert_allclose(p, wanted, rtol=0, atol=TOLERANCE[dtype])
    for slot, array in state.items():
        if array is not None:
            assert_allclose(array, expected[slot], rtol=0, atol=TOLERANCE[dtype], err_msg=slot)


@dtypes
@rules
def test_unused_rows_behave_bit_for_bit_as_zero_gradients(name, rule, dtype):
    rng, shape = np.random.default_rng(1), (6, 3)
    p = rng.standard_normal(shape).astype(dtype)
    sparse, dense = (
        (p.copy(), slots(name, rule, shape, dtype)),
        (p, slots(name, rule, shape, dtype)),
    )
    for t in range(1, 6):
        used = rng.integers(0, 2, 6, dtype=np.uint8)
        g = gradient(rng, shape, used, dtype)
        update(name, rule, 0.05, t, dense[0], g.copy(), dense[1], None)
        update(name, rule, 0.05, t, sparse[0], g, sparse[1], used)
    assert_array_equal(sparse[0], dense[0])
    for slot, array in sparse[1].items():
        if array is not None:
            assert_array_equal(array, dense[1][slot], err_msg=slot)


@rules
def test_the_gradient_of_an_unused_row_is_not_read(name, rule):
    rng, shape = np.random.default_rng(2), (3, 2)
    p = rng.standard_normal(shape)
    used, g = np.array([1, 0, 1], np.uint8), np.ones(shape)
    g[1] = np.nan
    state = slots(name, rule, shape, np.float64)
    update(name, rule, 0.05, 1, p, g, state, used)
    assert np.isfinite(p).all()
    assert all(np.isfinite(array).all() for array in state.values() if array is not None)


def test_a_rule_without_memory_leaves_unused_rows_alone():
    p = np.arange(6.0).reshape(3, 2)
    used = np.array([0, 1, 0], np.uint8)
    kernel.sgd(p, np.ones((3, 2)), None, used, 0.5, 0.0, False)
    assert_array_equal(p, [[0, 1], [1.5, 2.5], [4, 5]])


@rules
def test_nan_in_one_gradient_stays_with_its_parameter(name, rule):
    p, g = np.ones((1, 4)), np.ones((1, 4))
    g[0, 2] = np.nan
    update(name, rule, 0.05, 1, p, g, slots(name, rule, (1, 4), np.float64), None)
    assert_array_equal(np.isnan(p[0]), [False, False, True, False])
    assert_array_equal(g, np.zeros((1, 4)))

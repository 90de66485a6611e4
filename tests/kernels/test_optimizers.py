"""The update rules against the reference, five steps, with and without unused rows."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.kernels import optimizer_pass as passes
from fastgru.kernels import optimizer_rules as kernel
from fastgru.kernels import optimizers, threads

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
BETAS = {"beta_1": 0.6, "beta_2": 0.8, "epsilon": 1e-2}
OTHERS = {
    "amsgrad": [BETAS], "nadam": [BETAS], "adamax": [BETAS],
    "adagrad": [{"epsilon": 1e-2}], "adadelta": [{"rho": 0.6, "epsilon": 1e-3}],
    "lion": [{"beta_1": 0.6, "beta_2": 0.8}],
}  # fmt: skip
RULES = [
    (name, rule)
    for name, rules in {"sgd": SGD, "rmsprop": RMSPROP, "adam": ADAM, **OTHERS}.items()
    for rule in rules
]
#: Slots in the order in which the reference takes and gives them.
SLOTS = {
    "sgd": "m", "rmsprop": "vma", "adam": "mv", "amsgrad": "mvh", "nadam": "mv",
    "adamax": "mu", "adagrad": "a", "adadelta": "vx", "lion": "m",
}  # fmt: skip
COUNTING = ("adam", "amsgrad", "nadam", "adamax")

rules = pytest.mark.parametrize(("name", "rule"), RULES)
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def slots(name, rule, shape, dtype):
    """The arrays beside the parameters, None for those that the rule does without."""
    kept = dict.fromkeys(SLOTS[name], True)
    if name in ("sgd", "rmsprop"):
        kept["m"] = rule["momentum"]
    if name == "rmsprop":
        kept["a"] = rule["centered"]
    return {k: np.zeros(shape, dtype) if wanted else None for k, wanted in kept.items()}


def update(name, rule, lr, t, p, g, state, used):
    """One call of the kernel; t counts from 1."""
    kept = [state[k] for k in SLOTS[name]]
    if name == "rmsprop":
        kept = [state["v"], state["a"], state["m"]]
    first, numbers = [lr], {k: v for k, v in rule.items() if k != "centered"}
    if name in COUNTING:
        b1, b2 = rule["beta_1"], rule["beta_2"]
        alpha = lr / (1 - b1**t)
        first = [alpha if name == "adamax" else alpha * np.sqrt(1 - b2**t)]
    if name == "nadam":
        u = [b1 * (1 - 0.5 * 0.96**i) for i in range(1, t + 2)]
        first = [
            lr * u[-1] / (1 - np.prod(u)),
            lr * (1 - u[-2]) / (1 - np.prod(u[:-1])),
            1 / (1 - b2**t),
        ]
    if name == "adam":
        optimizers.adam(p, g, *kept, used, *first, **numbers)
    else:
        run = kernel.adam if name == "amsgrad" else getattr(kernel, name)
        run(p, g, *kept, used, *first, *numbers.values())


def expect(name, rule, lr, t, p, g, state):
    """The reference's step: p and the state behind it, by the same names."""
    kept = [np.zeros_like(p) if state[k] is None else state[k] for k in SLOTS[name]]
    more = {"step": t} if name in COUNTING else {}
    function = getattr(reference, f"{name}_step")
    p, *kept = function(p, g, *kept, learning_rate=lr, **rule, **more)
    return p, dict(zip(SLOTS[name], kept, strict=True))


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


@pytest.mark.parametrize("shape", [(1, 5000), (700, 37)])
def test_all_that_is_around_a_rule_reaches_every_block(shape):
    rng, R = np.random.default_rng(3), shape[0]
    p, average = rng.standard_normal((2, *shape))
    used = None if R == 1 else rng.integers(0, 2, R, dtype=np.uint8)
    g, m = gradient(rng, shape, used), rng.standard_normal(shape)
    around = passes.Around(average)
    around.scale, around.limit, around.decay, around.follow = 0.5, 0.4, 0.1, 0.25
    wanted, m_after = reference.sgd_step(0.9 * p, np.clip(0.5 * g, -0.4, 0.4), m, 0.05, 0.7)
    followed = 0.75 * average + 0.25 * wanted
    kernel.sgd(p, g, m, used, 0.05, 0.7, False, around)
    for mine, theirs in ((p, wanted), (m, m_after), (average, followed), (g, 0 * g)):
        assert_allclose(mine, theirs, rtol=0, atol=1e-14)
    around.overwrite = True
    kernel.sgd(p, g, m, used, 0.05, 0.7, False, around)
    assert_array_equal(p, average)


@pytest.mark.parametrize("shape", [(1, 300_001), (3001, 100)])
def test_the_number_of_threads_changes_no_bit(shape):
    results = []
    before = threads.get_num_threads()
    for number in (1, 4):
        rng = np.random.default_rng(5)
        p, g, v, x, average = rng.random((5, *shape), np.float32)
        used = None if shape[0] == 1 else rng.integers(0, 2, shape[0], dtype=np.uint8)
        around = passes.Around(average)
        around.scale, around.follow = 0.5, 0.25
        threads.set_num_threads(number)
        try:
            kernel.adadelta(p, g, v, x, used, 0.05, 0.9, 1e-7, around)
        finally:
            threads.set_num_threads(before)
        results.append((p, v, x, average))
    for one, other in zip(*results, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 40])
def test_the_sum_of_squares_is_of_the_rows_that_are_used(n):
    g = np.random.default_rng(4).standard_normal((3, n)).astype(np.float32)
    assert_allclose(passes.square_sum(g, None), (g.astype(float) ** 2).sum(), rtol=1e-14)
    used, wanted = np.array([1, 0, 1], np.uint8), (g[[0, 2]].astype(float) ** 2).sum()
    g[1] = np.nan
    assert_allclose(passes.square_sum(g, used), wanted, rtol=1e-14)


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

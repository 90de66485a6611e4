"""Clipping, decay, moving averages and accumulation against plain NumPy, in float64."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from test_optimizers import store_of

from fastgru import optimizers
from fastgru.layers import Dense, Embedding
from fastgru.optimizers import SGD, Adam, AdamW, schedules

LR, STEPS = 0.1, 7


def run(optimizer, steps=STEPS, seed=2, before=None):
    """[(parameters, gradients) of each step, parameters at the end], and the store's table.

    The gradients of some rows of an embedding are missing, another set in each step.
    """
    table = Embedding(6, 2)
    store = store_of(Dense(4), table, Dense(2))
    if before is not None:
        before(optimizer, store)
    optimizer.build(store)
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(steps):
        store.gradients[:] = rng.standard_normal(len(store.values))
        store.used[table][:] = rng.integers(0, 2, 6)
        table.gradients["embeddings"][store.used[table] == 0] = 0
        seen.append((store.values.copy(), store.gradients.copy()))
        # Those that are missing must not be read.
        table.gradients["embeddings"][store.used[table] == 0] = np.nan
        unused = store.used[table] == 0
        optimizer.step()
        table.gradients["embeddings"][unused] = 0
        assert not store.gradients.any() and not store.used[table].any()
    return [*seen, (store.values.copy(), None)], store


def rows(store):
    return [(start, end) for *_, start, end in store.table]


def assert_steps(seen, change):
    """Every step is SGD's with gradients that `change` made of those there were."""
    for (p, g), (after, _) in itertools.pairwise(seen):
        assert_allclose(after, p - LR * change(g), rtol=1e-12, atol=1e-12)


def test_clipnorm_cuts_each_parameter_by_itself():
    seen, store = run(SGD(LR, clipnorm=2.2))
    norms = []

    def change(g):
        g = g.copy()
        for start, end in rows(store):
            norms.append(np.linalg.norm(g[start:end]))
            g[start:end] *= 2.2 / max(norms[-1], 2.2)
        return g

    assert_steps(seen, change)
    assert min(norms) < 2.2 < max(norms)


def test_global_clipnorm_cuts_all_gradients_alike():
    assert_steps(run(SGD(LR, global_clipnorm=2.0))[0], lambda g: g * 2 / np.linalg.norm(g))
    assert_steps(run(SGD(LR, global_clipnorm=50.0))[0], lambda g: g)


def test_clipvalue_cuts_each_number():
    assert_steps(run(SGD(LR, clipvalue=0.3))[0], lambda g: np.clip(g, -0.3, 0.3))


@pytest.mark.parametrize("what", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_a_limit_of_zero_is_none_as_in_keras(what):
    assert_steps(run(SGD(LR, **{what: 0.0}))[0], lambda g: g)


@pytest.mark.parametrize(
    ("what", "bad", "lost"),
    [
        ("clipvalue", np.nan, [1]), ("clipnorm", np.nan, [0, 1, 2]),
        ("global_clipnorm", np.nan, [0, 1, 2, 3]), ("clipnorm", np.inf, [1]),
        ("global_clipnorm", np.inf, [0, 1, 2, 3]), ("clipvalue", np.inf, []),
    ],
)  # fmt: skip
def test_gradients_that_are_not_finite_go_where_keras_has_them(what, bad, lost):
    layer = Dense(1)  # a kernel of three numbers and a bias
    store = store_of(layer)
    optimizer = SGD(LR, **{what: 1.0})
    optimizer.build(store)
    store.gradients[:] = [1, bad, 1, 1]
    optimizer.step()
    assert_array_equal(np.flatnonzero(np.isnan(store.values)), lost)


def test_weight_decay_comes_before_the_update_and_takes_the_learning_rate():
    seen, _ = run(SGD(LR, weight_decay=0.5))
    for (p, g), (after, _) in itertools.pairwise(seen):
        assert_allclose(after, p * (1 - 0.5 * LR) - LR * g, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("built", [False, True])
def test_parameters_are_excluded_from_weight_decay_by_name_or_as_arrays(built):
    def exclude(optimizer, store):
        if built:
            optimizer.build(store)
        table = store.layers[1]
        optimizer.exclude_from_weight_decay(table.weights, ["^bi", "nothing"])

    seen, store = run(SGD(LR, weight_decay=0.5), before=exclude)
    names = [spec.name for _, spec, *_ in store.table]
    assert names == ["kernel", "bias", "embeddings", "kernel", "bias"]
    for (p, g), (after, _) in itertools.pairwise(seen):
        for (start, end), name in zip(rows(store), names, strict=True):
            keep = 1 - 0.5 * LR * (name == "kernel")
            wanted = p[start:end] * keep - LR * g[start:end]
            assert_allclose(after[start:end], wanted, rtol=1e-12, atol=1e-12)


def test_adamw_is_adam_with_weight_decay():
    (*_, (mine, _)), _ = run(AdamW(LR, weight_decay=0.3))
    (*_, (theirs, _)), _ = run(Adam(LR, weight_decay=0.3))
    assert_array_equal(mine, theirs)
    assert AdamW().weight_decay == 0.004


@pytest.mark.parametrize("often", [None, 3])
def test_the_moving_average_starts_at_the_first_step_and_overwrites(often):
    optimizer = SGD(LR, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=often)
    seen, store = run(optimizer)
    p, average = seen[0][0], None
    for number, ((_, g), (after, _)) in enumerate(itertools.pairwise(seen)):
        p = p - LR * g
        average = p if number == 0 else 0.8 * average + 0.2 * p
        if often and (number + 1) % often == 0:
            p = average
        assert_allclose(after, p, rtol=1e-12, atol=1e-12)
    assert_allclose(optimizer.state["average"], average, rtol=1e-12, atol=1e-12)
    version = store.version
    optimizer.finalize_variable_values()
    assert_allclose(store.values, average, rtol=1e-12, atol=1e-12)
    assert store.version == version + 1


def test_without_an_average_or_a_step_finalizing_changes_nothing():
    for optimizer, steps in ((SGD(LR), 2), (SGD(LR, use_ema=True), 0)):
        *_, (last, _) = run(optimizer, steps)[0]
        optimizer.finalize_variable_values()
        assert_array_equal(optimizer.store.values, last)
    SGD(LR, use_ema=True).finalize_variable_values()


def test_accumulation_updates_by_the_mean_and_rests_in_between():
    optimizer = SGD(LR, gradient_accumulation_steps=3)
    seen, store = run(optimizer, 8)
    for number in range(8):
        (p, _), (after, _) = seen[number : number + 2]
        g = sum(g for _, g in seen[number - 2 : number + 1] if number % 3 == 2) / 3
        wanted = p - LR * g
        assert_allclose(after, wanted, rtol=1e-12, atol=1e-12)
    assert (optimizer.steps, optimizer.iterations) == (8, 2)
    left = seen[6][1] + seen[7][1]
    assert_allclose(optimizer.state["gradient_accumulator"], left, rtol=1e-12, atol=1e-12)
    assert store.version == 2


def test_accumulated_gradients_are_clipped_as_a_whole():
    optimizer = SGD(LR, gradient_accumulation_steps=2, global_clipnorm=1.0)
    seen, _ = run(optimizer, 2)
    g = (seen[0][1] + seen[1][1]) / 2
    assert_allclose(seen[2][0], seen[0][0] - LR * g / np.linalg.norm(g), rtol=1e-12)


def test_accumulation_goes_on_after_the_stretches_are_cut_anew():
    def half_way(optimizer):
        seen, store = run(optimizer, 2)
        optimizer.build(store)
        store.gradients[:] = 1
        store.used[store.layers[1]][:] = [1, 0, 0, 0, 0, 0]
        store.layers[1].gradients["embeddings"][1:] = 0
        wanted = (seen[0][1] + seen[1][1] + store.gradients) / 3
        optimizer.step()
        assert_allclose(store.values, seen[0][0] - LR * wanted, rtol=1e-12, atol=1e-12)

    half_way(SGD(LR, gradient_accumulation_steps=3))


def test_the_average_follows_in_steps_that_only_accumulate_too():
    optimizer = SGD(LR, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.6)
    seen, _ = run(optimizer, 6)
    average = None
    for number, (after, _) in enumerate(seen[1:]):
        # Keras takes the first update's two steps as the first.
        average = after if number < 2 else 0.6 * average + 0.4 * after
    assert_allclose(optimizer.state["average"], average, rtol=1e-12, atol=1e-12)


def test_schedules_count_steps_and_callables_count_nothing():
    rates = []

    class Mine(schedules.LearningRateSchedule):
        def __call__(self, step):
            rates.append(step)
            return np.float32(0.5) / (step + 1)

    optimizer = SGD(Mine(), gradient_accumulation_steps=2)
    seen, _ = run(optimizer, 4)
    assert rates == [1, 3]
    assert optimizer.learning_rate == np.float32(0.5) / 5 and rates[-1] == 4
    g = (seen[0][1] + seen[1][1]) / 2
    assert_allclose(seen[2][0], seen[0][0] - 0.25 * g, rtol=1e-12)
    given = iter([0.5, 0.25])
    seen, _ = run(SGD(lambda: next(given)), 2)
    assert_allclose(seen[2][0], seen[1][0] - 0.25 * seen[1][1], rtol=1e-12)


ALL = {
    "weight_decay": 0.1, "clipnorm": 0.5, "use_ema": True, "ema_overwrite_frequency": 2,
    "gradient_accumulation_steps": 2,
}  # fmt: skip


@pytest.mark.parametrize("name", optimizers.CLASSES)
def test_the_same_steps_give_the_same_bits(name):
    results = []
    for _ in range(2):
        rate = schedules.ExponentialDecay(0.01, 2, 0.5)
        optimizer = optimizers.CLASSES[name](rate, **ALL)
        *_, (last, _) = run(optimizer)[0]
        results.append([last, *optimizer.state.values()])
    for one, other in zip(*results, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("name", optimizers.CLASSES)
def test_options_leave_what_is_frozen_alone(name):
    frozen = Dense(4, trainable=False)
    store = store_of(Dense(2), frozen, Dense(3))
    optimizer = optimizers.CLASSES[name](**ALL)
    optimizer.build(store)
    before, kept = store.values.copy(), frozen.get_weights()
    for _ in range(4):
        store.gradients[:] = 1
        optimizer.step()
    optimizer.finalize_variable_values()
    for ours, theirs in zip(frozen.weights, kept, strict=True):
        assert_array_equal(ours, theirs)
    assert (store.values != before).sum() == len(before) - frozen.count_params()

"""Optimisers and schedules beside those of real Keras, on gradients made at random."""

import os

import numpy as np
import pytest
from keras_parity.harness import assert_weights
from keras_parity.optimizer_cases import RULES

from fastgru import Sequential, layers, optimizers

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
keras = pytest.importorskip("keras")

STEPS = 20


def model(seed):
    """An embedding, a GRU and a Dense layer, with weights from a seed."""
    made = Sequential(
        [layers.Input((6,)), layers.Embedding(8, 3), layers.GRU(2), layers.Dense(1)]
    )
    rng = np.random.default_rng(seed)
    made.set_weights([rng.normal(0, 0.5, w.shape) for w in made.get_weights()])
    return made


def gradients(seed, shapes):
    """For each step one array for each weight; some rows of the first have no gradient."""
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        # Of sizes that clipping by norm treats unlike.
        found = [
            rng.normal(0, 0.05 * (place + 1), shape).astype(np.float32)
            for place, shape in enumerate(shapes)
        ]
        found[0][rng.random(len(found[0])) < 0.6] = 0
        yield found


def ours(rule):
    made = model(1)
    optimizer, store = rule(optimizers), made.store
    optimizer.build(store)
    table = made.layers[0]
    for found in gradients(2, [w.shape for w in made.get_weights()]):
        store.gradients[:] = np.concatenate([g.reshape(-1) for g in found])
        store.used[table][:] = found[0].any(axis=1)
        optimizer.step()
    before = made.get_weights()
    optimizer.finalize_variable_values()
    return before, made.get_weights(), optimizer


def theirs(rule):
    start = model(1)
    names = [spec.name for layer in start.layers for spec in layer.specs]
    variables = [
        keras.Variable(w, name=name) for w, name in zip(start.get_weights(), names, strict=True)
    ]
    optimizer = rule(keras.optimizers)
    optimizer.build(variables)
    # As the gradient of a scaled loss would be.
    scale = np.float32(optimizer.loss_scale_factor or 1)
    apply = optimizer.apply
    if keras.backend.backend() == "jax" and optimizer.gradient_accumulation_steps:
        apply = compiled(optimizer, variables)
    for found in gradients(2, [w.shape for w in start.get_weights()]):
        apply([keras.ops.convert_to_tensor(scale * g) for g in found])
    before = [keras.ops.convert_to_numpy(v) for v in variables]
    optimizer.finalize_variable_values(variables)
    return before, [keras.ops.convert_to_numpy(v) for v in variables], optimizer


def compiled(optimizer, variables):
    """Keras' step as one function of JAX, which else compiles its branches in every step."""
    import jax

    run = jax.jit(optimizer.stateless_apply)

    def apply(grads):
        kept = optimizer.variables
        parts = run([v.value for v in kept], grads, [v.value for v in variables])
        for variable, value in zip([*variables, *kept], [*parts[0], *parts[1]], strict=True):
            variable.assign(value)

    return apply


@pytest.mark.parametrize("name", RULES)
def test_twenty_steps_on_the_same_gradients_equal_keras(name):
    before, after, optimizer = ours(RULES[name])
    expected_before, expected_after, expected = theirs(RULES[name])
    assert_weights(before, expected_before)
    assert_weights(after, expected_after)
    assert int(optimizer.iterations) == int(expected.iterations)
    np.testing.assert_allclose(
        optimizer.learning_rate, float(expected.learning_rate), rtol=1e-6, atol=0
    )
    still = [
        np.abs(a - b).max() < 1e-4 for a, b in zip(before, model(1).get_weights(), strict=True)
    ]
    assert not any(still)

"""Penalties on outputs of layers inside of layers, and of cells: values and gradients."""

import numpy as np
import pytest
from gradcheck import assert_gradient
from layer_runs import MASKS, B, T, build
from numpy.testing import assert_allclose

from fastgru.layers import GRU, LSTM, RNN, Bidirectional, GRUCell, LSTMCell, StackedRNNCells
from fastgru.layers.watched import watched
from fastgru.regularizers import L1L2

I, H = 3, 4
F64 = {"dtype": "float64"}
RULE = {"activity_regularizer": L1L2(0.03, 0.2)}
MAKE = {
    "both_directions": lambda: Bidirectional(
        GRU(H, return_sequences=True, **RULE, **F64), merge_mode="mul", **RULE
    ),
    "returned_states": lambda: Bidirectional(LSTM(H, return_state=True, **RULE, **F64)),
    "stacked_cells": lambda: RNN([LSTMCell(2, **RULE, **F64), GRUCell(H, **RULE, **F64)]),
    "a_stack": lambda: RNN(
        StackedRNNCells([LSTMCell(2, **RULE, **F64), GRUCell(H, **F64)], **RULE)
    ),
}
#: How many penalties there are.
COUNTS = {"both_directions": 3, "returned_states": 2, "stacked_cells": 2, "a_stack": 2}


@pytest.mark.parametrize("mask", ["no_mask", "holes_and_an_empty_row"])
@pytest.mark.parametrize("kind", MAKE)
def test_gradients(kind, mask):
    rng = np.random.default_rng(3)
    layer, mask = build(MAKE[kind](), (None, T, I), rng), MASKS[mask]
    x = rng.standard_normal((T, B, I))
    y, _, backward = watched(layer).forward(x, mask)
    # What a caller has no gradient of counts through its penalty alone.
    several = isinstance(y, tuple)
    first = rng.standard_normal((y[0] if several else y).shape)
    dx = backward((first, *[None] * (len(y) - 1)) if several else first)
    assert len(layer.penalised()) == COUNTS[kind]

    def loss():
        layer.store.version += 1  # a GRU keeps its weights packed
        found = watched(layer).predict(x, mask)[0]
        found = found[0] if several else found
        return (found * first).sum() + sum(one.penalty for one in layer.penalised())

    pairs = [(x, dx)] + [(layer.parameters[name], g) for name, g in layer.gradients.items()]
    assert_gradient(loss, *zip(*pairs, strict=True), rng)


def test_a_cell_is_penalised_for_output_and_states_of_steps_that_count():
    rng, mask = np.random.default_rng(4), MASKS["holes"]
    layer = build(RNN(LSTMCell(H, **RULE, **F64), return_sequences=True), (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    layer.forward(x, mask)
    rule, states, expected = RULE["activity_regularizer"], [np.zeros((B, H))] * 2, 0.0
    for step, counts in zip(x, mask > 0, strict=True):
        y, new = layer.cell(step, states)
        states = [np.where(counts[:, None], n, s) for n, s in zip(new, states, strict=True)]
        expected += sum(rule(part[counts]) for part in (y, *new)) / B
    layer.forward(x, mask)
    assert_allclose(layer.cell.penalty, expected, rtol=1e-12)


def test_a_stack_is_penalised_for_its_output_and_all_states_of_steps_that_count():
    rng, mask = np.random.default_rng(5), MASKS["holes"]
    stack = StackedRNNCells([LSTMCell(2, **F64), GRUCell(H, **F64)], **RULE)
    layer = build(RNN(stack), (None, T, I), rng)
    x = rng.standard_normal((T, B, I))
    layer.forward(x, mask)
    rule, states, expected = RULE["activity_regularizer"], stack.get_initial_state(B), 0.0
    for step, counts in zip(x, mask > 0, strict=True):
        y, new = stack(step, states)
        states = [np.where(counts[:, None], n, s) for n, s in zip(new, states, strict=True)]
        expected += sum(rule(part[counts]) for part in (y, *new)) / B
    layer.forward(x, mask)
    assert_allclose(stack.penalty, expected, rtol=1e-12)

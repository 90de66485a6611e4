"""A model inside of a model: what the same layers without the inner one do, and both at once."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import says

import fastgru
from fastgru import Sequential
from fastgru.callbacks import LambdaCallback
from fastgru.layers import (
    GRU,
    BatchNormalization,
    Bidirectional,
    Dense,
    Embedding,
    Input,
    Masking,
    TextVectorization,
    TimeDistributed,
)

RNG = np.random.default_rng(3)
X, Y = RNG.integers(0, 9, (20, 6)), RNG.integers(0, 2, (20, 1))


def parts():
    """Two inner models, one of them in a third, and what stands between them."""
    encoder = Sequential(
        [Embedding(9, 4, mask_zero=True), Bidirectional(GRU(3, return_sequences=True))],
        name="encoder",
    )
    last = Sequential([Dense(4, activation="tanh"), BatchNormalization()], name="last")
    head = Sequential([Dense(3, kernel_regularizer="l2"), last], name="head")
    return encoder, GRU(3, activity_regularizer="l1"), head, Dense(1, activation="sigmoid")


def nested():
    model = Sequential([Input((6,)), *parts()], name="outer")
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def flat(model):
    """The same layers, one upon the other, with the same numbers."""

    def leaves(layers):
        for layer in layers:
            if hasattr(layer, "layers"):
                yield from leaves(layer.layers)
            else:
                yield layer

    found = Sequential([Input((6,)), *(layer.again() for layer in leaves(model.layers))])
    found.set_weights(model.get_weights())
    found.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return found


def fit(model, **options):
    return model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, **options).history


def same_weights(one, other):
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        assert_array_equal(mine, theirs)


def test_it_computes_and_learns_as_its_layers_do_without_it():
    model = nested()
    other = flat(model)
    for _ in range(2):
        assert_array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))
        assert_array_equal(model(X), other(X))
        assert fit(model) == fit(other)
        same_weights(model, other)
    assert model.evaluate(X, Y, verbose=0) == other.evaluate(X, Y, verbose=0)
    assert model.losses == other.losses
    lengths = np.arange(20) % 6 + 1
    fit(model, lengths=lengths)
    fit(other, lengths=lengths)
    same_weights(model, other)
    assert_array_equal(
        model.predict(X, lengths=lengths, verbose=0),
        other.predict(X, lengths=lengths, verbose=0),
    )


def test_the_inner_model_works_on_the_same_numbers():
    encoder, *rest = parts()
    encoder.build((None, 6))
    drawn = encoder.get_weights()
    model = Sequential([encoder, *rest])
    model.compile("adam", "binary_crossentropy")
    for before, now in zip(drawn, model.layers[0].get_weights(), strict=True):
        assert_array_equal(before, now)
    seen = []
    other = copy.deepcopy(model)
    fit(other, epochs=2)
    look = LambdaCallback(
        on_batch_end=lambda batch, logs: seen.append(encoder.predict(X, verbose=0))
    )
    fit(model, epochs=2, callbacks=[look])
    same_weights(model, other)
    assert (seen[0] != seen[-1]).any()
    assert_array_equal(seen[-1], other.layers[0].predict(X, verbose=0))
    assert_array_equal(seen[-1], model.layers[0].predict(X, batch_size=3, verbose=0))
    encoder.set_weights(drawn)
    assert_array_equal(model.get_weights()[0], drawn[0])


def test_an_inner_model_can_be_trained_alone():
    model, other = nested(), None
    encoder = model.layers[0].model
    encoder.compile("sgd", "mse")
    other = copy.deepcopy(model)
    before = model.get_weights()
    encoder.fit(X, RNG.random((20, 6, 6)), verbose=0)
    count = len(encoder.get_weights())
    for place, (was, now) in enumerate(zip(before, model.get_weights(), strict=True)):
        assert np.array_equal(was, now) == (place >= count)
    other.set_weights(model.get_weights())
    assert_array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))


def test_two_models_around_one():
    encoder = Sequential([Embedding(9, 3), GRU(2)])
    models = [Sequential([Input((6,)), encoder, Dense(1)]) for _ in range(2)]
    for model in models:
        model.compile("sgd", "mse")
    for model in (*models, *models):
        fit(model)
        hidden = encoder.predict(X, verbose=0)
        for each in models:
            kernel, bias = each.layers[1].get_weights()
            assert_allclose(each.predict(X, verbose=0), hidden @ kernel + bias, atol=1e-6)


def test_flags_reach_inside_and_come_from_there():
    model = nested()
    encoder, total = model.layers[0].model, len(model.weights)
    own = len(encoder.weights)
    trained = len(model.trainable_weights)
    encoder.trainable = False
    assert not model.layers[0].trainable
    assert len(model.trainable_weights) == trained - own
    assert len(model.weights) == total
    before = encoder.get_weights()
    fit(model)
    assert all(map(np.array_equal, before, encoder.get_weights()))
    model.layers[0].trainable = True
    assert encoder.trainable and encoder.layers[0].trainable
    model.layers[2].layers[1].layers[0].trainable = False
    assert len(model.trainable_weights) == trained - 2
    model.trainable = False
    assert not model.trainable_weights and not encoder.trainable


def test_it_answers_as_the_model_does():
    model = nested()
    inner = model.get_layer("head")
    assert [layer.name for layer in inner.layers] == [inner.layers[0].name, "last"]
    assert inner.get_layer("last").layers[0].units == 4
    assert inner.input_shape == (None, 3) and inner.output_shape == (None, 4)
    assert inner.count_params() == sum(weight.size for weight in inner.get_weights())
    texts = []
    inner.summary(print_fn=texts.append)
    assert "last (Sequential)" in texts[0]
    assert repr(inner) == "<Sequential name=head, built=True>"


def test_summary_lists_what_is_inside():
    texts = []
    encoder = Sequential([Dense(3, name="a")], name="encoder")
    model = Sequential([Input((2,)), encoder, Dense(1, name="b")], name="outer")
    for expand in (False, True):
        model.summary(print_fn=texts.append, expand_nested=expand, line_length=60)
    rows = [
        line.split("│")[1:4] for line in texts[1].splitlines() if "(" in line and "│" in line
    ]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["encoder (Sequential)", "(None, 3)", "9"],
        ["└ a (Dense)", "(None, 3)", "9"],
        ["b (Dense)", "(None, 1)", "4"],
    ]
    assert "└" not in texts[0].replace("└─", "")
    assert "Total params: 13 (52.00 B)" in texts[0]


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_copies_stand_alone(again):
    model = nested()
    fit(model)
    other = again(model)
    assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    assert_array_equal(
        other.layers[0].predict(X, verbose=0), model.layers[0].predict(X, verbose=0)
    )
    before = model.get_weights()
    fit(other)
    assert all(map(np.array_equal, model.get_weights(), before))
    fit(model)
    same_weights(model, other)
    encoder = again(model.layers[0].model)
    assert_array_equal(encoder.predict(X, verbose=0), model.layers[0].predict(X, verbose=0))


def test_configurations_and_clones():
    model = nested()
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again.layers[2].layers[1].model.name == "last"
    clone = fastgru.models.clone_model(model)
    assert clone.get_config() == model.get_config()
    assert (clone.get_weights()[0] != model.get_weights()[0]).any()
    clone.set_weights(model.get_weights())
    assert_array_equal(clone.predict(X, verbose=0), model.predict(X, verbose=0))
    assert fastgru.models.model_from_json(model.to_json()).get_config() == model.get_config()


def test_shapes_and_building():
    encoder = Sequential([Input((4, 3)), GRU(2)])
    model = Sequential([encoder, Dense(1)])
    assert model.input_shape == (None, 4, 3) and model.output_shape == (None, 1)
    late = Sequential([Sequential([GRU(2, return_sequences=True)]), GRU(1)])
    assert not late.built
    assert late.predict(np.ones((2, 5, 3)), verbose=0).shape == (2, 1)
    assert late.predict(np.ones((2, 7, 3)), verbose=0).shape == (2, 1)
    assert late.compute_output_shape((None, 9, 3)) == (None, 1)
    encoder.add(Dense(5))
    assert encoder.predict(np.ones((1, 4, 3)), verbose=0).shape == (1, 5)
    # As it was when it was added.
    assert model.predict(np.ones((1, 4, 3)), verbose=0).shape == (1, 1)
    assert model.pop().name.startswith("dense")


def test_on_every_step_and_in_a_stream():
    each = Sequential([Dense(4, activation="relu"), Dense(2)], name="each")
    model = Sequential([Input((5, 3)), Masking(), TimeDistributed(each), GRU(2)])
    x = RNG.standard_normal((6, 5, 3)).astype("f4")
    x[::2, 1] = 0
    hidden = each.predict(x.reshape(30, 3), verbose=0).reshape(6, 5, 2)
    plain = Sequential([Input((5, 2)), model.layers[2].again()])
    plain.set_weights(model.layers[2].get_weights())
    unmasked = x.any(axis=-1).all(axis=-1)
    assert_allclose(
        model.predict(x, verbose=0)[unmasked], plain.predict(hidden, verbose=0)[unmasked],
        atol=1e-6,
    )  # fmt: skip
    inner = Sequential([GRU(3, return_sequences=True), Dense(2)])
    model = Sequential([Input((None, 3)), inner, GRU(2, return_sequences=True)])
    stream = model.stream()
    steps = [stream.step(step) for step in x[0]]
    assert_allclose(steps, model.predict(x[:1], verbose=0)[0], atol=1e-6)


def test_states_go_on_and_are_reset():
    inner = Sequential([GRU(2, stateful=True)])
    model = Sequential([Input(batch_shape=(3, 4, 2)), inner])
    x = RNG.standard_normal((3, 4, 2)).astype("f4")
    first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
    assert (first != second).any()
    model.reset_states()
    assert_array_equal(model.predict(x, verbose=0), first)


def test_what_cannot_be_inside():
    dense = Dense(2, name="d")
    inner = Sequential([dense], name="inner")
    with says(
        ValueError, "Sequential.build: a layer must be in the model once; got 'd' twice."
    ):
        Sequential([Input((2,)), dense, inner])
    with says(ValueError, "Sequential.add: layer names must differ; got 'inner' twice."):
        Sequential([Input((2,)), inner, Sequential([Dense(1)], name="inner")])
    with says(ValueError, "Sequential: a model inside of another must have a layer; got none."):
        Sequential([Sequential(), Dense(1)])
    words = Sequential([TextVectorization(vocabulary=["a"], name="words"), Embedding(3, 2)])
    with says(
        ValueError, "Sequential: a model inside of another must not read texts; got words."
    ):
        Sequential([words, GRU(2)])
    shaped = Sequential([Input((3,)), Dense(2)], name="shaped")
    with says(ValueError, "shaped: its input must have shape (None, 3); got (None, 4)."):
        Sequential([Input((4,)), shaped])
    with says(ValueError, "Sequential.build: a layer that reads ids must come first; got ids."):
        Sequential([Input((4,)), Dense(2), Sequential([Embedding(3, 2)], name="ids")])

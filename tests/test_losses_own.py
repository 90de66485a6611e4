"""A loss of the user's own: a function or a class that gives values and their gradient."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import Loss, Sequential, losses, metrics
from fastgru.layers import GRU, Dense, Masking
from fastgru.optimizers import SGD


def squares(y_true, y_pred):
    """Mean squared error, a value for each step or row."""
    d = y_pred - y_true
    return (d * d).mean(axis=-1), 2 * d / d.shape[-1]


def half_squares(y_true, y_pred):
    """One number for the whole batch."""
    d = y_pred - y_true
    return (d * d).mean() / 2, d / d.size


class Squares(Loss):
    def call(self, y_true, y_pred):
        return squares(y_true, y_pred)


def model(sequences, **compiled):
    rng = np.random.default_rng(0)
    made = Sequential([
        Masking(input_shape=(5, 3)), GRU(4, return_sequences=sequences), Dense(2),
    ])  # fmt: skip
    made.set_weights([rng.normal(0, 0.4, w.shape) for w in made.get_weights()])
    made.compile(SGD(0.1), **compiled)
    return made


def samples(sequences):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5, 3)).astype("float32")
    x[::3, 3:] = 0
    return x, rng.normal(size=(12, 5, 2) if sequences else (12, 2)).astype("float32")


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("own", [squares, Squares, Squares()])
def test_training_is_that_of_the_loss_it_is_written_after(own, sequences):
    x, y = samples(sequences)
    found = []
    for loss in (own, "mse"):
        made = model(sequences, loss=loss, metrics=["mae"])
        history = made.fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0).history
        found.append((history["loss"], history["mae"], made.get_weights()))
    (loss, mae, weights), (its_loss, its_mae, its_weights) = found
    assert_allclose(loss, its_loss, rtol=1e-5)
    assert_allclose(mae, its_mae, rtol=1e-5)
    for a, b in zip(weights, its_weights, strict=True):
        assert_allclose(a, b, atol=1e-6)


def test_weights_and_masks_count_for_the_values_they_belong_to():
    rng = np.random.default_rng(2)
    p, y = rng.normal(size=(2, 4, 3, 2))
    mask, weights = rng.random((4, 3)) < 0.6, rng.uniform(0, 2, (4, 3))
    own, gradient, expected = losses.get(squares), np.empty_like(p), np.empty_like(p)
    for reduction in losses.base.REDUCTIONS[:-1]:
        own.reduction = reduction
        theirs = losses.MeanSquaredError(reduction)
        for w in (None, weights, weights[0]):
            for m in (None, mask):
                value = own.batch(p, y.swapaxes(0, 1), m, w, gradient)
                assert_allclose(value, theirs.batch(p, y, m, w, expected))
                assert_allclose(gradient, expected, atol=1e-14)


def test_one_number_is_the_loss_of_the_batch():
    p, y = np.array([[1.0], [4.0]]), np.array([[1.0], [2.0]])
    gradient = np.empty_like(p)
    own = losses.get(half_squares)
    assert own.name == "half_squares"
    assert own.batch(p, y, gradient=gradient) == 1
    assert_array_equal(gradient, [[0], [1]])
    assert own.batch(p, y, None, np.array([1.0, 0.0]), gradient) == 0.5
    assert_array_equal(gradient, [[0], [0.5]])
    assert own(y, p) == 1


def test_targets_may_have_any_shape_and_a_metric_of_ones_own_sees_them():
    seen = []

    def nearest(y_true, y_pred):
        d = y_pred - y_true[:, :1, None]
        seen.append((y_true.shape, y_pred.shape, y_pred.dtype))
        return (d * d).sum(axis=(1, 2)), 2 * d

    x, _ = samples(True)
    made = model(True, loss=nearest, metrics=[lambda y, p: (p[:, 0, 0] - y[:, 2]) ** 2])
    made.fit(x, np.ones((12, 7)), batch_size=12, verbose=0)
    assert seen == [((12, 7), (12, 5, 2), np.float32)]
    assert list(made.evaluate(x, np.ones((12, 7)), verbose=0, return_dict=True)) == [
        "loss", "<lambda>",
    ]  # fmt: skip
    made.compile("sgd", nearest, metrics=["mae"])
    with pytest.raises(ValueError, match=r"got mae for targets of shape \(b"):
        made.evaluate(x, np.ones((12, 7)), verbose=0)
    assert type(metrics.get("mae")) is metrics.MeanAbsoluteError


RULE = "the loss must return (values, gradient)"


@pytest.mark.parametrize(
    ("returned", "kind", "sentence"),
    [
        (lambda y, p: ((p - y) ** 2).mean(-1), TypeError,
         (f"own: {RULE}; got an array of shape (2,). "
          "Without the gradient nothing can be learnt.")),
        (lambda y, p: None, TypeError,
         f"own: {RULE}; got None. Without the gradient nothing can be learnt."),
        (lambda y, p: (1, 2, 3), TypeError,
         f"own: {RULE}; got 3 items. Without the gradient nothing can be learnt."),
        (lambda y, p: ("a", p), TypeError,
         f"own: {RULE} as numbers; got 'a' and an array of shape (2, 1)."),
        (lambda y, p: (1.0, p[0]), ValueError,
         "own: the loss's gradient must have the shape of y_pred, (2, 1); got (1,)."),
        (lambda y, p: (p, p), ValueError,
         ("own: the loss's values must be one number, or have shape (2,); "
          "got (2, 1). The mean over the last axis makes one of a row.")),
    ],
)  # fmt: skip
def test_what_a_loss_returns_instead_is_said(returned, kind, sentence):
    returned.__name__ = "own"
    with pytest.raises(kind) as caught:
        losses.get(returned).batch(np.ones((2, 1)), np.ones((2, 1)))
    assert str(caught.value) == sentence

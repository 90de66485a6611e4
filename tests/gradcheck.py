"""Gradients against central differences, in float64."""

import math

import numpy as np


def directional(loss, arrays, grads, rng, eps=1e-5):
    """The derivative of loss() along one random direction: (numeric, analytic).

    loss: a function without arguments that reads `arrays`; grads: its gradient, as arrays.
    Two evaluations, whatever the number of arrays, which are moved in place and put back.
    """
    for array, grad in zip(arrays, grads, strict=True):
        assert array.dtype == np.float64, f"arrays must be float64; got {array.dtype}"
        assert array.shape == grad.shape, f"gradient {grad.shape} of an array {array.shape}"
    direction = [rng.standard_normal(array.shape) for array in arrays]
    # Before loss() runs, which may be what fills grads.
    analytic = sum(float((g * d).sum()) for g, d in zip(grads, direction, strict=True))
    saved = [array.copy() for array in arrays]

    def loss_at(distance):
        for array, origin, d in zip(arrays, saved, direction, strict=True):
            array[...] = origin + distance * d
        return float(loss())

    try:
        numeric = (loss_at(eps) - loss_at(-eps)) / (2 * eps)
    finally:
        for array, origin in zip(arrays, saved, strict=True):
            array[...] = origin
    return numeric, analytic


def assert_gradient(loss, arrays, grads, rng, rtol=1e-6):
    """Compare along three random directions over all arrays; arguments as for `directional`.

    The error allowed is rtol * |grads|. Along a standard normal direction the derivative is
    itself normal with deviation |grads|, so that norm is its scale, also when the direction
    drawn happens to be almost level. A wrong array whose share of the norm is below rtol
    stays unseen: check arrays of very different scale one by one.
    """
    # loss() may be what fills grads, and it is about to run elsewhere.
    grads = [grad.copy() for grad in grads]
    norm = math.sqrt(sum(float((g**2).sum()) for g in grads))
    for _ in range(3):
        numeric, analytic = directional(loss, arrays, grads, rng)
        error = abs(numeric - analytic)
        # Not `error > ...`: a NaN must fail.
        if not error <= rtol * norm:
            raise AssertionError(
                f"not the gradient: numeric {numeric:.15g}, analytic {analytic:.15g}; "
                f"they differ by {error:.3g}, allowed is {rtol * norm:.3g} "
                f"({rtol:g} of the norm {norm:.6g})"
            )


def elementwise(loss, array, eps=1e-5):
    """The whole gradient of loss() with respect to one small array, to see where a fault is."""
    assert array.dtype == np.float64, f"array must be float64; got {array.dtype}"
    grad = np.empty_like(array)
    for i in np.ndindex(array.shape):
        origin = array[i]
        array[i] = origin + eps
        above = float(loss())
        array[i] = origin - eps
        below = float(loss())
        array[i] = origin
        grad[i] = (above - below) / (2 * eps)
    return grad

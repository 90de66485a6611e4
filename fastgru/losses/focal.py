"""Focal cross-entropies (arXiv:1708.02002)."""

import numpy as np

from fastgru._check import as_array, axes, check_flag, check_number, fail
from fastgru.kernels import losses_focal as kernel
from fastgru.losses.crossentropy import Binary, Probabilities


class BinaryFocalCrossentropy(Binary):
    """Mean over the row of (1 - p_y)^gamma (-y log p - (1 - y) log(1 - p)).

    p_y is y p + (1 - y)(1 - p), what the truth was given.

    Parameters
    ----------
    apply_class_balancing : bool, default False
        Multiply by y alpha + (1 - y)(1 - alpha).
    alpha : float, default 0.25
    gamma : float, default 2.0
    from_logits, label_smoothing, axis, reduction, name
        See `BinaryCrossentropy`. Probabilities of logits are clipped too.
    """

    rule = "binary_focal_crossentropy"

    def __init__(
        self, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
        label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size", name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(from_logits, label_smoothing, axis, reduction, name)
        where = "BinaryFocalCrossentropy"
        self.apply_class_balancing = check_flag(
            where, "apply_class_balancing", apply_class_balancing
        )
        self.alpha = check_number(where, "alpha", alpha, 0, 1)
        self.gamma = check_number(where, "gamma", gamma, 0)

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        return kernel.binary_focal_crossentropy(
            scores, targets, weights, scale, gradient, self._link(linked), self.gamma,
            self.apply_class_balancing, self.alpha,
        )  # fmt: skip

    def get_config(self):
        return {
            **super().get_config(),
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }


class CategoricalFocalCrossentropy(Probabilities):
    """-sum alpha (1 - p)^gamma y log p over one-hot rows y; p is normalised and clipped.

    Parameters
    ----------
    alpha : float or list of float, default 0.25
        One for all classes, or one for each.
    gamma : float, default 2.0
    from_logits, label_smoothing, axis, reduction, name
        See `CategoricalCrossentropy`. Probabilities of logits are clipped too.
    """

    link = "softmax"

    def __init__(
        self, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1,
        reduction="sum_over_batch_size", name=None, dtype=None,
    ):  # fmt: skip
        super().__init__(from_logits, label_smoothing, axis, reduction, name)
        where = "CategoricalFocalCrossentropy"
        if np.ndim(alpha) == 0:
            self.alpha = check_number(where, "alpha", alpha, 0)
        else:
            found = as_array(where, "alpha", alpha)
            if found.ndim > 1 or not (np.isfinite(found) & (found >= 0)).all():
                fail(where, "alpha", "be a number or a list of numbers of at least 0",
                     f"{alpha!r}")  # fmt: skip
            self.alpha = found.astype(float).tolist()
        self.gamma = check_number(where, "gamma", gamma, 0)

    def prepare(self, where, y, shape, dtype):
        y = super().prepare(where, y, shape, dtype)
        classes = shape[self.place(len(shape))]
        if np.ndim(self.alpha) and len(self.alpha) != classes:
            fail("CategoricalFocalCrossentropy", "alpha",
                 f"have one number for each of {classes} classes",
                 axes(np.shape(self.alpha)))  # fmt: skip
        return y

    def kernel(self, scores, targets, weights, scale, gradient, linked):
        alpha = np.broadcast_to(np.float64(self.alpha), scores.shape[1]).copy()
        return kernel.categorical_focal_crossentropy(
            scores, targets, weights, scale, gradient, self._link(linked), self.gamma, alpha
        )

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma}

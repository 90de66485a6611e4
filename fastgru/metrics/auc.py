"""The area under the ROC or the precision-recall curve."""

import numpy as np

from fastgru import activations
from fastgru._check import as_array, axes, check_choice, check_flag, check_int, fail
from fastgru.metrics.confusion import Confusion, check_thresholds, confusion, evenly, ratio

_CURVES = ("ROC", "PR", "PRGAIN")
_METHODS = ("interpolation", "minoring", "majoring")


class AUC(Confusion):
    """Area under a curve through the points at many thresholds.

    Parameters
    ----------
    num_thresholds : int, default 200
        Thresholds that part [0, 1] evenly.
    curve : {"ROC", "PR", "PRGAIN"}
        False against true positive rate, recall against precision, or their gains.
    summation_method : {"interpolation", "minoring", "majoring"}
        How the area between two points is taken; for "PR" the first one is that of Davis and
        Goadrich 2006.
    name : str, optional
    thresholds : list of float, optional
        Thresholds of your own, beside 0 and 1.
    multi_label : bool, default False
        A curve for each output, and the mean of their areas; else all are one.
    num_labels : int, optional
        How many outputs, where `multi_label`.
    label_weights : list of float, optional
        Weights of the areas, or of the outputs in the one curve.
    from_logits : bool, default False
        Outputs are logits.
    """

    def __init__(
        self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None,
        dtype=None, thresholds=None, multi_label=False, num_labels=None, label_weights=None,
        from_logits=False,
    ):  # fmt: skip
        if thresholds is None:
            inner = np.linspace(0, 1, check_int("AUC", "num_thresholds", num_thresholds, 2))
            inner = inner[1:-1].tolist()
        else:
            inner = sorted(check_thresholds("AUC", thresholds, None)) if len(thresholds) else []
        self.thresholds = None if thresholds is None else inner
        # The first and the last are beyond all outputs.
        super().__init__(name, [-1e-7, *inner, 1 + 1e-7])
        self.even = thresholds is None or evenly([0.0, *inner, 1.0])
        curve = curve.upper() if isinstance(curve, str) else curve
        self.curve = check_choice("AUC", "curve", curve, _CURVES)
        word = summation_method
        word = word.lower() if isinstance(word, str) else word
        self.summation_method = check_choice("AUC", "summation_method", word, _METHODS)
        self.multi_label = check_flag("AUC", "multi_label", multi_label)
        self.from_logits = check_flag("AUC", "from_logits", from_logits)
        if num_labels is not None and not self.multi_label:
            fail("AUC", "num_labels", "be None unless multi_label is True", f"{num_labels}")
        self.num_labels = (
            None if num_labels is None else check_int("AUC", "num_labels", num_labels, 1)
        )
        self.label_weights = None
        if label_weights is not None:
            self.label_weights = as_array("AUC", "label_weights", label_weights).astype(float)

    def count(self, y, p, weights):
        labels = p.shape[1]
        for what, given in (("num_labels", self.num_labels), ("label_weights", self._widths())):
            if given not in (None, labels):
                fail(self.name, what, f"be those of {labels} outputs", f"{given}")
        if self.from_logits:
            p = activations.sigmoid(p)
        if not self.multi_label:
            if self.label_weights is not None:
                weights = self.label_weights * (1 if weights is None else weights)
            return super().count(y, p, weights)
        found = confusion(y, p, weights, self.limits, self.even)
        if self.counts.shape != found.shape:
            self.variables.clear()
            self.counts = self.add_variable(found.shape)
        self.counts += found

    def _widths(self):
        if self.label_weights is None:
            return None
        shape = self.label_weights.shape
        return shape[0] if len(shape) == 1 else axes(shape)

    def result(self):
        """The area so far."""
        counts = np.asarray(self.counts)
        areas = self._areas(counts)
        if not self.multi_label or areas.ndim == 0:
            return float(areas)
        if self.label_weights is None:
            return float(areas.mean())
        return float(ratio(np.asarray((areas * self.label_weights).sum()),
                           self.label_weights.sum()))  # fmt: skip

    def _areas(self, counts):
        tp, fp, tn, fn = counts
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated(tp, fp, fn)
        x, y = _CURVE[self.curve](tp, fp, tn, fn)
        heights = _HEIGHTS[self.summation_method](y[:-1], y[1:])
        return ((x[:-1] - x[1:]) * heights).sum(axis=0)

    def get_config(self):
        weights = self.label_weights
        config = {
            **super().get_config(),
            "num_thresholds": len(self.limits),
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": None if weights is None else weights.tolist(),
            "from_logits": self.from_logits,
        }
        return config if self.thresholds is None else {**config, "thresholds": self.thresholds}


def _roc(tp, fp, tn, fn):
    return ratio(fp, fp, tn), ratio(tp, tp, fn)


def _pr(tp, fp, tn, fn):
    return ratio(tp, tp, fn), ratio(tp, tp, fp)


def _pr_gain(tp, fp, tn, fn):
    """Flach and Kull 2015; without true positives recall gains 0 and precision 1."""
    odds = ratio(tp + fn, tn, fp)
    recall = np.where(tp == 0, 0.0, 1 - odds * ratio(fn, tp))
    precision = np.where(tp == 0, 1.0, 1 - odds * ratio(fp, tp))
    return np.maximum(recall, 0), precision


_CURVE = {"ROC": _roc, "PR": _pr, "PRGAIN": _pr_gain}
_HEIGHTS = {
    "interpolation": lambda a, b: (a + b) / 2,
    "minoring": np.minimum,
    "majoring": np.maximum,
}


def _interpolated(tp, fp, fn):
    """Davis and Goadrich 2006: false positives, and not precision, grow evenly between points.

    With slope s = d tp / d(tp + fp) and intercept b, precision at p positives is s + b / p,
    whose integral over recall has a logarithm.
    """
    positives = tp + fp
    slope = ratio(tp[:-1] - tp[1:], np.maximum(positives[:-1] - positives[1:], 0))
    intercept = tp[1:] - slope * positives[1:]
    both = (positives[:-1] > 0) & (positives[1:] > 0)
    growth = np.where(both, ratio(positives[:-1], np.maximum(positives[1:], 0)), 1.0)
    area = slope * (tp[:-1] - tp[1:] + intercept * np.log(growth))
    return ratio(area, np.maximum(tp[1:] + fn[1:], 0)).sum(axis=0)

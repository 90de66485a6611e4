"""Whether contenders compute the same numbers. Nothing is timed before this says so."""

import numpy as np
import reference

#: Largest absolute differences from the float64 reference.
TOLERANCE = {"p": 1e-4, "loss": 1e-5, "weights": 1e-4}


def expected(mode, case):
    """What the reference gets for a mode."""
    if mode in ("infer", "predict", "step"):
        return {"p": reference.predict(case.weights, case.x)}
    x, mask = (case.padded, case.mask) if mode == "padded" else (case.x, None)
    loss, weights = reference.train(case.weights, x, case.y, mask)
    return {"loss": loss, **weights}


def difference(found, wanted):
    """A sentence about the first number that is out of tolerance, or None."""
    for name, value in wanted.items():
        got, most = np.asarray(found[name]), TOLERANCE.get(name, TOLERANCE["weights"])
        if got.shape != np.shape(value):
            return f"{name} has shape {got.shape} instead of {np.shape(value)}"
        worst = float(np.max(np.abs(got - value)))
        if not worst <= most:
            return f"{name} is off by {worst:.2g}, more than {most:.0e}"
    return None

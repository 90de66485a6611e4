"""Shows how much of each tolerance float32 rounding alone takes, in Keras itself.

    KERAS_BACKEND=torch PYTHONPATH=tests python -m keras_parity.rounding [case ...]

Per case and quantity: the distance of Keras' float32 (the golden file) from Keras' float64,
and the distance of float64 from itself after every weight moved by one float32 rounding
(the same on any machine), both as a share of the tolerance.
A case whose share nears 1 needs smaller numbers, or a looser tolerance with this as reason.
Not comparable: binary_saturated, whose loss is a property of float32 (its comment says why).
"""

import sys

import keras
import numpy as np
from keras.src.backend.common import dtypes
from keras_parity import golden
from keras_parity.cases import CASES
from keras_parity.harness import LOSSES, PREDICTIONS, WEIGHTS, run

EPSILON = 2.0**-24


def distances(a, b):
    """Return the largest differences: predictions, losses, weights."""
    losses = [np.abs(a.evaluate - b.evaluate).max()]
    losses += [np.abs(np.subtract(a.history[key], b.history[key])).max() for key in b.history]
    weights = [
        np.abs(ours - theirs).max() for ours, theirs in zip(a.trained, b.trained, strict=True)
    ]
    return np.abs(a.predictions - b.predictions).max(), max(losses), max(weights)


def shares(case):
    weights, data, single = golden.read(case.name)
    rng = case.generator("rounding")
    moved = [w * (1 + EPSILON * rng.choice([-1.0, 1.0], w.shape)) for w in weights]
    exact, shaken = (run(case, keras, start, data) for start in (weights, moved))
    limits = [PREDICTIONS, LOSSES, WEIGHTS] * 2
    return np.concatenate([distances(single, exact), distances(shaken, exact)]) / limits


def main(names):
    keras.config.set_floatx("float64")
    # Outside TensorFlow, Keras' products and functions narrow float64 to float32 else.
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    print(f"{'case':38} float32: predict  losses weights  shaken: predict  losses weights")
    for name in names or CASES:
        row = shares(CASES[name])
        numbers = "".join(f"{share:8.3f}" for share in row)
        print(f"{name:46}{numbers[:24]}{'':8}{numbers[24:]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

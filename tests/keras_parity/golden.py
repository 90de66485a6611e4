"""Stores a case's weights, data and outcome in one npz file without pickles."""

import numpy as np
from keras_parity.harness import GOLDEN, Outcome

DATA = ("x", "y", "w", "x_val", "y_val")


def write(name, keras_version, weights, data, outcome):
    """Write golden/<name>.npz."""
    arrays = {
        "keras_version": np.array(keras_version),
        "predictions": outcome.predictions,
        "evaluate": outcome.evaluate,
        "history_keys": np.array(list(outcome.history)),
        "history": np.array(list(outcome.history.values())),
        **data,
        **{f"weight_{i:02d}": value for i, value in enumerate(weights)},
        **{f"trained_{i:02d}": value for i, value in enumerate(outcome.trained)},
    }
    GOLDEN.mkdir(exist_ok=True)
    np.savez_compressed(GOLDEN / f"{name}.npz", allow_pickle=False, **arrays)


def read(name):
    """Return weights, data and Outcome as `write` stored them."""
    with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    data = {key: arrays[key] for key in DATA if key in arrays}
    history = dict(
        zip(arrays["history_keys"].tolist(), arrays["history"].tolist(), strict=True)
    )
    outcome = Outcome(
        arrays["predictions"], arrays["evaluate"], history, _numbered(arrays, "trained_")
    )
    return _numbered(arrays, "weight_"), data, outcome


def _numbered(arrays, prefix):
    return [arrays[key] for key in sorted(arrays) if key.startswith(prefix)]

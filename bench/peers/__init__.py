"""The contenders, one file each. All have the same small face:

VERSIONS          of the libraries at work, by name
set_threads(n)    hold the library at n threads, where staying on n cores does not do it
threads()         how many it uses
prepare(case)     an object with the case's weights, and a method for each mode it can do:

    train()               one training step on the case's x, with its targets in turn; the loss
    padded()              the same on case.padded with case.mask
    fit(x, y)             one epoch over x and y in batches; the loss
    infer(), predict()    probabilities (B, 1) of the case's batch
    step(x)               the state's next step, x (B, I); probabilities after it
    weights()             the weights as NumPy arrays, in the case's names and layout

cold_predict(file), cold_fit()    what a fresh process does, imports included; `file` is an
                                  ONNX model for those that only load

A peer leaves out what it cannot do. Each does everything in float32, and gets what its manual
says makes it fast.
"""

import importlib

#: fastgru first: ratios are to it.
NAMES = (
    "fastgru", "torch", "jax", "keras-jax", "keras-tensorflow", "onnxruntime", "openvino"
)  # fmt: skip


def load(name):
    """The peer's module; ImportError where it is not installed."""
    return importlib.import_module(f"peers.{name.replace('-', '_')}")


def environment(name):
    """Variables that must stand before the peer's libraries are loaded."""
    return {
        "keras-jax": {"KERAS_BACKEND": "jax"},
        "keras-tensorflow": {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
    }.get(name, {})

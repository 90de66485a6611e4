"""Models through ONNX Runtime, beside what they predict themselves."""

import os
import tempfile

import numpy as np
import pytest

from fastgru import Sequential

onnx = pytest.importorskip("onnx", reason="needs onnx")
ort = pytest.importorskip("onnxruntime", reason="needs onnxruntime")

from formats import onnx_graphs


def numbers(*shape):
    """Random numbers."""
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32)


def holes(B, T, width):
    """Sequences with steps of zeros: all of them, in front, behind, and anywhere."""
    x = numbers(B, T, width)
    x[np.random.default_rng(B).random((B, T)) < 0.4] = 0
    x[0], x[1, :2], x[2, -2:] = 0, 0, 0
    return x


def ids(B, T, size):
    """Token ids with as many zeros."""
    x = np.random.default_rng(B).integers(1, size, (B, T))
    return np.where(holes(B, T, 1)[..., 0] == 0, 0, x)


def model_of(layers, x, shape=None, size=0.6):
    """A built model with random weights of this size, none of them like another."""
    model = Sequential(layers)
    if not model.built:
        model.build(shape or (None, None, *x.shape[2:]) if x.ndim > 1 else x.shape)
    rng = np.random.default_rng(3)
    for layer in model.layers:
        layer.set_weights([
            rng.uniform(0.5, 2, spec.shape) if "variance" in spec.name
            else rng.normal(0, size, spec.shape)
            for spec in layer.specs
        ])  # fmt: skip
    return model


def exported(model, **options):
    """(bytes, session) of the exported model."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.onnx")
        model.export(path, **options)
        with open(path, "rb") as file:
            data = file.read()
    onnx.checker.check_model(data, full_check=True)
    return data, session(data)


def session(data):
    """ONNX Runtime's session of a file, on one thread, quiet about operator sets."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def agree(layers, *inputs, shape=None, size=0.6, tolerance=1e-6, back=True, **options):
    """Compare the outputs for each input; returns the file's ModelProto.

    back : whether `load_model` opens the file again, as a model with these outputs

    The tolerance is absolute up to 1 and relative beyond, where float32 has no more digits.
    """
    model = model_of(layers, inputs[0], shape, size)
    data, run = exported(model, **options)
    again = onnx_graphs.load(data) if back else None
    for x in inputs:
        x = x.astype(np.int64 if model.layers[0].takes_ids else model.store.dtype)
        wanted = listed(model(x))
        same(run.run(None, {"input": x}), wanted, tolerance)
        if back:
            same(listed(again(x)), wanted, tolerance)
    return onnx.load_from_string(data)


def listed(outputs):
    """Outputs as a list, if there is one or if there are several."""
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def same(found, wanted, tolerance):
    """Assert that outputs are alike: how many, their dtypes, shapes and numbers."""
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        equal(one, other, tolerance)


def equal(found, wanted, tolerance=1e-6):
    """Assert that two arrays of finite numbers are, up to the tolerance of `agree`."""
    assert np.isfinite(wanted).all()
    scale = np.maximum(1, np.abs(wanted))
    np.testing.assert_allclose(found / scale, wanted / scale, rtol=0, atol=tolerance)


def operators(proto):
    """The kinds of all nodes."""
    return {node.op_type for node in proto.graph.node}

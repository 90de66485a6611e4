"""ONNX Runtime: inference of an exported graph."""

import numpy as np
import onnxruntime
from cases import TUTORIAL
from machine import cores

from peers import _onnx

VERSIONS = {"onnxruntime": onnxruntime.__version__}
_options = onnxruntime.SessionOptions()


def set_threads(n):
    _options.intra_op_num_threads = n


def threads():
    return _options.intra_op_num_threads or cores()


def session(model):
    return onnxruntime.InferenceSession(model, _options, providers=["CPUExecutionProvider"])


class Model:
    def __init__(self, case):
        B, _, _, H = case.shape
        self.case = case
        self.whole = session(_onnx.export(case))
        # Bound once: no call has to make its output or look up a name.
        self.p = np.empty((B, 1), np.float32)
        self.bound = self.whole.io_binding()
        self.bound.bind_cpu_input("x", case.x)
        self.bound.bind_output("p", "cpu", 0, np.float32, self.p.shape, self.p.ctypes.data)
        self.stream = session(_onnx.export(case, stream=True))
        self.h = np.zeros((1, B, H), np.float32)

    def infer(self):
        self.whole.run_with_iobinding(self.bound)
        return self.p

    def predict(self):
        return self.whole.run(None, {"x": self.case.x})[0]

    def step(self, x):
        p, self.h = self.stream.run(None, {"x": x, "h": self.h})
        return p


prepare = Model


def cold_predict(file):
    _, T, I, _ = TUTORIAL["shape"]
    return session(file).run(None, {"x": np.ones((1, T, I), np.float32)})

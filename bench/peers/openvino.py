"""OpenVINO: inference of an exported graph, compiled for the least latency, in float32."""

import numpy as np
import openvino
from cases import TUTORIAL
from machine import cores

from peers import _onnx

VERSIONS = {"openvino": openvino.__version__.split("-")[0]}
# Left to itself it computes in bfloat16 where the processor can: another question.
_options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}


def set_threads(n):
    _options["INFERENCE_NUM_THREADS"] = n


def threads():
    return _options.get("INFERENCE_NUM_THREADS", cores())


def compiled(model):
    core = openvino.Core()
    return core.compile_model(core.read_model(model), "CPU", _options)


class Model:
    def __init__(self, case):
        B, _, _, H = case.shape
        self.case = case
        self.whole = compiled(_onnx.export(case))
        self.request = self.whole.create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(case.x, shared_memory=True))
        self.p = self.request.get_output_tensor().data
        self.stream = compiled(_onnx.export(case, stream=True))
        self.h = np.zeros((1, B, H), np.float32)

    def infer(self):
        self.request.infer()
        return self.p

    def predict(self):
        return self.whole([self.case.x])[0]

    def step(self, x):
        found = self.stream([x, self.h])
        self.h = found[1]
        return found[0]


prepare = Model


def cold_predict(file):
    _, T, I, _ = TUTORIAL["shape"]
    return compiled(file)([np.ones((1, T, I), np.float32)])[0]

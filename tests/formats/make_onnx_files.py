"""Make tests/formats/onnx_files: what exporters write, and what ONNX Runtime computes from it.

    python tests/formats/make_onnx_files.py torch         with torch 2.13, onnxscript
    python tests/formats/make_onnx_files.py tf2onnx       with tensorflow, keras, tf2onnx
    python tests/formats/make_onnx_files.py keras         with keras and a backend
    python tests/formats/make_onnx_files.py half          with onnxconverter-common 1.16

The last makes float16 of some of the files that are there. Each needs onnx and onnxruntime. A file is <exporter>_<case>.onnx; <exporter>.npz has its input,
lengths of sequences and output as <case>/x, <case>/lengths and <case>/y.
"""

import io
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

FOLDER = Path(__file__).parent / "onnx_files"


def keep(exporter, files, inputs):
    """Write the files {case: bytes} and their values."""
    values = {}
    for case, data in files.items():
        data = without_notes(data)
        (FOLDER / f"{exporter}_{case}.onnx").write_bytes(data)
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        given = inputs[case] if isinstance(inputs[case], tuple) else (inputs[case],)
        names = [info.name for info in session.get_inputs()]
        feeds = dict(zip(names, given, strict=True))
        found = zip(("x", "lengths"), given, strict=False)
        values |= {f"{case}/{what}": array for what, array in found}
        values[f"{case}/y"] = session.run(None, feeds)[0]
    np.savez_compressed(FOLDER / f"{exporter}.npz", **values)


def without_notes(data):
    """A file without what an exporter notes about where a node came from: nine tenths of it."""
    model = onnx.load_from_string(data)
    things = [*model.graph.node, *model.graph.value_info, *model.graph.initializer]
    for thing in [*things, *model.graph.input, *model.graph.output, model.graph, model]:
        thing.ClearField("metadata_props")
        thing.ClearField("doc_string")
    return model.SerializeToString()


def of_torch():
    """Modules by the exporter of TorchScript, "old", and by that of torch.export, "new"."""
    import torch
    from torch import nn

    torch.manual_seed(1)

    class Model(nn.Module):
        def __init__(self, run, *layers):
            super().__init__()
            self.layers, self.run = nn.ModuleList(layers), run

        def forward(self, x):
            return self.run(x, *self.layers)

    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = nn.GRU(4, 5, 2, batch_first=True), nn.Linear(5, 2)

        def forward(self, x, lengths):
            pack = nn.utils.rnn.pack_padded_sequence
            return self.head(self.rnn(pack(x, lengths, batch_first=True))[1][-1])

    def of_states(x, rnn, head):
        state = torch.zeros(2, x.size(0), 5)
        return head(rnn(x, state)[0][:, -1, :])

    def convolved(x, conv, norm, pool, rnn, after, head):
        x = pool(torch.relu(norm(conv(x.transpose(1, 2))))).transpose(1, 2)
        return torch.sigmoid(head(after(rnn(x)[0])))

    def both(x, rnn, head):
        _, h = rnn(x)
        return head(torch.cat([h[-2], h[-1]], 1))

    head = nn.Sequential(
        nn.Linear(10, 7), nn.GELU(), nn.Linear(7, 6), nn.SiLU(), nn.LayerNorm(6),
        nn.Linear(6, 2), nn.LogSoftmax(-1),
    )  # fmt: skip
    gru, lstm, linear = nn.GRU, nn.LSTM, nn.Linear
    models = {
        "last": Model(lambda x, r, f: f(r(x)[0][:, -1]), gru(4, 5, batch_first=True), linear(5, 2)),
        "deep": Model(lambda x, r, f: f(r(x)[1][-1]), gru(4, 5, 2, batch_first=True), linear(5, 2)),
        "lstm": Model(lambda x, r, f: f(r(x)[1][0][-1]), lstm(4, 5, 2, batch_first=True),
                      linear(5, 2)),
        "plain": Model(lambda x, r, f: f(r(x)[0]), nn.RNN(4, 5, nonlinearity="relu",
                                                        batch_first=True), linear(5, 2)),
        "pair_last": Model(lambda x, r, f: f(r(x)[0][:, -1]),
                           gru(4, 5, batch_first=True, bidirectional=True), linear(10, 2)),
        "pair_sum": Model(lambda x, r, f: f(_sum(r(x)[1])),
                          gru(4, 5, batch_first=True, bidirectional=True), linear(5, 2)),
        "pair_ends": Model(both, gru(4, 5, 2, batch_first=True, bidirectional=True),
                           linear(10, 2)),
        "pair_mean": Model(lambda x, r, f: f(r(x)[0].mean(1)),
                           gru(4, 5, batch_first=True, bidirectional=True), head),
        "time_major": Model(lambda x, r, f: f(r(x)[0]), gru(4, 5), linear(5, 2)),
        "states": Model(of_states, gru(4, 5, 2, batch_first=True), linear(5, 2)),
        "ids": Model(lambda x, e, r, d, f: torch.softmax(f(d(torch.relu(r(e(x))[0][:, -1]))), -1),
                     nn.Embedding(11, 4), gru(4, 5, batch_first=True), nn.Dropout(0.3),
                     linear(5, 2)),
        "conv": Model(convolved, nn.Conv1d(4, 6, 3, padding=1, stride=2), nn.BatchNorm1d(6),
                      nn.MaxPool1d(2), gru(6, 5, batch_first=True), nn.LayerNorm(5), linear(5, 2)),
        "flat": Model(lambda x, r, f: f(r(x)[0].reshape(x.shape[0], -1)),
                      lstm(4, 5, batch_first=True), linear(35, 2)),
    }  # fmt: skip
    files = {"old": {}, "new": {}}
    inputs, open_ones = {}, {"old": {0: "b"}, "new": {0: torch.export.Dim("b")}}
    for case, model in models.items():
        model.eval()
        x = (
            torch.randint(0, 11, (3, 7))
            if case == "ids"
            else torch.randn(3, 16 if case == "conv" else 7, 4)
        )
        inputs[case], buffer = x.numpy(), io.BytesIO()
        torch.onnx.export(model, (x,), buffer, dynamo=False, input_names=["x"],
                          dynamic_axes={"x": open_ones["old"]},
                          do_constant_folding=case != "conv")  # fmt: skip
        files["old"][case] = buffer.getvalue()
        if case in ("deep", "lstm", "pair_ends", "pair_mean", "states", "ids"):
            found = torch.onnx.export(model, (x,), dynamo=True, verbose=False,
                                      dynamic_shapes=(open_ones["new"],))  # fmt: skip
            files["new"][case] = found.model_proto.SerializeToString()
    model = Packed().eval()
    given = torch.randn(3, 7, 4), torch.tensor([7, 4, 2])
    inputs["packed"], buffer = tuple(one.numpy() for one in given), io.BytesIO()
    sizes = {"x": {0: "b", 1: "t"}, "lengths": {0: "b"}}
    torch.onnx.export(model, given, buffer, dynamo=False, input_names=["x", "lengths"],
                      dynamic_axes=sizes)  # fmt: skip
    files["old"]["packed"] = buffer.getvalue()
    for kind, found in files.items():
        keep(f"torch_{kind}", found, inputs)


def _sum(h):
    return h[0] + h[1]


def models_of_keras():
    """{case: (model, an input)}."""
    import keras
    from keras import layers as L

    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(2)
    models = {
        "lstm": [L.Input((7, 4)), L.LSTM(5), L.Dense(2)],
        "ids": [L.Input((7,)), L.Embedding(11, 4), L.LSTM(5), L.Dense(2, activation="relu")],
        "conv": [L.Input((16, 4)), L.Conv1D(6, 3, activation="relu", padding="same"),
                 L.MaxPooling1D(2), L.BatchNormalization(), L.GlobalAveragePooling1D(),
                 L.Dense(2, activation="softmax")],
        "dense": [L.Input((4,)), L.Dense(6, activation="elu"), L.LayerNormalization(),
                  L.Dense(2, activation="softplus")],
        "flat": [L.Input((7, 4)), L.Dense(3, activation="silu"), L.Flatten(),
                 L.Dense(2, activation="tanh")],
    }  # fmt: skip
    found = {}
    for case, given in models.items():
        model = keras.Sequential(given)
        weights = [rng.uniform(0.2, 0.9, w.shape) * rng.choice([-1, 1], w.shape)
                   if "variance" not in v.path else rng.uniform(0.5, 1.5, w.shape)
                   for v, w in zip(model.weights, model.get_weights(), strict=True)]  # fmt: skip
        model.set_weights(weights)
        shape = (3, *model.input_shape[1:])
        x = (
            rng.integers(0, 11, shape).astype(np.int32)
            if case == "ids"
            else rng.normal(size=shape)
        )
        found[case] = model, x if case == "ids" else x.astype(np.float32)
    return found


def of_tf2onnx():
    """Keras' models by tf2onnx; it has an operator for the LSTM, and loops for the others."""
    import tensorflow as tf
    import tf2onnx

    files, inputs = {}, {}
    for case, (model, x) in models_of_keras().items():
        spec = [tf.TensorSpec((None, *x.shape[1:]), x.dtype, name="x")]
        run = tf.function(lambda x, model=model: model(x, training=False))
        proto, _ = tf2onnx.convert.from_function(run, spec, opset=17)
        files[case], inputs[case] = proto.SerializeToString(), x
    keep("tf2onnx", files, inputs)


def of_keras():
    """The same by Keras' own `export`."""
    files, inputs = {}, {}
    for case, (model, x) in models_of_keras().items():
        path = FOLDER / "making.onnx"
        model.predict(x, verbose=0)
        model.export(path, format="onnx", verbose=False)
        files[case], inputs[case] = path.read_bytes(), x.astype(np.float32)
        path.unlink()
    keep("keras", files, inputs)


def of_half():
    """Files in float16, and of them some whose inputs and outputs stay float32."""
    from onnxconverter_common.float16 import convert_float_to_float16

    files, inputs = {}, {}
    for exporter, case, keep_io in (("torch_old", "last", False), ("torch_old", "conv", True),
                                    ("torch_new", "pair_mean", False),
                                    ("torch_new", "ids", True)):  # fmt: skip
        model = onnx.load(FOLDER / f"{exporter}_{case}.onnx")
        found = convert_float_to_float16(model, keep_io_types=keep_io)
        files[case] = found.SerializeToString()
        with np.load(FOLDER / f"{exporter}.npz") as values:
            x = values[f"{case}/x"]
        inputs[case] = x if keep_io else x.astype(np.float16)
    keep("half", files, inputs)


if __name__ == "__main__":
    np.random.seed(0)
    {"torch": of_torch, "tf2onnx": of_tf2onnx, "keras": of_keras, "half": of_half}[
        sys.argv[1]
    ]()

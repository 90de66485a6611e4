"""Make tests/formats/onnx_state_files: graphs that are given their states and give them back.

    python tests/formats/make_onnx_states.py        with torch 2.13, onnxscript, onnxruntime

A file is <exporter>_<case>.onnx. values.npz has of each what ONNX Runtime computes from zeros,
<file>/x and <file>/y, and from the states behind that, <file>/x2 and <file>/y2.
"""

import io
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from make_onnx_files import without_notes
from torch import nn

FOLDER = Path(__file__).parent / "onnx_state_files"


class Streamed(nn.Module):
    """Recurrent layers, of which a head reads each step, or the last one."""

    def __init__(self, rnn, head=None, last=False):
        super().__init__()
        self.rnn, self.head, self.last = rnn, head, last

    def forward(self, x, *states):
        y, after = self.rnn(x, states if len(states) > 1 else states[0])
        y = y[:, -1] if self.last else y
        y = y if self.head is None else self.head(y)
        return y, *(after if isinstance(after, tuple) else (after,))


def cases():
    """{case: (module, number of states, rows of a state, exporters)}."""
    both = {"batch_first": True, "bidirectional": True}
    return {
        "gru": (Streamed(nn.GRU(4, 5, batch_first=True)), 1, 1, ("old", "new")),
        "deep": (Streamed(nn.GRU(4, 5, 2, batch_first=True), nn.Linear(5, 2)), 1, 2,
                 ("old", "new")),
        "last": (Streamed(nn.GRU(4, 5, batch_first=True), nn.Linear(5, 2), True), 1, 1, ("old",)),
        "lstm": (Streamed(nn.LSTM(4, 5, 2, batch_first=True), nn.Linear(5, 2)), 2, 2,
                 ("old", "new")),
        "pair": (Streamed(nn.GRU(4, 5, **both), nn.Linear(10, 2)), 1, 2, ("old", "new")),
    }  # fmt: skip


def exported(model, given, names, kind):
    """The bytes of a file."""
    if kind == "new":
        free = {0: torch.export.Dim("b")}
        shapes = (free, tuple({1: free[0]} for _ in names[1:]))
        found = torch.onnx.export(model, given, dynamo=True, verbose=False, input_names=names,
                                  dynamic_shapes=shapes)  # fmt: skip
        return found.model_proto.SerializeToString()
    buffer = io.BytesIO()
    free = {"x": {0: "b", 1: "t"}} | {name: {1: "b"} for name in names[1:]}
    torch.onnx.export(model, given, buffer, dynamo=False, input_names=names, dynamic_axes=free)
    return buffer.getvalue()


def main():
    torch.manual_seed(4)
    values = {}
    for case, (model, count, rows, kinds) in cases().items():
        model.eval()
        names = ["x", "h0", "c0"][: 1 + count]
        x, x2 = torch.randn(3, 7, 4), torch.randn(3, 7, 4)
        zeros = [torch.zeros(rows, 3, 5) for _ in names[1:]]
        for kind in kinds:
            data = without_notes(exported(model, (x, *zeros), names, kind))
            stem = f"{kind}_{case}"
            (FOLDER / f"{stem}.onnx").write_bytes(data)
            session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
            states = [one.numpy() for one in zeros]
            for number, inputs in (("", x), ("2", x2)):
                feed = dict(zip(names, [inputs.numpy(), *states], strict=True))
                y, *states = session.run(None, feed)
                values |= {f"{stem}/x{number}": inputs.numpy(), f"{stem}/y{number}": y}
    np.savez_compressed(FOLDER / "values.npz", **values)


if __name__ == "__main__":
    main()

"""The README's table, from a result of the benchmark.

    python bench/readme.py bench/results/NAME.json

A cell is the median, and in brackets how many times fastgru's it is.
"""

import sys

from report import read, span

NAMES = {
    "torch": "PyTorch",
    "jax": "JAX",
    "keras-jax": "Keras on JAX",
    "keras-tensorflow": "Keras on TensorFlow",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
}
MODES = {"train": "training step", "infer": "inference"}


def markdown(rows):
    """Lines of Markdown for training steps and inference: a line a mode, a column a peer."""
    found = {(tuple(r["shape"]), r["mode"], r["peer"]): r for r in rows}
    yield line("(B, T, I, H)", "", "fastgru", "of the limit", *NAMES.values())
    yield line(*["---"] * (4 + len(NAMES)))
    for shape, mode in dict.fromkeys((tuple(r["shape"]), r["mode"]) for r in rows):
        if mode in MODES:
            ours = found[shape, mode, "fastgru"]
            peers = (found.get((shape, mode, name)) for name in NAMES)
            name = f"({', '.join(map(str, shape))})"
            share = f"{ours['share']:.0%}".replace("%", " %")
            yield line(name, MODES[mode], span(ours["median"]), share, *map(cell, peers))


def cell(r):
    if r is None:
        return ""
    digits = 0 if r["ratio"] >= 9.95 else 1
    return f"{span(r['median'])} ({r['ratio']:.{digits}f})"


def line(*cells):
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n".join(markdown(read(sys.argv[1])["rows"])))

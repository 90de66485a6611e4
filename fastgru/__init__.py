"""The GRU for CPUs: Keras' API and Keras' files, on NumPy and SciPy alone.

>>> from fastgru import Sequential
>>> from fastgru.layers import GRU, Dense
"""

import importlib
from importlib.machinery import PathFinder

__version__ = "0.1.0"

# Not by the full name, which would load the kernels.
if PathFinder.find_spec("gru", [f"{folder}/kernels" for folder in __path__]) is None:
    raise ImportError(
        "fastgru: this is the source folder, whose kernels are not compiled; run "
        "`pip install .` and start Python elsewhere, or build here with `pip install -e .`."
    )

_MODULES = (
    "activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics",
    "models", "optimizers", "preprocessing", "regularizers", "saving", "utils",
)  # fmt: skip
_NAMES = {
    "Sequential": "fastgru.models",
    "Input": "fastgru.layers",
    "Layer": "fastgru.layers",
    "Loss": "fastgru.losses",
    "Metric": "fastgru.metrics",
    "Optimizer": "fastgru.optimizers",
    "Initializer": "fastgru.initializers",
    "Regularizer": "fastgru.regularizers",
    "get_num_threads": "fastgru.kernels.threads",
    "set_num_threads": "fastgru.kernels.threads",
    "ModelFormatError": "fastgru.saving",
}
__all__ = list(_MODULES) + list(_NAMES)


def __getattr__(name):
    # Modules are loaded when first asked for: `import fastgru` costs what NumPy costs.
    if name in _MODULES:
        return importlib.import_module(f"fastgru.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'fastgru' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])

"""All parity cases, by name.

The folder is a namespace package: with `pythonpath = ["tests"]` in the pytest settings, or
PYTHONPATH=tests outside pytest, `from keras_parity.cases import CASES` works everywhere.
"""

from keras_parity.layer_cases import LAYER_CASES
from keras_parity.mask_cases import MASK_CASES
from keras_parity.normalization_cases import NORMALIZATION_CASES
from keras_parity.training_cases import TRAINING_CASES

_LISTED = [*LAYER_CASES, *MASK_CASES, *NORMALIZATION_CASES, *TRAINING_CASES]
CASES = {case.name: case for case in _LISTED}
assert len(CASES) == len(_LISTED), "two cases share a name"

"""All parity cases, by name.

The folder is a namespace package: with `pythonpath = ["tests"]` in the pytest settings, or
PYTHONPATH=tests outside pytest, `from keras_parity.cases import CASES` works everywhere.
"""

from keras_parity.companion_cases import COMPANION_CASES
from keras_parity.layer_cases import LAYER_CASES
from keras_parity.mask_cases import MASK_CASES
from keras_parity.normalization_cases import NORMALIZATION_CASES
from keras_parity.optimizer_cases import OPTIMIZER_CASES
from keras_parity.penalty_cases import PENALTY_CASES
from keras_parity.rnn_cases import RNN_CASES
from keras_parity.training_cases import TRAINING_CASES

ALL = (
    COMPANION_CASES
    + LAYER_CASES
    + MASK_CASES
    + NORMALIZATION_CASES
    + OPTIMIZER_CASES
    + PENALTY_CASES
    + RNN_CASES
    + TRAINING_CASES
)
CASES = {case.name: case for case in ALL}
assert len(CASES) == len(ALL), "two cases share a name"

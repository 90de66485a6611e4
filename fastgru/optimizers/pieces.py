"""What an optimiser's kernels walk over at once, and what weight decay leaves out."""

import re

import numpy as np

from fastgru._check import fail, short

WHERE = "exclude_from_weight_decay"


def spare(var_list, var_names):
    """Arrays and a pattern of names, or None, from what a caller gave."""
    arrays, names = list(var_list or ()), var_names or ()
    for array in arrays:
        if not isinstance(array, np.ndarray):
            fail(WHERE, "var_list", "hold weights of a model", short(array), kind=TypeError)
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        fail(WHERE, "var_names", "be a list of words", short(var_names), kind=TypeError)
    return arrays, re.compile("|".join(names)) if names else None


def pieces(store, spared, singly):
    """(start, end, rows, used, whether weights decay) of what is trained.

    Neighbouring parameters are one piece, unless weight decay spares some of them, or each
    is wanted `singly`. `spared` is None or what `spare` gave.
    """
    if spared is None and not singly:
        return [(*stretch, True) for stretch in store.stretches()]
    arrays, pattern = spared or ([], None)
    addresses = {_address(array) for array in arrays}
    if unknown := addresses - {_address(store.values[row[2] :]) for row in store.table}:
        fail(WHERE, "var_list", "hold weights of the model as it is now",
             f"{len(unknown)} that are not", "Call it when the model is built.")  # fmt: skip
    return [
        (
            start, end, spec.shape[0] if spec.sparse else 1, store.used.get(layer),
            _address(store.values[start:]) not in addresses
            and not (pattern and pattern.search(spec.name)),
        )
        for layer, spec, start, end in store.table
        if layer.trains(spec)
    ]  # fmt: skip


def _address(array):
    """Where an array's numbers are."""
    return array.__array_interface__["data"][0]

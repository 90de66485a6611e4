"""`fastgru summary`, `fastgru inspect` and `fastgru convert`."""

import sys

import numpy as np

from fastgru._errors import ModelFormatError
from fastgru.formats import by_ending, module_of
from fastgru.saving import inspect as inspect_file
from fastgru.saving import load_model
from fastgru.saving.places import write

_SAMPLES, _STEPS = 8, 9  # of the random input; the steps where the model's time is open
_TOLERANCE = 1e-5


def summary(options):
    load_model(options.file, compile=False).summary()


def inspect(options):
    print(inspect_file(options.file))


def convert(options):
    found = by_ending("convert", options.target)
    module = module_of(found)
    model = load_model(options.source)
    data = bytes(module.dump(model))
    try:
        again = module.load(lambda: data, True)
    except ModelFormatError as error:
        write("convert", options.target, None, data)
        print(f"fastgru convert: warning: not compared, for it cannot be opened here: {error}",
              file=sys.stderr)  # fmt: skip
    else:
        worst, scale = _difference(model, again)
        if not worst <= _TOLERANCE * scale:
            raise ValueError(
                f"{options.target} must predict as {options.source} does; got a difference of "
                f"{worst:.3g}. It was not written."
            )
        write("convert", options.target, None, data)
        print(f"Largest difference of the outputs for a random input: {worst:.3g}")
    print(f"Wrote {options.target}: {found.name}, {len(data):,} bytes")


def _difference(model, again):
    """The largest between the outputs of two models for a random input, and their size."""
    x = random_input(model)
    pairs = [m.predict(x, verbose=0) for m in (model, again)]
    pairs = [p if isinstance(p, tuple) else (p,) for p in pairs]
    if [y.shape for y in pairs[0]] != [y.shape for y in pairs[1]]:
        return np.inf, 1.0
    found, scale = [0.0], [1.0]
    for mine, theirs in zip(*pairs, strict=True):
        with np.errstate(invalid="ignore"):
            found.append(np.max(np.abs(mine - theirs), initial=0, where=mine != theirs))
        scale.append(np.max(np.abs(mine), initial=0))
    return float(np.max(found)), float(np.max(scale))


def random_input(model):
    """Samples that a model can read: numbers, ids of its embedding, or texts of its words."""
    rng = np.random.default_rng(0)
    shape = [_SAMPLES, *(_STEPS if size is None else size for size in model.input_shape[1:])]
    first = model.layers[0]
    if first.takes_text:
        words = first.get_vocabulary() or ["a"]
        return [" ".join(rng.choice(words, _STEPS)) for _ in range(_SAMPLES)]
    if first.takes_ids:
        # Inside of TimeDistributed, maybe.
        while not hasattr(first, "input_dim"):
            first = first.layer
        return rng.integers(0, first.input_dim, shape)
    return rng.standard_normal(shape).astype(model.store.dtype)

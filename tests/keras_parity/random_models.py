"""Draws small architectures: each number gives the same Case for ever."""

import numpy as np
from keras_parity.case import Case, floats, gappy_floats, integers, one_hot, tokens

STEPS, WIDTH, VOCABULARY = 5, 3, 9
ACTIVATIONS = ("tanh", "tanh", "relu", "softsign", "elu", "sigmoid", None)
GATES = ("sigmoid", "sigmoid", "sigmoid", "hard_sigmoid")
HEADS = {
    "sigmoid": ("binary_crossentropy", lambda units, *steps: integers(2, *steps, units)),
    "softmax": ("categorical_crossentropy", one_hot),
    None: ("mse", lambda units, *steps: floats(*steps, units)),
}


def random_case(number):
    """Return a front, one to three GRUs with something between them, and a head."""
    rng = np.random.default_rng([20, 26, number])
    front, x, masked = _front(rng)
    plan = [*front]
    depth = int(rng.integers(1, 4))
    for level in range(depth):
        plan.append(("GRU", _gru(rng, sequences=level < depth - 1 or rng.random() < 0.4)))
        if rng.random() < 0.4 and plan[-1][1]["return_sequences"]:
            plan.append(_between(rng))
    per_step = plan[-1][1].get("return_sequences", True)
    flat = per_step and rng.random() < 0.5
    if flat:
        plan.append(("Flatten", {}))
    units, activation = int(rng.integers(2, 5)), _pick(rng, [*HEADS])
    plan.append(("Dense", {"units": units, "activation": activation}))
    loss, labels = HEADS[activation]
    return Case(
        f"random_{number:02d}",
        lambda L: [getattr(L, name)(**arguments) for name, arguments in plan],
        x,
        labels(units, *([STEPS] if per_step and not flat else [])),
        loss=loss,
        metrics=["accuracy", "mae"],
        masked_steps=masked and per_step and not flat,
        n=24,
    )


def _pick(rng, options):
    return options[int(rng.integers(len(options)))]


def _front(rng):
    kind = _pick(rng, ("floats", "floats", "masking", "embedding", "masked embedding"))
    shape = (STEPS,) if "embedding" in kind else (STEPS, WIDTH)
    entrance = ("Input", {"shape": shape})
    if kind == "floats":
        return [entrance], floats(STEPS, WIDTH), False
    if kind == "masking":
        value = _pick(rng, (0.0, -1.0))
        layer = ("Masking", {"mask_value": value})
        return [entrance, layer], gappy_floats(STEPS, WIDTH, value), True
    masked = kind == "masked embedding"
    sizes = {"input_dim": VOCABULARY, "output_dim": int(rng.integers(1, 5))}
    x = tokens(STEPS, VOCABULARY, _pick(rng, ("pre", "post", "holes", "rows")))
    return [entrance, ("Embedding", {**sizes, "mask_zero": masked})], x, masked


def _gru(rng, sequences):
    return {
        "units": _pick(rng, (1, 2, 3, 5, 8, 13)),
        "return_sequences": bool(sequences),
        "activation": _pick(rng, ACTIVATIONS),
        "recurrent_activation": _pick(rng, GATES),
        "use_bias": bool(rng.random() < 0.8),
        "reset_after": bool(rng.random() < 0.6),
        "go_backwards": bool(rng.random() < 0.25),
    }


def _between(rng):
    elu = ("Activation", {"activation": "elu"})
    return _pick(rng, (elu, ("Dense", {"units": 4, "activation": "silu"})))

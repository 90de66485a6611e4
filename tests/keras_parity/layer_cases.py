"""Cases that vary the layers: stacks, both reset modes, directions, activations, heads."""

from keras_parity.case import Case, floats, integers, tokens

SERIES = {"x": floats(6, 4), "y": floats(1)}


def _gru(name, x=SERIES["x"], **gru):
    return Case(
        name,
        lambda L: [L.Input((6, 4)), L.GRU(5, **gru), L.Dense(1)],
        x,
        SERIES["y"],
    )


def _activations(activation, recurrent, suffix="", **rest):
    name = f"gru_{activation}_{recurrent}{suffix}".lower()
    return _gru(name, activation=activation, recurrent_activation=recurrent, **rest)


def _head(name, *layers):
    """A GRU with `layers`, functions of the layers module, on top."""
    return Case(
        name,
        lambda L: [L.Input((5, 3)), L.GRU(6), *[layer(L) for layer in layers]],
        floats(5, 3),
        floats(4),
    )


STACKS = [
    Case(
        "tutorial",
        lambda L: [L.GRU(32, input_shape=(10, 64)), L.Dense(1, activation="sigmoid")],
        floats(10, 64),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        n=16,
        batch_size=4,
        epochs=5,
    ),
    Case(
        "stack_of_two",
        lambda L: [L.Input((6, 4)), L.GRU(7, return_sequences=True), L.GRU(5), L.Dense(1)],
        **SERIES,
    ),
    Case(
        "stack_of_three_built_later",
        lambda L: [
            L.GRU(3, return_sequences=True),
            L.GRU(9, return_sequences=True),
            L.GRU(4),
            L.Dense(2),
        ],
        floats(6, 4),
        floats(2),
        build_shape=(None, 6, 4),
    ),
    Case(
        "sequence_to_sequence",
        lambda L: [L.Input((6, 4)), L.GRU(5, return_sequences=True), L.Dense(2)],
        floats(6, 4),
        floats(6, 2),
        metrics=["mae"],
    ),
    Case(
        "sequence_of_probabilities_flat_labels",
        lambda L: [
            L.Input((6, 4)),
            L.GRU(5, return_sequences=True),
            L.Dense(1, activation="sigmoid"),
        ],
        floats(6, 4),
        integers(2, 6),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    ),
    Case(
        "flatten_after_sequences",
        lambda L: [
            L.Input((6, 4)),
            L.GRU(5, return_sequences=True),
            L.Flatten(),
            L.Dense(3, activation="relu"),
            L.Dense(1),
        ],
        **SERIES,
    ),
    Case(
        "frozen_gru",
        lambda L: [L.Input((6, 4)), L.GRU(5, trainable=False), L.Dense(1)],
        still=(0, 1, 2),
        **SERIES,
    ),
    Case("any_length", lambda L: [L.Input((None, 4)), L.GRU(5), L.Dense(1)], **SERIES),
    Case(
        "one_step",
        lambda L: [L.Input((1, 4)), L.GRU(5, return_sequences=True), L.GRU(4), L.Dense(1)],
        floats(1, 4),
        floats(1),
        still=(1, 4),  # the state before the only step is 0, and so is what its kernel learns
    ),
    Case(
        "one_unit_one_feature",
        lambda L: [L.Input((9, 1)), L.GRU(1), L.Dense(1)],
        floats(9, 1),
        floats(1),
    ),
    Case(
        "long_and_odd",
        lambda L: [L.Input((40, 1)), L.GRU(19), L.Dense(1)],
        floats(40, 1),
        floats(1),
    ),
    Case(
        "embedding_without_mask",
        lambda L: [L.Input((7,)), L.Embedding(12, 4), L.GRU(5), L.Dense(1)],
        tokens(7, 12, "pre"),
        floats(1),
    ),
]

VARIANTS = [
    _gru("reset_before", reset_after=False),
    _gru("no_bias", use_bias=False),
    _gru("no_bias_reset_before", use_bias=False, reset_after=False),
    _gru("go_backwards", go_backwards=True),
    Case(
        "go_backwards_sequences",
        lambda L: [
            L.Input((6, 4)),
            L.GRU(5, go_backwards=True, return_sequences=True),
            L.GRU(4),
            L.Dense(1),
        ],
        **SERIES,
    ),
    _activations("relu", "hard_sigmoid"),
    _activations("relu", "hard_sigmoid", "_reset_before", reset_after=False),
    _activations("linear", "sigmoid"),
    _activations(None, "sigmoid"),
    _activations("softsign", "sigmoid"),
    # tanh as a gate lets the state grow: small inputs keep float32 within the tolerance.
    _activations("elu", "tanh", x=floats(6, 4, scale=0.3)),
    _activations("softplus", "softsign"),
    _activations("gelu", "sigmoid"),
    _activations("selu", "hard_sigmoid"),
]

HEADS = [
    _head(
        "activation_layers",
        lambda L: L.Activation("tanh"),
        lambda L: L.Dense(5),
        lambda L: L.Activation("relu"),
        lambda L: L.Dense(4),
        lambda L: L.Activation("softmax"),
    ),
    _head(
        "dense_relu_softmax",
        lambda L: L.Dense(5, activation="relu"),
        lambda L: L.Dense(4, activation="softmax"),
    ),
    _head("dense_gelu", lambda L: L.Dense(4, activation="gelu")),
    _head("dense_silu", lambda L: L.Dense(4, activation="silu")),
    _head("dense_no_bias", lambda L: L.Dense(4, use_bias=False)),
]

LAYER_CASES = STACKS + VARIANTS + HEADS

"""Cases in which steps are masked: paddings, holes, empty rows, per-step losses."""

from keras_parity.case import Case, floats, gappy_floats, integers, one_hot, tokens

SPARSE = {
    "y": integers(4, 6),
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
}


def _text(name, padding, *between, **gru):
    """Embedding, `between` (functions of the layers module), GRU, one probability."""
    return Case(
        name,
        lambda L: [
            L.Input((7,)),
            L.Embedding(12, 4, mask_zero=True),
            *[layer(L) for layer in between],
            L.GRU(5, **gru),
            *([L.Flatten()] if gru.get("return_sequences") else []),
            L.Dense(1, activation="sigmoid"),
        ],
        tokens(7, 12, padding),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    )


def _tags(name, padding, units, activation, **training):
    """Embedding, GRU, one distribution per step: loss and metrics see the mask."""
    return Case(
        name,
        lambda L: [
            L.Input((6,)),
            L.Embedding(10, 4, mask_zero=True),
            L.GRU(5, return_sequences=True),
            L.Dense(units, activation=activation),
        ],
        tokens(6, 10, padding),
        masked_steps=True,
        **training,
    )


MASK_CASES = [
    _text("mask_pre_padding", "pre"),
    _text("mask_post_padding", "post"),
    _text("mask_holes", "holes"),
    _text("mask_all_padding_rows", "rows"),
    _text("mask_holes_reset_before", "holes", reset_after=False),
    _text("mask_holes_go_backwards", "holes", go_backwards=True),
    _text("mask_through_a_stack", "holes", lambda L: L.GRU(6, return_sequences=True)),
    # The first GRU's outputs come reversed, the mask that goes with them does not.
    _text(
        "mask_through_a_backward_stack",
        "holes",
        lambda L: L.GRU(6, return_sequences=True, go_backwards=True),
    ),
    _text("mask_through_dense", "holes", lambda L: L.Dense(3, activation="relu")),
    _text("mask_through_activation", "pre", lambda L: L.Activation("elu")),
    _text("mask_before_flatten", "holes", return_sequences=True),
    _text("mask_zero_output", "holes", return_sequences=True, zero_output_for_mask=True),
    _tags("tags_sparse_post_padding", "post", 4, "softmax", **SPARSE),
    _tags("tags_sparse_an_empty_batch", "batch", 4, "softmax", **SPARSE),
    _tags(
        "tags_one_hot_holes",
        "holes",
        4,
        "softmax",
        y=one_hot(4, 6),
        loss="categorical_crossentropy",
        metrics=["accuracy", "mae"],
    ),
    _tags(
        "tags_binary_all_padding_rows",
        "rows",
        1,
        "sigmoid",
        y=integers(2, 6, 1),
        loss="binary_crossentropy",
        metrics=["accuracy", "mse"],
    ),
    Case(
        "masking_zero",
        lambda L: [L.Input((6, 3)), L.Masking(), L.GRU(5), L.Dense(1)],
        gappy_floats(6, 3, 0.0),
        floats(1),
    ),
    Case(
        "masking_value_sequences",
        lambda L: [
            L.Input((6, 3)),
            L.Masking(mask_value=-1.0),
            L.GRU(5, return_sequences=True),
            L.Dense(2),
        ],
        gappy_floats(6, 3, -1.0),
        floats(6, 2),
        metrics=["mae"],
        masked_steps=True,
    ),
]

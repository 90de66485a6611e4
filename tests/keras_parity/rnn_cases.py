"""Cases of the layers around the GRU: both directions, other cells, cells in RNN."""

from keras_parity.case import Case, floats, integers, tokens

# Small ones: what they are about is in the layers.
SIZE = {"n": 16, "batch_size": 4, "epochs": 5}


def _series(name, *layers, **training):
    """`layers`, functions of the layers module, on sequences, and one number on top."""
    return Case(
        name,
        lambda L: [L.Input((6, 4)), *[layer(L) for layer in layers], L.Dense(1)],
        floats(6, 4),
        floats(1),
        **SIZE,
        **training,
    )


def _text(name, padding, *layers):
    """The same on an Embedding that masks, with one probability on top."""
    return Case(
        name,
        lambda L: [
            L.Input((7,)),
            L.Embedding(12, 4, mask_zero=True),
            *[layer(L) for layer in layers],
            L.Dense(1, activation="sigmoid"),
        ],
        tokens(7, 12, padding),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        **SIZE,
    )


RNN_CASES = [
    _series("bidirectional", lambda L: L.Bidirectional(L.GRU(5))),
    _series(
        "bidirectional_stack",
        lambda L: L.Bidirectional(L.GRU(5, return_sequences=True)),
        lambda L: L.Bidirectional(L.GRU(3, reset_after=False), merge_mode="sum"),
    ),
    _series(
        "bidirectional_mul_and_ave",
        lambda L: L.Bidirectional(L.GRU(5, return_sequences=True), merge_mode="mul"),
        lambda L: L.Bidirectional(L.LSTM(3), merge_mode="ave"),
    ),
    _series(
        "bidirectional_two_kinds",
        lambda L: L.Bidirectional(L.GRU(5), backward_layer=L.SimpleRNN(5, go_backwards=True)),
    ),
    _series(
        "bidirectional_frozen",
        lambda L: L.Bidirectional(L.GRU(5, trainable=False)),
        still=(0, 1, 2, 3, 4, 5),
    ),
    _text("bidirectional_pre_padding", "pre", lambda L: L.Bidirectional(L.GRU(5))),
    _text(
        "bidirectional_holes",
        "holes",
        lambda L: L.Bidirectional(L.GRU(5, return_sequences=True)),
        lambda L: L.Bidirectional(L.GRU(4)),
    ),
    Case(
        "stateful_both_directions_with_holes",
        lambda L: [
            L.Input(batch_shape=(4, 7)),
            L.Embedding(12, 4, mask_zero=True),
            L.Bidirectional(L.GRU(3, stateful=True, return_sequences=True)),
            L.GRU(4, stateful=True, reset_after=False),
            L.Dense(1),
        ],
        tokens(7, 12, "holes"),
        floats(1),
        **SIZE,
    ),
    _text("bidirectional_empty_rows", "rows", lambda L: L.Bidirectional(L.LSTM(5))),
    _series("lstm", lambda L: L.LSTM(7, return_sequences=True), lambda L: L.LSTM(5)),
    _text("lstm_holes_go_backwards", "holes", lambda L: L.LSTM(5, go_backwards=True)),
    _series("lstm_hard_no_bias", lambda L: L.LSTM(5, "elu", "hard_sigmoid", use_bias=False)),
    _series(
        "simple_rnn",
        lambda L: L.SimpleRNN(7, return_sequences=True),
        lambda L: L.SimpleRNN(5, activation="softsign"),
    ),
    _text("simple_rnn_empty_rows", "rows", lambda L: L.SimpleRNN(5)),
    _series(
        "activations_of_rows",
        lambda L: L.GRU(6, "softmax", "softmax", return_sequences=True),
        lambda L: L.LSTM(5, "log_softmax", "softmax", return_sequences=True),
        lambda L: L.SimpleRNN(4, "softmax"),
    ),
    _text(
        "activations_of_rows_holes",
        "holes",
        lambda L: L.Bidirectional(L.GRU(5, "tanh", "softmax", reset_after=False)),
    ),
    _series("rnn_of_a_cell", lambda L: L.RNN(L.GRUCell(5, reset_after=False))),
    _text(
        "rnn_of_a_stack",
        "holes",
        lambda L: L.RNN([L.GRUCell(5), L.LSTMCell(4), L.SimpleRNNCell(3)]),
    ),
]

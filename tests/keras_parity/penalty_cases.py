"""Cases with regularisers and constraints: what they add to the loss and do to weights."""

from keras_parity.case import Case, floats, integers, tokens


def told(name, **config):
    """A regulariser or a constraint, in the form that both read."""
    return {"class_name": name, "config": config}


def _penalised(L, trainable=True):
    return [
        L.Input((6,)),
        L.Embedding(
            9, 3, mask_zero=True, embeddings_regularizer=told("L2", l2=0.02),
            activity_regularizer="l1",
        ),
        L.GRU(
            4, return_sequences=True, kernel_regularizer=told("L1L2", l1=0.01, l2=0.03),
            recurrent_regularizer=told("OrthogonalRegularizer", factor=0.1),
            bias_regularizer="l2", activity_regularizer=told("L2", l2=0.05),
            trainable=trainable,
        ),
        L.GRU(3, kernel_regularizer=told("OrthogonalRegularizer", mode="columns")),
        L.Dense(
            1, activation="sigmoid", kernel_regularizer="l1", bias_regularizer="l1l2",
            activity_regularizer=told("L1", l1=0.2),
        ),
    ]  # fmt: skip


def _held(L):
    return [
        L.Input((6,)),
        L.Embedding(9, 3, embeddings_constraint=told("UnitNorm", axis=1)),
        L.GRU(
            4, kernel_constraint=told("MaxNorm", max_value=0.8),
            recurrent_constraint=told("MinMaxNorm", min_value=0.5, max_value=0.9, rate=0.6),
            bias_constraint="non_neg",
        ),
        L.Dense(2, kernel_constraint="max_norm", bias_constraint="NonNeg"),
    ]  # fmt: skip


def _of_both_directions(L):
    return [
        L.Input((6,)),
        L.Embedding(9, 3, mask_zero=True),
        L.Bidirectional(
            L.GRU(
                4, return_sequences=True, kernel_regularizer=told("L2", l2=0.03),
                recurrent_constraint=told("MaxNorm", max_value=0.6),
            ),
        ),
        L.LSTM(
            3, kernel_regularizer="l1", bias_regularizer=told("L2", l2=0.2),
            recurrent_constraint=told("UnitNorm", axis=0), return_sequences=True,
            activity_regularizer=told("L2", l2=0.05),
        ),
        L.SimpleRNN(
            3, recurrent_regularizer="l2", kernel_constraint=told("MaxNorm", max_value=0.5)
        ),
        L.Dense(1, activation="sigmoid"),
    ]  # fmt: skip


def _inside_of_layers(L):
    """Penalties on outputs, of layers that are inside of others and of those around them."""
    return [
        L.Input((6, 4)),
        L.Bidirectional(
            L.GRU(
                3, return_sequences=True, activity_regularizer=told("L2", l2=0.1),
                kernel_regularizer="l1",
            ),
            activity_regularizer=told("L1", l1=0.05),
        ),
        # Of these two, Keras sees the outer one.
        L.TimeDistributed(
            L.Dense(3, activity_regularizer=told("L2", l2=0.3)),
            activity_regularizer=told("L2", l2=0.2),
        ),
        # JAX cannot take penalties out of its loop.
        L.RNN(
            L.GRUCell(3, activity_regularizer=told("L2", l2=0.05)), return_sequences=True,
            unroll=True,
        ),
        L.Bidirectional(
            L.RNN(L.LSTMCell(2, activity_regularizer="l1"), unroll=True), merge_mode="mul"
        ),
        L.Dense(2),
    ]  # fmt: skip


def _of_a_stack(L):
    # None of the cells' own: in a stack, Keras counts those of the first step twice.
    stack = L.StackedRNNCells(
        [L.LSTMCell(3), L.GRUCell(4)], activity_regularizer=told("L2", l2=0.1)
    )
    return [
        L.Input((6, 4)),
        L.RNN(stack, unroll=True, activity_regularizer=told("L1", l1=0.05)),
        L.Dense(2),
    ]


PENALTY_CASES = [
    Case(
        "penalties_of_a_stack",
        _of_a_stack,
        floats(6, 4),
        floats(2),
        n=16,
        batch_size=4,
        epochs=5,
    ),
    Case("penalties_inside_of_layers", _inside_of_layers, floats(6, 4), floats(2), n_val=7),
    Case(
        "penalties_of_recurrent_layers",
        _of_both_directions,
        tokens(6, 9, "rows"),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
    ),
    Case(
        "penalties",
        _penalised,
        tokens(6, 9, "rows"),
        integers(2),
        loss="binary_crossentropy",
        metrics=["accuracy"],
        validation_split=0.2,
    ),
    Case(
        "penalties_of_a_frozen_layer",
        lambda L: _penalised(L, trainable=False),
        tokens(6, 9, "holes"),
        integers(2),
        loss="binary_crossentropy",
        still=(1, 2, 3),
    ),
    Case("constraints", _held, tokens(6, 9, "pre"), floats(2), optimizer="rmsprop"),
]

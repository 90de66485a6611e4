"""Small models that every Keras since 2.12 and fastgru build alike, for files of versions.

Together they have every layer of fastgru and every optimiser; each takes a few steps before
it is saved, and a few more behind the file.
"""

import numpy as np

STEPS, BATCH = 5, 4
ROWS = STEPS * BATCH


def is_old(keras):
    """Whether it is the Keras inside TensorFlow before 2.16."""
    return getattr(keras, "__version__", "2.").startswith("2.")


def text(keras):
    L, O = keras.layers, keras.optimizers
    model = keras.Sequential([
        L.Input((6,)), L.Embedding(9, 4, mask_zero=True),
        L.Bidirectional(L.GRU(3, return_sequences=True, reset_after=False)),
        L.SpatialDropout1D(0.0), L.GRU(3, name="upper"), L.Dropout(0.0, seed=7),
        L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    rate = O.schedules.ExponentialDecay(0.02, 4, 0.5)
    model.compile(O.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def companions(keras):
    L, O = keras.layers, keras.optimizers
    old = is_old(keras)
    model = keras.Sequential([
        L.Input((6, 4)), L.Rescaling([1.0, 2.0, 0.5, 1.0], offset=0.1), L.ZeroPadding1D((1, 2)),
        L.Normalization(mean=[0.0, 0.1, 0.0, 0.2], variance=[1.0, 1.0, 2.0, 1.0]),
        L.Conv1D(4, 3, padding="causal"), L.PReLU(shared_axes=[1]),
        L.BatchNormalization(momentum=0.9, center=False), L.MaxPooling1D(2, 1, "same"),
        L.AveragePooling1D(2), L.LayerNormalization(center=False), L.UpSampling1D(2),
        L.Cropping1D((2, 3)), L.GaussianNoise(0.0), L.TimeDistributed(L.Dense(3)),
        L.Permute((2, 1)), L.Reshape((-1, 3)), L.Activation("tanh"),
        L.LeakyReLU(**{"alpha" if old else "negative_slope": 0.1}), L.ELU(0.5),
        L.GlobalAveragePooling1D(keepdims=True), L.GlobalMaxPooling1D(), L.RepeatVector(2),
        L.ReLU(max_value=6.0, negative_slope=0.2), L.Flatten(), L.Dense(2), L.Softmax(),
    ])  # fmt: skip
    model.compile(O.RMSprop(0.01, momentum=0.3, centered=True), "mse", metrics=["mae"])
    return model


def cells(keras):
    L, O, R = keras.layers, keras.optimizers, keras.regularizers
    model = keras.Sequential([
        L.Input((6, 4)), L.Masking(mask_value=0.5),
        L.RNN([L.GRUCell(3), L.LSTMCell(2)], return_sequences=True),
        L.LSTM(3, return_sequences=True, kernel_regularizer=R.L2(0.01)),
        L.SimpleRNN(3, return_sequences=True, kernel_constraint="max_norm"),
        L.Bidirectional(L.LSTM(2), merge_mode="sum", trainable=False), L.Dense(3),
    ])  # fmt: skip
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    hits = keras.metrics.SparseCategoricalAccuracy(name="hits")
    model.compile(O.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0), loss, metrics=[hits])
    return model


def chain(keras):
    L, O = keras.layers, keras.optimizers
    inputs = keras.Input((6, 4), name="series")
    found = L.GRU(3, return_sequences=True, name="lower")(inputs)
    found = L.GRU(3)(L.Activation("relu")(found))
    found = L.Dense(2)(L.Dropout(0.0)(found))
    model = keras.Model(inputs, found, name="chained")
    model.compile(O.Adam(0.01, amsgrad=True), keras.losses.Huber(), metrics=["mse"])
    return model


def masked_chain(keras):
    L = keras.layers
    inputs = keras.Input((6,))
    found = L.Embedding(9, 3, mask_zero=True)(inputs)
    found = L.Dense(1)(L.GRU(2)(L.GRU(2, return_sequences=True)(found)))
    model = keras.Model(inputs, found)
    model.compile("rmsprop", "mse")
    return model


WORDS = ("good", "Bad", "film,", "movie", "é", "and", "great!", "awful")
#: Layers that learn their vocabulary, which goes into the file's assets, and one that is
#: given it, which the configuration has.
TEXTS = {
    "texts_int": {"output_sequence_length": 5, "ngrams": 2},
    "texts_multi_hot": {"output_mode": "multi_hot", "vocabulary": ["good", "bad", "film"]},
    "texts_count": {"output_mode": "count", "max_tokens": 6, "split": "character"},
    "texts_tf_idf": {"output_mode": "tf_idf", "max_tokens": 40, "pad_to_max_tokens": True},
    "texts_tf_idf_given": {
        "output_mode": "tf_idf", "vocabulary": ["good", "bad"], "idf_weights": [0.5, 2.0],
    },
}  # fmt: skip


def of_texts(name):
    def build(keras):
        L = keras.layers
        first = L.TextVectorization(**TEXTS[name])
        if is_adapted(name):
            first.adapt(data(name)[0][:, 0])
        behind = [L.Dense(1)]
        if name == "texts_int":
            size = first.vocabulary_size()
            behind = [L.Embedding(size, 4, mask_zero=True), L.GRU(3), L.Dense(1)]
        model = keras.Sequential([L.Input((1,), dtype="string"), first, *behind])
        model.compile("adam", "mse")
        return model

    return build


def is_adapted(name):
    """Whether the vocabulary of a model is in no configuration."""
    return name in TEXTS and "vocabulary" not in TEXTS[name]


OPTIMIZERS = {
    "sgd": lambda O: O.SGD(0.1),
    "adam": lambda O: O.Adam(0.01, global_clipnorm=1.0),
    "adamw": lambda O: O.AdamW(O.schedules.CosineDecay(0.01, 8), weight_decay=0.1),
    "adam_ema": lambda O: O.Adam(0.01, use_ema=True, ema_momentum=0.8),
    "rmsprop": lambda O: O.RMSprop(0.01),
    "rmsprop_centered": lambda O: O.RMSprop(0.01, momentum=0.5, centered=True),
    "nadam": lambda O: O.Nadam(0.01),
    "adamax": lambda O: O.Adamax(0.01, clipvalue=0.5),
    "adagrad": lambda O: O.Adagrad(
        O.schedules.PiecewiseConstantDecay([3, 7], [0.1, 0.05, 0.02])
    ),
    "adadelta": lambda O: O.Adadelta(1.0),
    "lion": lambda O: O.Lion(0.01),
}
#: Those of TensorFlow's optimisers before 2.11, which 2.15 still has.
LEGACY = {
    "legacy_adam": lambda O: O.legacy.Adam(0.01, decay=0.1),
    "legacy_sgd": lambda O: O.legacy.SGD(0.1, momentum=0.9, decay=0.1),
    "legacy_rmsprop": lambda O: O.legacy.RMSprop(0.01),
}


def with_optimizer(make):
    def build(keras):
        L = keras.layers
        model = keras.Sequential([L.Input((4,)), L.Dense(2, activation="tanh"), L.Dense(1)])
        model.compile(make(keras.optimizers), "mse")
        return model

    return build


def nested(keras):
    """Models inside of models, frozen layers and those with statistics among theirs."""
    L, O = keras.layers, keras.optimizers
    S = keras.Sequential
    encoder = S([
        L.Input((6,)), L.Embedding(9, 4, mask_zero=True),
        L.Bidirectional(L.GRU(3, return_sequences=True)),
        L.BatchNormalization(momentum=0.9, trainable=False),
    ], name="encoder")  # fmt: skip
    inner = S([L.Dense(3, activation="tanh"), L.Dense(3)], name="inner")
    head = S([L.BatchNormalization(momentum=0.9), L.Dense(4), inner], name="head")
    steps = L.TimeDistributed(S([L.Dense(5, activation="relu"), L.Dense(4)], name="each"))
    first, second = L.GRU(3, return_sequences=True), L.GRU(3, kernel_regularizer="l2")
    model = S([
        L.Input((6,)), encoder, first, steps, second, head, L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile(O.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def chains(keras):
    """Functional models inside of one, of a Sequential and of a TimeDistributed."""
    L, O = keras.layers, keras.optimizers
    masked = [
        L.Embedding(9, 4, mask_zero=True), L.Bidirectional(L.GRU(3, return_sequences=True)),
        L.BatchNormalization(momentum=0.9),
    ]  # fmt: skip
    steps = L.TimeDistributed(_chain(keras, "each", 6, [L.Dense(5, "relu"), L.Dense(4)]))
    deep = _chain(keras, "deep", 3, [L.Dense(2), _chain(keras, "deepest", 2, [L.Dense(3)])])
    deep.layers[-1].trainable = False
    head = keras.Sequential([L.Input((3,)), deep, L.Dense(2)], name="head")
    layers = [_chain(keras, "encoder", 6, masked), steps, L.GRU(3), head]
    model = _chain(keras, "whole", 6, [*layers, L.Dense(1, activation="sigmoid")])
    model.compile(O.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def _chain(keras, name, width, layers):
    inputs = found = keras.Input((width,))
    for layer in layers:
        found = layer(found)
    return keras.Model(inputs, found, name=name)


MODELS = {
    each.__name__: each
    for each in (text, companions, cells, chain, masked_chain, nested, chains)
}
BUILDERS = (
    MODELS
    | {name: of_texts(name) for name in TEXTS}
    | {f"by_{name}": with_optimizer(make) for name, make in (OPTIMIZERS | LEGACY).items()}
)


def data(name):
    """(x, y) for STEPS batches."""
    rng = np.random.default_rng(len(name))
    if name in TEXTS:
        lengths = rng.integers(1, 7, ROWS)
        x = [[" ".join(rng.choice(WORDS, length))] for length in lengths]
        return np.array(x), rng.normal(size=(ROWS, 1)).astype("f4")
    if name in ("text", "masked_chain", "nested", "chains"):
        return rng.integers(0, 9, (ROWS, 6)), rng.integers(0, 2, (ROWS, 1))
    if name.startswith("by_"):
        return rng.normal(size=(ROWS, 4)).astype("f4"), rng.normal(size=(ROWS, 1)).astype("f4")
    x = rng.normal(size=(ROWS, 6, 4)).astype("f4")
    if name == "cells":
        x[::3, :2] = 0.5
        return x, rng.integers(0, 3, ROWS)
    return x, rng.normal(size=(ROWS, 2)).astype("f4")


def train(model, x, y):
    """STEPS steps on the same batches in the same order."""
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)

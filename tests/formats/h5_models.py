"""Models that tf.keras and Keras 3 build alike, for `.h5` files of both."""

import numpy as np
from formats import version_models
from formats.version_models import chains, nested

BATCH, ROWS = 4, 20


def words(keras):
    """Masks, both forms of the GRU, both directions, statistics that are not trained."""
    L = keras.layers
    model = keras.Sequential([
        L.Input((6,)), L.Embedding(9, 4, mask_zero=True),
        L.Bidirectional(L.GRU(3, return_sequences=True)),
        L.GRU(4, recurrent_activation="hard_sigmoid", reset_after=False,
              kernel_regularizer="l2"),
        L.BatchNormalization(momentum=0.9), L.Dropout(0.0),
        L.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    metrics = ["accuracy", keras.metrics.AUC(name="auc")]
    model.compile(
        keras.optimizers.Adam(0.01, beta_2=0.99), "binary_crossentropy", metrics=metrics
    )
    return model


def series(keras):
    """An optimiser with several slots, initialisers, and a layer that is not trained."""
    L, O = keras.layers, keras.optimizers
    model = keras.Sequential([
        L.Input((5, 3)), L.Masking(0.5),
        L.GRU(4, return_sequences=True, recurrent_initializer="orthogonal", trainable=False),
        L.LSTM(3, recurrent_activation="hard_sigmoid", return_sequences=True),
        L.TimeDistributed(L.Dense(3, activation="elu", kernel_constraint="max_norm")),
        L.GlobalMaxPooling1D(), L.Dense(2),
    ])  # fmt: skip
    optimizer = O.RMSprop(0.01, momentum=0.3, centered=True)
    model.compile(optimizer, keras.losses.MeanSquaredError(), metrics=["mae"])
    return model


def decayed(keras):
    """An optimiser of tf.keras before 2.11, whose rate decays."""
    return _legacy(keras, keras.optimizers.legacy.Adam(0.02, decay=0.1, amsgrad=True))


def momentum(keras):
    """The same without a learning rate among its variables."""
    return _legacy(keras, keras.optimizers.legacy.SGD(0.05, momentum=0.9, nesterov=True))


def _legacy(keras, optimizer):
    L = keras.layers
    model = keras.Sequential([
        L.GRU(3, batch_input_shape=(None, 5, 3), time_major=False), L.Dense(2, "softmax"),
    ])  # fmt: skip
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def texts(keras):
    """A vocabulary that the configuration has; Keras 3 takes texts only beside TensorFlow."""
    L = keras.layers
    first = L.TextVectorization(
        output_mode="tf_idf", vocabulary=["good", "bad"], idf_weights=[0.5, 2.0]
    )
    model = keras.Sequential([L.Input((1,), dtype="string"), first, L.Dense(2)])
    model.compile("adam", "mse")
    return model


MODELS = {
    builder.__name__: builder
    for builder in (words, series, nested, chains, decayed, momentum, texts)
}
BOTH = ("words", "series", "nested")  # which fastgru builds too


def data(name):
    """(x, y) for five batches."""
    if name in ("nested", "chains"):
        return version_models.data(name)
    rng = np.random.default_rng(len(name))
    if name == "words":
        return rng.integers(0, 9, (ROWS, 6)), rng.integers(0, 2, (ROWS, 1))
    if name == "texts":
        x = [[" ".join(rng.choice(["good", "Bad!", "film"], 3))] for _ in range(ROWS)]
        return np.array(x), rng.normal(size=(ROWS, 2)).astype(np.float32)
    x = rng.normal(size=(ROWS, 5, 3)).astype(np.float32)
    if name == "series":
        x[::3, :2] = 0.5
        return x, rng.normal(size=(ROWS, 2)).astype(np.float32)
    return x, rng.integers(0, 2, ROWS)


def train(model, x, y):
    """Five steps on the same batches in the same order."""
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)

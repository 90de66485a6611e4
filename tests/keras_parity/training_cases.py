"""Cases that vary the training: losses, labels, metrics, optimisers, batches, validation."""

import numpy as np
from keras_parity.case import Case, floats, integers, one_hot, positive, tokens

# Gradients near the optimisers' default epsilon: its value and its place then matter.
TINY = {
    "y": floats(1, scale=1e-3),
    "adjust": lambda weights: [weight * np.float32(1e-2) for weight in weights],
}


def _train(name, y, units=1, activation=None, **training):
    """One small GRU with a Dense head; everything else is the training."""
    return Case(
        name,
        lambda L: [L.Input((5, 3)), L.GRU(6), L.Dense(units, activation=activation)],
        training.pop("x", floats(5, 3)),
        y,
        **training,
    )


def _optimizer(name, optimizer, **training):
    return _train(name, training.pop("y", floats(1)), optimizer=optimizer, **training)


def _binary(name, y, **training):
    training = {"loss": "binary_crossentropy", "metrics": ["accuracy"], **training}
    return _train(name, y, activation="sigmoid", **training)


def _classes(name, y, **training):
    training = {"metrics": ["accuracy"], **training}
    return _train(name, y, units=4, **{"activation": "softmax", **training})


LOSSES = [
    _train("mse_flat_labels", floats(), metrics=["mae"]),
    _train("mae_column_labels", floats(1), loss="mae", metrics=["mse"]),
    _train("mse_integer_labels", integers(5), metrics=["mse", "mae"]),
    _train("mse_three_outputs", floats(3), units=3, loss=lambda k: k.MeanSquaredError()),
    _binary("binary_integer_labels", integers(2)),
    _binary("binary_column_labels", integers(2, 1, dtype="uint8"), metrics=["acc"]),
    _binary("binary_float_labels", integers(2, dtype="float64"), metrics=["accuracy", "mae"]),
    _binary(
        "binary_smoothed",
        integers(2),
        loss=lambda k: k.BinaryCrossentropy(label_smoothing=0.2),
        metrics=lambda k: [k.BinaryAccuracy(threshold=0.4, name="hits"), "mse"],
    ),
    _train(
        "binary_from_logits",
        integers(2),
        loss=lambda k: k.BinaryCrossentropy(from_logits=True),
        metrics=lambda k: [k.BinaryAccuracy(threshold=0.0)],
    ),
    # "accuracy" is then CategoricalAccuracy: it compares the largest of five.
    _train(
        "binary_many_labels",
        integers(2, 5),
        units=5,
        activation="sigmoid",
        loss="binary_crossentropy",
        metrics=["accuracy", "binary_accuracy"],
    ),
    # Beyond the clip at 1e-7 the loss is flat: nothing is learnt. In float32 1 - 1e-7 is
    # 1 - 1.19e-7, so a sure 1 that is wrong costs 15.942 and a sure 0 that is wrong 16.118.
    _train(
        "binary_saturated",
        integers(2, 2),
        units=2,
        activation="sigmoid",
        loss="binary_crossentropy",
        adjust=lambda weights: [*weights[:-1], weights[-1] + np.float32([30, -30])],
        still=(0, 1, 2, 3, 4),
    ),
    _classes(
        "sparse_saturated",
        integers(4),
        loss="sparse_categorical_crossentropy",
        adjust=lambda weights: [*weights[:-1], weights[-1] + np.float32([40, 0, 0, 0])],
        still=(0, 1, 2, 3, 4),
    ),
    _classes("categorical", one_hot(4), loss="categorical_crossentropy"),
    _classes(
        "categorical_smoothed",
        one_hot(4),
        loss=lambda k: k.CategoricalCrossentropy(label_smoothing=0.1),
    ),
    _classes(
        "categorical_from_logits",
        one_hot(4, dtype="float64"),
        activation=None,
        loss=lambda k: k.CategoricalCrossentropy(from_logits=True),
    ),
    _classes("sparse_flat", integers(4), loss="sparse_categorical_crossentropy"),
    _classes(
        "sparse_column",
        integers(4, 1, dtype="int32"),
        loss="sparse_categorical_crossentropy",
    ),
    _classes(
        "sparse_from_logits",
        integers(4, dtype="float32"),
        activation=None,
        loss=lambda k: k.SparseCategoricalCrossentropy(from_logits=True),
    ),
]

# One model with many losses and metrics behind it: what differs is said in a line.
MORE_LOSSES = [
    _binary(
        "binary_focal_many_metrics",
        integers(2, 1),
        loss="binary_focal_crossentropy",
        metrics=lambda k: [
            "AUC",
            k.AUC(curve="PR", name="area"),
            k.Precision(thresholds=0.4, name="precision"),
            k.Recall(name="recall"),
            k.F1Score(threshold=0.5, average="micro"),
            k.SensitivityAtSpecificity(0.5, name="at"),
        ],
    ),
    _classes(
        "categorical_focal_top_two",
        one_hot(4),
        loss=lambda k: k.CategoricalFocalCrossentropy(alpha=0.5, gamma=1.5),
        metrics=lambda k: [k.TopKCategoricalAccuracy(k=2), "categorical_crossentropy"],
    ),
    _classes("kl_divergence", one_hot(4), loss="kld", metrics=["kl_divergence"]),
    _classes("crossentropy_by_shapes", integers(4), loss="crossentropy"),
    _train(
        "huber_many_metrics",
        floats(3),
        units=3,
        loss=lambda k: k.Huber(delta=0.5),
        metrics=["root_mean_squared_error", "r2_score", "cosine_similarity", "mae"],
    ),
    _train("log_cosh", floats(1), loss="log_cosh", metrics=["log_cosh_error"]),
    _train("hinge", integers(2, 2), units=2, loss="squared_hinge", metrics=["hinge"]),
    _train(
        "poisson",
        # Keras' metric does not add the last axis, and compares each with all.
        integers(4, 1),
        activation="softplus",
        loss="poisson",
        metrics=["poisson", "msle"],
    ),
]

OPTIMIZERS = [
    _optimizer("adam_fast", lambda k: k.Adam(0.02)),
    _optimizer("adam_large_epsilon", lambda k: k.Adam(learning_rate=0.01, epsilon=1e-3)),
    _optimizer("adam_betas", lambda k: k.Adam(0.005, beta_1=0.7, beta_2=0.95)),
    _optimizer("adam_tiny_gradients", "adam", **TINY),
    _optimizer("sgd", "sgd"),
    _optimizer("sgd_momentum", lambda k: k.SGD(0.05, momentum=0.9)),
    _optimizer("sgd_nesterov", lambda k: k.SGD(0.05, momentum=0.8, nesterov=True)),
    _optimizer("rmsprop", "rmsprop"),
    _optimizer("rmsprop_tiny_gradients", lambda k: k.RMSprop(0.02), **TINY),
    _optimizer("rmsprop_momentum", lambda k: k.RMSprop(0.002, rho=0.8, momentum=0.7)),
    _optimizer("rmsprop_centered", lambda k: k.RMSprop(0.002, centered=True)),
    _optimizer(
        "rmsprop_centered_momentum",
        lambda k: k.RMSprop(0.002, momentum=0.5, epsilon=1e-4, centered=True),
    ),
]

FEEDING = [
    _train("short_last_batch", floats(1), n=37, metrics=["mae"]),
    _train("one_batch_holds_all", floats(1), n=10, batch_size=32, epochs=20),
    _binary("validation_data", integers(2), n_val=13),
    _binary("validation_split", integers(2), n=49, validation_split=0.2),
    _train("input_uint8", floats(1), x=integers(4, 5, 3, dtype="uint8")),
    _train("input_int64", floats(1), x=integers(4, 5, 3)),
    _train("input_float64", floats(1, dtype="float64"), x=floats(5, 3, dtype="float64")),
    *[
        Case(
            f"tokens_{dtype}",
            lambda L: [L.Input((6,)), L.Embedding(9, 4, mask_zero=True), L.GRU(5), L.Dense(1)],
            tokens(6, 9, "pre", dtype=dtype),
            floats(1),
        )
        for dtype in ("uint8", "int64", "float64")
    ],
]

CALLBACKS = [
    _optimizer(
        "rate_schedule",
        lambda k: k.Adam(0.01),
        callbacks=lambda k: [k.LearningRateScheduler(lambda epoch, rate: rate * 0.5)],
    ),
    _optimizer(
        "rate_on_a_plateau",
        lambda k: k.SGD(0.05),
        callbacks=lambda k: [
            k.ReduceLROnPlateau(
                "loss", factor=0.3, patience=1, min_delta=0.05, cooldown=1, min_lr=0.002
            ),
            k.EarlyStopping("loss", patience=9),
        ],
        epochs=8,
    ),
    _binary(
        "early_stopping",
        integers(2),
        optimizer=lambda k: k.Adam(0.05),
        n_val=12,
        epochs=8,
        callbacks=lambda k: [k.EarlyStopping(patience=1, restore_best_weights=True)],
    ),
]

WEIGHTED = [
    _binary("weighted_samples", integers(2), w=positive(), validation_split=0.2, epochs=5),
    _classes(
        "weighted_classes",
        integers(4),
        loss="sparse_categorical_crossentropy",
        class_weight={0: 0.2, 1: 3, 3: 1.5},
    ),
    # No metrics: those of Keras' JAX trainer do not see the mask.
    Case(
        "weighted_steps_and_a_mask",
        lambda L: [
            L.Input((6,)),
            L.Embedding(9, 4, mask_zero=True),
            L.GRU(5, return_sequences=True),
            L.Dense(3, "softmax"),
        ],
        tokens(6, 9, "post"),
        integers(3, 6),
        w=positive(6),
        loss="sparse_categorical_crossentropy",
    ),
]

TRAINING_CASES = LOSSES + MORE_LOSSES + OPTIMIZERS + FEEDING + CALLBACKS + WEIGHTED

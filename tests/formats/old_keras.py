"""Files in the layout that the source of Keras before 2.4 writes, which runs nowhere any more.

Written by hand from `save_model` in keras/models.py (1.2.2, 2.0.9) and keras/engine/saving.py
(2.2.4), `save_weights_to_hdf5_group` in keras/engine/topology.py and the `get_config` of the
layers. Weights are drawn in the form that the layer of that version has.
"""

import io
import json

import h5py
import numpy as np

GLOROT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
}
ZEROS = {"class_name": "Zeros", "config": {}}
ORTHOGONAL = {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
ADAM = {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0, "epsilon": 1e-08}


def written(version, config, weights, training=None, state=None, backend=b"theano"):
    """The bytes of a file.

    weights: {layer: {name: array}} in the order of layers; state: {name: array}.
    Keras 1 has texts as bytes of variable length, as h5py 2 wrote them.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as root:
        if version is not None:
            root.attrs["keras_version"] = version.encode()
        if version is not None and not version.startswith("1"):
            root.attrs["backend"] = backend
        root.attrs["model_config"] = json.dumps(config).encode()
        if training is not None:
            root.attrs["training_config"] = json.dumps(training).encode()
        put_layers(root.create_group("model_weights"), weights, version, backend)
        if state is not None:
            put_arrays(root.create_group("optimizer_weights"), state)
    return buffer.getvalue()


def put_layers(group, weights, version=None, backend=b"theano"):
    group.attrs["layer_names"] = np.array([name.encode() for name in weights])
    if version is not None and not version.startswith("1"):
        group.attrs["backend"] = backend
        group.attrs["keras_version"] = version.encode()
    for name, arrays in weights.items():
        put_arrays(group.create_group(name), arrays)


def put_arrays(group, arrays):
    group.attrs["weight_names"] = np.array([name.encode() for name in arrays])
    for name, array in arrays.items():
        group[name] = array


def draw(rng, *shape):
    return rng.normal(size=shape, scale=0.7).astype(np.float32)


# Keras 1.2.2: an embedding, a GRU by gates, dropout, a Dense.

V, E, H, T = 7, 3, 2, 5


def first_layers(rng):
    """(configuration, weights) of Keras 1."""
    common = {"trainable": True, "activity_regularizer": None}
    regularizer = {"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.25}
    layers = [
        ("Embedding", {
            "name": "embedding_1", **common, "batch_input_shape": [None, T],
            "input_dtype": "int32", "input_dim": V, "output_dim": E, "init": "uniform",
            "input_length": T, "mask_zero": True, "W_regularizer": None,
            "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}, "dropout": 0.0,
        }),
        ("GRU", {
            "name": "gru_1", "trainable": True, "return_sequences": False,
            "go_backwards": False, "stateful": False, "unroll": False, "consume_less": "cpu",
            "input_dim": E, "input_length": None, "output_dim": H, "init": "glorot_uniform",
            "inner_init": "orthogonal", "activation": "tanh",
            "inner_activation": "hard_sigmoid", "W_regularizer": regularizer,
            "U_regularizer": None, "b_regularizer": None, "dropout_W": 0.25, "dropout_U": 0.0,
        }),
        ("Dropout", {"name": "dropout_1", "trainable": True, "p": 0.5}),
        ("Dense", {
            "name": "dense_1", **common, "output_dim": 1, "init": "glorot_uniform",
            "activation": "sigmoid", "W_regularizer": None, "b_regularizer": None,
            "W_constraint": None, "b_constraint": None, "bias": True, "input_dim": H,
        }),
    ]  # fmt: skip
    config = {
        "class_name": "Sequential",
        "config": [{"class_name": name, "config": inner} for name, inner in layers],
    }
    weights = {
        "embedding_1": {"embedding_1_W": draw(rng, V, E)},
        "gru_1": {
            f"gru_1_{what}_{gate}": draw(rng, *shape)
            for gate in "zrh"
            for what, shape in (("W", (E, H)), ("U", (H, H)), ("b", (H,)))
        },
        "dropout_1": {},
        "dense_1": {"dense_1_W": draw(rng, H, 1), "dense_1_b": draw(rng, 1)},
    }
    return config, weights


def training(metrics=("accuracy",), **optimizer):
    return {
        "optimizer_config": {"class_name": "Adam", "config": {**ADAM, **optimizer}},
        "loss": "binary_crossentropy", "metrics": list(metrics), "sample_weight_mode": None,
        "loss_weights": None,
    }  # fmt: skip


# Keras 2: what the versions say of a recurrent layer.


def recurrent(cls, name, units, **more):
    """The configuration of a GRU or LSTM of Keras 2.0; "reset_after" came with 2.1.3."""
    config = {
        "name": name, "trainable": True, "return_sequences": False, "go_backwards": False,
        "stateful": False, "unroll": False, "implementation": 0, "units": units,
        "activation": "tanh", "recurrent_activation": "hard_sigmoid", "use_bias": True,
        "kernel_initializer": GLOROT, "recurrent_initializer": ORTHOGONAL,
        "bias_initializer": ZEROS, "kernel_regularizer": None, "recurrent_regularizer": None,
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
        "recurrent_constraint": None, "bias_constraint": None, "dropout": 0.0,
        "recurrent_dropout": 0.0, **more,
    }  # fmt: skip
    return {"class_name": cls, "config": config}


def cudnn(cls, name, units, **more):
    """The configuration of CuDNNGRU or CuDNNLSTM of Keras 2.2."""
    found = recurrent(cls, name, units, **more)
    for key in ("unroll", "implementation", "activation", "recurrent_activation", "use_bias",
                "dropout", "recurrent_dropout"):  # fmt: skip
        del found["config"][key]
    return found

"""Configurations that ask for code, for the impossible or for what is not there.

name: (bytes, what is said); "" where the file is a good one.
"""

import json

from formats.archives import WEIGHTS, config_of, parts, put, with_config

INPUT, EMBEDDING, RECURRENT, LAST = (("config", "layers", place) for place in range(4))


def layer(class_name, module="keras.layers", registered=None, /, **config):
    found = {"module": module, "class_name": class_name, "config": config}
    return {**found, "registered_name": registered}


def chain(*layers, **more):
    """A functional model of layers a, b, ... (class, name of what it reads)."""
    entries = [layer("InputLayer", batch_shape=[None, 2]) | {"name": "x", "inbound_nodes": []}]
    for name, (class_name, read) in zip("abc", layers, strict=False):
        entries.append(layer(class_name, name=name, units=2) | {
            "name": name, "inbound_nodes": [[[read, 0, 0, {}]]],
        })  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [[entries[-1]["name"], 0, 0]]}
    return layer("Functional", "keras", name="f", layers=entries, **{**ends, **more})


def bytecode():
    """What Keras' Lambda layer holds: marshalled code in base64."""
    return {"class_name": "__lambda__", "config": {"code": "4wEAAAABAAAA", "defaults": None}}


def code_seekers():
    """One for each way in which a Keras file has run code: reliability.md, section 1.2."""
    return {
        "lambda": layer("Lambda", function=bytecode(), name="evil"),
        "os.system": layer("system", "os", command="touch /tmp/evil"),
        "a function of Keras": layer("get_file", "keras.utils", origin="http://127.0.0.1/"),
        "unsafe switch": layer("enable_unsafe_deserialization", "keras.config"),
        "load_model": layer("load_model", "keras.saving", filepath="x", safe_mode=False),
        "TFSMLayer": layer("TFSMLayer", filepath="/tmp/saved_model"),
        "TorchModuleWrapper": layer("TorchModuleWrapper", module="gASVAAAA"),
        "StringLookup": layer("StringLookup", vocabulary="/etc/passwd"),
        "a functional model": layer("Functional", "keras", layers=[]),
        "a user's class": layer("Attention2", "my_package", "my_package>Attention2"),
    }  # fmt: skip


def stranger(found):
    """What is said of a layer that fastgru does not have, at the fourth place."""
    name = found["registered_name"] or found["class_name"]
    own = ", 'evil'," if found["config"].get("name") == "evil" else ""
    rule = "must be of a class that fastgru has"
    return f"layer 3{own} {rule}; got {name!r}. The file needs {name!r}."


def configs(good):
    """Every case as (bytes, sentence)."""
    config, size = config_of(good), len(parts(good)[WEIGHTS])
    cases = {
        name: (put(config, LAST, found), stranger(found))
        for name, found in code_seekers().items()
    }
    for name, (path, value, sentence) in changes(config, size).items():
        cases[name] = put(config, path, value), sentence
    return {
        name: (with_config(good, json.dumps(found)), sentence and f"load_model: {sentence}")
        for name, (found, sentence) in cases.items()
    }


def changes(config, size):
    """name: (path in config.json, value, the sentence without `load_model: `).

    A sentence that ends without a full stop is the beginning of one.
    """
    units, name = (*RECURRENT, "config", "units"), (*RECURRENT, "config", "name")
    initializer, shape = (
        (*LAST, "config", "kernel_initializer"),
        (*INPUT, "config", "batch_shape"),
    )
    listed = (
        "'batch_shape' of layer 0 must be a list of 1 to 8 integers or None; got a list of "
    )
    word = "'name' of layer 2 must be a word of at most 256 characters; got "
    room = f"must fit in the {size} bytes of model.weights.h5; got"
    none = "fastgru does not have this."
    return {
        "a nested model without layers": (
            LAST, layer("Sequential", "keras", layers=[]),
            "'layers' of layer 3 must be a list of 1 to 1000 layers; got a list of 0.",
        ),
        "a nested model of an Input alone": (
            LAST, layer("Sequential", "keras", layers=[
                layer("InputLayer", batch_shape=[None, 2]),
            ]), "Sequential: a model inside of another must have a layer; got none.",
        ),
        "a nested model from elsewhere": (
            LAST, layer("Sequential", "keras.layers", layers=[layer("Dense", units=2)]),
            "module of layer 3 must be 'keras'; got 'keras.layers'.",
        ),
        "a nested model of a stranger": (
            LAST, layer("Sequential", "keras", name="evil", layers=[layer("Lambda")]),
            ("layer 3, 'evil', must be of a class that fastgru has; got 'Lambda'. The file "
             "needs 'Lambda'."),
        ),
        "many layers in many models": (
            LAST, layer("Sequential", "keras", layers=[
                layer("Sequential", "keras", layers=[layer("Dense", units=1)] * 999),
            ] * 20), "the model must have 1 to 1000 layers; got 20004.",
        ),
        "a chain inside that is a circle": (
            LAST, chain(("Dense", "b"), ("Dense", "a")),
            "the model must be a chain of layers, each called once; got 'b' in another place.",
        ),
        "a chain inside with a stranger": (
            LAST, chain(("Dense", "x"), ("Lambda", "a")),
            ("layer 2, 'b', must be of a class that fastgru has; got 'Lambda'. The file needs "
             "'Lambda'."),
        ),
        "a chain inside without an end": (
            LAST, chain(("Dense", "x"), output_layers=None),
            "the output of the model must be one output of one layer; got None.",
        ),
        "a chain inside of a cell's place": (
            LAST, layer("RNN", cell=chain(("Dense", "x"))),
            ("class_name of 'cell' of layer 3 must be one of GRUCell, LSTMCell, SimpleRNNCell, "
             "StackedRNNCells; got 'Sequential'."),
        ),
        "a flag of ours that is none": (
            LAST, layer("Sequential", "keras", layers=[layer("Dense", units=1)], functional={}),
            "'functional' of layer 3 must be one number, word or flag; got an object.",
        ),
        "a GRU from elsewhere": (
            (*RECURRENT, "module"), "my_package",
            "module of layer 2 must be 'keras.layers'; got 'my_package'.",
        ),
        "no module": (
            (*RECURRENT, "module"), None, "module of layer 2 must be 'keras.layers'; got None.",
        ),
        "registered as another": (
            (*RECURRENT, "registered_name"), "evil>GRU",
            "registered_name of layer 2 must be None or 'GRU'; got 'evil>GRU'.",
        ),
        "units -1": (units, -1, "GRU: units must be at least 1; got -1."),
        "units 0": (units, 0, "GRU: units must be at least 1; got 0."),
        "units too many": (
            units, 2**40,
            "gru: its kernel must have axes of at most 2147483647; got (2, 3298534883328).",
        ),
        "units that fit nowhere": (
            units, 2**28,
            f"the weights up to 'gru' {room} {4 * (8 + 3 * 2**28 * (2 + 2**28 + 2))} bytes.",
        ),
        "units 1e308": (units, 1e308, "GRU: units must be an integer; got 1e+308."),
        "units in a word": (units, "8", "GRU: units must be an integer; got '8'."),
        "units true": (units, True, "GRU: units must be an integer; got True."),
        "units null": (units, None, "GRU: units must be an integer; got None."),
        "units in a list": (
            units, [2], "'units' of layer 2 must be one number, word or flag; got a list of 1.",
        ),
        "no units": (
            (*RECURRENT, "config"), {"name": "gru"},
            "config of layer 2 must have 'units'; got none.",
        ),
        "other units": (
            units, 1, "layers/gru/cell/vars/0 must have shape (2, 3); got (2, 6).",
        ),
        "another vocabulary": (
            (*EMBEDDING, "config", "input_dim"), 5,
            "layers/embedding/vars/0 must have shape (5, 2); got (4, 2).",
        ),
        "a huge vocabulary": (
            (*EMBEDDING, "config", "input_dim"), 2**31 - 1,
            f"the weights up to 'embedding' {room} 17179869176 bytes.",
        ),
        "weights in the configuration": (
            (*EMBEDDING, "config", "weights"), [[0.0]],
            f"'weights' of layer 1 must be None; got a list of 1. {none}",
        ),
        "unknown initialiser": (
            initializer, layer("Chaos", "keras.initializers"),
            "class_name of 'kernel_initializer' of layer 3 must be one of Constant, ",
        ),
        "a name without end": (name, "x" * 10**6, f"{word}'{'x' * 76}...."),
        "a name that cannot be printed": (name, "\ud800", f"{word}'\\ud800'."),
        "a name that is a path": (
            name, "../x", "GRU: name must be a word without a slash; got '../x'.",
        ),
        "a shape of words": (shape, ["3"], f"{listed}1."),
        "a shape of nothing": (shape, [], f"{listed}0."),
        "a long shape": (shape, [1] * 10**5, f"{listed}100000."),
        "a shape of zeros": (
            shape, [None, 0],
            "'batch_shape' of layer 0 must have sizes of at least 1; got [None, 0].",
        ),
        "a shape of many axes": (
            shape, [None] * 8, "the output of embedding must have at most 8 axes; got 9.",
        ),
        "sparse input": (
            (*INPUT, "config", "sparse"), True,
            f"'sparse' of layer 0 must be False; got True. {none}",
        ),
        "an unknown argument": (
            (*LAST, "config", "quantization_config"), {"class_name": "Int8"},
            f"'quantization_config' of layer 3 must be None; got an object 'Int8'. {none}",
        ),
        **activation_changes(),
        **dtype_changes(),
        **model_changes(config["config"]["layers"]),
        **compile_changes(),
    }  # fmt: skip


def activation_changes():
    path, unknown = (
        (*LAST, "config", "activation"),
        "Dense: activation must be one of 'linear', ",
    )
    own = {"module": "builtins", "class_name": "function", "config": "explode"}
    rule = (
        "'activation' of layer 3 must be one number, word or flag; got an object 'LeakyReLU'."
    )
    return {
        "unknown activation": (path, "explode", unknown),
        "activation of one's own": (path, own, unknown),
        "a layer as activation": (path, layer("LeakyReLU"), rule),
    }


def dtype_changes():
    path = (*RECURRENT, "config", "dtype")
    table, mixed = "'dtype' of layer 2 must be one of float32, ", "mixed_strange"
    trained = "GRU: dtype must be one of 'float32', 'float64'; got 'float16'."
    return {
        "float16": (path, "float16", trained),
        "complex": (path, "complex64", table),
        "a dtype to parse": (path, "(2,3)f4", table),
        "a mixed policy": (path, layer("DTypePolicy", "keras", name="mixed_float16"), ""),
        "a policy of ours": (path, layer("DTypePolicy", "keras", name=mixed), table),
        "quantised": (
            path, layer("QuantizedDTypePolicy", "keras", name="int8"),
            "'dtype' of layer 2 must be a dtype or a DTypePolicy; "
            + "got an object 'QuantizedDTypePolicy'.",
        ),
        "two dtypes": (
            path, "float64",
            "Sequential.build: all layers must have one dtype; got float32, float64.",
        ),
    }  # fmt: skip


def model_changes(layers):
    path, count = ("config", "layers"), "the model must have 1 to 1000 layers; got "
    return {
        "no layers": (path, [], f"{count}0."),
        "an input only": (
            path, layers[:1], "the model must have a layer behind its input; got none.",
        ),
        "many layers": (path, layers[3:] * 1001, f"{count}1001."),
        "very many layers": (path, [{}] * 10**5, f"{count}100000."),
        "a name twice": (
            path, [*layers, layer("Flatten", name="dense")],
            "Sequential.add: layer names must differ; got 'dense' twice.",
        ),
        "layers are words": (
            path, ["Dense"], "layer 0 must be an object with a class_name; got 'Dense'.",
        ),
        "layers are an object": (
            path, {}, "config.json must list the layers of the model; got an object.",
        ),
        "a functional model": (
            ("class_name",), "Functional",
            "the output of the model must be one output of one layer; got None.",
        ),
        "a model of one's own class": (
            ("class_name",), "Mine",
            ("the model must be a Sequential; got 'Mine'. A functional model opens if it is a "
             "chain; one of a class of one's own has no layers in its file."),
        ),
        "a list": ((), [], "the model must be a Sequential; got a list of 0."),
        "a number": ((), 1, "the model must be a Sequential; got 1."),
    }  # fmt: skip


def compile_changes():
    state = ("compile_config",)
    rate, loss = (*state, "optimizer", "config", "learning_rate"), (*state, "loss")
    hint = "compile=False opens the model without its compile state."
    known = (
        "class_name of the optimizer must be one of SGD, RMSprop, Adam, AdamW, Nadam, Adamax, "
        "Adagrad, Adadelta, Lion; got"
    )
    schedules, given = "keras.optimizers.schedules", "'learning_rate' of the optimizer"
    steps = layer("PiecewiseConstantDecay", schedules, boundaries=[1, "x"], values=[0, 1])
    return {
        "an optimiser we lack": (
            (*state, "optimizer"), layer("Muon", "keras.optimizers"), f"{known} 'Muon'. {hint}",
        ),
        "a learning rate of -1": (rate, -1, "Adam: learning_rate must be at least 0; got -1."),
        "a schedule we lack": (
            rate, layer("MyDecay", schedules),
            (
                f"class_name of {given} must be one of ExponentialDecay, "
                "PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay, CosineDecay, "
                f"CosineDecayRestarts; got 'MyDecay'. {hint}"
            ),
        ),
        "half a schedule": (
            rate, layer("ExponentialDecay", schedules, initial_learning_rate=1),
            f"config of {given} must have 'decay_steps'; got none.",
        ),
        "a schedule of words": (
            rate, steps,
            f"'boundaries' of {given} must be a list of at most 10000 numbers; got a list of 2.",
        ),
        "a schedule without an end": (
            rate, layer("CosineDecay", schedules, initial_learning_rate=1, decay_steps=0),
            "CosineDecay: decay_steps must be above 0; got 0.",
        ),
        "a schedule in a list": (
            rate, [1, 2], f"{given} must be one number, word or flag; got a list of 2. {hint}",
        ),
        "a loss of one's own": (
            loss, "my_loss",
            ("loss must be the name of a loss; got 'my_loss'. compile=False opens the model "
             "without its compile state."),
        ),
        "losses": (
            loss, ["mse", "mse"],
            "the loss must be a word of at most 256 characters; got a list of 2.",
        ),
        "metrics by name": (
            (*state, "metrics"), {"a": "mse", "b": "mae"},
            f"metrics must be a list; got an object. {hint}",
        ),
        "a factor in a word": (
            (*state, "loss_weights"), "half",
            ("loss_weights must be a number; got 'half'. compile=False opens the model without "
             "its compile state."),
        ),
        "weighted metrics": (
            (*state, "weighted_metrics"), ["mze"],
            "weighted_metrics must be names of metrics; got 'mze'. Did you mean 'mse'?",
        ),
        "compile state in a word": (
            state, "adam", f"compile_config must be an object; got 'adam'. {hint}",
        ),
        "no compile state": (state, None, ""),
    }  # fmt: skip

"""What is wrong with compile, and with what it is given, is said in one whole sentence."""

import warnings

import pytest
from small_models import F, T, binary, data, fit, predict, says

from fastgru import Loss, Metric, Optimizer, Sequential
from fastgru.layers import GRU, Dense
from fastgru.losses import BinaryCrossentropy, MeanSquaredError
from fastgru.metrics import BinaryAccuracy
from fastgru.optimizers import SGD, Adam

X, Y = data()


@pytest.mark.parametrize(
    ("options", "kind", "sentence"),
    [
        ({"loss": None}, TypeError, "loss must be given; got None."),
        ({"loss": "crossentropie"}, ValueError,
         "loss must be the name of a loss; got 'crossentropie'. Did you mean 'crossentropy'?"),
        ({"loss": int}, TypeError,
         ("loss must be the name of a loss, one of fastgru.losses or a function; "
          "got <class 'int'>.")),
        ({"loss": MeanSquaredError("none")}, ValueError,
         "the loss's reduction must make one number of a batch; got 'none'."),
        ({"optimizer": "adamm"}, ValueError,
         ("optimizer must be one of 'sgd', 'rmsprop', 'adam', 'adamw', 'nadam', 'adamax', "
         "'adagrad', 'adadelta', 'lion'; got 'adamm'.")),
        ({"optimizer": None}, TypeError,
         "optimizer must be the name of an optimiser or one of fastgru.optimizers; got None."),
        ({"metrics": ["acuracy"]}, ValueError,
         "metrics must be names of metrics; got 'acuracy'. Did you mean 'accuracy'?"),
        ({"metrics": 3}, TypeError, "metrics must be a list; got 3."),
        ({"metrics": {"a": "mse"}}, ValueError, "metrics must be for 'dense'; got one for 'a'."),
        ({"metrics": {"a": "mse", "b": "mae"}}, TypeError,
         "metrics must be a list; got {'a': 'mse', 'b': 'mae'}."),
        ({"loss": {"a": "mse"}}, ValueError, "loss must be for 'dense'; got one for 'a'."),
        ({"loss": ["mse", "mae"]}, TypeError,
         ("loss must be the name of a loss, one of fastgru.losses or a function; "
          "got ['mse', 'mae'].")),
        ({"metrics": [None]}, TypeError,
         ("metrics must be names of metrics, objects of fastgru.metrics or functions; "
          "got None.")),
        ({"metrics": [BinaryAccuracy("loss")]}, ValueError,
         "names of metrics must not be 'loss'; got 'loss'."),
        ({"metrics": ["RecallAtPrecision"]}, ValueError,
         ("metrics must be made with a number where that is RecallAtPrecision; got its name. "
          "fastgru.metrics.RecallAtPrecision(0.5) is one.")),
        ({"loss_weights": [1, 2]}, TypeError, "loss_weights must be a number; got [1, 2]."),
        ({"loss_weights": "a"}, TypeError, "loss_weights must be a number; got 'a'."),
        ({"loss_weights": {"b": 1}}, ValueError,
         "loss_weights must be for 'dense'; got one for 'b'."),
        ({"weighted_metrics": ["mze"]}, ValueError,
         "weighted_metrics must be names of metrics; got 'mze'. Did you mean 'mse'?"),
        ({"weighted_metrics": 3}, TypeError, "weighted_metrics must be a list; got 3."),
    ],
)  # fmt: skip
def test_compile_says_what_it_takes(options, kind, sentence):
    with says(kind, f"compile: {sentence}"):
        binary().compile(**{"optimizer": "sgd", "loss": "mse", **options})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: Adam(lr=0.1),
            "Adam: keywords must be those of Adam; got lr. Did you mean learning_rate?",
        ),
        (
            lambda: SGD(momentun=0.1),
            "SGD: keywords must be those of SGD; got momentun. Did you mean momentum?",
        ),
        (lambda: SGD(beta=0.1), "SGD: keywords must be those of SGD; got beta."),
        (
            lambda: Adam(learning_rate="fast", clipnorm=None, wait=1),
            "Adam: keywords must be those of Adam; got wait.",
        ),
    ],
)
def test_a_misspelt_keyword_is_named_with_the_right_one(call, sentence):
    with says(TypeError, sentence):
        call()


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_needs_a_compiled_model(call):
    model = Sequential([GRU(2, input_shape=(T, F)), Dense(1)])
    sentence = (
        "the model must be compiled before; got no loss. Call model.compile(optimizer, loss)."
    )
    with says(RuntimeError, f"{call}: {sentence}"):
        getattr(model, call)(X, Y)
    assert (
        predict(model, X).shape == model(X).shape == model.predict_on_batch(X).shape == (10, 1)
    )


@pytest.mark.parametrize("base", [Loss, Metric, Optimizer])
def test_the_bases_say_what_a_class_of_the_users_own_must_have(base):
    needs = {Loss: "a call", Metric: "an update_state", Optimizer: "an _update"}[base]
    made = base(0.1) if base is Optimizer else base()
    option = {Loss: "loss", Metric: "metrics", Optimizer: "optimizer"}[base]
    model = binary()
    model.compile(**{"optimizer": "sgd", "loss": BinaryCrossentropy(), option: made})
    kind = {Loss: "a loss", Metric: "a metric", Optimizer: "an optimiser"}[base]
    with says(NotImplementedError, f"{made.name}: {kind} must have {needs}; got none."):
        fit(model)


def test_a_number_that_no_float_holds_is_too_large():
    with says(ValueError, f"Adam: learning_rate must be at least 0; got 1{'0' * 76}...."):
        Adam(10**400)


@pytest.mark.parametrize(
    ("activation", "loss", "sentence"),
    [
        ("softmax", "categorical_crossentropy",
         ("one: softmax must have at least 2 units; got 1, of which it makes 1 for every sample. "
         "Use sigmoid.")),
        ("softmax", "mse",
         ("one: softmax must have at least 2 units; got 1, of which it makes 1 for every sample. "
         "Use sigmoid.")),
        ("sigmoid", "categorical_crossentropy",
         ("model: the output must have at least 2 units for categorical_crossentropy; got 1. "
         "Use binary_crossentropy.")),
        ("sigmoid", "binary_crossentropy", None),
        ("linear", "mse", None),
    ],
)  # fmt: skip
def test_one_unit_for_several_classes_is_warned_of_once(activation, loss, sentence):
    layers = [GRU(2, input_shape=(T, F)), Dense(1, activation, name="one")]
    model = Sequential(layers, name="model")
    model.compile("sgd", loss)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(model, X, Y, epochs=2)
        fit(model, X, Y)
    assert [str(each.message) for each in caught] == [sentence] * (sentence is not None)
    assert all(each.filename.endswith("small_models.py") for each in caught)

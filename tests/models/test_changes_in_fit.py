"""A callback of `fit` cannot change the model that is trained; the training is not lost."""

import pytest
from small_models import binary, bits, data, fit, says

from fastgru import Sequential
from fastgru.callbacks import LambdaCallback
from fastgru.layers import GRU, Dense

X, Y = data()
CHANGES = {
    "Sequential.add": lambda model: model.add(Dense(1)),
    "Sequential.pop": lambda model: model.pop(),
    "compile": lambda model: model.compile("sgd", "mse"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_callback_that_changes_the_model_is_told_so(name):
    changed, left = binary(), binary()
    refused = []

    def change(batch, logs):
        with says(
            RuntimeError,
            f"{name}: the model must not be in training; got a call while fit is at work. "
            "Stop it by model.stop_training, and change the model behind it.",
        ):
            CHANGES[name](changed)
        refused.append(batch)

    found = fit(changed, X, Y, epochs=2, callbacks=[LambdaCallback(on_train_batch_end=change)])
    assert refused and found == fit(left, X, Y, epochs=2)
    assert bits(changed) == bits(left)
    CHANGES[name](changed)


def test_a_fit_inside_of_a_fit_leaves_the_outer_one_at_work():
    model = binary()

    def again(epoch, logs):
        fit(model, X, Y)
        with pytest.raises(RuntimeError):
            model.pop()

    fit(model, X, Y, epochs=2, callbacks=[LambdaCallback(on_epoch_end=again)])
    model.pop()


def test_a_stack_that_was_emptied_is_as_new():
    model = Sequential([GRU(2, input_shape=(5, 3)), Dense(1)])
    model.pop()
    model.pop()
    assert model.get_config()["layers"] == []
    assert Sequential.from_config(model.get_config()).layers == []
    model.add(GRU(2))
    for steps in (5, 4):
        assert model.predict(X[:, :steps], verbose=0).shape == (len(X), 2)

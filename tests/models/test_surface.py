"""What scripts for Keras ask models and layers about."""

import json
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastgru
from fastgru.layers import (
    GRU,
    Bidirectional,
    Dense,
    Embedding,
    GlobalMaxPool1D,
    GlobalMaxPooling1D,
    Input,
    Masking,
    TextVectorization,
)
from fastgru.models import clone_model, load_model, model_from_json, save_model
from fastgru.utils import PyDataset, normalize

IDS = np.array([[1, 2, 0, 0], [3, 0, 4, 1]])


def words():
    return fastgru.Sequential([
        Input((4,), name="ids"), Embedding(5, 3, mask_zero=True, name="table"),
        Bidirectional(GRU(2, return_sequences=True, activity_regularizer="l2")),
        Dense(2, kernel_regularizer="l1", name="top"),
    ])  # fmt: skip


def test_the_ends_of_a_model():
    model = words()
    (given,), (found,) = model.inputs, model.outputs
    assert (given.shape, given.dtype, given.name) == ((None, 4), "float32", "ids")
    assert (found.shape, found.name) == ((None, 4, 2), "top")
    assert (model.input, model.output) == (given, found)
    assert model.compute_output_shape((7, 9)) == (7, 9, 2)
    model = fastgru.Sequential([GRU(3, return_sequences=True), GRU(4, return_state=True)])
    assert model.compute_output_shape((7, 9, 2)) == ((7, 4), (7, 4))
    assert fastgru.Sequential().compute_output_shape([7, 9]) == (7, 9)
    texts = fastgru.Sequential([Input((1,), dtype="string"), TextVectorization()])
    assert texts.input.dtype == "string"
    open_one = fastgru.Sequential([Dense(2)])
    assert not hasattr(open_one, "inputs") and not hasattr(open_one, "output")


def test_variables_and_parameters_by_name():
    model = words()
    assert len(model.variables) == len(model.trainable_variables) == 9
    top, table = model.get_layer("top"), model.get_layer("table")
    assert_array_equal(top.kernel, top.get_weights()[0])
    assert_array_equal(table.embeddings, table.variables[0])
    assert not top.bias.flags.writeable
    both = model.layers[1]
    assert both.forward_layer.cell.recurrent_kernel.shape == (2, 6)
    top.trainable = False
    assert len(model.non_trainable_variables) == 2 and not top.trainable_variables
    text = "'Dense' object has no attribute 'kernels'"
    with pytest.raises(AttributeError, match=f"^{re.escape(text)}$"):
        top.kernels  # noqa: B018


def test_losses_are_what_the_regularisers_add():
    model = words()
    model.compile("sgd", "mse", metrics=["mae"])
    assert model.metrics == [] and model.get_metrics_result() == {}
    y = model.predict(IDS, verbose=0)
    loss = model.evaluate(IDS, y, verbose=0, return_dict=True)["loss"]
    penalties = model.losses
    assert len(penalties) == 3 and min(penalties) > 0
    assert abs(sum(penalties) - loss) < 1e-6
    assert penalties[-1:] == model.get_layer("top").losses
    assert model.get_metrics_result().keys() == {"loss", "mae"}
    assert [metric.name for metric in model.metrics] == ["mae"]


def test_masks():
    model = words()
    expected = IDS != 0
    assert_array_equal(model.compute_mask(IDS), expected)
    assert_array_equal(model.layers[0].compute_mask(IDS), expected)
    x = np.ones((2, 4, 3)) * expected[..., None]
    assert_array_equal(Masking().compute_mask(x), expected)
    assert_array_equal(Dense(2).compute_mask(x, expected), expected)
    assert Dense(2).compute_mask(x) is None
    assert GRU(2).compute_mask(x, expected) is None
    assert_array_equal(GRU(2, return_sequences=True).compute_mask(x, expected), expected)


def test_json_and_clones():
    model = words()
    text = model.to_json(indent=1)
    assert json.loads(text)["class_name"] == "Sequential"
    for other in (model_from_json(text), clone_model(model)):
        assert other.get_config() == model.get_config()
        assert not np.array_equal(other.get_weights()[0], model.get_weights()[0])
        other.set_weights(model.get_weights())
        assert_array_equal(other(IDS), model(IDS))
        assert_array_equal(other.call(IDS), model(IDS))

    def wider(layer):
        return Dense(3) if layer.name == "top" else layer.again()

    assert clone_model(model, clone_function=wider).output_shape == (None, 4, 3)
    for make, kind, sentence in (
        (lambda: model_from_json("{}"), ValueError,
         "model_from_json: the model must be a Sequential; got None."),
        (lambda: model_from_json("[" * 100000), ValueError,
         "model_from_json: json_string must be nested at most 64 deep; got 100000."),
        (lambda: model_from_json(3), TypeError,
         "model_from_json: json_string must be a str; got int."),
        (lambda: clone_model(3), TypeError, "clone_model: model must be a Sequential; got 3."),
    ):  # fmt: skip
        with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
            make()


def test_weights_of_the_layers_that_match(tmp_path):
    model, path = words(), tmp_path / "a.weights.h5"
    model.save_weights(path)
    save_model(model, tmp_path / "a.keras")
    assert load_model(tmp_path / "a.keras").get_config() == model.get_config()
    other = clone_model(model, clone_function=lambda layer: (
        Dense(5, name="other") if layer.name == "top" else layer.again()))  # fmt: skip
    kept = other.layers[2].get_weights()
    text = (
        "load_weights: layers/dense/vars/0 must have shape (4, 5); got (4, 2). "
        "What does not fit is left as it is."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(text)}$"):
        other.load_weights(path, skip_mismatch=True)
    for ours, wanted in zip(
        other.get_weights(), [*model.get_weights()[:-2], *kept], strict=True
    ):
        assert_array_equal(ours, wanted)
    with pytest.raises(ValueError, match="must have shape"):
        other.load_weights(path)


def test_data_sets_by_number_and_rows_of_norm_one():
    class Ones(PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, number):
            return np.full((2, 4), number), np.ones((2, 4, 2))

    model = words()
    model.compile("sgd", "mse")
    given = Ones(workers=2)
    assert given.num_batches == len(list(given)) == 3
    assert model.fit(given, epochs=2, verbose=0).params["steps"] == 3
    assert PyDataset().num_batches is None
    assert_array_equal(normalize([[3.0, 4.0], [0.0, 0.0]]), [[0.6, 0.8], [0.0, 0.0]])


def test_other_names_and_arguments_at_their_defaults(tmp_path):
    assert GlobalMaxPool1D is GlobalMaxPooling1D
    assert type(fastgru.initializers.glorot_uniform(seed=1)).__name__ == "GlorotUniform"
    layer = Dense(2, autocast=False, lora_rank=None, quantization_config=None)
    assert "autocast" not in layer.get_config()
    assert Input((4,), None, "int32", False, False, None, "ids").name == "ids"
    text = "Dense: lora_rank must be None; got 4. fastgru does not have this yet."
    with pytest.raises(NotImplementedError, match=f"^{re.escape(text)}$"):
        Dense(2, lora_rank=4)
    fastgru.utils.clear_session(free_memory=True)

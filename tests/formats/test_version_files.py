"""Files of real Keras from 2.12 on: they predict alike and train on as they did there."""

import contextlib
import io
import json

import numpy as np
import pytest
from formats import of_versions, version_models
from formats.archives import config_of, save, with_config, with_weights

import fastgru

PREDICTIONS, WEIGHTS, LOSSES = 1e-6, 1e-5, 1e-5
TO_TRAIN_ON = "to train on alike; got"
AFRESH = f"load_model: the file must hold the optimizer's state {TO_TRAIN_ON} none, so that "
RULE = f"load_model: the optimizer must have its writer's rule {TO_TRAIN_ON} Nadam, whose rule "
every_version = pytest.mark.parametrize("version", of_versions.VERSIONS)


def opened(version, name):
    return fastgru.saving.load_model(io.BytesIO(of_versions.members(version)[f"{name}.keras"]))


@every_version
def test_a_model_goes_on_where_keras_stopped(version):
    for name in of_versions.models(version):
        old = version.startswith("2.")
        told = AFRESH if "legacy" in name else RULE if name == "by_nadam" else None
        with (
            pytest.warns(UserWarning, match=told) if old and told else contextlib.nullcontext()
        ):
            known, model = of_versions.known(version, name), opened(version, name)
        x, y, note = known["x"], known["y"], f"{version} {name}"
        close(model.predict(x, verbose=0), known["predictions"], PREDICTIONS, note)
        if "legacy" in name:
            # Keras 2 leaves out the state of these optimisers.
            assert model.optimizer.iterations == 0
            continue
        if name == "by_nadam" and old:
            # So it does with Nadam's product of momenta, which follows from no number in them.
            assert model.optimizer.iterations == version_models.STEPS
            continue
        version_models.train(model, x, y)
        for place, weight in enumerate(model.get_weights()):
            close(weight, known[f"weight_{place}"], WEIGHTS, note)
        close(model.evaluate(x, y, verbose=0), known["losses"], LOSSES, note)


def close(mine, theirs, tolerance, note):
    mine = np.atleast_1d(mine)
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=tolerance, err_msg=note)


@every_version
def test_json_of_keras_gives_the_same_model(version):
    for name in of_versions.models(version):
        if version_models.is_adapted(name):
            continue
        model = fastgru.models.model_from_json(of_versions.text(version, name))
        model.set_weights(opened(version, name).get_weights())
        known = of_versions.known(version, name)
        found = model.predict(known["x"], verbose=0)
        close(found, known["predictions"], PREDICTIONS, f"{version} {name}")
        # Keras 2 tells the layers alone.
        assert model.compiled == (not version.startswith("2."))


def as_on_windows(root):
    """What Keras 2 makes of its paths there: a name with backslashes for each group."""
    found = []
    root.visit(found.append)
    for path in found:
        group, _, last = path.rpartition("/")
        if last == "vars" and group.startswith("layers/"):
            root.copy(path, root.create_group(group.replace("/", "\\")), "vars")
    del root["layers"]


def as_in_2_12(root):
    """Layers with weights count twice there."""
    root.move("layers", "_layer_checkpoint_dependencies")
    group = root["_layer_checkpoint_dependencies"]
    group.move("dense_1", "dense_2")


@pytest.mark.parametrize("change", [as_on_windows, as_in_2_12])
def test_other_paths_in_the_weights_file(change):
    version, name = of_versions.VERSIONS[-1], "by_adam"
    data = of_versions.members(version)[f"{name}.keras"]
    found = fastgru.saving.load_model(io.BytesIO(with_weights(data, change)))
    known = of_versions.known(version, name)
    close(found.predict(known["x"], verbose=0), known["predictions"], PREDICTIONS, name)

    def stranger(root):
        change(root)
        top = next(key for key in root if "layer" in key)
        root.create_dataset(f"{top}/vars/9", data=np.zeros(3))

    with pytest.raises(
        fastgru.ModelFormatError, match="hold the model's variables and no others"
    ):
        fastgru.saving.load_model(io.BytesIO(with_weights(data, stranger)))


def test_groups_without_a_variable_are_passed_over_up_to_a_number():
    version, name = of_versions.VERSIONS[-1], "by_adam"
    data = of_versions.members(version)[f"{name}.keras"]

    def hollow(number, root):
        for place in range(number):
            root.create_group(f"layers/dense/layer_{place}/vars")

    fastgru.saving.load_model(io.BytesIO(with_weights(data, lambda root: hollow(20, root))))
    with pytest.raises(
        fastgru.ModelFormatError, match="hold the model's variables and no others"
    ):
        fastgru.saving.load_model(
            io.BytesIO(with_weights(data, lambda root: hollow(300, root)))
        )

    def knot(root):
        root["layers/dense/self"] = root["layers/dense"]

    with pytest.raises(
        fastgru.ModelFormatError, match="hold the model's variables and no others"
    ):
        fastgru.saving.load_model(io.BytesIO(with_weights(data, knot)))


def test_averages_and_sums_of_gradients_in_the_older_order():
    optimizer = fastgru.optimizers.Lion(0.01, use_ema=True, gradient_accumulation_steps=3)
    layers = fastgru.layers
    model = fastgru.Sequential([layers.Input((4,)), layers.Dense(2), layers.Dense(1)])
    model.compile(optimizer, "mse")
    x, y = version_models.data("by_lion")
    version_models.train(model, x, y)
    data = save(model)

    def mixed(root):
        group = root["optimizer/vars"]
        old = [group[str(number)][...] for number in range(2, 10)]
        for place in range(4):
            for offset, array in enumerate((old[place], old[4 + place])):
                number = str(2 + 2 * place + offset)
                del group[number]
                group[number] = array

    assert len(model.get_weights()) == 4
    again = fastgru.saving.load_model(io.BytesIO(with_weights(data, mixed)))
    for slot, values in model.optimizer.state.items():
        np.testing.assert_array_equal(again.optimizer.state[slot], values)


def test_counts_of_normalization_as_tensorflow_writes_them():
    model = fastgru.Sequential([fastgru.layers.Input((3,)), fastgru.layers.Normalization()])
    model.layers[0].adapt(np.arange(12.0).reshape(4, 3))

    def longer(root):
        count = root["layers/normalization/vars/2"][()]
        del root["layers/normalization/vars/2"]
        root["layers/normalization/vars/2"] = np.int64(count)

    again = fastgru.saving.load_model(io.BytesIO(with_weights(save(model), longer)))
    x = np.ones((2, 3), np.float32)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_has_weights_of_float32(policy):
    layers = fastgru.layers
    model = fastgru.Sequential([layers.Input((5, 3)), layers.GRU(2), layers.Dense(1)])
    found = config_of(save(model))
    held = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": policy}}
    for place in (1, 2):
        found["config"]["layers"][place]["config"]["dtype"] = held
    again = fastgru.saving.load_model(io.BytesIO(with_config(save(model), json.dumps(found))))
    x = np.ones((2, 5, 3), np.float32)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))


@pytest.mark.parametrize("key, given, rule", [
    ("loss", "qqq", "loss must be the name of a loss"),
    ("metrics", ["qqq"], "metrics must be names of metrics"),
])  # fmt: skip
def test_a_function_of_the_user_s_own_is_refused_with_the_cure(key, given, rule):
    model = fastgru.Sequential([fastgru.layers.Input((3,)), fastgru.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    found = config_of(save(model))
    found["compile_config"][key] = given
    data = with_config(save(model), json.dumps(found))
    with pytest.raises(fastgru.ModelFormatError) as caught:
        fastgru.saving.load_model(io.BytesIO(data))
    assert str(caught.value) == (
        f"load_model: {rule}; got 'qqq'. compile=False opens the model without its compile state."
    )
    assert not fastgru.saving.load_model(io.BytesIO(data), compile=False).compiled

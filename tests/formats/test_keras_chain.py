"""Functional models as they stand in a file: chains become Sequential, others are refused."""

import copy

import pytest

from fastgru import ModelFormatError
from fastgru.formats import keras_dialects
from fastgru.formats.keras_chain import straighten


def tensor(name, number=0, call=0):
    """A tensor in Keras 3's form."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, number]}}


def entry(class_name, name, *inputs, module="keras.layers", kwargs=None, **config):
    nodes = [{"args": list(inputs), "kwargs": kwargs or {}}] if inputs else []
    return {"module": module, "class_name": class_name, "name": name,
            "config": {"name": name, **config}, "inbound_nodes": nodes}  # fmt: skip


def functional(*layers, first="x", last="d"):
    config = {"name": "f", "layers": list(layers), "input_layers": [[first, 0, 0]],
              "output_layers": [[last, 0, 0]]}  # fmt: skip
    return {"module": "keras", "class_name": "Functional", "config": config}


def chain():
    return functional(
        entry("InputLayer", "x"), entry("GRU", "g", tensor("x"), kwargs={"training": False}),
        entry("Dense", "d", tensor("g")),
    )  # fmt: skip


def masked(value=0, called_with="m", below="x"):
    """Embedding, a layer between, and a GRU with a mask."""
    return functional(
        entry("InputLayer", "x"), entry("Embedding", "e", tensor("x"), mask_zero=True),
        entry("NotEqual", "m", tensor(below), value, module="keras.src.ops.numpy"),
        entry("Dropout", "between", tensor("e")),
        entry("GRU", "d", tensor("between"), kwargs={"mask": tensor(called_with)}),
    )  # fmt: skip


def names(found):
    return [layer["config"]["name"] for layer in found["config"]["layers"]]


def said(found):
    with pytest.raises(ModelFormatError) as caught:
        straighten(found)
    return str(caught.value).removeprefix("load_model: ")


def test_a_chain_is_a_sequential_in_its_order():
    given = chain()
    given["config"]["layers"].reverse()
    before = copy.deepcopy(given)
    found = straighten(given)
    assert given == before
    assert found["class_name"] == "Sequential"
    assert found["config"]["name"] == "f"
    assert names(found) == ["x", "g", "d"]
    assert not any("inbound_nodes" in layer for layer in found["config"]["layers"])


def test_older_forms_of_a_call():
    given = chain()
    _, gru, dense = given["config"]["layers"]
    gru["inbound_nodes"] = [[["x", 0, 0, {"training": False, "mask": None}]]]
    dense["inbound_nodes"] = [[["g", 0, 0]]]
    given["config"]["input_layers"] = ["x", 0, 0]
    given["config"]["output_layers"] = ["d", 0, 0]
    assert names(straighten(given)) == ["x", "g", "d"]


def test_masks_that_come_by_themselves_are_left_out():
    assert names(straighten(masked())) == ["x", "e", "between", "d"]
    given = masked()
    layers = given["config"]["layers"]
    layers[1] = entry("Masking", "e", tensor("x"), mask_value=0.5)
    layers[2] = entry("NotEqual", "n", tensor("x"), 0.5)
    layers.append(entry("Any", "m", tensor("n")))
    assert names(straighten(given)) == ["x", "e", "between", "d"]


@pytest.mark.parametrize("change", ["value", "other tensor", "no mask_zero", "cut off", "any"])
def test_other_masks_are_refused(change):
    given = masked(value=3) if change == "value" else masked()
    if change == "other tensor":
        given = masked(below="e")
    layers = given["config"]["layers"]
    if change == "no mask_zero":
        layers[1]["config"]["mask_zero"] = False
    if change == "cut off":
        layers[3] = entry("Permute", "between", tensor("e"), dims=[1, 2])
    if change == "any":
        layers[2]["class_name"] = "Any"
    assert said(given) == (
        "the mask of layer 3 must be that of an Embedding or Masking layer below it; got an "
        "object '__keras_tensor__'."
    )


def test_what_is_no_chain_is_refused():
    given = chain()
    given["config"]["layers"].append(entry("Dense", "other", tensor("x")))
    assert said(given) == "the model must be a chain of layers; got 'other' beside it."

    given = chain()
    given["config"]["layers"][2]["inbound_nodes"] *= 2
    assert said(given) == "the input of 'd' must come from one call; got 2 calls."

    given = functional(
        entry("InputLayer", "x"), entry("Add", "d", [tensor("x"), tensor("x")]),
    )  # fmt: skip
    assert said(given) == (
        "layer 1, 'd', must be of a class that fastgru has; got 'Add'. The file needs 'Add'."
    )
    given["config"]["layers"][1]["class_name"] = "Dense"
    assert said(given) == "the input of 'd' must be one tensor; got 2."

    given = chain()
    given["config"]["layers"][1]["inbound_nodes"][0]["args"] = [tensor("d")]
    assert said(given) == (
        "the model must be a chain of layers, each called once; got 'd' in another place."
    )

    given = chain()
    given["config"]["layers"][2]["inbound_nodes"][0]["args"] = [tensor("g", 1)]
    assert said(given) == (
        "the input of 'd' must be the only output of a layer that is called once; got number 1 "
        "of call 0."
    )

    given = chain()
    given["config"]["output_layers"] = [["d", 0, 0], ["g", 0, 0]]
    assert (
        said(given)
        == "the output of the model must be one output of one layer; got a list of 2."
    )

    given = chain()
    given["config"]["layers"][1]["name"] = "x"
    assert said(given) == "layer 1 must have a name of its own; got 'x'."


def of_states(number, class_name="GRU", **config):
    """A chain that reads one of the outputs of a layer with states."""
    given = chain()
    _, gru, dense = given["config"]["layers"]
    gru["class_name"] = class_name
    gru["config"] |= {"return_state": True, "return_sequences": True, **config}
    dense["inbound_nodes"][0]["args"] = [tensor("g", number)]
    return given


def test_states_that_are_not_read_are_left_out():
    for number in (0, 1):
        config = straighten(of_states(number))["config"]["layers"][1]["config"]
        assert config["return_state"] is False
        assert config["return_sequences"] is (number == 0)
    held = {"class_name": "GRU", "config": {"return_state": True, "units": 3}}
    given = of_states(0, "Bidirectional", layer=held, return_state=None)
    config = straighten(given)["config"]["layers"][1]["config"]
    assert config["layer"]["config"] == {"return_state": False, "units": 3}
    for number, given in (
        (1, of_states(1, "Bidirectional", layer=held)), (2, of_states(2, "LSTM")),
        (1, of_states(1, zero_output_for_mask=True)), (1, of_states(1, return_state=False)),
    ):  # fmt: skip
        assert said(given) == (
            "the input of 'd' must be the only output of a layer that is called once; got number "
            f"{number} of call 0."
        )


def test_a_chain_inside_of_another_is_told_from_a_sequential():
    inner = chain() | {"name": "inner", "inbound_nodes": [[["x", 1, 0]]]}
    inner["config"]["name"] = "inner"
    outer = functional(
        entry("InputLayer", "x"), inner, entry("Dense", "d", tensor("inner", call=1)),
    )  # fmt: skip
    assert said(outer) == (
        "the input of 'inner' must be the only output of a layer that is called once; got number "
        "0 of call 1."
    )
    inner["inbound_nodes"] = [[["x", 0, 0]]]
    found = keras_dialects.modern(outer)
    assert names(found) == ["x", "inner", "d"] and "functional" not in found["config"]
    (_, told, _) = found["config"]["layers"]
    assert names(told) == ["x", "g", "d"] and told["config"]["functional"] is True
    inner["config"]["layers"][1]["class_name"] = "Strange"
    with pytest.raises(ModelFormatError, match=r"layer 1, 'g', must .* got 'Strange'\."):
        keras_dialects.modern(outer)


@pytest.mark.parametrize("key, value", [("training", True), ("initial_state", tensor("x"))])
def test_arguments_of_a_call_that_change_it_are_refused(key, value):
    given = chain()
    given["config"]["layers"][1]["inbound_nodes"][0]["kwargs"][key] = value
    got = "True" if value is True else "an object '__keras_tensor__'"
    assert said(given) == f"{key!r} in the call of 'g' must be None; got {got}."


@pytest.mark.parametrize("value", [None, [], {}, "x", [None], [[]], [{"args": 1}], [[[["x"]]]]])
@pytest.mark.parametrize("key", ["inbound_nodes", "config", "name"])
def test_hostile_entries_are_refused_and_no_more(key, value):
    given = chain()
    given["config"]["layers"][1][key] = value
    if key == "inbound_nodes":
        said(given)
    else:
        try:
            straighten(given)
        except ModelFormatError:
            pass

"""The numbers that a file keeps of its model, which are looked at when it is opened."""

import io
import json
import warnings

import numpy as np
import pytest
from formats.archives import METADATA, load, pack, parts, save, small_model

import fastgru
from fastgru.formats import self_test
from fastgru.layers import (
    GRU,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Embedding,
    Input,
    Masking,
    RepeatVector,
    TextVectorization,
    TimeDistributed,
)

MODELS = {
    "numbers": lambda: [Input((4, 3)), Masking(0.5), GRU(5), Dense(2)],
    "open time": lambda: [Input((None, 3)), Bidirectional(GRU(5)), Dense(2)],
    "ids": lambda: [Input((4,)), Embedding(7, 3, mask_zero=True), GRU(2)],
    "float64": lambda: [
        Input((4, 3)), GRU(5, return_sequences=True, dtype="float64"),
        TimeDistributed(Dense(2, dtype="float64"), dtype="float64"),
        BatchNormalization(dtype="float64"),
    ],
    "states": lambda: [Input((4, 3)), GRU(5, return_state=True)],
    "rows": lambda: [Input((4,)), Dense(3)],
}  # fmt: skip


def kept(data):
    return json.loads(parts(data)[METADATA])[self_test.KEY]


def changed(data, value):
    """The file with something else kept in it."""
    members = parts(data)
    metadata = {**json.loads(members[METADATA]), self_test.KEY: value}
    return pack({**members, METADATA: json.dumps(metadata)})


@pytest.mark.parametrize("name", MODELS)
def test_it_holds_and_is_the_model_s_output(name):
    model = fastgru.Sequential(MODELS[name]())
    data = save(model)
    x = self_test._input(model)
    y = model.predict(x, verbose=0)
    first = np.concatenate([part.ravel()[:8] for part in (y if type(y) is tuple else (y,))])[:8]
    np.testing.assert_allclose(kept(data), first, rtol=0, atol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(data)


def test_the_input_is_the_same_in_every_program():
    found = self_test._input(fastgru.Sequential([Input((2, 2)), GRU(1)]))
    want = [k * 2654435761 % 2**32 / 2**31 - 1 for k in (1, 2, 3, 4)]
    np.testing.assert_array_equal(found.ravel(), np.array(want, np.float32))
    ids = self_test._input(fastgru.Sequential([Input((4,)), Embedding(7, 3), GRU(1)]))
    assert ids.tolist() == [[2654435761 * k % 2**32 % 7 for k in (1, 2, 3, 4)]]


def test_other_numbers_are_a_warning_with_the_difference_at_the_caller_s_line():
    data = save(small_model())
    (value,) = kept(data)
    for wrong, difference in ((value + 0.5, "0.5"), ("1", "inf"), ([], "inf"), (None, None)):
        given = [wrong] if isinstance(wrong, float) else wrong
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = fastgru.saving.load_model(io.BytesIO(changed(data, given)))
        assert model.built and model.compiled
        if difference is None:
            assert caught == []
            continue
        (warning,) = caught
        assert warning.filename == __file__
        assert str(warning.message) == (
            "load_model: the model must give the numbers that its file keeps of it, within "
            f"0.0001; got a difference of {difference}. The weights were changed or damaged "
            "after the model was saved, or this program reads them wrongly."
        )


def test_a_number_beyond_all_floats_is_another_one():
    data = save(small_model())
    members = parts(changed(data, [12.5]))
    assert members[METADATA].count(b"12.5") == 1
    endless = pack({**members, METADATA: members[METADATA].replace(b"12.5", b"1e999")})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(endless)
    assert ["got a difference of inf." in str(each.message) for each in caught] == [True]


def test_changed_weights_are_seen():
    one, other = small_model(), small_model()
    other.set_weights([w + np.float32(0.01) for w in other.get_weights()])
    members = {**parts(save(one)), METADATA: parts(save(other))[METADATA]}
    with pytest.warns(UserWarning, match="^load_model: the model must give the numbers"):
        load(pack(members))


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Input((4, 3)), GRU(2), RepeatVector(3)],
        lambda: [Input((9, 3)), Conv1D(2, 2, dilation_rate=3), GRU(2)],
        lambda: [Input((4, 3), batch_size=2), GRU(2, stateful=True)],
        lambda: [Input((9000, 3)), GRU(2)],
        lambda: [Input((4000,)), Embedding(9, 9), GRU(99)],
        lambda: [TextVectorization(vocabulary=["a"]), Embedding(3, 2), GRU(2)],
    ],
)
def test_models_that_would_cost_much_have_none(layers):
    model = fastgru.Sequential(layers())
    if not model.built:
        model.predict(["a"], verbose=0)
    data = save(model)
    assert kept(data) is None
    # Not even where somebody wrote one into the file.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(changed(data, [1.0]))


def test_numbers_that_are_not_finite_are_not_kept():
    model = small_model()
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    assert kept(save(model)) is None


def test_saving_leaves_no_trace_in_the_model():
    model = small_model()
    state = {key: repr(value) for key, value in model.rng.bit_generator.state.items()}
    programs = dict(model._programs.mine.known)
    save(model)
    assert model._programs.mine.known == programs
    assert state == {k: repr(v) for k, v in model.rng.bit_generator.state.items()}


def test_a_safetensors_file_keeps_one_too(tmp_path):
    path = tmp_path / "m.safetensors"
    small_model().save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fastgru.saving.load_model(path)
    data = bytearray(path.read_bytes())
    # The sign of every number.
    for place in range(8 + int.from_bytes(data[:8], "little") + 3, len(data), 4):
        data[place] ^= 0x80
    path.write_bytes(data)
    with pytest.warns(UserWarning, match="^load_model: the model must give the numbers"):
        fastgru.saving.load_model(path)

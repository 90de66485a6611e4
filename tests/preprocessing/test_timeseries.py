"""Windows over a series: by hand, and the generator against Keras' own."""

import json
import os
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastgru import Sequential
from fastgru.layers import GRU, Dense
from fastgru.preprocessing import timeseries_dataset_from_array as of_preprocessing
from fastgru.preprocessing.sequence import TimeseriesGenerator
from fastgru.utils import set_random_seed, timeseries_dataset_from_array


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def windows(*arguments, **named):
    return np.concatenate(list(timeseries_dataset_from_array(*arguments, None, **named)))


def test_the_examples_of_keras_page():
    assert of_preprocessing is timeseries_dataset_from_array
    found = windows(np.arange(99), sequence_length=10, sampling_rate=2, sequence_stride=3)
    assert_array_equal(found[0], range(0, 20, 2))
    assert_array_equal(found[1], range(3, 23, 2))
    assert_array_equal(found[-1], range(78, 98, 2))
    data = np.arange(50.0)
    found = timeseries_dataset_from_array(data[:-10], data[10:], 10, batch_size=8)
    x, y = next(iter(found))
    assert_array_equal(x, np.arange(8)[:, None] + np.arange(10))
    assert_array_equal(y, data[10:18])
    assert len(found) == 4 and [len(x) for x, _ in found] == [8, 8, 8, 7]
    found = windows(np.arange(100), sequence_length=20, sequence_stride=20)
    assert_array_equal(found.reshape(-1), np.arange(100))


@pytest.mark.parametrize("shuffle", [False, True])
def test_fit_takes_windows_batch_by_batch(shuffle):
    rng = np.random.default_rng(2)
    series = rng.standard_normal((40, 3))
    data = timeseries_dataset_from_array(series, series[6:, 0], 6, batch_size=8,
                                         shuffle=shuffle, seed=4)  # fmt: skip
    again = timeseries_dataset_from_array(series, series[6:, 0], 6, batch_size=8,
                                          shuffle=shuffle, seed=4)  # fmt: skip
    by_hand = [*again, *again]
    models = []
    for _ in range(2):
        set_random_seed(1)
        models.append(Sequential([GRU(4), Dense(1)]))
        models[-1].compile("adam", "mse")
    held = timeseries_dataset_from_array(series, series[6:, 0], 6, batch_size=8).take(2)
    history = models[0].fit(data, epochs=2, verbose=0, validation_data=held)
    assert len(history.history["val_loss"]) == 2
    assert history.params["steps"] == 5
    for x, y in by_hand:
        models[1].train_on_batch(x, y)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        assert_allclose(one, other, atol=1e-6)
    assert history.history["loss"][1] < history.history["loss"][0]
    assert models[0].evaluate(data, verbose=0) > 0
    only_x = data.map(lambda x, y: x)
    assert models[0].predict(only_x, verbose=0).shape == (34, 1)


@pytest.mark.parametrize("seed", range(40))
def test_any_arguments_give_the_windows_that_fit(seed):
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(8, 60))
    length, stride, rate = (int(rng.integers(1, high)) for high in (4, 5, 3))
    start = int(rng.integers(0, 3))
    end = int(rng.integers(start + length * rate, steps)) if rng.random() < 0.5 else None
    data, targets = rng.standard_normal((steps, 2)), rng.standard_normal(steps - 2)
    expected, wanted = [], []
    first, last = start, steps if end is None else end
    while first + (length - 1) * rate < last and first < len(targets):
        expected.append(data[first : first + length * rate : rate][:length])
        wanted.append(targets[first])
        first += stride
    found = timeseries_dataset_from_array(
        data, targets, length, stride, rate, 7, start_index=start, end_index=end
    )
    x, y = map(np.concatenate, zip(*found, strict=True))
    assert_array_equal(x, expected)
    assert_array_equal(y, wanted)
    assert len(found) == -(-len(expected) // 7)


def test_shuffling_gives_every_window_once_and_each_pass_its_own_order():
    make = lambda seed: timeseries_dataset_from_array(
        np.arange(40), np.arange(40) * 2, 3, batch_size=9, shuffle=True, seed=seed
    )
    passes = []
    found = make(5)
    for _ in range(2):
        x, y = map(np.concatenate, zip(*found, strict=True))
        assert_array_equal(y, 2 * x[:, 0])
        assert_array_equal(x - x[:, :1], [[0, 1, 2]] * 38)
        assert_array_equal(np.sort(x[:, 0]), range(38))
        passes.append(x[:, 0])
    assert (passes[0] != passes[1]).any() and (passes[0] != np.arange(38)).any()
    again = make(5)
    for order in passes:
        assert_array_equal(np.concatenate([x for x, _ in again])[:, 0], order)
    assert (np.concatenate([x for x, _ in make(6)])[:, 0] != passes[0]).any()


def test_single_windows_maps_and_the_first_batches():
    found = timeseries_dataset_from_array(np.arange(6), np.arange(6), 2, batch_size=None)
    assert len(found) == 5
    assert [(x.tolist(), int(y)) for x, y in found][1] == ([1, 2], 1)
    sums = found.map(lambda x, y: x.sum() + y)
    assert [int(s) for s in sums] == [1, 4, 7, 10, 13] and len(sums) == 5
    assert [int(s) for s in sums.take(2)] == [1, 4] == [int(s) for s in sums.take(2)]
    assert len(found.take(9)) == len(found.take(-1)) == 5
    assert [int(s) for s in sums.skip(3).prefetch(2)] == [10, 13] and len(sums.skip(3)) == 2
    assert list(sums.skip(-1)) == list(sums.skip(7)) == [] and len(sums.skip(7)) == 0
    with refuses(ValueError, "skip: count must be at least -1; got -2."):
        found.skip(-2)
    alone = timeseries_dataset_from_array(np.arange(4), None, 2)
    assert [x.tolist() for x in alone.map(np.sum)] == [9]


def test_shuffled_passes_follow_one_another_whoever_asks_for_them():
    def make():
        return timeseries_dataset_from_array(np.arange(40), None, 1, shuffle=True, seed=3)

    def order(batches):
        return np.concatenate(list(batches)).tolist()

    plain, looked_at = make(), make()
    first, second, third = order(plain), order(plain), order(plain)
    assert len({str(found) for found in (first, second, third)}) == 3
    assert order(looked_at.take(1)) == first
    assert order(looked_at.map(np.negative)) == [[-number for number in row] for row in second]
    assert order(looked_at) == third


def test_a_file_on_the_disk_is_read_window_by_window(tmp_path):
    data = np.memmap(tmp_path / "series", np.float32, "w+", shape=(1000, 3))
    data[:] = np.arange(3000).reshape(1000, 3)
    x = next(iter(timeseries_dataset_from_array(data, None, 5, batch_size=2)))
    assert_array_equal(x, [data[:5], data[1:6]])


WHERE = "timeseries_dataset_from_array: "


@pytest.mark.parametrize(
    ("arguments", "rest"),
    [
        ({"sequence_length": 0}, "sequence_length must be at least 1; got 0."),
        ({"sampling_rate": 9}, "sampling_rate must be less than the 9 steps of data; got 9."),
        ({"sequence_stride": 0}, "sequence_stride must be at least 1; got 0."),
        ({"start_index": 9}, "start_index must be less than the 9 steps of data; got 9."),
        ({"start_index": 4, "end_index": 4}, "end_index must be at least 5; got 4."),
        ({"sequence_length": 6, "sampling_rate": 2},
         ("6 steps of a window, one in 2, must fit into the data and have a target; got 9 "
         "steps.")),
        ({"batch_size": 0}, "batch_size must be at least 1; got 0."),
        ({"format": "np"}, "format must be one of 'tf', 'grain'; got 'np'."),
    ],
)  # fmt: skip
def test_windows_that_cannot_be_are_refused(arguments, rest):
    with refuses(ValueError, WHERE + rest):
        timeseries_dataset_from_array(np.arange(9), None, **{"sequence_length": 2, **arguments})


GENERATORS = [
    {}, {"stride": 3, "sampling_rate": 2}, {"reverse": True, "batch_size": 4},
    {"start_index": 3, "end_index": 17, "batch_size": 5, "stride": 2},
]  # fmt: skip


@pytest.mark.parametrize("arguments", GENERATORS)
def test_the_generator_is_keras(arguments):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    from keras.src.legacy.preprocessing.sequence import TimeseriesGenerator as Theirs

    rng = np.random.default_rng(0)
    data, targets = rng.standard_normal((30, 2)), rng.standard_normal(30)
    ours = TimeseriesGenerator(data, targets, 6, **arguments)
    theirs = Theirs(data, targets, 6, **arguments)
    assert len(ours) == len(theirs)
    for index, (x, y) in enumerate(ours):
        assert_array_equal(x, theirs[index][0])
        assert_array_equal(y, theirs[index][1])


def test_the_configuration_of_a_generator_is_json():
    # Keras' own raises: its base class has no get_config.
    found = TimeseriesGenerator(np.arange(4), [5, 6, 7, 8], 2, batch_size=3, reverse=True)
    config = {
        "data": "[0, 1, 2, 3]", "targets": "[5, 6, 7, 8]", "length": 2, "sampling_rate": 1,
        "stride": 1, "start_index": 2, "end_index": 3, "shuffle": False, "reverse": True,
        "batch_size": 3,
    }  # fmt: skip
    assert found.get_config() == config
    made = {"class_name": "TimeseriesGenerator", "config": config}
    assert json.loads(found.to_json(indent=1)) == made


def test_a_shuffled_generator_draws_windows():
    found = TimeseriesGenerator(np.arange(30), np.arange(30), 4, shuffle=True, batch_size=50)
    ((x, y),) = found
    assert_array_equal(x, y[:, None] + np.arange(-4, 0))
    assert len(y) == 50 and y.min() >= 4 and y.max() <= 29 and len(set(y)) > 10


def test_a_generator_that_cannot_be_is_refused():
    where = "TimeseriesGenerator: "
    with refuses(ValueError, f"{where}data and targets must be of one length; got 3 and 2."):
        TimeseriesGenerator([1, 2, 3], [1, 2], 1)
    with refuses(ValueError, f"{where}start_index + length, and end_index, must follow each "
                 "other within the 3 steps; got 3 and 2."):  # fmt: skip
        TimeseriesGenerator([1, 2, 3], [1, 2, 3], 3)
    with refuses(IndexError, f"{where}index must lie in [0, 1); got 1."):
        TimeseriesGenerator([1, 2, 3], [1, 2, 3], 1)[1]

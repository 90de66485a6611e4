"""Batches from iterables, from files, and weights: the same training, whatever the form."""

import itertools
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_models import binary, bits, classes, data, fit, ids, predict, says, waves, words

from fastgru.models import sources

X, Y = data(20)
W = waves(20, phase=1.0) + 1.5
PARTS = [slice(0, 8), slice(8, 16), slice(16, 20)]
BATCHES = [(X[part], Y[part], W[part]) for part in PARTS]


class Numbered:
    """Batches by number, as Keras' Sequence has them."""

    def __init__(self, batches=BATCHES):
        self.batches, self.calls = batches, []

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        self.calls.append(number)
        return self.batches[number]

    def on_epoch_end(self):
        self.calls.append("end")


class Iterable:
    """Can be gone through again and again."""

    def __init__(self, batches=BATCHES):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


class Tensor:
    """What only NumPy's protocol makes an array, as tensors are."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)


class Table:
    """As Hugging Face's data sets: rows, and batches of columns as lists."""

    column_names = ("x", "y", "sample_weight")

    def __len__(self):
        return len(X)

    def __iter__(self):
        raise AssertionError("rows are no batches")

    def __getitem__(self, number):
        raise AssertionError("rows are no batches")

    def iter(self, batch_size):
        for start in range(0, len(X), batch_size):
            part = slice(start, start + batch_size)
            columns = X[part].tolist(), Y[part].tolist(), W[part].tolist()
            yield dict(zip(self.column_names, columns, strict=True))


FORMS = {
    "a generator": lambda: itertools.chain(BATCHES, BATCHES, BATCHES),
    "an iterable": Iterable,
    "a list of tuples": lambda: list(BATCHES),
    "numbered batches": Numbered,
    "lists as batches, of tensors": lambda: Iterable([list(map(Tensor, b)) for b in BATCHES]),
    "dicts": lambda: Iterable(
        [dict(zip(("x", "y", "sample_weight"), b, strict=True)) for b in BATCHES]
    ),
    "a table": Table,
    "lists of lists": lambda: Iterable([tuple(map(np.ndarray.tolist, b)) for b in BATCHES]),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_batches_trains_as_arrays_do(form):
    one, other = binary(metrics=["accuracy"]), binary(metrics=["accuracy"])
    expected = fit(one, X, Y, sample_weight=W, batch_size=8, epochs=3)
    steps = {"steps_per_epoch": 3} if form == "a generator" else {}
    found = fit(other, FORMS[form](), None, batch_size=8, epochs=3, **steps)
    assert found == expected and bits(one) == bits(other)
    expected = one.evaluate(X, Y, sample_weight=W, batch_size=8, verbose=0)
    given = itertools.chain(BATCHES) if form == "a generator" else FORMS[form]()
    assert other.evaluate(given, batch_size=8, verbose=0) == expected
    if form != "a list of tuples":
        given = itertools.chain(BATCHES) if form == "a generator" else FORMS[form]()
        expected = one.predict(X, batch_size=8, verbose=0)
        assert_array_equal(other.predict(given, batch_size=8, verbose=0), expected)


def test_pytorchs_loader_is_an_iterable():
    torch = pytest.importorskip("torch")
    rows = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y), torch.tensor(W))
    loader = torch.utils.data.DataLoader(rows, batch_size=8)
    one, other = binary(), binary()
    expected = fit(one, X, Y, sample_weight=W, batch_size=8, epochs=2)
    assert (
        fit(other, loader, None, epochs=2, validation_data=loader)["loss"] == (expected["loss"])
    )
    assert bits(one) == bits(other)


def test_numbered_batches_are_asked_for_in_order_and_told_of_the_end():
    given = Numbered()
    fit(binary(), given, None, epochs=2)
    assert given.calls == [0, 0, 1, 2, "end", 0, 1, 2, "end"]
    given.calls.clear()
    model = binary()
    model.rng = np.random.default_rng(2)
    orders = [np.random.default_rng(2).permutation(3).tolist()]
    fit(model, given, None, shuffle=True)
    assert given.calls == [0, *orders[0], "end"] and orders[0] != [0, 1, 2]


def test_an_endless_iterator_goes_on_where_the_epoch_before_ended():
    seen = []

    def endless():
        for number in itertools.count():
            seen.append(number)
            yield BATCHES[number % 3]

    one, other = binary(), binary()
    history = fit(one, endless(), None, steps_per_epoch=2, epochs=3)
    assert seen == [0, 1, 2, 3, 4, 5]
    twice = fit(other, X, Y, sample_weight=W, batch_size=8, epochs=2)
    assert bits(one) == bits(other)
    assert len(history["loss"]) == 3 and len(twice["loss"]) == 2


@pytest.mark.parametrize(
    ("given", "steps", "sentence", "epochs", "batches"),
    [
        (lambda: itertools.chain(BATCHES), 2,
         "fit: x must give 2 batches for each epoch; it ended behind batch 1.", 2, 3),
        (lambda: itertools.chain(BATCHES), 3,
         ("fit: x must give batches for each epoch; it gave none for this one. The training "
         "ends here."), 1, 3),
        (lambda: itertools.chain(BATCHES), None,
         ("fit: x must give batches for each epoch; it gave none for this one. The training "
         "ends here."), 1, 3),
        (Iterable, 4, "fit: x must give 4 batches for each epoch; it ended behind batch 3.", 4,
         12),
        (Numbered, 4, "fit: x must give 4 batches for each epoch; it ended behind batch 3.", 4,
         12),
    ],
)  # fmt: skip
def test_data_that_ends_early_is_told_and_nothing_is_lost(
    given, steps, sentence, epochs, batches
):
    model = binary()
    with pytest.warns(UserWarning) as caught:
        history = fit(model, given(), None, steps_per_epoch=steps, epochs=4)
    assert sentence in [str(warning.message) for warning in caught]
    assert {warning.filename for warning in caught} == {fit.__code__.co_filename}
    assert len(history["loss"]) == epochs and model.optimizer.iterations == batches


def test_a_validation_that_ran_dry_leaves_its_columns_out():
    model = binary()
    with pytest.warns(UserWarning) as caught:
        history = fit(model, X, Y, epochs=3, validation_data=iter(BATCHES))
    assert [str(warning.message) for warning in caught] == [
        "fit, validation_data: x must give batches for each epoch; it gave none for this one."
    ] * 2
    assert len(history["loss"]) == 3 and len(history["val_loss"]) == 1
    again = binary()
    fit(again, X, Y)
    expected = again.evaluate(X, Y, sample_weight=W, batch_size=8, verbose=0)
    assert_allclose(history["val_loss"], [expected], rtol=1e-6)


def test_class_weights_are_sample_weights():
    for make, y in ((binary, Y), (classes, np.arange(20) % 4)):
        weights = {0: 2.0, 1: 0.5, 3: 0.0, 9: 4.0}
        by_sample = np.array([weights.get(int(label), 1.0) for label in y])
        one, other = make(), make()
        assert fit(one, X, y, class_weight=weights) == fit(other, X, y, sample_weight=by_sample)
        assert bits(one) == bits(other)
        batches = [(X[part], y[part]) for part in PARTS]
        third = make()
        fit(third, batches, None, class_weight=weights)
        fourth = make()
        fit(fourth, X, y, sample_weight=by_sample, batch_size=8)
        assert bits(third) == bits(fourth)
        assert one.train_on_batch(X, y, class_weight=weights) == other.train_on_batch(
            X, y, sample_weight=by_sample
        )


def test_metrics_are_not_weighted_and_zero_weights_teach_nothing():
    model = binary(metrics=["accuracy"])
    before = model.get_weights()
    plain = model.evaluate(X, Y, verbose=0)
    weighted = model.evaluate(X, Y, sample_weight=2 * W, verbose=0)
    assert weighted[1] == plain[1]
    assert_allclose(model.evaluate(X, Y, sample_weight=np.full(20, 3), verbose=0)[0],
                    3 * plain[0], rtol=1e-6)  # fmt: skip
    fit(model, X, Y, sample_weight=np.zeros(20))
    assert all(map(np.array_equal, before, model.get_weights()))


def test_validation_counts_with_weights_sizes_and_at_its_epochs():
    def run(**options):
        return fit(binary(), X, Y, epochs=4, validation_data=(X[:9], Y[:9], W[:9]), **options)

    plain = run(batch_size=5)["val_loss"]
    model = binary()
    fit(model, X, Y, epochs=1, batch_size=5)
    alone = model.evaluate(X[:9], Y[:9], sample_weight=W[:9], verbose=0)
    assert_allclose(plain[0], alone, rtol=1e-6)
    assert run(batch_size=5, validation_freq=2)["val_loss"] == plain[1::2]
    assert run(batch_size=5, validation_freq=[1, 4])["val_loss"] == plain[::3]
    assert "val_loss" not in run(batch_size=5, validation_freq=(7,))
    first = model.evaluate(X[:4], Y[:4], sample_weight=W[:4], verbose=0)
    found = run(batch_size=5, validation_batch_size=4, validation_steps=1)["val_loss"][0]
    assert_allclose(found, first, rtol=1e-6)


def test_reset_metrics_and_stopping_an_evaluation_or_a_prediction():
    from fastgru.callbacks import LambdaCallback

    model = binary()
    model.reset_metrics()
    model.train_on_batch(X, Y)
    model.reset_metrics()
    assert model._step.results() == {"loss": 0.0}
    seen = []

    def stop(batch, logs):
        seen.append(logs["outputs"].shape)
        model.stop_predicting = batch == 1

    watch = LambdaCallback(on_predict_batch_end=stop)
    assert len(model.predict(X, batch_size=4, verbose=0, callbacks=[watch])) == 8
    assert seen == [(4, 1), (4, 1)]
    stop = LambdaCallback(
        on_test_batch_end=lambda batch, logs: setattr(model, "stop_evaluating", True)
    )
    found = model.evaluate(X, Y, batch_size=4, verbose=0, callbacks=[stop])
    assert found == model.evaluate(X[:4], Y[:4], verbose=0)
    assert len(model.predict(X, batch_size=4, steps=2, verbose=0)) == 8
    assert len(predict(model, X)) == 20


@pytest.fixture(scope="module", params=[np.float64, np.float32])
def mapped(tmp_path_factory, request):
    """(x, y) in files, of the model's dtype or of another, x of 24 MB at least."""
    folder = tmp_path_factory.mktemp("mapped")
    shapes = {"x": (400_000, 5, 3), "y": (400_000,)}
    made = {}
    for name, shape in shapes.items():
        file = np.memmap(folder / name, request.param, "w+", shape=shape)
        file[:20] = {"x": X, "y": Y}[name]
        file.flush()
        made[name] = np.memmap(folder / name, request.param, "r", shape=shape)
    return made["x"], made["y"]


def test_a_file_in_memory_is_read_batch_by_batch(mapped):
    x, y = mapped
    assert x.nbytes >= 24_000_000
    model = binary()
    tracemalloc.start()
    fit(model, x, y, steps_per_epoch=2, batch_size=10)
    model.predict(x, batch_size=10, steps=2, verbose=0)
    model.evaluate(x[::2], y[::2], batch_size=10, steps=2, verbose=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Not even a copy as float32; the numbers of the samples take 3.2 MB.
    assert peak < 12_000_000
    other = binary()
    fit(other, X, Y, batch_size=10)
    assert bits(model) == bits(other)


def test_a_large_array_is_converted_batch_by_batch(monkeypatch):
    for make, x, y in ((binary, X.astype(np.float64), Y), (words, ids(20), Y)):
        one, other = make(), make()
        expected = fit(one, x, y, epochs=2, validation_split=0.3)
        monkeypatch.setattr(sources, "LARGE", 0)
        kept = x.copy()
        assert fit(other, x, y, epochs=2, validation_split=0.3) == expected
        assert bits(one) == bits(other)
        assert_array_equal(predict(other, x), predict(one, x))
        assert_array_equal(x, kept)
        monkeypatch.undo()


def nothing():
    return iter(())


WEIGHTS = "sample_weight must"
ENDLESS = "must be part of the batches of x"
BATCH = "a batch must be (x,), (x, y), (x, y, sample_weight) or a dict of these"


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda m: m.fit(nothing()), ValueError,
         "fit: x must give at least one batch; got none."),
        (lambda m: m.fit(Numbered([])), ValueError,
         "fit: x must give at least one batch; got none."),
        (lambda m: m.predict(Iterable([])), ValueError,
         "predict: x must give at least one batch; got none."),
        (lambda m: m.fit(iter([X])), TypeError, "fit: y must be given; got None."),
        (lambda m: m.fit(iter([(X, Y, W, W)])), ValueError, f"fit: {BATCH}; got 4 items."),
        (lambda m: m.fit(iter([{"tokens": X, "label": Y}])), ValueError,
         f"fit: {BATCH}; got a dict of tokens, label. Rename or leave out columns."),
        (lambda m: m.fit(iter(BATCHES), W), ValueError,
         f"fit: y {ENDLESS}; got ndarray of shape (20,)."),
        (lambda m: m.fit(iter(BATCHES), sample_weight=W), ValueError,
         f"fit: sample_weight {ENDLESS}; got ndarray of shape (20,)."),
        (lambda m: m.fit(iter(BATCHES), validation_split=0.5), ValueError,
         ("fit: validation_split must be 0 for batches of x; got 0.5. validation_data takes "
         "batches too.")),
        (lambda m: m.fit(iter(BATCHES), class_weight={0: 1}), ValueError,
         "fit: sample_weight must be None beside class_weight; got ndarray of shape (8,)."),
        (lambda m: m.fit(X, Y, sample_weight=W, class_weight={0: 1}), ValueError,
         "fit: sample_weight must be None beside class_weight; got ndarray of shape (20,)."),
        (lambda m: m.fit(X, Y, class_weight="balanced"), TypeError,
         "fit: class_weight must be a dict from class numbers to weights; got 'balanced'."),
        (lambda m: m.fit(X, Y, class_weight={"a": 1}), TypeError,
         "fit: the keys of class_weight must be integers; got 'a'."),
        (lambda m: m.fit(X, Y, class_weight={0: np.nan}), ValueError,
         "fit: class_weight[0] must be finite; got nan."),
        (lambda m: m.fit(X, Y, sample_weight=W[:3]), ValueError,
         f"fit: {WEIGHTS} have shape (20,); got (3,)."),
        (lambda m: m.fit(X, Y, sample_weight=X[..., 0]), ValueError,
         (f"fit: {WEIGHTS} have shape (20,); got (20, 5). Weights for each step need an output "
         "for each step.")),
        (lambda m: m.evaluate(X, Y, sample_weight=W / 0), ValueError,
         f"evaluate: {WEIGHTS} be finite; got NaN or infinity."),
        (lambda m: m.train_on_batch(X, Y, sample_weight="heavy"), TypeError,
         "train_on_batch: sample_weight must hold numbers; got str."),
        (lambda m: m.fit(X, Y, steps_per_epoch=0), ValueError,
         "fit: steps_per_epoch must be at least 1; got 0."),
        (lambda m: m.predict(X, steps=1.5), TypeError,
         "predict: steps must be an integer; got 1.5."),
        (lambda m: m.fit(X, Y, validation_freq=0), ValueError,
         "fit: validation_freq must be at least 1; got 0."),
        (lambda m: m.fit(X, Y, validation_freq="often"), TypeError,
         "fit: validation_freq must be an integer; got 'often'."),
        (lambda m: m.fit(X, Y, validation_freq=[1, 2.0]), TypeError,
         "fit: every entry of validation_freq must be an integer; got 2.0."),
        (lambda m: m.fit(X, Y, validation_batch_size=0), ValueError,
         "fit: validation_batch_size must be at least 1; got 0."),
        (lambda m: m.fit(X, Y, validation_steps=-1), ValueError,
         "fit: validation_steps must be at least 1; got -1."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_trained(call, kind, sentence):
    model = binary()
    before = bits(model)
    with np.errstate(all="ignore"), says(kind, sentence):
        call(model)
    assert bits(model)[: len(before)] == before


def test_a_batch_that_does_not_fit_stops_the_training_there():
    for wrong, sentence in (
        (X[:, :4], "fit: x must have shape (batch, 5, 3); got (20, 4, 3)."),
        (X[:5], "fit: x and y must have the same number of samples; got 5 and 20."),
        (X[..., 0], ("fit: x must have shape (batch, 5, 3); got (20, 5). Token ids need an "
         "Embedding layer in front of GRU, or one-hot rows from fastgru.utils.to_categorical.")),
    ):  # fmt: skip
        model, once = binary(), binary()
        with says(ValueError, sentence):
            fit(model, iter([(X, Y), (wrong, Y)]), None)
        fit(once, X, Y, batch_size=20)
        assert bits(model) == bits(once)

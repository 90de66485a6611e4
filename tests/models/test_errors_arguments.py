"""What is wrong with the arguments of fit and its like is said before anything is trained."""

import numpy as np
import pytest
from small_models import binary, bits, data, fit, says, words

from fastgru.callbacks import History

X, Y = data()


def refuses(call, kind, sentence):
    """One row of a table: what is called, what it raises, and the whole text of it."""
    return pytest.param(call, kind, sentence, id=sentence[:60])


def argument(rest, kind=ValueError, call="fit", **options):
    def run():
        model = binary()
        before = bits(model)
        try:
            {
                "fit": lambda: fit(model, **options),
                "evaluate": lambda: model.evaluate(X, Y, **{"verbose": 0, **options}),
                "predict": lambda: model.predict(X, **{"verbose": 0, **options}),
                "train_on_batch": lambda: model.train_on_batch(X, Y, **options),
                "test_on_batch": lambda: model.test_on_batch(X, Y, **options),
            }[call]()
        finally:
            assert bits(model)[: len(before)] == before

    return refuses(run, kind, f"{call}: {rest}")


def both_sides(share):
    rest = f"validation_split must leave some of the 10 samples on either side; got {share}."
    return argument(rest, validation_split=share)


def integers(what):
    for call in ("fit",) if what == "epochs" else ("fit", "evaluate", "predict"):
        for value in (1.5, True, "32", np.array(4), 4.0):
            rest = f"{what} must be an integer; got {value!r}."
            yield argument(rest, TypeError, call, **{what: value})


VALID = "fit, validation_data:"
PAIRS = "validation_data must be (x, y), (x, y, sample_weight) or batches"
EPOCHS = "must be at least 0; got -1."


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        *integers("batch_size"), *integers("epochs"),
        argument("batch_size must be at least 1; got 0.", batch_size=0),
        argument("batch_size must be at least 1; got -1.", call="predict", batch_size=-1),
        argument(f"epochs {EPOCHS}", epochs=-1),
        argument(f"initial_epoch {EPOCHS}", initial_epoch=-1),
        argument("epochs must be an integer; got None.", TypeError, epochs=None),
        both_sides(1.0), both_sides(0.999),
        argument("validation_split must lie in [0, 1]; got -0.1.", validation_split=-0.1),
        argument("validation_split must lie in [0, 1]; got 20.", validation_split=20),
        argument("validation_split must lie in [0, 1]; got nan.", validation_split=np.nan),
        *(argument(f"validation_split must be a number; got {value}.", TypeError,
                   validation_split=value) for value in (True, None)),
        argument(f"{PAIRS}; got ndarray.", TypeError, validation_data=X),
        argument(f"{PAIRS}; got 5 items.", validation_data=(X, Y, None, None, None)),
        argument("shuffle must be True or False; got 'no'.", TypeError, shuffle="no"),
        argument("shuffle must be True or False; got 1.", TypeError, shuffle=1),
        argument("shuffle must be True or False; got ndarray of shape (10, 5, 3).", TypeError,
                 shuffle=X),
        argument("verbose must be 'auto', 0, 1 or 2; got 3.", verbose=3),
        argument("verbose must be 'auto', 0, 1 or 2; got 'no'.", call="predict", verbose="no"),
        argument("callbacks must hold Callback objects; got int.", TypeError, callbacks=3),
        argument("callbacks must hold Callback objects; got NoneType.", TypeError,
                 callbacks=[None]),
        argument("callbacks must hold Callback objects; got the class "
                 "fastgru.callbacks.history.History.", TypeError, "evaluate",
                 callbacks=History),
        argument("return_dict must be True or False; got 1.", TypeError, "train_on_batch",
                 return_dict=1),
        refuses(lambda: fit(binary(), validation_data=(X, Y[:3])), ValueError,
                f"{VALID} x and y must have the same number of samples; got 10 and 3."),
        refuses(lambda: fit(binary(), validation_data=(X[..., :2], Y)), ValueError,
                f"{VALID} x must have shape (batch, 5, 3); got (10, 5, 2)."),
        refuses(lambda: binary()(X, training="yes"), TypeError,
                "model: training must be True or False; got 'yes'."),
        refuses(lambda: setattr(words().optimizer, "learning_rate", "fast"), TypeError,
                "Adam: learning_rate must be a number; got 'fast'."),
    ],
)  # fmt: skip
def test_an_argument_is_refused_before_anything_is_trained(call, kind, sentence):
    with says(kind, sentence):
        call()

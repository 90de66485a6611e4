"""The demo: a GRU that tells favourable from unfavourable film reviews.

It is trained on the reviews that come with the package, tested on a fifth of them held out,
saved, loaded again and asked about sentences. The 203 reviews held out are always the same.
The sizes below were chosen by fourfold cross-validation on the other 811: 87.8 % there, where
naive Bayes on the same words has 88.0 %. On those held out, the seeds 0 to 4 reach 86.7, 88.2,
88.2, 89.2 and 87.2 %, 87.9 % on average. Negation is beyond a model that has read so little:
"Charming is not the word I would use." is favourable to it.
"""

import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

import numpy as np

from fastgru.formats.atomic import replacing
from fastgru.layers import GRU, Dense, Dropout, Embedding
from fastgru.models import Sequential, load_model
from fastgru.optimizers import Adam
from fastgru.preprocessing.text import Tokenizer, tokenizer_from_json
from fastgru.utils import pad_sequences, set_random_seed

__all__ = ["SENTENCES", "load_reviews", "run", "split_reviews", "tokenizer_path"]

_WIDTH = 64
_BATCH = 16
_SPLIT_SEED = 0

#: What is classified where the caller has no sentences.
SENTENCES = (
    "A charming film about a clockmaker, and I loved every minute.",
    "My sister fell asleep halfway through, and I envied her.",
    "I expected little and got a warm, honest film.",
)


def load_reviews():
    """Return the bundled reviews.

    Returns
    -------
    texts : list of str
    labels : numpy.ndarray of int64
        1 is favourable, 0 is unfavourable; there are as many of either kind.
    """
    text = files("fastgru").joinpath("data", "reviews.tsv").read_text("ascii")
    rows = [line.split("\t") for line in text.splitlines()]
    return [row[1] for row in rows], np.array([int(row[0]) for row in rows])


def split_reviews(texts, labels):
    """Divide reviews, four fifths to one, in the same way at every call.

    Returns
    -------
    train, test : tuple of (list of str, numpy.ndarray)
    """
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(texts))
    count = len(texts) * 4 // 5
    return tuple(
        ([texts[i] for i in part], labels[part]) for part in (order[:count], order[count:])
    )


def tokenizer_path(path):
    """Return the name of the words' file that belongs to a model's file, as a Path."""
    return Path(path).with_suffix(".tokenizer.json")


def run(sentences=(), epochs=3, save=None, seed=0):
    """Train, test, save, load and classify, and print each of these steps.

    Parameters
    ----------
    sentences : sequence of str, optional
        What to classify at the end; by default `SENTENCES`.
    epochs : int, default 3
    save : str or Path, optional
        Name of the model's file, which ends in .keras or as `Sequential.save` takes it else;
        the words go to a file beside it. By default both go to a new temporary folder.
    seed : int, default 0
        Of the weights, the order of the reviews and dropout.

    Returns
    -------
    float
        Accuracy on the reviews held out.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    set_random_seed(seed)
    train, test = split_reviews(*load_reviews())
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(train[0])
    n, m, words = len(train[0]), len(test[0]), len(tokenizer.word_index)
    print(f"{n + m:,} film reviews: {n} to train on, {m} held out; {words:,} words.")
    model = _model(words + 1)
    model.summary()
    held_out = _ids(tokenizer, test[0])
    accuracy = _train(model, _ids(tokenizer, train[0]), train[1], held_out, test[1], epochs)
    model, tokenizer = _save_and_load(model, tokenizer, held_out, save)
    print()
    _classify(model, tokenizer, list(sentences) or SENTENCES)
    return accuracy


def _model(vocabulary):
    model = Sequential()
    model.add(Embedding(vocabulary, _WIDTH, mask_zero=True, input_shape=(None,)))
    model.add(GRU(_WIDTH))
    model.add(Dropout(0.8))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(
        optimizer=Adam(learning_rate=3e-3), loss="binary_crossentropy", metrics=["accuracy"]
    )
    return model


def _train(model, x, y, held_out, labels, epochs):
    """Fit on x and y; returns the accuracy on what was held out."""
    started = time.perf_counter()
    model.fit(x, y, batch_size=_BATCH, epochs=epochs)
    seconds = time.perf_counter() - started
    _, accuracy = model.evaluate(held_out, labels, verbose=0)
    print(
        f"Test accuracy {accuracy:.3f} on the {len(labels)} held out; "
        f"trained in {seconds:.1f} s."
    )
    return accuracy


def _ids(tokenizer, texts):
    return pad_sequences(tokenizer.texts_to_sequences(texts))


def _save_and_load(model, tokenizer, held_out, save):
    """Write both files, read them, and return what was read if it predicts the same."""
    path = Path(save or Path(tempfile.mkdtemp(prefix="fastgru-demo-")) / "reviews.keras")
    words = tokenizer_path(path)
    model.save(path)
    with replacing(words) as file:
        file.write(tokenizer.to_json().encode())
    print(f"Saved {_printable(path)} and {_printable(words.name)} beside it.")
    loaded = load_model(path)
    before = model.predict(held_out, verbose=0)
    after = loaded.predict(held_out, verbose=0)
    if not np.array_equal(before, after):
        raise RuntimeError(
            "demo: the loaded model must predict as the saved one; "
            f"got a difference of {np.abs(before - after).max():.2g}."
        )
    print(f"Loaded both: all {len(after)} predictions are the same, bit for bit.")
    return loaded, tokenizer_from_json(words.read_text(encoding="utf-8"))


def _classify(model, tokenizer, sentences):
    for sentence in sentences:
        shown = _printable(" ".join(sentence.split())) or "(empty)"
        ids = _ids(tokenizer, [sentence])
        if not ids.size:
            print(f"{'undecided':12} ----  {shown}  [no word of it is known]")
            continue
        p = float(model.predict(ids, verbose=0)[0, 0])
        verdict, p = ("favourable", p) if p >= 0.5 else ("unfavourable", 1 - p)
        print(f"{verdict:12} {p:.2f}  {shown}")


def _printable(text):
    """The text in what the terminal can show: no print may fail over a user's letters."""
    coding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return str(text).encode(coding, "replace").decode(coding)

"""Exercises: other data, other numbers of units, a second layer, side by side in a table.

    python gru_exercises.py [FOLDER]

The data are the film reviews that come with fastgru or, where FOLDER or the environment
variable FASTGRU_DATA is given, the real ones that movie_reviews.py describes.
"""

import argparse
import os
import time

import movie_reviews
from rich.console import Console
from rich.table import Table

from fastgru.demo import load_reviews, split_reviews
from fastgru.layers import GRU, Dense, Dropout, Embedding
from fastgru.models import Sequential
from fastgru.utils import set_random_seed


def load(path):
    """(name of the data, training texts, labels, test texts, labels)."""
    if path or os.environ.get("FASTGRU_DATA"):
        return "real reviews", *movie_reviews.load(movie_reviews.find_folder(path))
    (train, train_labels), (test, test_labels) = split_reviews(*load_reviews())
    return "bundled reviews", train, train_labels, test, test_labels


def build(words, units, layers):
    """The model, compiled. All layers but the last hand on their state of every step."""
    model = Sequential()
    model.add(Embedding(words, 64, mask_zero=True))
    for number in range(layers):
        model.add(GRU(units, return_sequences=number < layers - 1))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation="sigmoid"))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", nargs="?", metavar="PATH", help="folder of the real reviews")
    parser.add_argument("--epochs", type=int, default=4, help="of each run (default: 4)")
    options = parser.parse_args()
    name, train, train_labels, test, test_labels = load(options.path)
    train, test = movie_reviews.to_ids(train, test)
    words = int(max(train.max(), test.max())) + 1
    title = f"{name}: {len(train)} to train on, {len(test)} to test on"
    table = Table("Units", "Layers", "Accuracy", "Parameters", "Seconds", title=title)
    for column in table.columns:
        column.justify = "right"
    for layers in (1, 2):
        for units in (16, 32, 64, 128):
            set_random_seed(0)
            model = build(words, units, layers)
            started = time.perf_counter()
            model.fit(train, train_labels, batch_size=16, epochs=options.epochs, verbose=0)
            seconds = time.perf_counter() - started
            _, accuracy = model.evaluate(test, test_labels, verbose=0)
            row = (units, layers, f"{accuracy:.3f}", f"{model.count_params():,}")
            table.add_row(*map(str, row), f"{seconds:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()

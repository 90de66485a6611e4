"""What the progress bar costs: `fit` with verbose=1 in a terminal beside verbose=0.

    python bench/progress.py [rounds]

Processor time, so that what else the machine does tells less.

The tutorial's model, in epochs of 1, 32 and 320 batches of 32, in turn; the terminal is a
pseudo-terminal that another process reads. Printed are medians, and their ratio.
"""

import os
import statistics
import subprocess
import sys
import time

import numpy as np

import fastgru
from fastgru.layers import GRU, Dense

SECONDS = 0.3


def model():
    made = fastgru.Sequential([GRU(32, input_shape=(10, 64)), Dense(1, activation="sigmoid")])
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return made


def main(rounds=9):
    ours, theirs = os.openpty()
    reader = subprocess.Popen(
        ["cat"], stdin=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    shown = sys.stdout
    rng = np.random.default_rng(0)
    with open(theirs, "w") as terminal:
        for batches in (1, 32, 320):
            x = rng.standard_normal((32 * batches, 10, 64)).astype("float32")
            y = rng.integers(0, 2, len(x))
            trained = model()

            def seconds(epochs, verbose, trained=trained, x=x, y=y):
                sys.stdout = terminal
                begin = time.process_time()
                trained.fit(x, y, epochs=epochs, verbose=verbose)
                took = time.process_time() - begin
                sys.stdout = shown
                return took

            seconds(3, 1)
            epochs = max(2, round(SECONDS / seconds(2, 0) * 2))
            pairs = [(seconds(epochs, 1), seconds(epochs, 0)) for _ in range(rounds)]
            bar, none = (
                statistics.median(times) / epochs * 1e3 for times in zip(*pairs, strict=True)
            )
            ratio = statistics.median(a / b for a, b in pairs)
            print(
                f"{batches} batches: {none:.3f} ms an epoch, {bar:.3f} with the bar: {ratio:.4f}"
            )
    reader.terminate()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""The data sets, as lists of arrays. Where each comes from is told in docs/accuracy.md."""

import os
import sys
from pathlib import Path

import numpy as np


def folder(given, name):
    """The folder of a data set inside the one given or named by FASTGRU_DATA; or the end."""
    given = given or os.environ.get("FASTGRU_DATA")
    if not given:
        sys.exit(f"Where is {name}? Give --data FOLDER, or set FASTGRU_DATA.")
    found = Path(given) / name
    if not found.is_dir():
        sys.exit(f"{name} is not in {given}.")
    return found


def music(path, name):
    """Piano-rolls (steps, 88) in three lists: to train on, to validate on, to test on."""
    from scipy.io import loadmat

    parts = loadmat(path / f"{name}.mat")
    keys = ("traindata", "validdata", "testdata")
    return [[piece.astype(np.float32) for piece in parts[key][0]] for key in keys]


def vowels(path, part):
    """(utterances, each (steps, 12); speakers from 0 to 8), part "TRAIN" or "TEST"."""
    text = (path / f"JapaneseVowels_{part}.ts").read_text(encoding="utf-8")
    x, y = [], []
    for line in text.split("@data\n")[1].split():
        *channels, speaker = line.split(":")
        x.append(np.array([c.split(",") for c in channels], np.float32).T)
        y.append(int(speaker) - 1)
    return x, np.array(y)


def names(path):
    """(surnames, their languages as numbers, the languages), each surname once a language."""
    files = sorted(path.glob("*.txt"))
    texts, labels = [], []
    for number, file in enumerate(files):
        for name in dict.fromkeys(file.read_text(encoding="utf-8").split("\n")):
            if name.strip():
                texts.append(name.strip())
                labels.append(number)
    return texts, np.array(labels), [file.stem for file in files]


def reviews(path):
    """((texts, labels) to train on, (texts, labels) to test on)."""
    found = []
    for part in ("train", "test"):
        # The texts hold the byte 0x85, which is a line's end to splitlines() but not here.
        lines = (path / f"text_{part}.txt").read_bytes().decode("latin-1").split("\n")
        labels = np.array((path / f"label_{part}.txt").read_text().split(), int)
        found.append(([line for line in lines if line], labels))
    return found


def shakespeare(path):
    """(ids of the characters in their order, the characters)."""
    text = (path / "input.txt").read_text(encoding="utf-8")
    symbols = sorted(set(text))
    number = {symbol: k for k, symbol in enumerate(symbols)}
    return np.array([number[symbol] for symbol in text], np.int32), symbols

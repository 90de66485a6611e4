"""Texts from files, with their labels from the folders."""

import os

import numpy as np

from fastgru._check import (
    check_choice,
    check_flag,
    check_number,
    check_optional_int,
    fail,
    short,
)
from fastgru.preprocessing.batches import Batches

_WHERE = "text_dataset_from_directory"


def text_dataset_from_directory(
    directory, labels="inferred", label_mode="int", class_names=None, batch_size=32,
    max_length=None, shuffle=True, seed=None, validation_split=None, subset=None,
    follow_links=False, format="tf", verbose=True,
):  # fmt: skip
    """Batches of (texts, labels) from the .txt files of a folder, read when they are needed.

    Parameters
    ----------
    directory : str or os.PathLike
        With "inferred" labels, a folder for each class; files lie in it at any depth.
    labels : {"inferred"}, None or list of int, default "inferred"
        A list has a label for each file, in the order of folders and names.
    label_mode : {"int", "binary", "categorical"} or None, default "int"
        int32 (batch,), float32 (batch, 1), or one-hot float32 (batch, classes).
    class_names : list of str, optional
        The folders in the order of their numbers; by default sorted.
    batch_size : int or None, default 32
    max_length : int, optional
        Cut texts to so many characters.
    shuffle : bool, default True
        Give the files in a new order in each pass.
    seed : int, optional
        The same seed splits the files as Keras does.
    validation_split : float, optional
        Share of the files in the subset "validation".
    subset : {"training", "validation", "both"}, optional
        With `validation_split`; "both" returns the two.
    follow_links : bool, default False
    format : {"tf", "grain"}, default "tf"
        Accepted for Keras' scripts; it changes nothing.
    verbose : bool, default True
        Print how many files there are.

    Returns
    -------
    iterable
        With a length and `class_names`; texts are an object array of str. Bytes that are no
        UTF-8 are replaced by U+FFFD.

    Raises
    ------
    ValueError
        If arguments contradict each other, or there are no files.
    OSError
        If the folder or a file cannot be read.
    """
    check_choice(_WHERE, "format", format, ("tf", "grain"))
    if label_mode is not None:
        check_choice(_WHERE, "label_mode", label_mode, ("int", "binary", "categorical"))
    shuffle = check_flag(_WHERE, "shuffle", shuffle)
    seed = check_optional_int(_WHERE, "seed", seed, 0)
    most = check_optional_int(_WHERE, "max_length", max_length, 0)
    share = _check_split(validation_split, subset, shuffle, seed)
    if label_mode is None or labels is None:
        label_mode = labels = None
    files, numbers, names = _find(directory, labels, class_names, follow_links)
    if label_mode == "binary" and len(names) != 2:
        fail(_WHERE, "label_mode='binary'", "have 2 classes", f"{len(names)}")
    if verbose:
        classes = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(files)} files{classes}.")
    if shuffle:
        # Keras' order, so that both split alike.
        order = np.arange(len(files))
        np.random.RandomState(np.random.randint(10**6) if seed is None else seed).shuffle(order)
        files = [files[place] for place in order]
        numbers = None if numbers is None else numbers[order]
    held = int(share * len(files))
    parts = {
        None: slice(None),
        "training": slice(len(files) - held),
        "validation": slice(len(files) - held, None),
    }
    found = []
    for part in ("training", "validation") if subset == "both" else (subset,):
        kept = files[parts[part]]
        if not kept:
            rule = f"have .txt files{f' for {part}' if part else ''}"
            fail(_WHERE, f"directory {os.fsdecode(directory)!r}", rule, "none")
        if part and verbose:
            print(f"Using {len(kept)} files for {part}.")
        coded = None if numbers is None else _coded(numbers[parts[part]], label_mode, names)
        found.append(_batches(kept, coded, most, batch_size, shuffle, part, subset, seed))
        found[-1].class_names = names
    return found if subset == "both" else found[0]


def _check_split(share, subset, shuffle, seed):
    if subset is not None:
        check_choice(_WHERE, "subset", subset, ("training", "validation", "both"))
    if (subset is None) != (not share):
        fail(_WHERE, "validation_split and subset", "be given together",
             f"{share} and {subset!r}")  # fmt: skip
    if not share:
        return 0
    share = check_number(_WHERE, "validation_split", share, 0, 1)
    if shuffle and seed is None:
        fail(_WHERE, "seed", "be given where shuffled files are split", "None",
             "Else both subsets could have the same files.")  # fmt: skip
    return share


def _find(directory, labels, class_names, follow_links):
    """(paths, label numbers or None, names of classes or None)."""
    if isinstance(labels, str):
        check_choice(_WHERE, "labels", labels, ("inferred",))
        with os.scandir(directory) as entries:
            folders = sorted(e.name for e in entries if e.is_dir() and e.name[0] != ".")
        if class_names is not None:
            unknown = [name for name in class_names if name not in folders]
            if unknown:
                fail(_WHERE, "class_names", f"be folders of {os.fsdecode(directory)!r}",
                     short(unknown[0]))  # fmt: skip
            folders = list(class_names)
        lists = [_files(os.path.join(directory, name), follow_links) for name in folders]
        numbers = np.repeat(np.arange(len(folders), dtype=np.int32), [len(x) for x in lists])
        return [path for paths in lists for path in paths], numbers, folders
    if class_names is not None:
        fail(_WHERE, "class_names", "be None unless labels are inferred", short(class_names))
    with os.scandir(directory):
        files = _files(directory, follow_links)
    if labels is None:
        return files, None, None
    if not isinstance(labels, (list, tuple)) or len(labels) != len(files):
        got = len(labels) if isinstance(labels, (list, tuple)) else type(labels).__name__
        fail(
            _WHERE, "labels", f"be 'inferred', None or a list for {len(files)} files", f"{got}"
        )
    return files, np.asarray(labels, np.int32), [str(label) for label in sorted(set(labels))]


def _files(folder, follow_links):
    walked = sorted(os.walk(folder, followlinks=follow_links), key=lambda entry: entry[0])
    return [
        os.path.join(root, name)
        for root, _, names in walked
        for name in sorted(names)
        if name.lower().endswith(".txt")
    ]


def _coded(numbers, mode, names):
    if mode == "binary":
        return numbers.astype(np.float32)[:, None]
    if mode == "categorical":
        return (numbers[:, None] == np.arange(len(names))).astype(np.float32)
    return numbers


def _batches(files, coded, most, batch_size, shuffle, part, subset, seed):
    def make(index):
        texts = np.empty(len(index), object)
        texts[:] = [_read(files[place], most) for place in index]
        return texts if coded is None else (texts, coded[index])

    # As in Keras, the validation half of "both" stays in order.
    shuffle = shuffle and not (subset == "both" and part == "validation")
    return Batches(_WHERE, make, len(files), batch_size, shuffle, seed)


def _read(path, most):
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read() if most is None else file.read(most)

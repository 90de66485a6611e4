"""Texts from folders: files, labels, subsets, and Keras' order and split."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from fastgru.preprocessing import text_dataset_from_directory as of_preprocessing
from fastgru.utils import text_dataset_from_directory

FILES = {
    "b/2.txt": "two", "b/10.txt": "ten", "b/deep/1.TXT": "deep é", "a/x.txt": "ex\r\n",
    "a/y.md": "no", "c/z.txt": "zed", ".hidden/h.txt": "hidden",
}  # fmt: skip


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path


def everything(found):
    texts, labels = zip(*found, strict=True)
    return np.concatenate(texts).tolist(), np.concatenate(labels)


def test_folders_are_classes(folder, capsys):
    assert of_preprocessing is text_dataset_from_directory
    found = text_dataset_from_directory(folder, shuffle=False, batch_size=2)
    assert capsys.readouterr().out == "Found 5 files belonging to 3 classes.\n"
    assert found.class_names == ["a", "b", "c"] and len(found) == 3
    texts, labels = everything(found)
    assert texts == ["ex\r\n", "ten", "two", "deep é", "zed"]
    assert_array_equal(labels, [0, 1, 1, 1, 2])
    assert labels.dtype == np.int32
    assert everything(found)[0] == texts
    (batch, _), *_ = found
    assert isinstance(batch, np.ndarray) and batch.dtype == object


def test_the_forms_of_labels(folder, capsys):
    options = {"shuffle": False, "verbose": False, "batch_size": None}
    two = text_dataset_from_directory(
        str(folder), label_mode="binary", class_names=["c", "b"], **options
    )
    assert two.class_names == ["c", "b"] and len(two) == 4
    assert [(text, label.tolist()) for text, label in two][:2] == [("zed", [0]), ("ten", [1])]
    one_hot = text_dataset_from_directory(folder, label_mode="categorical", **options)
    labels = np.array([label for _, label in one_hot])
    assert_array_equal(labels, np.eye(3)[[0, 1, 1, 1, 2]])
    assert labels.dtype == np.float32
    for nothing in ({"labels": None}, {"label_mode": None}):
        found = text_dataset_from_directory(folder / "b", max_length=3, **options, **nothing)
        assert list(found) == ["ten", "two", "dee"]
        assert found.class_names is None
    listed = text_dataset_from_directory(folder / "b", labels=[7, 5, 7], **options)
    assert [int(label) for _, label in listed] == [7, 5, 7] and listed.class_names == ["5", "7"]
    assert capsys.readouterr().out == ""
    text_dataset_from_directory(folder / "b", labels=None)
    assert capsys.readouterr().out == "Found 3 files.\n"


def test_bytes_that_are_no_utf8_are_replaced(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\xffb")
    (text,) = text_dataset_from_directory(tmp_path, None, batch_size=None, verbose=False)
    assert text == "a\ufffdb"


@pytest.fixture
def many(tmp_path):
    for number in range(30):
        path = tmp_path / f"class{number % 3}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{number}")
    return tmp_path


def test_subsets_are_keras(many, capsys):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip("keras")
    from keras.src.utils import dataset_utils

    for shuffle, seed in ((False, None), (True, 3), (True, 8)):
        paths, labels, names = dataset_utils.index_directory(
            str(many), "inferred", (".txt",), shuffle=shuffle, seed=seed
        )
        for subset in ("training", "validation"):
            capsys.readouterr()
            kept, numbers = dataset_utils.get_training_or_validation_split(
                paths, labels, 0.25, subset
            )
            printed = capsys.readouterr().out
            found = text_dataset_from_directory(
                many, shuffle=shuffle, seed=seed, validation_split=0.25, subset=subset
            )
            assert capsys.readouterr().out.endswith(printed)
            texts, mine = everything(found)
            expected = [Path(path).read_text() for path in kept]
            order = np.argsort([expected.index(text) for text in texts])
            assert [texts[place] for place in order] == expected
            assert_array_equal(mine[order], numbers)
            if not shuffle:
                assert texts == expected
            assert found.class_names == names


def test_both_subsets_share_no_file_and_passes_differ(many):
    train, held = text_dataset_from_directory(
        many, validation_split=0.2, subset="both", seed=1, verbose=False
    )
    texts = everything(train)[0], everything(held)[0]
    assert len(texts[0]) == 24 and len(texts[1]) == 6
    assert sorted(map(int, texts[0] + texts[1])) == list(range(30))
    again, labels = everything(train)
    assert again != texts[0] and sorted(again) == sorted(texts[0])
    assert_array_equal(labels, [int(text) % 3 for text in again])
    assert everything(held)[0] == texts[1]
    twin = text_dataset_from_directory(
        many, validation_split=0.2, subset="both", seed=1, verbose=False
    )[0]
    assert [everything(twin)[0], everything(twin)[0]] == [texts[0], again]


def test_what_cannot_be_is_refused(folder):
    where = "text_dataset_from_directory: "
    for arguments, kind, rest in (
        ({"labels": "x"}, ValueError, "labels must be one of 'inferred'; got 'x'."),
        ({"labels": [1]}, ValueError,
         "labels must be 'inferred', None or a list for 6 files; got 1."),
        ({"labels": 3}, ValueError,
         "labels must be 'inferred', None or a list for 6 files; got int."),
        ({"label_mode": "x"}, ValueError,
         "label_mode must be one of 'int', 'binary', 'categorical'; got 'x'."),
        ({"label_mode": "binary"}, ValueError,
         "label_mode='binary' must have 2 classes; got 3."),
        ({"class_names": ["d"]}, ValueError,
         f"class_names must be folders of {str(folder)!r}; got 'd'."),
        ({"labels": None, "class_names": ["a"]}, ValueError,
         "class_names must be None unless labels are inferred; got ['a']."),
        ({"subset": "training"}, ValueError,
         "validation_split and subset must be given together; got None and 'training'."),
        ({"validation_split": 0.5}, ValueError,
         "validation_split and subset must be given together; got 0.5 and None."),
        ({"validation_split": 0.5, "subset": "both"}, ValueError,
         ("seed must be given where shuffled files are split; got None. Else both subsets could "
         "have the same files.")),
        ({"validation_split": 0.1, "subset": "validation", "seed": 1}, ValueError,
         f"directory {str(folder)!r} must have .txt files for validation; got none."),
        ({"format": "x"}, ValueError, "format must be one of 'tf', 'grain'; got 'x'."),
    ):  # fmt: skip
        with refuses(kind, where + rest):
            text_dataset_from_directory(folder, verbose=False, **arguments)
    with pytest.raises(FileNotFoundError):
        text_dataset_from_directory(folder / "none")
    (folder / "empty").mkdir()
    with refuses(ValueError, f"{where}directory {str(folder / 'empty')!r} must have .txt files; "
                 "got none."):  # fmt: skip
        text_dataset_from_directory(folder / "empty", None, verbose=False)

"""Vocabularies in `.keras` files: ours there and back, Keras' own, and bad ones."""

import functools
import io
import json
import os

import numpy as np
import numpy_tensorflow
import pytest
from formats.archives import CONFIG, WEIGHTS, load, pack, parts, save, with_config, with_weights
from numpy.testing import assert_allclose, assert_array_equal

import fastgru
from fastgru.formats import keras_text
from fastgru.layers import GRU, Dense, Embedding, Input, TextVectorization

TEXTS = ["good movie yes", "bad film", "great good", "bad bad awful thing here"]
FILE = "assets/layers/text_vectorization/vocabulary.txt"
INNER = "assets/layers/text_vectorization/_lookup_layer/vocabulary.txt"
KINDS = {
    "numbers": {},
    "characters": {"split": "character", "standardize": None},
    "ngrams": {"ngrams": (1, 3), "output_mode": "count"},
    "weights": {"output_mode": "tf_idf"},
    "free columns": {"output_mode": "tf_idf", "pad_to_max_tokens": True, "max_tokens": 30},
    "given": {"vocabulary": ["good", "bad"], "output_mode": "multi_hot"},
    "given with weights": {
        "vocabulary": ["[UNK]", "good"], "idf_weights": [0.1, 2.0], "output_mode": "tf_idf",
    },
}  # fmt: skip


def made(texts=TEXTS, **arguments):
    layer = TextVectorization(**arguments)
    if "vocabulary" not in arguments:
        layer.adapt(texts)
    if layer.output_mode == "int":
        behind = [Embedding(layer.vocabulary_size(), 4, mask_zero=True), GRU(3)]
    else:
        behind = [Dense(3)]
    model = fastgru.Sequential([Input((1,), dtype="string"), layer, *behind])
    model.compile("adam", "mse")
    model.fit(TEXTS, np.ones((4, 3)), verbose=0)
    return model


def assert_same(mine, other):
    assert other.layers[0].get_config() == mine.layers[0].get_config()
    assert other.layers[0].get_vocabulary() == mine.layers[0].get_vocabulary()
    x = [*TEXTS, "unheard of"]
    assert_array_equal(other.predict(x, verbose=0), mine.predict(x, verbose=0))
    for each in (mine, other):
        each.fit(TEXTS, np.ones((4, 3)), shuffle=False, verbose=0)
    assert_array_equal(other.predict(x, verbose=0), mine.predict(x, verbose=0))


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(kind):
    model = made(**KINDS[kind])
    data = save(model)
    names = set(parts(data))
    assert ({FILE, INNER} <= names) == ("given" not in kind)
    other = load(data)
    assert_same(model, other)
    assert save(other)[:4] == b"PK\x03\x04" and set(parts(save(other))) == names


@pytest.mark.parametrize("kind", ["weights", "free columns"])
def test_weights_files_have_the_weights_of_tokens(kind, tmp_path):
    model, other = (made(**KINDS[kind], name="t") for _ in range(2))
    model.save_weights(tmp_path / "m.weights.h5")
    idf = model.layers[0].vocabulary.idf
    other.layers[0].vocabulary.idf = np.zeros_like(idf)
    other.load_weights(tmp_path / "m.weights.h5")
    assert_array_equal(other.layers[0].vocabulary.idf, idf)
    assert_same(model, other)


@pytest.mark.parametrize("token", ["\n", "\r", "\x85", "\u2028"])
def test_a_token_with_a_line_break_is_kept(token):
    model = made([f"a{token}"], split="character", standardize=None)
    data = save(model)
    assert FILE not in parts(data)
    assert token in load(data).layers[0].get_vocabulary()
    assert load(data).layers[0].get_vocabulary() == model.layers[0].get_vocabulary()


def test_files_of_two_models_do_not_mix():
    models = [made(), made(["other words"])]
    assert [load(save(m)).layers[0].get_vocabulary() for m in models] == [
        m.layers[0].get_vocabulary() for m in models
    ]


def test_a_function_cannot_be_saved():
    with pytest.raises(TypeError, match="^save_model: every value of the configuration must be a "
                       "number, a word or a list; got function.$"):  # fmt: skip
        save(made(split=lambda texts: [text.split() for text in texts]))


def test_what_could_not_be_opened_is_not_saved(monkeypatch, tmp_path):
    model = made()
    path = tmp_path / "model.keras"
    model.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(keras_text, "MOST_TOKENS", 3)
    with pytest.raises(ValueError, match="^save_model: the vocabulary of text_vectorization.* must "
                       "have at most 3 tokens; got 11.$"):  # fmt: skip
        model.save(path)
    assert path.read_bytes() == before
    with pytest.raises(fastgru.ModelFormatError, match="must have at most 3 lines; got 11.$"):
        load(before)
    monkeypatch.undo()
    monkeypatch.setattr(fastgru.formats.bounded_json, "MOST_VALUES", 30)
    with pytest.raises(
        ValueError, match="^save_model: config.json must hold at most 30 values"
    ):
        model.save(path)
    assert path.read_bytes() == before


@functools.cache
def good(**arguments):
    # Not when tests are collected: automatic names are counted, and other files count on them.
    return save(made(**arguments))


def layer_config(change):
    def changed(config):
        config["config"]["layers"][1]["config"].update(change)

    return changed


NAMES = (
    "a stranger",
    "of another layer",
    "no UTF-8",
    "a token twice",
    "an empty token",
    "more than max_tokens",
    "a path",
    "numbers",
    "lists",
    "a function",
    "columns beyond all memory",
    "no weights of tokens",
)


@functools.cache
def hostile():
    members, weighed = parts(good()), good(output_mode="tf_idf")
    vocabulary = "load_model: every entry of 'vocabulary' of layer 1 must be str; got "
    of_file = f"load_model: {FILE} must "
    return {
        "a stranger": (
            pack({**members, "assets/words.txt": b""}),
            ("load_model: the file must hold config.json, metadata.json and model.weights.h5 "
            "alone; got 'assets/words.txt'."),
        ),
        "of another layer": (
            pack({**members, FILE.replace("vectorization", "vectorization_1"): b""}),
            ("load_model: the file must hold config.json, metadata.json and model.weights.h5 "
            "alone; got 'assets/layers/text_vectorization_1/vocabulary.txt'."),
        ),
        "no UTF-8": (
            pack({**members, FILE: b"\xff\xfe"}), of_file + r"be a UTF-8 text; got b'\xff\xfe'.",
        ),
        "a token twice": (
            pack({**members, FILE: b"\n[UNK]\na\na"}),
            "load_model: vocabulary must have every token once; got 'a' 2 times.",
        ),
        "an empty token": (
            pack({**members, FILE: b"a\n\nb"}),
            "load_model: vocabulary must have no empty token; got one at position 1.",
        ),
        "more than max_tokens": (
            with_config(good(), layer_config({"max_tokens": 2})),
            ("load_model: vocabulary must have at most max_tokens=2 tokens, the special ones "
            "among them; got 11."),
        ),
        "a path": (
            with_config(good(), layer_config({"vocabulary": "/etc/passwd"})),
            "load_model: 'vocabulary' of layer 1 must be a list of tokens; got '/etc/passwd'.",
        ),
        "numbers": (with_config(good(), layer_config({"vocabulary": [1]})), vocabulary + "1."),
        "lists": (
            with_config(good(), layer_config({"vocabulary": [["a"]]})), vocabulary + "a list of 1.",
        ),
        "a function": (
            with_config(good(), layer_config({"split": {
                "module": "builtins", "class_name": "function", "config": "print",
            }})),
            ("load_model: TextVectorization: split must be one of 'whitespace', 'character'; got "
            "'print'."),
        ),
        "columns beyond all memory": (
            with_config(weighed, layer_config({"max_tokens": 2**30, "pad_to_max_tokens": True})),
            "load_model: the weights up to ",
        ),
        "no weights of tokens": (
            with_weights(weighed, lambda root: root.__delitem__(
                "layers/text_vectorization/vars/idf_weights")),
            ("load_model: layers/text_vectorization/vars/idf_weights must be in "
            "model.weights.h5; got no such variable."),
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_gives_the_sentence(name):
    data, sentence = hostile()[name]
    with pytest.raises(fastgru.ModelFormatError) as caught:
        load(data)
    text = str(caught.value)
    assert text == sentence if sentence.endswith(".") else text.startswith(sentence)


def test_every_bad_file_is_tested():
    assert set(NAMES) == set(hostile())


def test_a_model_without_its_vocabulary_has_none():
    members = parts(good())
    del members[FILE], members[INNER]
    layer = load(pack(members)).layers[0]
    assert layer.get_vocabulary() == ["", "[UNK]"]
    assert load(pack({**parts(good()), FILE: b"\n[UNK]"})).layers[0].vocabulary_size() == 2


# Keras' own code, with tables and arithmetic of TensorFlow's done in NumPy.


@pytest.fixture
def keras(monkeypatch):
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras = pytest.importorskip("keras")
    numpy_tensorflow.put_into_keras(monkeypatch)
    return keras


def counted(keras, rows, **arguments):
    """Keras' layer with the vocabulary of lists of tokens, and ours."""
    theirs = keras.layers.TextVectorization(**arguments)
    lookup = theirs._lookup_layer
    for row in rows:
        for token in row:
            before = lookup.token_counts.lookup([token])
            lookup.token_counts.insert([token], before + 1)
        if theirs._output_mode == "tf_idf":
            for token in set(row):
                before = lookup.token_document_counts.lookup([token])
                lookup.token_document_counts.insert([token], before + 1)
    if theirs._output_mode == "tf_idf":
        lookup.num_documents.assign(len(rows))
    theirs.finalize_state()
    ours = TextVectorization(standardize=None, **arguments)
    ours.adapt([" ".join(row) for row in rows])
    return theirs, ours


ARGUMENTS = (
    {}, {"max_tokens": 7}, {"output_mode": "count"}, {"output_mode": "tf_idf"},
    {"output_mode": "tf_idf", "max_tokens": 6},
    {"output_mode": "tf_idf", "max_tokens": 40, "pad_to_max_tokens": True},
)  # fmt: skip


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_keras_counts_alike(keras, arguments):
    rng = np.random.default_rng(5)
    letters = np.array(["a", "b", "Z", "é", "zz", "ab", "漢", "𝔘", "[UNK]", "0"])
    for _ in range(20):
        rows = [list(rng.choice(letters, rng.integers(1, 6))) for _ in range(5)]
        rows = [[str(token) for token in row] for row in rows]
        theirs, ours = counted(keras, rows, **arguments)
        assert ours.get_vocabulary() == [str(word) for word in theirs.get_vocabulary()]
        if ours.output_mode == "tf_idf":
            weights = theirs._lookup_layer.idf_weights_const.numpy()
            assert_allclose(ours.vocabulary.idf, weights[: len(ours.vocabulary)], rtol=1e-6)


@pytest.mark.parametrize("arguments", ARGUMENTS[:5])
def test_files_cross_over_both_ways(keras, arguments, tmp_path):
    theirs, ours = counted(keras, [["b", "c", "b"], ["a"], ["é", "a", "c"]], **arguments)
    words = ours.get_vocabulary()
    for module, layer in ((keras, theirs), (fastgru, ours)):
        L = module.layers
        is_int = ours.output_mode == "int"
        tail = [L.Embedding(9, 3), L.GRU(2)] if is_int else [L.Dense(2)]
        model = module.Sequential([L.Input((1,), dtype="string"), layer, *tail])
        model.save(tmp_path / f"{module.__name__}.keras")
    read = fastgru.saving.load_model(tmp_path / "keras.keras")
    assert read.layers[0].get_vocabulary() == words
    assert read.predict(["b é unheard"], verbose=0).shape == (1, 2)
    back = keras.models.load_model(tmp_path / "fastgru.keras")
    assert [str(word) for word in back.layers[0].get_vocabulary()] == words
    mine, his = (
        {k: v for k, v in config.items() if k not in ("name", "dtype", "standardize")}
        for config in (ours.get_config(), back.layers[0].get_config())
    )
    assert his == mine
    if ours.output_mode == "tf_idf":
        weights = theirs._lookup_layer.idf_weights_const.numpy()
        assert_allclose(read.layers[0].vocabulary.idf, weights, rtol=1e-6)
        assert_allclose(
            back.layers[0]._lookup_layer.idf_weights_const.numpy(), weights, rtol=1e-6
        )


def test_the_layout_is_keras(keras, tmp_path):
    layer, ours = counted(keras, [["b", "c"]], output_mode="tf_idf")
    L = keras.layers
    keras.Sequential([L.Input((1,), dtype="string"), layer, L.Dense(2)]).save(
        tmp_path / "k.keras"
    )
    theirs = parts((tmp_path / "k.keras").read_bytes())
    L = fastgru.layers
    mine = parts(save(fastgru.Sequential([L.Input((1,), dtype="string"), ours, L.Dense(2)])))
    assert set(mine) == set(theirs)
    assert {mine[FILE], mine[INNER]} == {theirs[FILE], theirs[INNER]}
    assert _tree(mine[WEIGHTS]) == _tree(theirs[WEIGHTS])
    keys = [
        json.loads(p[CONFIG])["config"]["layers"][1]["config"].keys() for p in (mine, theirs)
    ]
    assert set(keys[0]) == set(keys[1])


def _tree(data):
    import h5py

    names = []
    with h5py.File(io.BytesIO(data), "r") as root:
        root.visit(names.append)
    return sorted(names)

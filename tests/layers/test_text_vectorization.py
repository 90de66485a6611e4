"""TextVectorization: tokens, vocabulary and numbers, as Keras' source and page have them.

Expected values are worked out by hand from Keras 3.15's source, which uses TensorFlow's
string operations; the values of its documentation and of its own tests are among them.
"""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from fastgru.layers import TextVectorization

TEXTS = ["foo bar", "bar baz", "baz bada boom"]


def layer(words=("baz", "bar", "foo"), **arguments):
    return TextVectorization(vocabulary=list(words), name="t", **arguments)


def refuses(kind, sentence):
    return pytest.raises(kind, match=f"^{re.escape(sentence)}$")


def tokens(text, **arguments):
    """The tokens that a layer learns from one text, sorted."""
    found = TextVectorization(**arguments)
    found.adapt([text])
    return sorted(found.get_vocabulary(include_special_tokens=False))


def test_the_vocabulary_falls_by_frequency_and_of_equal_tokens_the_larger_comes_first():
    found = TextVectorization(max_tokens=5000, output_sequence_length=4)
    found.adapt(TEXTS)
    assert found.get_vocabulary() == ["", "[UNK]", "baz", "bar", "foo", "boom", "bada"]
    assert found.get_vocabulary(include_special_tokens=False)[0] == "baz"
    assert found.vocabulary_size() == 7
    # The example of Keras' page.
    assert_array_equal(found([["foo qux bar"], ["qux baz"]]), [[4, 1, 3, 0], [1, 2, 0, 0]])
    assert found(["foo"]).dtype == np.int64


def test_equal_tokens_are_compared_as_utf8_bytes():
    found = TextVectorization(standardize=None)
    found.adapt(["a Z é z 𝔘 ﬁ"])
    assert found.get_vocabulary(False) == ["𝔘", "ﬁ", "é", "z", "a", "Z"]


def test_max_tokens_counts_the_special_ones():
    for mode, kept in (("int", ["baz", "bar"]), ("count", ["baz", "bar", "foo"])):
        found = TextVectorization(max_tokens=4, output_mode=mode)
        found.adapt(TEXTS)
        assert found.get_vocabulary(include_special_tokens=False) == kept
        assert found.vocabulary_size() == 4


def test_the_special_tokens_are_not_learnt():
    found = TextVectorization(standardize=None)
    found.adapt(["[UNK] a [UNK]", "", " \t"])
    assert found.get_vocabulary() == ["", "[UNK]", "a"]
    assert_array_equal(found(["[UNK] a"]), [[1, 2]])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["dont", "stop", "wow"]),
        ({"standardize": "lower"}, ["don't", "stop!", "wow_"]),
        ({"standardize": "strip_punctuation"}, ["Dont", "STOP", "wow"]),
        ({"standardize": None}, ["Don't", "STOP!", "wow_"]),
        ({"split": None}, ["dont\tstop \n wow"]),
        ({"split": "character", "standardize": "lower"}, sorted(set("don't\tstop! \n wow_"))),
    ],
)
def test_how_texts_are_cut(arguments, expected):
    assert tokens("Don't\tSTOP! \n wow_", **arguments) == expected


def test_all_ascii_punctuation_goes_and_no_other():
    text = "a" + "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'" + "b“c”¡"
    assert tokens(text) == ["ab“c”¡"]


def test_only_ascii_letters_become_small_and_only_ascii_space_separates():
    # Python's own lower() and split() would do more: İ, É, the no-break and the wide space.
    assert tokens("ÉA İ\u00a0b\u3000c\x1cd\u2028e") == ["Éa", "İ\u00a0b\u3000c\x1cd\u2028e"]
    assert tokens("a\x0bb\x0cc\rd") == ["a", "b", "c", "d"]


def test_characters_are_code_points():
    found = TextVectorization(split="character", standardize=None)
    found.adapt(["e\u0301👩\u200d🚀"])
    assert found.get_vocabulary(False) == ["🚀", "👩", "\u200d", "\u0301", "e"]


@pytest.mark.parametrize(
    ("ngrams", "expected"),
    [
        (1, ["a", "b", "c"]),
        (2, ["a", "a b", "b", "b c", "c"]),
        ((2,), ["a b", "b c"]),
        ((3, 1), ["a", "a b c", "b", "c"]),
        ((4,), []),
    ],
)
def test_ngrams(ngrams, expected):
    assert tokens("a b c", ngrams=ngrams) == expected


def test_ngrams_of_one_length_come_before_those_of_the_next():
    found = layer(["a", "b", "c", "a b", "b c", "a b c"], ngrams=3)
    assert_array_equal(found(["a b c"]), [[2, 3, 4, 5, 6, 7]])
    found = layer(["a", "b", "c", "a b", "b c"], ngrams=(2, 1))
    assert_array_equal(found(["a b c"]), [[5, 6, 2, 3, 4]])


def test_functions_of_the_users_own():
    def swap(texts):
        return np.char.replace(texts, "x", "y")

    def at_commas(texts):
        assert isinstance(texts, np.ndarray) and texts.dtype.kind == "U" and texts.ndim == 1
        return [text.split(",") for text in texts]

    found = TextVectorization(standardize=swap, split=at_commas)
    found.adapt(["x,b", "yes"])
    # An empty token is padding.
    assert found.get_vocabulary() == ["", "[UNK]", "yes", "y", "b"]
    assert_array_equal(found([["x,,b"]]), [[3, 0, 4]])
    # More texts than go into one block, and none at all.
    assert_array_equal(found(["b"] * 600), [[4]] * 600)
    assert found(np.empty((0,), str)).shape == (0, 0)
    with refuses(ValueError, "t: split must give one result for each of 2 texts; got 1."):
        layer(split=lambda texts: texts[:1])(["a", "b"])
    with refuses(TypeError, "t: standardize and split must give strings; got int."):
        layer(split=lambda texts: [[1]])(["a"])


def test_the_modes_of_counts():
    # Values of Keras' own tests.
    words, x = ("foo", "bar", "baz"), [["foo bar"], ["baz foo foo"]]
    assert_array_equal(layer(words, output_mode="multi_hot")(x), [[0, 1, 1, 0], [0, 1, 0, 1]])
    assert_array_equal(layer(words, output_mode="count")(x), [[0, 1, 1, 0], [0, 2, 0, 1]])
    found = layer(words, output_mode="tf_idf", idf_weights=[0.3, 0.5, 0.2])(x)
    assert_allclose(found, [[0.0, 0.3, 0.5, 0.0], [0.0, 0.6, 0.0, 0.2]], rtol=1e-6)
    assert found.dtype == np.float32
    # Unknown tokens have the mean of the weights.
    unknown = layer(words, output_mode="tf_idf", idf_weights=[0.3, 0.5, 0.2])("u u foo")
    assert_allclose(unknown, [2 / 3, 0.3, 0, 0], rtol=1e-6)
    assert layer(words, output_mode="binary").output_mode == "multi_hot"
    assert_array_equal(
        layer(words, output_mode="count")(["", "u foo"]), [[0] * 4, [1, 1, 0, 0]]
    )


def test_learnt_weights_are_the_logarithms_of_shares_of_samples():
    found = TextVectorization(output_mode="tf_idf", max_tokens=9, pad_to_max_tokens=True)
    found.adapt(["a a b", "a", "c a", "b"])
    assert found.get_vocabulary() == ["[UNK]", "a", "b", "c"]
    idf = np.log(1 + 4 / (1 + np.array([3, 2, 1])))
    expected = np.zeros((2, 9))
    expected[0, :4] = 1 * idf.mean(), 2 * idf[0], 0, 1 * idf[2]
    assert_allclose(found(["a c a d", ""]), expected, rtol=1e-6)


def test_columns_may_be_filled_up():
    found = layer(("a",), output_mode="count", max_tokens=5, pad_to_max_tokens=True)
    assert_array_equal(found(["a b a"]), [[1, 2, 0, 0, 0]])


def test_rows_are_as_long_as_the_longest_or_as_told():
    x = [["foo qux bar"], ["qux baz"], [""]]
    assert_array_equal(layer()(x), [[4, 1, 3], [1, 2, 0], [0, 0, 0]])
    assert_array_equal(layer(output_sequence_length=2)(x), [[4, 1], [1, 2], [0, 0]])
    assert layer()(["", " "]).shape == (2, 0)


def test_ragged_rows_are_a_list_of_arrays():
    x = ["foo qux bar", "", "qux baz", "foo"]
    for most, expected in (
        (None, [[4, 1, 3], [], [1, 2], [4]]),
        (2, [[4, 1], [], [1, 2], [4]]),
    ):
        found = layer(ragged=True, output_sequence_length=most)(x)
        assert [row.tolist() for row in found] == expected
        assert {row.dtype for row in found} == {np.dtype(np.int64)}


def test_one_text_and_all_kinds_of_arrays_of_texts():
    pandas = pytest.importorskip("pandas")
    found = layer()
    assert_array_equal(found("foo bar"), [4, 3])
    texts = ["foo bar", "bar"]
    for x in (
        texts, tuple(texts), np.array(texts), np.array(texts, object), np.array(texts, "S"),
        [b"foo bar", "bar"], [["foo bar"], ["bar"]], np.array(texts)[:, None],
        pandas.Series(texts), [np.str_("foo bar"), "bar"],
    ):  # fmt: skip
        assert_array_equal(found(x), [[4, 3], [3, 0]])
    assert_array_equal(layer(["é"], encoding="latin-1", standardize=None)([b"\xe9"]), [[2]])


def test_without_split_each_text_is_a_token():
    found = layer(["a b", "c"], split=None, standardize=None)
    assert_array_equal(found(["a b", "d"]), [2, 1])
    assert_array_equal(found([["a b", "c"], ["d", ""]]), [[2, 3], [1, 0]])
    rows = layer(["a b", "c"], split=None, output_mode="count")
    assert_array_equal(rows([["a b", "c"], ["c", "c"]]), [[0, 1, 1], [0, 0, 2]])


def test_adapt_reads_batches():
    def batches():
        while True:
            yield ["hello world", "foo bar"]

    found = TextVectorization()
    found.adapt(batches(), steps=2)
    assert found.get_vocabulary(False) == ["world", "hello", "foo", "bar"]
    found.adapt(iter([(np.array(["x x"]), [1]), "y x"]))
    assert found.get_vocabulary(False) == ["x", "y"]
    found.adapt([])
    assert found.get_vocabulary(False) == ["x", "y"]


def test_a_vocabulary_may_begin_with_the_special_tokens_or_lie_in_a_file(tmp_path):
    assert layer(["", "[UNK]", "a"]).get_vocabulary() == ["", "[UNK]", "a"]
    assert layer(["[UNK]", "a"], output_mode="count").get_vocabulary() == ["[UNK]", "a"]
    idf = layer(["[UNK]", "a"], output_mode="tf_idf", idf_weights=[5, 2])
    assert_allclose(idf(["a u"]), [[5, 2]])
    path = tmp_path / "words.txt"
    path.write_text("b\né\n", encoding="utf-8")
    for name in (path, str(path)):
        assert TextVectorization(vocabulary=name).get_vocabulary(False) == ["b", "é"]
    found = layer(np.array(["x", "y"]))
    found.set_vocabulary(("z",))
    assert found.get_vocabulary(False) == ["z"] == found.get_config()["vocabulary"]


SET = "t.set_vocabulary: "


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda t: t.set_vocabulary([]), ValueError,
         SET + "vocabulary must have a token; got none."),
        (lambda t: t.set_vocabulary(["a", "b", "a"]), ValueError,
         SET + "vocabulary must have every token once; got 'a' 2 times."),
        (lambda t: t.set_vocabulary(["a", ""]), ValueError,
         SET + "vocabulary must have no empty token; got one at position 1."),
        (lambda t: t.set_vocabulary(list("abcd")), ValueError,
         SET + "vocabulary must have at most max_tokens=5 tokens, the special ones among "
         "them; got 6."),
        (lambda t: t.set_vocabulary([["a"]]), ValueError,
         SET + "vocabulary must be a list; got an array of shape (1, 1)."),
        (lambda t: t.set_vocabulary([1]), TypeError,
         SET + "every text of vocabulary must be a str; got int at position 0."),
        (lambda t: t.set_vocabulary(["a"], [0.5]), ValueError,
         SET + "idf_weights must be given with output_mode='tf_idf' and with no other; got "
         "[0.5] with 'int'."),
        (lambda t: t.set_vocabulary(["\ud800"]), ValueError,
         SET + "every token must be sound Unicode; got '\\ud800'."),
        (lambda t: t(["\ud800"]), ValueError,
         "t: every text must be sound Unicode; got '\\ud800'."),
        (lambda t: t([None]), TypeError,
         "t: every text of x must be a str; got NoneType at position 0."),
        (lambda t: t(7), TypeError, "t: x must be a list of texts; got int."),
        (lambda t: t([["a", "b"]]), ValueError,
         "t: an array of texts must have shape (batch,) or (batch, 1); got (1, 2)."),
        (lambda t: t([["a"], ["b", "c"]]), TypeError,
         "t: every text of x must be a str; got list at position 0."),
        (lambda t: t.adapt("a b"), TypeError,
         "t.adapt: data must be a list of texts; got str. Put a single text into a list."),
        (lambda t: TextVectorization(name="t")(["a"]), RuntimeError,
         ("t: the vocabulary must be known before the layer is used; got none. adapt(texts) "
         "learns it.")),
        (lambda t: layer().adapt(["a"]), ValueError,
         "t.adapt: the vocabulary must not be given to the constructor; got 3 tokens."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, kind, sentence):
    found = TextVectorization(max_tokens=5, name="t")
    found.adapt(["b c"])
    with refuses(kind, sentence):
        call(found)
    assert found.get_vocabulary(False) == ["c", "b"]


@pytest.mark.parametrize(
    ("arguments", "kind", "rest"),
    [
        ({"max_tokens": 1}, ValueError, "max_tokens must be at least 2; got 1."),
        ({"standardize": "upper"}, ValueError,
         ("standardize must be one of 'lower', 'strip_punctuation', "
         "'lower_and_strip_punctuation'; got 'upper'.")),
        ({"split": " "}, ValueError,
         "split must be one of 'whitespace', 'character'; got ' '."),
        ({"ngrams": 0}, ValueError, "ngrams must be at least 1; got 0."),
        ({"ngrams": (1, "a")}, TypeError,
         "every entry of ngrams must be an integer; got 'a'."),
        ({"output_mode": "one"}, ValueError,
         "output_mode must be one of 'int', 'multi_hot', 'count', 'tf_idf'; got 'one'."),
        ({"output_sequence_length": 3, "output_mode": "count"}, ValueError,
         "output_sequence_length must be None unless output_mode is 'int'; got 3."),
        ({"ragged": True, "output_mode": "count"}, ValueError,
         "ragged must be False unless output_mode is 'int'; got True."),
        ({"pad_to_max_tokens": True}, ValueError,
         "max_tokens must be given with pad_to_max_tokens; got None."),
        ({"sparse": True}, NotImplementedError,
         "sparse must be False; got True. fastgru does not have this yet."),
        ({"idf_weights": [1.0]}, ValueError,
         "idf_weights must be None unless output_mode is 'tf_idf'; got [1.0]."),
        ({"encoding": "utf-9"}, ValueError,
         "encoding must be the name of a text encoding; got 'utf-9'."),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_are_refused(arguments, kind, rest):
    with refuses(kind, f"TextVectorization: {rest}"):
        TextVectorization(**arguments)


def test_weights_of_tokens_must_fit():
    found = TextVectorization(output_mode="tf_idf", name="t")
    with refuses(ValueError, f"{SET}idf_weights must have shape (2,); got (1,)."):
        found.set_vocabulary(["a", "b"], [1.0])
    rule = "idf_weights must be given with output_mode='tf_idf' and with no other"
    with refuses(ValueError, f"{SET}{rule}; got None with 'tf_idf'."):
        found.set_vocabulary(["a"])

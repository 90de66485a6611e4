"""Vocabularies in a `.keras` file, where Keras has them.

    assets/layers/text_vectorization/vocabulary.txt     a token on each line
    assets/layers/text_vectorization/_lookup_layer/     the same once more
    assets/_layer_checkpoint_dependencies/...           both of them, in Keras 2.12
    /layers/text_vectorization/vars/idf_weights         in the weights file, with "tf_idf"

A vocabulary that was given to the layer's constructor, or that has a line break in a token,
is in config.json instead.
"""

from fastgru._check import fail
from fastgru._errors import refuse, refusing, shown
from fastgru.layers.tokens import as_texts
from fastgru.layers.vocabulary import Vocabulary, checked_words

WHERE = "load_model"
#: Most tokens of a vocabulary: each takes some 200 bytes in memory, and as little as 2 in
#: the file.
MOST_TOKENS = 2_000_000
#: The layer inside Keras' layer, which has a group and a folder of its own.
INNER = "_lookup_layer"


def files(groups):
    """{name: bytes} of the vocabularies of (group, layer) pairs."""
    found = {}
    for group, layer in groups:
        if layer.takes_text and layer.get_config()["vocabulary"] is None:
            if layer.vocabulary_size() > MOST_TOKENS:
                fail("save_model", f"the vocabulary of {layer.name}",
                     f"have at most {MOST_TOKENS} tokens", layer.vocabulary_size())  # fmt: skip
            found |= dict.fromkeys(_places(group), layer.lines().encode())
    return found


def files_of(groups):
    """{name: layer} of the files that layers may have; None for a copy."""
    found = {}
    for group, layer in groups:
        if layer.takes_text:
            found |= dict(zip(_places(group), (layer, None), strict=True))
    return found


def _places(group):
    """The files of the vocabulary of the layer with a group: one, and its copy."""
    return f"assets/{group}/vocabulary.txt", f"assets/{group}/{INNER}/vocabulary.txt"


def take(name, layer, data):
    """Give a layer the vocabulary in a file, unless it has one."""
    if layer.vocabulary is not None:
        return
    if (lines := data.count(b"\n") + 1) > MOST_TOKENS:
        refuse(WHERE, name, f"have at most {MOST_TOKENS} lines", lines)
    try:
        words = data.decode().splitlines()
    except UnicodeDecodeError:
        refuse(WHERE, name, "be a UTF-8 text", shown(bytes(data[:20])))
    while words and not words[-1]:
        words.pop()
    if not words:
        return  # saved before it was adapted
    with refusing(WHERE):
        words, _ = as_texts(WHERE, name, words)
        known = checked_words(WHERE, words, layer.takes_ids, layer.max_tokens)
    layer.vocabulary = Vocabulary(known, layer.takes_ids)


def weights(groups):
    """(path, layer, how many) of each array of token weights in the weights file."""
    for group, layer in groups:
        if layer.takes_text and layer.output_mode == "tf_idf" and layer.vocabulary is not None:
            for inside in ("", f"{INNER}/"):
                yield f"{group}/{inside}vars/idf_weights", layer, layer.columns()


def take_idf(pairs):
    """Give layers the weights of their tokens; what is behind them fills up columns."""
    for layer, values in pairs:
        layer.vocabulary.idf = values[: len(layer.vocabulary)]

"""Files near those of the corpus, thought up by hypothesis: each ends in a model or a sentence.

In `corpus/` are files of each format, and every one that once did harm: whoever finds another
puts it there under a name that says what it is. `test_hostile_files.py` opens them as they are.
"""

import io
import warnings
from pathlib import Path

from formats.archives import METADATA, pack, parts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fastgru

CORPUS = {path.name: path.read_bytes() for path in (Path(__file__).parent / "corpus").iterdir()}
SMALL = st.binary(max_size=9)
#: (where, as a part of the whole; how much is taken out; what is put there)
EDITS = st.lists(
    st.tuples(st.integers(0, 2**20 - 1), st.sampled_from((0, 1, 1, 2, 8, 300)), SMALL),
    min_size=1, max_size=3,
)  # fmt: skip
EXAMPLES = settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def edited(data, edits):
    for place, taken, put in edits:
        start = place * len(data) >> 20
        data = data[:start] + put + data[start + taken :]
    return data


def opened(name, data):
    model = None
    if name.endswith(".weights.h5"):
        model = fastgru.saving.load_model(io.BytesIO(CORPUS["tiny.keras"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if model is not None:
                model.load_weights(io.BytesIO(data))
            else:
                model = fastgru.saving.load_model(io.BytesIO(data))
        except fastgru.ModelFormatError as error:
            assert " must " in str(error) and "; got " in str(error)
        else:
            assert model.built


@EXAMPLES
@given(st.sampled_from(sorted(CORPUS)), EDITS)
def test_edited_files(name, edits):
    opened(name, edited(CORPUS[name], edits))


@EXAMPLES
@given(st.sampled_from(("config.json", METADATA, "model.weights.h5")), EDITS)
def test_edited_members_with_right_checksums(member, edits):
    members = parts(CORPUS["tiny.keras"])
    opened("tiny.keras", pack({**members, member: edited(members[member], edits)}))

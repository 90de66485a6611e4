"""safetensors and npz files made to harm: a model or a ModelFormatError, and nothing else."""

import random
import sys

import pytest
from formats.archives import small_model
from formats.hostile_runs import outcomes_of
from formats.hostile_tensors import npz as npz_cases
from formats.hostile_tensors import safetensors as safetensors_cases

import fastgru
from fastgru.formats import npz, safetensors

MODEL = small_model()
GOOD = {"safetensors": bytes(safetensors.dump(MODEL)), "npz": bytes(npz.dump(MODEL))}
OPEN = {
    "safetensors": lambda data: safetensors.load(lambda: data, True),
    "npz": lambda data: npz.load(data, MODEL.layers),
}
CASES = {"safetensors": safetensors_cases(GOOD["safetensors"]), "npz": npz_cases(GOOD["npz"])}
SECONDS, KILOBYTES = 2.0, 350_000  # for one file, and for the whole process
every_format = pytest.mark.parametrize("kind", GOOD)
guarded = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")


@guarded
@every_format
def test_each_case_gives_a_model_or_the_sentence(kind, tmp_path):
    outcomes = outcomes_of(GOOD[kind], CASES[kind], tmp_path, kind)
    assert outcomes["peak"] < KILOBYTES
    for place, (name, (_, sentence)) in enumerate(CASES[kind].items()):
        error, text, seconds, events = outcomes[str(place)]
        assert error == ("ModelFormatError" if sentence else ""), (name, text)
        assert text == sentence if sentence.endswith(".") else text.startswith(sentence), name
        assert seconds < SECONDS, name
        assert events == [], name


@every_format
def test_every_prefix_is_refused(kind):
    for end in range(len(GOOD[kind])):
        with pytest.raises(fastgru.ModelFormatError):
            OPEN[kind](GOOD[kind][:end])


@every_format
def test_flipped_bytes_are_refused_or_open(kind):
    rng = random.Random(1)
    for place in range(min(4096, len(GOOD[kind]))):
        changed = bytearray(GOOD[kind])
        changed[place] ^= rng.randrange(1, 256)
        try:
            OPEN[kind](bytes(changed))
        except fastgru.ModelFormatError as error:
            assert " must " in str(error) and "; got " in str(error) and len(str(error)) < 1200

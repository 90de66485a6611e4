"""Files made to harm or broken by accident: each ends in a model or a ModelFormatError."""

import io
import json
import os
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from formats import hostile_h5, hostile_tensors
from formats.archives import WEIGHTS, config_of, parts, paths, put, save, small_model
from formats.archives import with_config as configured
from formats.every_format import dumped, tiny_model
from formats.hostile_configs import configs
from formats.hostile_containers import containers
from formats.hostile_weights import of_layers, weights

import fastgru
from fastgru.formats import FORMATS, npz, safetensors

GOOD = save(small_model())
OF_WEIGHTS = weights(GOOD)
OF_SAFETENSORS = hostile_tensors.safetensors(bytes(safetensors.dump(small_model())))
OF_NPZ = hostile_tensors.npz(bytes(npz.dump(small_model())))
CASES = (
    {
        f"{kind}: {name}": (*case, ".keras")
        for kind, cases in (
            ("zip", containers(GOOD)),
            ("json", configs(GOOD)),
            ("h5", OF_WEIGHTS),
        )
        for name, case in cases.items()
    }
    | {
        f"weights: {name}": (
            parts(OF_WEIGHTS[name][0])[WEIGHTS],
            OF_WEIGHTS[name][1],
            ".weights.h5",
        )
        for name in of_layers()
    }
    | {f"safetensors: {name}": (*case, ".safetensors") for name, case in OF_SAFETENSORS.items()}
    | {f"npz: {name}": (*case, ".npz") for name, case in OF_NPZ.items()}
    | {
        f"old: {name}": (*case, ".h5")
        for name, case in hostile_h5.cases(hostile_h5.good()).items()
    }
)
if find_spec("onnx"):
    from formats import hostile_onnx

    CASES |= {
        # Behind some of the sentences there is a cure.
        f"onnx: {name}": (data, sentence.removesuffix("."), ".onnx")
        for name, (data, sentence) in hostile_onnx.cases().items()
    }
KILOBYTES = 500_000  # for the whole process
SECONDS = 2.0  # of the process, for one file
CORPUS = Path(__file__).parent / "corpus"
#: Values that configurations are sprinkled with.
ODD = (
    None, True, -1, 0, 2**31, 2**62, 1e308, 0.5, "", "8", "x" * 300, "a/b", "\x00", "float64",
    [], [1], [None] * 9, {}, {"class_name": "Lambda"}, [[[]]],
    {"module": "builtins", "class_name": "function", "config": "relu"},
)  # fmt: skip


guarded = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each file in a process that may do nothing but read it."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, model in (("good", small_model()), ("tiny", tiny_model())):
        for ending, data in saved_in_every_format(model):
            (folder / f"{name}{ending}").write_bytes(data)
    for number, (data, _, ending) in enumerate(CASES.values()):
        (folder / f"{number}{ending}").write_bytes(data)
    for path in CORPUS.iterdir():
        (folder / f"corpus-{path.name}").write_bytes(path.read_bytes())
    return guarded_run("import sys, guarded; guarded.main(sys.argv[2])", folder)


def saved_in_every_format(model):
    """(ending, bytes) for each ending that a model, or its weights, can be saved under here."""
    for found in FORMATS:
        if (data := dumped(found, model)) is not None:
            yield found.endings[0], data
    file = io.BytesIO()
    model.save_weights(file)
    yield ".weights.h5", file.getvalue()
    yield ".npz", bytes(npz.dump(model))


def guarded_run(code, folder):
    """What guarded.py prints, run by a line of Python."""
    here, root = Path(__file__).parent, Path(fastgru.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root)}
    # A good file with other numbers in it is opened, and its self-test warns.
    env["PYTHONWARNINGS"] = "error,ignore:load_model:UserWarning"
    code = f"import sys; sys.path.insert(0, sys.argv[1]); {code}"
    command = [sys.executable, "-P", "-c", code, str(here), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@guarded
@pytest.mark.parametrize("name", CASES)
def test_a_file_gives_a_model_or_the_sentence(name, outcomes):
    _, sentence, ending = CASES[name]
    number = list(CASES).index(name)
    error, text, seconds, events = outcomes["cases"][f"{number}{ending}"]
    assert error == ("ModelFormatError" if sentence else ""), text
    # Who says it is another thing for weights alone.
    sentence, text = (words.partition(": ")[2] for words in (sentence, text))
    assert text == sentence if sentence.endswith(".") else text.startswith(sentence)
    assert seconds < SECONDS
    assert events == []


@guarded
def test_a_file_of_the_corpus_gives_a_model_or_a_sentence(outcomes):
    found = {k: v for k, v in outcomes["cases"].items() if k.startswith("corpus-")}
    assert len(found) == len(list(CORPUS.iterdir())) > 0
    for name, (error, text, seconds, events) in found.items():
        assert error in ("", "ModelFormatError"), (name, text)
        assert seconds < SECONDS and events == []


@guarded
@pytest.mark.parametrize("sweep", ["prefixes", "flips"])
def test_every_prefix_is_refused_and_a_changed_byte_does_no_harm(sweep, outcomes):
    found = outcomes[sweep]
    assert {".keras", ".weights.h5"} <= found.keys()
    for ending, swept in found.items():
        assert swept["opened"] > 500, ending
        assert swept["unusual"] == [], ending


@guarded
def test_memory_stays_small(outcomes):
    assert outcomes["peak"] < KILOBYTES


def load(data):
    return fastgru.saving.load_model(io.BytesIO(data))


def assert_no_other_exception(data):
    """Open what may or may not be a model."""
    try:
        load(data)
    except fastgru.ModelFormatError as error:
        assert " must " in str(error) and "; got " in str(error) and len(str(error)) < 700


def test_odd_values_anywhere_in_the_configuration():
    rng = random.Random(3)
    config = config_of(GOOD)
    places = list(paths(config))
    for place in places:
        for value in rng.sample(ODD, 4):
            assert_no_other_exception(configured(GOOD, json.dumps(put(config, place, value))))


@guarded
def test_the_audit_hook_sees_what_it_should(tmp_path):
    for name in ("good", "tiny", "other"):
        (tmp_path / f"{name}.keras").write_bytes(save(tiny_model()))
    found = guarded_run(
        "import guarded; from fastgru.formats import keras_zip as z; real = z.load;"
        "z.load = lambda *f: (real(*f), eval('1'), open('/dev/null').close());"
        "guarded.unusual = lambda *_: []; guarded.main(sys.argv[2])",
        tmp_path,
    )
    *_, events = found["cases"]["other.keras"]
    assert events == ["compile", "exec", "open /dev/null"]

"""Opens files in a process that may do nothing else, and prints what became of each.

    python guarded.py folder

In the folder are `good.<ending>` and `tiny.<ending>` for each ending, and hostile files
`<name>.<ending>`. First the good ones are opened, so that every module is there; then the
hostile ones, every prefix of the tiny ones, and those with a byte changed, with an audit hook
that notes whatever a load has no business to do, an alarm for each, and a limit on memory.
"""

import difflib  # noqa: F401  what a refusal that finds a similar word imports
import io
import json
import random
import resource
import signal
import sys
import time
from pathlib import Path

import fastgru
from fastgru.formats import FORMATS, module_of, npz

FORBIDDEN = (
    "import", "exec", "compile", "marshal.", "pickle.", "socket.", "subprocess.", "os.",
    "ctypes.", "urllib.", "shutil.", "tempfile.", "open", "code.", "sys.addaudithook",
)  # fmt: skip
MEMORY = 512 << 20
FLIPPED = 4096  # bytes at the beginning
SECONDS = 2
WEIGHTS = (".weights.h5", ".npz")


def main(folder):
    files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    endings = [name.removeprefix("good") for name in files if name.startswith("good.")]
    # Files of weights alone go into a model of the same layers.
    hostile, tiny = (
        {ending: opener(ending, files[f"{name}.keras"]) for ending in endings}
        for name in ("good", "tiny")
    )
    for ending in endings:
        hostile[ending](files[f"good{ending}"])
        tiny[ending](files[f"tiny{ending}"])
    # The alarm counts this process's own time: a busy machine sets none off.
    signal.signal(signal.SIGPROF, signal.default_int_handler)
    base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + MEMORY, base + MEMORY))
    noted = []

    def note(event, args):
        if event.startswith(FORBIDDEN):
            noted.append(f"{event} {args[0]}" if event in ("import", "open") else event)

    sys.addaudithook(note)
    results = {"cases": {}, "prefixes": {}, "flips": {}}
    for name, data in files.items():
        stem, dot, ending = name.partition(".")
        if stem not in ("good", "tiny"):
            results["cases"][name] = outcome(hostile[dot + ending], data, noted)
    for ending, load in tiny.items():
        data, refused = files[f"tiny{ending}"], ("ModelFormatError",)
        cut = (data[:end] for end in range(len(data)))
        results["prefixes"][ending] = unusual(load, cut, noted, refused)
        results["flips"][ending] = unusual(load, flips(data), noted, ("", *refused))
    results["peak"] = peak()
    print(json.dumps(results))


def opener(ending, model):
    """What opens bytes as a file of an ending; a refused weights file must change nothing."""
    if ending not in WEIGHTS:
        module = next(module_of(found) for found in FORMATS if ending in found.endings)
        return lambda data: module.load(lambda: data, True)
    model = fastgru.saving.load_model(io.BytesIO(model))

    def load(data):
        before = model.get_weights()
        try:
            # An open file is known by how it begins, and these may begin like anything.
            if ending == ".npz":
                model.set_weights(npz.load(data, model.layers))
            else:
                model.load_weights(io.BytesIO(data))
        except fastgru.ModelFormatError:
            for old, new in zip(before, model.get_weights(), strict=True):
                assert old.tobytes() == new.tobytes(), "a refused file changed weights"
            raise

    return load


def flips(data):
    """The data with another value at one place, for each of the first places."""
    rng = random.Random(1)
    for place in range(min(FLIPPED, len(data))):
        changed = bytearray(data)
        changed[place] ^= rng.randrange(1, 256)
        yield bytes(changed)


def unusual(load, many, noted, usual):
    """How many were opened, and [number, outcome] of those that ended in no usual way."""
    found, count = [], 0
    for data in many:
        became = outcome(load, data, noted)
        if became[0] not in usual or became[2] > SECONDS or became[3]:
            found.append([count, became])
        count += 1
    return {"opened": count, "unusual": found[:5]}


def peak():
    """Most memory of this program, in KB; getrusage would count the parent's before exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def outcome(load, data, noted):
    """(name of the exception or "", its text, seconds of this process, forbidden events)."""
    noted.clear()
    signal.setitimer(signal.ITIMER_PROF, 5 * SECONDS)
    start = time.process_time()
    try:
        load(data)
        found = ("", "")
    except BaseException as error:  # noqa: BLE001 - which one it is gets judged elsewhere
        found = (type(error).__name__, str(error))
    seconds = time.process_time() - start
    signal.setitimer(signal.ITIMER_PROF, 0)
    return *found, seconds, list(noted)


if __name__ == "__main__":
    main(sys.argv[1])

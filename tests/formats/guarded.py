"""Opens files in a process that may do nothing else, and prints what became of each.

    python guarded.py folder [opener]

First a good file, so that every module is there; then all others, with an audit hook that
notes whatever a load has no business to do, an alarm for each, and a limit on memory.
"""

import io
import json
import resource
import signal
import sys
import time
from pathlib import Path

import fastgru
from fastgru.formats import SAFETENSORS, module_of

FORBIDDEN = (
    "import", "exec", "compile", "marshal.", "pickle.", "socket.", "subprocess.", "os.",
    "ctypes.", "urllib.", "shutil.", "tempfile.", "open", "code.", "sys.addaudithook",
)  # fmt: skip
MEMORY = 1 << 30


def model(data):
    fastgru.saving.load_model(io.BytesIO(data))


def safetensors(data):
    module_of(SAFETENSORS).load(lambda: data, True)


def npz(data):
    from fastgru.formats import npz

    npz.load(data, MODEL.layers)


OPENERS = {opener.__name__: opener for opener in (model, safetensors, npz)}
L = fastgru.layers
#: Of the layers that npz files of weights are for.
MODEL = fastgru.Sequential([L.Input((3,)), L.Embedding(4, 2), L.GRU(2), L.Dense(1)])


def main(folder, opener="model"):
    opener = OPENERS[opener]
    files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    opener(files.pop("good"))
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (base + MEMORY, base + MEMORY))
    noted = []

    def note(event, args):
        if event.startswith(FORBIDDEN):
            noted.append(f"{event} {args[0]}" if event in ("import", "open") else event)

    sys.addaudithook(note)
    results = {name: outcome(opener, data, noted) for name, data in files.items()}
    results["peak"] = peak()
    print(json.dumps(results))


def peak():
    """Most memory of this program, in KB; getrusage would count the parent's before exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def outcome(opener, data, noted):
    """(name of the exception or "", its text, seconds of work, forbidden events)."""
    noted.clear()
    signal.alarm(10)
    start = time.process_time()
    try:
        opener(data)
        found = ("", "")
    except BaseException as error:  # noqa: BLE001 - which one it is gets judged elsewhere
        found = (type(error).__name__, str(error))
    seconds = time.process_time() - start
    signal.alarm(0)
    return *found, seconds, list(noted)


if __name__ == "__main__":
    main(*sys.argv[1:])

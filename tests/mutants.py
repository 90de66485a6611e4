"""Break the GRU's kernels one factor at a time, and see whether the tests notice.

Run by hand, `python tests/mutants.py [--jobs 2] [word ...]`: with words, only the mutants
whose section holds one of them. The tree is copied and built there, without optimiser and
with bounds checks, which compiles fastest; nothing is written here. pytest does not collect
this file. Its exit status is 1 if a mutant survives or cannot be built.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants_table import EQUIVALENT, SECTIONS

ROOT = Path(__file__).parents[1]
LEFT_OUT = (".*", "bench", "build", "dist", "docs", "examples", "*.egg-info", "__pycache__")
# The first tell nearly all; the others see how rows are dealt out, and chains of layers.
TESTS = [
    "tests/kernels/test_gru.py",
    "tests/layers/test_gru_bound.py",
    "tests/layers/test_gradients.py",
    "tests/kernels/test_gru_large.py",
    "tests/kernels/test_isa.py",
]
MORE_TESTS = [
    ["tests/models/test_chain.py", "tests/models/test_compiled.py"],
    ["tests/kernels/test_threads.py", "-k", "number_of_threads"],
]
# What tells of these files is asked first: most mutants are seen by one test.
FIRST = {
    "gru_bound": ["tests/layers/test_gru_bound.py"],
    "gru_shards": ["tests/kernels/test_gru_large.py"],
    "stage": ["tests/models/test_chain.py"],
    "threads": MORE_TESTS[1],
}
# A build and the tests take less than a minute; a mutant may loop for ever.
PATIENCE = 240
# The one module to compile where a header is broken; else it is named as its source.
HEADERS_IN = {"include/fastgru/pool.h": "threads"}
KERNELS = Path("fastgru", "kernels")


def mutants(words):
    """(section, old, new) of every mutant asked for."""
    for section, pairs in SECTIONS.items():
        if not words or any(word in " ".join(section) for word in words):
            for old, new in pairs:
                yield section, old, new


def function(text, marker):
    """(start, end) of the function that begins with `marker`."""
    start = text.index(marker)
    line = text.rindex("\n", 0, start) + 1
    indent = len(re.match(" *", text[line:])[0])
    # C functions end with a brace; the others before a line that is not deeper than theirs.
    end = r"\n}" if text.startswith("/*") else rf"\n {{0,{indent}}}[^\s)]"
    found = re.compile(end).search(text, start)
    return start, found.start() if found else len(text)


def mutate(text, marker, old, new):
    """`text` with one mutation in the function that begins with `marker`."""
    start, end = function(text, marker)
    body = text[start:end]
    if body.count(old) != 1:
        raise ValueError(f"{marker}: {old!r} occurs {body.count(old)} times, must occur once")
    return text[:start] + body.replace(old, new) + text[end:]


def run(folder, *command):
    """(exit status, output); None for the status of what did not end."""
    paths = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    # Jobs share the cores: BLAS threads would only be in each other's way.
    more = {"FASTGRU_DEBUG": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *command],
            check=False,
            cwd=folder,
            env=os.environ | paths | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


def build(folder):
    return run(folder, "setup.py", "-q", "build_ext", "--inplace")


def test(folder, module=None):
    quiet = ("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--no-header")
    for tests in filter(None, (FIRST.get(module), TESTS, *MORE_TESTS)):
        status, output = run(folder, "-m", "pytest", *quiet, *tests)
        if status != 0:
            break
    return status, output


def prepare(folder):
    """A built copy of the tree whose tests pass; its sources and results lie apart."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT, "*.so", "*.c"))
    for step in (build, test):
        status, output = step(folder)
        if status != 0:
            raise SystemExit(f"the tree itself does not pass:\n{output[-3000:]}")
    apart = folder / "apart"
    apart.mkdir()
    for source in (folder / KERNELS).glob("*.pyx"):
        source.rename(apart / source.name)
    for result in (folder / KERNELS).glob("*.so"):
        shutil.copy(result, apart)


def verdict(folder, section, old, new):
    """killed, SURVIVED or BROKEN: what becomes of one mutant in a copy of its own."""
    name, marker = section
    module = Path(name).stem if name.endswith(".pyx") else HEADERS_IN.get(name, "isa")
    source = (folder / KERNELS / module).with_suffix(".pyx")
    # With its one source there, setup.py builds this module and nothing else.
    shutil.copyfile(folder / "apart" / source.name, source)
    path = folder / name
    original = path.read_text()
    path.write_text(mutate(original, marker, old, new))
    try:
        status, output = build(folder)
        if status != 0:
            return "BROKEN", output[-2000:]
        status, output = test(folder, module)
    finally:
        path.write_text(original)
        source.unlink()
        for result in (folder / "apart").glob(f"{module}.*.so"):
            shutil.copy(result, folder / KERNELS)
    if status == 0:
        return "SURVIVED", ""
    # 1: a test failed; below 0: a signal; None: no end. Others: pytest could not run.
    if status is None or status < 2:
        return "killed", ""
    return "BROKEN", output[-2000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    chosen = list(mutants(options.words))
    for (name, marker), old, new in chosen:
        mutate((ROOT / name).read_text(), marker, old, new)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        first = Path(scratch) / "0"
        prepare(first)
        free = SimpleQueue()
        free.put(first)
        for job in range(1, options.jobs):
            free.put(Path(shutil.copytree(first, Path(scratch) / str(job))))

        def judge(mutant):
            folder = free.get()
            try:
                return mutant, verdict(folder, *mutant)
            finally:
                free.put(folder)

        with ThreadPoolExecutor(options.jobs) as pool:
            for (section, old, new), (result, output) in pool.map(judge, chosen):
                reason = EQUIVALENT.get((section[1], old, new))
                if result == "SURVIVED" and reason:
                    result = f"equivalent: {reason}"
                failures += result in ("SURVIVED", "BROKEN")
                print(
                    f"{result:9} {section[1]}: {old!r} -> {new!r}\n{output}", end="", flush=True
                )
    print(f"{len(chosen) - failures} of {len(chosen)} mutants are seen or are none")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

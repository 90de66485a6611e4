"""Contenders in processes of their own, and the seconds of an epoch of each in turn."""

import json
import os
import subprocess
import sys
from pathlib import Path

#: fastgru first; a library that is not installed is left out.
LIBRARIES = ("fastgru", "keras-jax", "torch")
PROGRAM = Path(__file__).with_name("contender.py")


class Failed(Exception):
    """What went wrong inside a contender, as text."""


class Contender:
    """Commands to a library's process; each waits for its answer."""

    def __init__(self, library, experiment, path, settings, threads=None):
        self.library = library
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, library, experiment, str(path or ""),
             json.dumps(settings), str(threads or 0)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env={**os.environ, "KERAS_BACKEND": "jax"},
        )  # fmt: skip
        self.versions = self._answer()

    def ask(self, verb, *args):
        self.process.stdin.write(json.dumps([verb, args]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.library}: its process died; {self.process.stderr.read()}")
        fine, value = json.loads(line)
        if not fine:
            raise Failed(f"{self.library}: {value}")
        return value

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def start(libraries, experiment, path, settings, threads, say):
    """Contenders, without those that are not installed."""
    found = []
    for library in libraries:
        try:
            found.append(Contender(library, experiment, path, settings, threads))
        except Failed as failure:
            if "not installed" not in str(failure):
                raise
            say(f"left out: {failure}")
    return found


def epochs(contenders, rounds, say):
    """The first epoch and `rounds` others of each contender, in turn, by library."""
    found = {each.library: [] for each in contenders}
    for turn in range(rounds + 1):
        for each in contenders:
            took = each.ask("epoch")
            found[each.library].append(took)
            word = "first epoch" if turn == 0 else "epoch"
            say(
                f"{each.library}: {word} {took['seconds']:.2f} s ({took['cpu']:.2f} s of cores)"
            )
    return found


def retimed(kept, report):
    """The kept report with the epochs of a new one in the place of its own."""
    for library, row in report["libraries"].items():
        found = kept["libraries"].setdefault(library, {"versions": row["versions"]})
        found["epochs"] = row["epochs"]
    return kept | {
        "timed": report["timed"],
        "timed_on": report["machine"] | {"threads": report["threads"]},
    }

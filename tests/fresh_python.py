"""Run Python anew, for what is decided at import or must not happen inside pytest."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def run_python(*arguments, timeout=120, **environment):
    """The finished process of `python *arguments`; it sees the same packages, and tests/."""
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    return subprocess.run(
        # -P: the current folder may be the checkout, with a package that is not compiled.
        [sys.executable, "-P", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )


def last_line(done):
    """The end of what a process that failed has to say."""
    assert done.returncode != 0, done.stdout
    return done.stderr.strip().splitlines()[-1]

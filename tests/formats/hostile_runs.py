"""Opens files in the process of `guarded.py`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fastgru


def outcomes_of(good, cases, folder, opener="model"):
    """What became of each of {name: (bytes, ...)}, by the place of its name; and the `peak`."""
    (folder / "good").write_bytes(good)
    for number, (data, *_) in enumerate(cases.values()):
        (folder / str(number)).write_bytes(data)
    script = Path(__file__).parent / "guarded.py"
    root = Path(fastgru.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "error"}
    command = [sys.executable, str(script), str(folder), opener]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)

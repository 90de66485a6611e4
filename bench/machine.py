"""What this machine is, and what it can do at most: the roof that shares are given of."""

import os
import platform
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

#: Load above which somebody else is at work here. Threads that wait for one another then wait
#: for him: contenders with several lose most, by factors of a hundred where they spin.
BUSY = 0.5
SOURCE = Path(__file__).with_name("limits.c")


def cores():
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor():
    """The processor's own name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.lower().startswith(("model name", "cpu model")):
                return " ".join(line.split(":", 1)[1].split())
    if platform.system() == "Darwin":
        found = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"],
            check=False,
            capture_output=True,
            text=True,
        )
        if found.returncode == 0:
            return found.stdout.strip()
    return platform.processor() or platform.machine()


def describe():
    return {
        "processor": processor(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": cores(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def short_name(machine):
    """A file name's worth of the machine: processor and cores, never the host."""
    words = "".join(c if c.isalnum() else " " for c in machine["processor"].lower()).split()
    dull = {"r", "tm", "cpu", "processor", "with", "core"}
    return "-".join([*(w for w in words if w not in dull), f"{machine['cores']}c"])


def limits(threads, attempts=20):
    """{"by", "fma": GFLOP/s by number of threads, "read": GB/s of one core by bytes}."""
    counts = sorted({1, threads})
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder, "limits")
            if _compile(compiler, program):
                run = [str(program), str(attempts), *map(str, counts)]
                done = subprocess.run(run, capture_output=True, text=True, check=True)
                return _read(done.stdout)
    return {
        "by": "sgemm",
        "fma": {count: _sgemm(count, attempts) for count in counts},
        "read": {},
    }


def higher(limits, again):
    """The better of two measurements, number by number: other work can only lower them."""
    return {"by": limits["by"]} | {
        kind: {size: max(rate, again[kind][size]) for size, rate in limits[kind].items()}
        for kind in ("fma", "read")
    }


def _compile(compiler, program):
    # Compilers for ARM know the machine they run on under another flag.
    for native in ("-march=native", "-mcpu=native"):
        command = [compiler, "-O3", native, "-pthread", str(SOURCE), "-o", str(program)]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return True
    return False


def _read(text):
    found = {"by": "fma", "fma": {}, "read": {}}
    for line in text.splitlines():
        kind, size, rate = line.split()
        found[kind][int(size)] = float(rate)
    return found


def _sgemm(threads, attempts, size=1024):
    """GFLOP/s of NumPy's product: what is left to measure with where nothing compiles."""
    a = np.ones((size, size), np.float32)
    best = 0.0
    with threadpool_limits(limits=threads, user_api="blas"):
        for _ in range(attempts):
            start = time.perf_counter()
            a @ a
            best = max(best, 2e-9 * size**3 / (time.perf_counter() - start))
    return round(best, 1)

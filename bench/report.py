"""How results are shown: the lines about the machine, the table, the file."""

import json
from pathlib import Path

from cases import what
from machine import BUSY
from rich import box
from rich.console import Console
from rich.table import Table

#: JSON's form. Another number means that compare.py cannot read older files.
VERSION = 1
#: Columns of the table at its widest.
WIDTH = 130


def complete(rows, flops, roof):
    """Add to each row its ratio to fastgru, its share of the roof and, if padded, of `train`.

    flops : what a row's call needs at least, by (mode, shape)
    roof : operations per second of the cores that contenders may use
    """
    median = {(tuple(r["shape"]), r["mode"], r["peer"]): r["median"] for r in rows}
    for r in rows:
        shape, mode, peer = tuple(r["shape"]), r["mode"], r["peer"]
        ours = median.get((shape, mode, "fastgru"))
        r["ratio"] = r["median"] / ours if ours else None
        r["flops"] = flops.get((mode, shape))
        r["share"] = r["flops"] / r["median"] / roof if r["flops"] else None
        full = median.get((shape, "train", peer)) if mode == "padded" else None
        r["of_full"] = r["median"] / full if full else None


def header(report):
    """The first lines: the machine, and threads and versions of each contender."""
    machine = report["machine"]
    cores = f"{machine['cores']} core{'s' * (machine['cores'] > 1)}"
    facts = [machine["processor"], cores, machine["system"], f"Python {machine['python']}"]
    if machine["load"] is not None:
        facts.append(f"load {machine['load']} before the start")
    yield ", ".join([*facts, machine["date"]])
    for name, about in report["contenders"].items():
        versions = ", ".join(f"{package} {v}" for package, v in about["versions"].items())
        yield f"{name}: {about['threads']} thread(s); {versions}"
    for name, reason in report["left_out"].items():
        yield f"{name}: left out; {reason}"
    yield from ceiling(report["limits"])
    if is_busy(machine):
        yield "others are at work on this machine: not to be quoted, least of all with threads"


def is_busy(machine):
    return machine["load"] is not None and machine["load"] > BUSY


def ceiling(limits):
    """What the machine can do at most."""
    rates = ", ".join(
        f"{rate:.0f} on {cores} core{'s' * (cores > 1)}"
        for cores, rate in limits["fma"].items()
    )
    kind = "multiply-adds from registers" if limits["by"] == "fma" else "NumPy's sgemm"
    yield f"limit, GFLOP/s of {kind}: {rates}"
    if limits["read"]:
        rates = ", ".join(f"{r:.0f} of {size >> 10} KiB" for size, r in limits["read"].items())
        yield f"one core reads, GB/s: {rates}"


def span(seconds):
    """Three digits and a unit."""
    units = (("s", 1), ("ms", 1e-3), ("us", 1e-6))
    unit, size = next((u for u in units if seconds >= u[1]), units[-1])
    value = seconds / size
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def wide():
    """A console that cuts nothing off, whatever the terminal says of itself."""
    return Console(width=max(WIDTH, Console().width))


def optional(value, form):
    return "" if value is None else form.format(value)


def table(rows):
    """One line for each row, by shape and mode, the fastest of a mode first."""
    out = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("B, T, I, H", "mode", "contender"):
        out.add_column(title, no_wrap=True)
    for title in ("median", "quartiles", "x fastgru", "of limit", "cores", "of full"):
        out.add_column(title, justify="right", no_wrap=True)
    shapes = {}
    for r in rows:
        shapes.setdefault(tuple(r["shape"]), {}).setdefault(r["mode"], []).append(r)
    for shape, modes in shapes.items():
        # The shape, and what it stands for below it, once for all of its modes.
        labels = iter((", ".join(map(str, shape)), what(shape)))
        for mode, members in modes.items():
            members = sorted(members, key=lambda r: r["median"])
            for r in members:
                name = mode if r is members[0] else ""
                style = "bold" if r["peer"] == "fastgru" else None
                out.add_row(next(labels, ""), name, *cells(r), style=style)
        for rest in labels:
            out.add_row(rest)
        out.add_section()
    return out


def cells(r):
    return (
        r["peer"],
        span(r["median"]),
        f"{span(r['low'])} - {span(r['high'])}",
        optional(r["ratio"], "{:.2f}"),
        optional(r["share"], "{:.1%}"),
        optional(r.get("cores"), "{:.1f}"),
        optional(r["of_full"], "{:.2f}"),
    )


LEGEND = (
    "x fastgru: time over fastgru's; above 1 fastgru is faster",
    "of limit: operations needed over what the cores could do in that time",
    "cores: measured as busy, spinning included; of full: padded over train",
)


def write(path, report):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps({"version": VERSION, **report}, indent=1) + "\n")


def read(path):
    try:
        report = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: not a result of this benchmark: {error}") from None
    if not isinstance(report, dict) or report.get("version") != VERSION:
        raise SystemExit(f"{path}: not a result of this benchmark, version {VERSION}.")
    return report

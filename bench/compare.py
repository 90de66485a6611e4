"""What has changed between two results of the benchmark, line by line.

    python bench/compare.py OLD.json NEW.json

A change is marked where the quartiles of the two do not overlap; the rest may be noise.
"""

import argparse

from report import is_busy, read, span, wide
from rich import box
from rich.table import Table


def lines(old, new):
    """(row of old, row of new, mark) for what both have, in the order of new."""
    before = {key(r): r for r in old["rows"]}
    for r in new["rows"]:
        was = before.get(key(r))
        if was is not None:
            yield was, r, mark(was, r)


def key(r):
    return tuple(r["shape"]), r["mode"], r["peer"]


def mark(was, now):
    if now["high"] < was["low"]:
        return "faster"
    if now["low"] > was["high"]:
        return "slower"
    return ""


def differences(old, new):
    """Sentences about what makes two results hard to compare."""
    for name in ("processor", "cores", "python"):
        a, b = old["machine"][name], new["machine"][name]
        if a != b:
            yield f"{name} differs: {a} and {b}"
    for name in ("threads", "quick"):
        a, b = old["options"][name], new["options"][name]
        if a != b:
            yield f"--{name} differs: {a} and {b}"
    for name in old["contenders"].keys() & new["contenders"].keys():
        a, b = (side["contenders"][name]["versions"] for side in (old, new))
        if a != b:
            yield f"{name} differs: {a} and {b}"
    for name, side in (("old", old), ("new", new)):
        if is_busy(side["machine"]):
            yield f"the machine of {name} was not idle: load {side['machine']['load']}"


def table(pairs):
    out = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("B, T, I, H", "mode", "contender"):
        out.add_column(title, no_wrap=True)
    for title in ("old", "new", "new / old"):
        out.add_column(title, justify="right", no_wrap=True)
    out.add_column("beyond noise", no_wrap=True)
    for was, now, found in pairs:
        style = {"faster": "green", "slower": "red"}.get(found)
        out.add_row(
            ", ".join(map(str, now["shape"])),
            now["mode"],
            now["peer"],
            span(was["median"]),
            span(now["median"]),
            f"{now['median'] / was['median']:.3f}",
            found,
            style=style,
        )
    return out


def main():
    parser = argparse.ArgumentParser("compare.py", description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    files = parser.parse_args()
    old, new = read(files.old), read(files.new)
    console = wide()
    for sentence in sorted(differences(old, new)):
        console.print(sentence, highlight=False, markup=False)
    pairs = list(lines(old, new))
    if pairs:
        console.print(table(pairs))
    else:
        console.print("the two have no line in common")


if __name__ == "__main__":
    main()

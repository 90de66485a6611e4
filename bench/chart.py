"""The chart: how many times fastgru's time each contender needs, on a logarithmic scale."""

import peers
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullLocator
from report import is_busy

#: Okabe and Ito's colours, which colour-blind readers can tell apart; one for each peer.
COLOURS = dict(
    zip(
        [name for name in peers.NAMES if name != "fastgru"],
        ("#D55E00", "#0072B2", "#56B4E9", "#E69F00", "#009E73", "#CC79A7"),
        strict=True,
    )
)


def draw(report, path):
    """Write a PNG with one panel for each mode and one group of bars for each shape.

    False, and no file, where there is nothing to compare.
    """
    rows = [r for r in report["rows"] if r["ratio"] and r["peer"] != "fastgru"]
    modes = list(dict.fromkeys(r["mode"] for r in rows))
    if not modes:
        return False
    figure = Figure(figsize=(11, 0.8 + 2.6 * len(modes)), layout="constrained")
    panels = figure.subplots(len(modes), squeeze=False)
    for axes, mode in zip(panels[:, 0], modes, strict=True):
        panel(axes, mode, [r for r in rows if r["mode"] == mode])
    used = [name for name in COLOURS if any(r["peer"] == name for r in rows)]
    handles = [Patch(color=COLOURS[name]) for name in used]
    figure.legend(handles, used, ncols=len(used), loc="outside upper center", frameon=False)
    machine, threads = report["machine"], report["options"]["threads"]
    held = f"{threads} thread(s) each" if threads else "default threads"
    facts = [machine["processor"], f"{machine['cores']} cores", held, machine["date"]]
    if is_busy(machine):
        facts.append(f"NOT TO BE QUOTED: load {machine['load']} before the start")
    figure.supxlabel(", ".join(facts), fontsize="small")
    figure.savefig(path, dpi=150)
    return True


def panel(axes, mode, rows):
    shapes = list(dict.fromkeys(tuple(r["shape"]) for r in rows))
    names = [name for name in COLOURS if any(r["peer"] == name for r in rows)]
    width = min(0.15, 0.9 / len(names))
    for r in rows:
        place = (
            shapes.index(tuple(r["shape"]))
            + (names.index(r["peer"]) + 0.5 - len(names) / 2) * width
        )
        # Bars grow from 1, equal time: upwards where fastgru is faster, downwards where not.
        axes.bar(place, r["ratio"] - 1, width * 0.92, bottom=1, color=COLOURS[r["peer"]])
        axes.annotate(
            f"{r['ratio']:.2g}" if r["ratio"] < 100 else f"{r['ratio']:.0f}",
            (place, r["ratio"]),
            xytext=(0, 2 if r["ratio"] >= 1 else -2),
            textcoords="offset points",
            ha="center",
            va="bottom" if r["ratio"] >= 1 else "top",
            fontsize=7,
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.margins(y=0.15)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_xticks(range(len(shapes)), [", ".join(map(str, shape)) for shape in shapes])
    axes.tick_params(axis="x", length=0, labelsize=8)
    axes.set_xlim(-0.6, len(shapes) - 0.4)
    axes.set_title(mode, loc="left", fontsize=10)
    axes.set_ylabel("time / fastgru's", fontsize=8)
    axes.grid(axis="y", which="major", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)

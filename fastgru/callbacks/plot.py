"""The picture of a training."""

import math

from fastgru._plots import figure

_TRAINED, _HELD_OUT = "#2f6db3", "#d9822b"
_WIDTH, _HEIGHT, _ACROSS = 4.6, 3.1, 3  # inches of a plot, and plots side by side


def draw(history, names):
    """A figure with a plot for each of the metrics `names`."""
    across = min(len(names), _ACROSS)
    down = math.ceil(len(names) / across)
    picture = figure("History.plot", (_WIDTH * across, _HEIGHT * down), 110)
    picture.set_layout_engine("constrained")
    for place, name in enumerate(names, 1):
        _draw_metric(picture.add_subplot(down, across, place), history, name)
    return picture


def _draw_metric(axes, history, name):
    lines = ((name, "training", _TRAINED), (f"val_{name}", "validation", _HELD_OUT))
    lines = [line for line in lines if line[0] in history]
    longest = 0
    for key, label, color in lines:
        values = history[key]
        longest = max(longest, len(values))
        epochs = range(1, len(values) + 1)
        # A single epoch is a point, which no line shows.
        marker = "o" if len(values) <= 30 else None
        axes.plot(epochs, values, marker=marker, markersize=3.5, color=color, label=label)
    axes.set_title(name, fontsize=11, parse_math=False)
    axes.set_xlabel("epoch", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(x=0.02)
    if longest == 1:
        axes.set_xlim(0.5, 1.5)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        axes.legend(fontsize=8, frameon=False)

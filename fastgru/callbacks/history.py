"""The record of a training that `fit` returns."""

from html import escape

from fastgru._check import fail, short
from fastgru.callbacks.base import Callback


class History(Callback):
    """Keep the logs of every epoch.

    `fit` adds one by itself and returns it.

    Attributes
    ----------
    history : dict of str to list
        For every metric its values, one an epoch; ``val_*`` are those of the validation.
    epoch : list of int
        The epochs of the last training, counted from 0.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` of the training.
    """

    kept = ("history", "epoch")

    def __init__(self):
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        # A History used for two trainings goes on with its metrics, as in Keras.
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def plot(self, metrics=None):
        """Draw the metrics over the epochs, with those of the validation beside them.

        Parameters
        ----------
        metrics : list of str, optional
            Names without ``val_``; by default all.

        Returns
        -------
        matplotlib.figure.Figure
            With one of its `axes` for each metric. A notebook shows it; `savefig` writes it.

        Raises
        ------
        ValueError
            If a metric was not recorded.
        ImportError
            If matplotlib is not installed.
        """
        from fastgru.callbacks.plot import draw

        names = list(dict.fromkeys(name.removeprefix("val_") for name in self.history))
        if metrics is not None:
            wanted = [metrics] if isinstance(metrics, str) else list(metrics)
            for name in wanted:
                if name not in names:
                    fail("History.plot", "metrics", f"be among {', '.join(names) or 'none'}",
                         short(name))  # fmt: skip
            names = wanted
        if not names:
            fail("History.plot", "the history", "have an epoch", "none")
        return draw(self.history, names)

    def _repr_html_(self):
        """What a notebook shows: the metrics of each epoch."""
        names = list(self.history)
        count = max(map(len, self.history.values()), default=0)
        head = "".join(f"<th>{escape(name)}</th>" for name in ("epoch", *names))
        body = "".join(
            f"<tr><td>{epoch + 1}</td>{''.join(_cell(self.history[n], epoch) for n in names)}</tr>"
            for epoch in _shown(count)
        )
        left_out = f"<div>{count} epochs</div>" if count > _MOST_ROWS else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{left_out}"


_MOST_ROWS = 20


def _shown(count):
    """The epochs of a table: all, or the first and the last."""
    if count <= _MOST_ROWS:
        return range(count)
    half = _MOST_ROWS // 2
    return [*range(half), *range(count - half, count)]


def _cell(values, epoch):
    if epoch >= len(values):
        return "<td></td>"
    value = values[epoch]
    text = f"{value:.4g}" if isinstance(value, (int, float)) else str(value)
    return f"<td>{escape(text)}</td>"

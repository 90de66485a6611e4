"""The line that shows how far `fit`, `evaluate` or `predict` has come.

Its layout is that of Keras 3. While an epoch runs, in a terminal or a notebook::

    Epoch 1/5
    12/32 ━━━━━━━━━━━━━━━━━━━━ 4s 200ms/step - accuracy: 0.5123 - loss: 0.6931

with the time left; when it has ended, with the time it took. A stream that cannot redraw a line
(a file, a pipe) gets only the last state of each line, as plain text, where Keras writes every
state with its control characters.
"""

import math
import os
import sys
import time

import numpy as np

_WIDTH = 20
#: Seconds between two states of a line: in a terminal, where a state costs 0.1 ms, and in a
#: notebook, where it is sent to the browser and costs 1 ms.
_INTERVAL, _NOTEBOOK_INTERVAL = 0.05, 0.25
#: What all writing may take of the time: a slow terminal gets fewer states.
_SHARE = 0.01
#: Looks at the clock between two states: where steps are shorter, not each of them looks. But
#: every 16th does, for they may become longer.
_LOOKS, _MOST_STEPS = 50, 16
_BOLD, _GREEN, _WHITE = 1, 32, 37


def _can_redraw(stream):
    """Say whether a carriage return takes `stream` back to the start of its line."""
    isatty = getattr(stream, "isatty", None)
    if isatty is not None and isatty():
        return True
    # Notebooks and PyCharm's console are no terminals, yet redraw a line.
    return _is_notebook(stream) or ("PYCHARM_HOSTED" in os.environ and stream is sys.__stdout__)


def _is_notebook(stream):
    return any(kind.__module__.startswith("ipykernel.") for kind in type(stream).__mro__)


def _columns(stream):
    """Return how many characters fit into a line, or None where that is not known."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (AttributeError, OSError, ValueError):
        return None


def _number(value):
    """Return the text of a metric's value."""
    if type(value) is not float:
        try:
            value = float(np.mean(value))
        except (TypeError, ValueError):
            return str(value)
    # NaN is not above the limit and prints as nan in either form.
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _time_left(seconds):
    """Return the text of a duration such as 9s, 1:09 or 1:00:09."""
    minutes, rest = divmod(int(seconds), 60)
    if seconds > 3600:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    if seconds > 60:
        return f"{minutes}:{rest:02d}"
    return f"{int(seconds)}s"


def _per_step(seconds):
    """Return the text of the time that a step takes."""
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"


def _tail(metrics):
    """Return the text of all metrics."""
    return "".join(f" - {name}: {_number(value)}" for name, value in metrics.items())


def _paint(text, code):
    """Return `text` in a terminal's colour."""
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def _cut(pieces, room):
    """Return the `(text, code)` pairs with no more than `room` characters of text."""
    kept = []
    for text, code in pieces:
        kept.append((text[:room], code))
        room = max(room - len(text), 0)
    return kept


class Progress:
    """One line per epoch, evaluation or prediction.

    Where epochs are shorter than the time between two states of a line, and `may_wait` is
    set, their lines are written together: writing each costs more than such an epoch may.
    No state is drawn while writing has taken more than 1 % of the time.

    Parameters
    ----------
    steps : int or None
        Number of steps per line; None if only the first line's end will tell.
    verbose : {0, 1, 2}, default 1
        0 prints nothing. 1 shows a bar that is redrawn at most 20 times a second, in a notebook 4; a stream
        that cannot redraw a line, such as a file or a pipe, gets one line per epoch instead,
        without control characters. 2 prints one line per epoch and no bar.
    stream : file, optional
        Where to write; by default what `sys.stdout` is when a line starts.
    clock : callable, default time.perf_counter
        Returns the time in seconds.
    """

    def __init__(self, steps=None, *, verbose=1, stream=None, clock=time.perf_counter):
        self.steps = steps
        self.verbose = verbose
        self._given_stream = stream
        self._clock = clock
        #: Whether lines may wait for the next time that something is drawn: where nobody
        #: else prints between them. `close` then writes what is left.
        self.may_wait = False
        # Pieces of text, put together when they are written.
        self._waiting = []
        self._stream = None
        self._drawn_at = -math.inf
        self._look_at = math.inf
        self._names = []
        self._live = None
        # When the first line began, and how long writing has taken since.
        self._begun_at, self._spent = None, 0.0

    def start(self, heading=None):
        """Begin a line.

        Parameters
        ----------
        heading : str, optional
            A line to print before it.
        """
        if not self.verbose:
            return
        stream = sys.stdout if self._given_stream is None else self._given_stream
        if stream is not self._stream or self._live is None:
            self.close()
            self._stream = stream
            self._live = self.verbose == 1 and _can_redraw(stream)
            self._notebook = _is_notebook(stream)
            self._interval = _NOTEBOOK_INTERVAL if self._notebook else _INTERVAL
        self._seen = 0
        # The step at which the clock is looked at next.
        self._look_at = 1 if self.verbose == 1 else math.inf
        self._line_length = 0
        self._started_at = self._clock()
        if self._begun_at is None:
            self._begun_at = self._started_at
        self._first_step_at = None
        if heading is not None:
            self._write(f"{heading}\n", self._started_at)

    def update(self, seen, metrics=None):
        """Take note that another step is done.

        Parameters
        ----------
        seen : int
            How many steps are done.
        metrics : dict or callable, optional
            Averages over these steps, or a function that returns them. It is called only if
            the line is redrawn now.
        """
        self._seen = seen
        if seen < self._look_at:
            return
        now = self._clock()
        if seen == 1:
            self._first_step_at = now
        if not self._live:
            self._look_at = math.inf
            return
        if self._due(now):
            self._redraw(now, metrics)
        pace = max((now - self._started_at) / seen, 1e-9)
        self._look_at = seen + min(max(1, int(self._interval / _LOOKS / pace)), _MOST_STEPS)

    def finish(self, metrics=None):
        """Print the line's last state and end it.

        Parameters
        ----------
        metrics : dict, optional
            What to show; names not seen by `update` come after those that were.
        """
        if not self.verbose:
            return
        now = self._clock()
        # A generator's length is known once it has run through.
        self.steps = self._seen if self.steps is None else self.steps
        self._seen = self._seen or self.steps
        metrics = metrics or {}
        names = [name for name in self._names if name in metrics]
        metrics = {name: metrics[name] for name in [*names, *metrics]}
        took = f"{now - self._started_at:.0f}s"
        if self.verbose == 1:
            self._draw(self._pieces(now, took, metrics), now, end="\n")
        elif self.steps:
            rate = _per_step(self._step_time(now))
            self._write(f"{self._count()} - {took} - {rate}{_tail(metrics)}\n", now)
        if not self._waiting:
            self._drawn_at = now

    def close(self):
        """Write what has been waiting."""
        if self._waiting:
            self._put("")

    def _due(self, now):
        return now - self._drawn_at >= self._interval and self._spent <= _SHARE * (
            now - self._begun_at
        )

    def _redraw(self, now, metrics):
        if callable(metrics):
            metrics = dict(sorted(metrics().items()))
        metrics = metrics or {}
        self._names = list(metrics)
        if self.steps:
            shown = _time_left(self._step_time(now) * max(self.steps - self._seen, 0))
        else:
            shown = f"{now - self._started_at:.0f}s"
        # A line that wraps could not be taken back by a carriage return.
        columns = _columns(self._stream)
        pieces = self._pieces(now, shown, metrics)
        self._draw(pieces if columns is None else _cut(pieces, columns - 1), now)
        self._drawn_at = now

    def _step_time(self, now):
        if self._seen > 1 and self._first_step_at is not None:
            # The first step pays for what is set up once.
            return (now - self._first_step_at) / (self._seen - 1)
        return (now - self._started_at) / max(self._seen, 1)

    def _count(self):
        steps = max(self.steps, self._seen)
        return f"{self._seen:{len(str(steps))}d}/{steps}"

    def _pieces(self, now, shown_time, metrics):
        """Return the line as `(text, colour code)` pairs."""
        if self.steps:
            done = int(_WIDTH * self._seen / max(self.steps, self._seen))
            bar = [
                (self._count(), _BOLD),
                (" ", None),
                ("━" * done, _GREEN),
                ("━" * (_WIDTH - done), _WHITE),
            ]
        else:
            bar = [(f"{self._seen:7d}/Unknown", None)]
        rest = f" {_per_step(self._step_time(now))}{_tail(metrics)}"
        return [*bar, (" ", None), (shown_time, _BOLD), (rest, None)]

    def _draw(self, pieces, now, end=""):
        if not self._live:
            self._write("".join(text for text, _ in pieces) + end, now)
            return
        length = sum(len(text) for text, _ in pieces)
        blanks = " " * (self._line_length - length)
        self._line_length = length
        self._write("\r" + "".join(_paint(*piece) for piece in pieces) + blanks + end, now)

    def _write(self, text, now):
        if self.may_wait and not self._due(now):
            self._waiting.append(text)
            return
        self._put(text)
        self._spent += self._clock() - now

    def _put(self, text):
        text = "".join([*self._waiting, text])
        self._waiting.clear()
        stream = self._stream
        if stream is None:  # A Windows program without a console has no stdout.
            return
        try:
            stream.write(text)
        except UnicodeEncodeError:
            coding = getattr(stream, "encoding", None) or "ascii"
            stream.write(text.replace("━", "=").encode(coding, "replace").decode(coding))
        # A notebook sends what there is five times a second by itself; a flush waits for it.
        if not self._notebook:
            stream.flush()

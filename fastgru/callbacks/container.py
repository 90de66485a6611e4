"""The list of callbacks that the training loop talks to."""

from fastgru.callbacks.base import Callback
from fastgru.callbacks.history import History
from fastgru.callbacks.progress import ProgbarLogger

_BATCH_HOOKS = tuple(
    f"on_{phase}_batch_{moment}"
    for phase in ("train", "test", "predict")
    for moment in ("begin", "end")
)
_OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _flatten(callbacks, where):
    """Return a callback, or nested lists of callbacks, as one flat list."""
    if isinstance(callbacks, (list, tuple)):
        return [callback for entry in callbacks for callback in _flatten(entry, where)]
    if isinstance(callbacks, Callback):
        return [callbacks]
    is_class = isinstance(callbacks, type)
    kind = callbacks if is_class else type(callbacks)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    if is_class:
        name = f"the class {name}"
    raise TypeError(f"{where}: callbacks must hold Callback objects; got {name}.")


def _overrides(callback, hook):
    """Say whether `callback` has a `hook` of its own, on its class or on itself."""
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(Callback, name)
        for name in (hook, _OLD_NAMES.get(hook, hook))
    )


def _as_float(value):
    """Return a number as a Python float, and anything else (a batch's outputs) as it is."""
    if isinstance(value, str) or getattr(value, "ndim", 0) > 0:
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


def _as_dict(logs):
    """Return a fresh dict of Python floats, in the order of the names."""
    if callable(logs):
        logs = logs()
    return {name: _as_float(value) for name, value in sorted((logs or {}).items())}


class CallbackList:
    """Call the hooks of many callbacks, in their order, then of History and the progress line.

    Callbacks that come last, as `BackupAndRestore`, come behind History.

    Parameters
    ----------
    callbacks : Callback or list of Callback, optional
        What the user passed; lists may be nested.
    model : Sequential, optional
        The model at work.
    verbose : {"auto", 0, 1, 2}, default 0
        What to print, see `fastgru._progress.Progress`; "auto" is 1.
    epochs : int, default 1
        Number of the last epoch.
    steps : int or None
        Batches per epoch, None if not known.
    where : str, default "fit"
        The method that errors name.

    Attributes
    ----------
    callbacks : list of Callback
        The callbacks in the order of their calls.
    history : History
        The one that `callbacks` brought, or a new one.
    params : dict
        ``verbose``, ``epochs`` and ``steps``, as every callback receives them.

    Raises
    ------
    TypeError
        If `callbacks` holds anything but callbacks.
    ValueError
        If `verbose` is none of the four.

    Notes
    -----
    Where a hook takes `logs`, it may be a dict or a function that returns one. A batch's
    function is called only if a callback overrides that hook, or the progress line is drawn.
    Callbacks get a fresh dict of Python floats, sorted by name, the same for all of them.
    """

    def __init__(
        self, callbacks=None, model=None, *, verbose=0, epochs=1, steps=None, where="fit"
    ):
        self.callbacks = [] if callbacks is None else _flatten(callbacks, where)
        if verbose not in ("auto", 0, 1, 2):
            raise ValueError(f"{where}: verbose must be 'auto', 0, 1 or 2; got {verbose!r}.")
        self.model = model
        self.params = {"verbose": verbose, "epochs": epochs, "steps": steps}
        self._add_history()
        self.callbacks.sort(key=lambda callback: callback.comes_last)
        self._progress = None
        passed = [entry for entry in self.callbacks if isinstance(entry, ProgbarLogger)]
        self.callbacks = [entry for entry in self.callbacks if entry not in passed]
        if verbose != 0:
            self._progress = passed[-1] if passed else ProgbarLogger()
            self.callbacks.append(self._progress)
        self._look_up_batch_hooks()
        for callback in self.callbacks:
            if model is not None:
                callback.set_model(model)
            callback.set_params(self.params)
        if self._progress is not None and where == "fit":
            # Others print between its lines.
            self._progress.bar.may_wait = self.callbacks == [self.history, self._progress]

    def close(self):
        """Show what has not been shown yet, however the training has ended."""
        if self._progress is not None:
            self._progress.bar.close()

    def _add_history(self):
        own = [callback for callback in self.callbacks if isinstance(callback, History)]
        self.history = own[-1] if own else History()
        if not own:
            self.callbacks.append(self.history)

    def _look_up_batch_hooks(self):
        # The progress line is left out: it takes the logs unevaluated.
        watchers = [entry for entry in self.callbacks if entry is not self._progress]
        self._batch_hooks = {
            hook: tuple(getattr(entry, hook) for entry in watchers if _overrides(entry, hook))
            for hook in _BATCH_HOOKS
        }

    def _call(self, hook, *args, logs):
        logs = _as_dict(logs)
        for callback in self.callbacks:
            getattr(callback, hook)(*args, logs)

    def _call_batch(self, hook, batch, logs):
        logs = _as_dict(logs)
        for watch in self._batch_hooks[hook]:
            watch(batch, logs=logs)
        return logs

    def _begin(self, hook, logs):
        self._call(hook, logs=logs)
        # Now, because a callback may have given itself a hook just before.
        self._look_up_batch_hooks()

    def on_train_begin(self, logs=None):
        if self.model is not None:
            self.model.history = self.history
        self._begin("on_train_begin", logs)

    def on_train_end(self, logs=None):
        self._call("on_train_end", logs=logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch, logs=None):
        self._call("on_epoch_end", epoch, logs=logs)

    def on_test_begin(self, logs=None):
        self._begin("on_test_begin", logs)

    def on_test_end(self, logs=None):
        self._call("on_test_end", logs=logs)

    def on_predict_begin(self, logs=None):
        self._begin("on_predict_begin", logs)

    def on_predict_end(self, logs=None):
        self._call("on_predict_end", logs=logs)

    def on_train_batch_begin(self, batch, logs=None):
        if self._batch_hooks["on_train_batch_begin"]:
            self._call_batch("on_train_batch_begin", batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        if self._batch_hooks["on_test_batch_begin"]:
            self._call_batch("on_test_batch_begin", batch, logs)

    def on_predict_batch_begin(self, batch, logs=None):
        if self._batch_hooks["on_predict_batch_begin"]:
            self._call_batch("on_predict_batch_begin", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        if self._batch_hooks["on_train_batch_end"]:
            logs = self._call_batch("on_train_batch_end", batch, logs)
        if self._progress is not None:
            self._progress.on_train_batch_end(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        if self._batch_hooks["on_test_batch_end"]:
            logs = self._call_batch("on_test_batch_end", batch, logs)
        if self._progress is not None:
            self._progress.on_test_batch_end(batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        if self._batch_hooks["on_predict_batch_end"]:
            self._call_batch("on_predict_batch_end", batch, logs)
        if self._progress is not None:
            self._progress.on_predict_batch_end(batch)

"""A callback made of functions."""

from fastgru.callbacks.base import Callback


class LambdaCallback(Callback):
    """Call a function at each hook that is named.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Called as ``f(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        Called as ``f(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Called as ``f(batch, logs=logs)``: the second parameter must bear the name ``logs``.
    **hooks : callable
        Any other hook of `Callback`, by its name.

    Raises
    ------
    TypeError
        If a name is no hook, or a value cannot be called.
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **hooks,
    ):
        hooks.update(
            on_epoch_begin=on_epoch_begin,
            on_epoch_end=on_epoch_end,
            on_train_begin=on_train_begin,
            on_train_end=on_train_end,
            on_train_batch_begin=on_train_batch_begin,
            on_train_batch_end=on_train_batch_end,
        )
        for name, hook in hooks.items():
            if not (name.startswith("on_") and hasattr(Callback, name)):
                raise TypeError(
                    f"LambdaCallback: keywords must be hooks of Callback; got {name}."
                )
            if hook is None:
                continue
            if not callable(hook):
                raise TypeError(f"LambdaCallback: {name} must be callable; got {hook!r}.")
            setattr(self, name, hook)

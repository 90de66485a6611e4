"""What every optimiser has: a learning rate, slots, the walk over a model's parameters."""

import numpy as np

from fastgru._check import check_name, check_number, fail, refuse_keywords, short
from fastgru._names import snake_case
from fastgru.kernels import optimizer_pass as kernel
from fastgru.optimizers import schedules
from fastgru.optimizers.options import check_options, drop_decay, gradient_scales
from fastgru.optimizers.pieces import pieces, spare
from fastgru.optimizers.rate import Rate


class Optimizer:
    """Base of the optimisers.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        A number can be set anew at any time. A schedule is called with the number of steps
        before this one, any other callable without arguments.
    weight_decay : float, optional
        Before each update, p -= weight_decay * learning_rate * p.
    clipnorm, clipvalue, global_clipnorm : float, optional
        Cut each parameter's gradient to this norm, each number of it to this size, or all
        gradients to this norm over all of them; at most one of the three.
    use_ema : bool, default False
        Keep a moving average of the parameters; `fit` ends with the average in their place.
    ema_momentum : float, default 0.99
        average = ema_momentum * average + (1 - ema_momentum) * p.
    ema_overwrite_frequency : int, optional
        Put the average in place of the parameters after each so many updates, too.
    loss_scale_factor : float, optional
        Accepted for Keras' scripts: it would multiply the loss and divide the gradient by
        the same number, which serves types smaller than float32.
    gradient_accumulation_steps : int, optional
        Update once in so many steps, at least 2, by the mean of their gradients.
    name : str, optional
    """

    #: Names of the arrays kept beside the parameters, in Keras' order.
    slots = ()

    def __init__(
        self, learning_rate, weight_decay=None, clipnorm=None, clipvalue=None,
        global_clipnorm=None, use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None,
        loss_scale_factor=None, gradient_accumulation_steps=None, name=None, **unknown,
    ):  # fmt: skip
        given = dict(locals())
        where = type(self).__name__
        drop_decay(where, unknown)
        refuse_keywords(where, unknown, Optimizer, type(self))
        self.options = check_options(where, given)
        vars(self).update(self.options)
        self.name = check_name(where, name) or snake_case(where)
        self.schedule = None
        # Calls of `step`, each of which is an update unless gradients are accumulated.
        self.steps = 0
        self._each = self.gradient_accumulation_steps or 1
        self._extras = self._each > 1 or self.use_ema or any(
            (self.weight_decay, self.clipnorm, self.clipvalue, self.global_clipnorm)
        )  # fmt: skip
        self._spared = None
        self._around = None
        self.store = None
        self.state = {}
        self.learning_rate = learning_rate

    @property
    def learning_rate(self):
        """The number in force: of a schedule, the one for the next step. It can be set, or
        changed by its `assign`."""
        return Rate(self._learning_rate if self.schedule is None else self._scheduled(), self)

    @learning_rate.setter
    def learning_rate(self, value):
        where = type(self).__name__
        if callable(value) and not isinstance(value, type):
            self.schedule = value
        elif self.schedule is not None:
            fail(where, "learning_rate", "not be set to a number while a schedule gives it",
                 short(value), "Make the optimiser with a number.", kind=TypeError)  # fmt: skip
        else:
            self._learning_rate = self._rate(value)
        # Whether a step is nothing but `_update` of each stretch.
        self._plain = self.schedule is None and not self._extras

    lr = learning_rate

    @property
    def built(self):
        """Whether there are slots for a model's parameters."""
        return self.store is not None

    def _rate(self, value):
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
            value = value.item()
        return check_number(type(self).__name__, "learning_rate", value, 0)

    def _scheduled(self):
        timed = isinstance(self.schedule, schedules.LearningRateSchedule)
        return self._rate(self.schedule(self.steps) if timed else self.schedule())

    @property
    def iterations(self):
        """Updates so far."""
        return self.steps // self._each

    @iterations.setter
    def iterations(self, value):
        self.steps = value * self._each

    @property
    def slot_groups(self):
        """The state's names, all of a group for one parameter before the next, as in Keras."""
        return [*([name] for name in self._option_slots()), list(self.slots)]

    def _option_slots(self):
        return ["average"] * self.use_ema + ["gradient_accumulator"] * (self._each > 1)

    def fresh(self, slot, store):
        """A slot's array as it is before the first step."""
        return store.values.copy() if slot == "average" else np.zeros_like(store.values)

    def build(self, store):
        """Make the slots for a store's parameters, and the stretches to walk over."""
        if store is not self.store:
            if self.store is not None and len(self.store.values) == len(store.values):
                self.state = {k: v.astype(store.dtype) for k, v in self.state.items()}
            else:
                names = (*self._option_slots(), *self.slots)
                self.state = {name: self.fresh(name, store) for name in names}
            self.store = store
        store.clear_gradients()
        self._cut()

    def _cut(self):
        """Cut the flat arrays into what a kernel walks over at once.

        `_stretches` holds (p, g, *slots, used). While gradients are accumulated, g is their
        sum, and `_collected` holds where it comes from.
        """
        store, state = self.store, self.state
        found = pieces(store, self._spared, bool(self.clipnorm))
        self._stretches, self._collected, self._arounds, self._decays = [], [], [], []
        for start, end, rows, used, decays in found:

            def cut(flat, start=start, end=end, rows=rows):
                return flat[start:end].reshape(rows, -1)

            g = cut(store.gradients)
            if self._each > 1:
                total = cut(state["gradient_accumulator"])
                touched = None if used is None else total.any(axis=1).view(np.uint8)
                self._collected.append((g, used, total, touched))
                g, used = total, touched
            slots = (cut(state[name]) for name in self.slots)
            self._stretches.append((cut(store.values), g, *slots, used))
            if self._extras:
                around = kernel.Around(cut(state["average"]) if self.use_ema else None)
                around.limit = self.clipvalue or 0.0
                around.scale = 1 / self._each
            else:
                around = None
            self._arounds.append(around)
            self._decays.append(decays)

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Leave some parameters out of the weight decay.

        Parameters
        ----------
        var_list : list of arrays, optional
            From `weights` of a model's layers, as they are when it is compiled and trained.
        var_names : list of str, optional
            Regular expressions; a parameter is left out where one of them is found in its
            name: "bias".
        """
        spared = spare(var_list, var_names)
        if self.store is not None:
            # Refuses arrays that are not the model's, before anything is changed.
            pieces(self.store, spared, False)
        self._spared = spared
        if self.store is not None:
            self._cut()

    def step(self):
        """Change the parameters by their gradients, and set those to zero."""
        if not self._plain:
            self._full_step()
            return
        self._start(self.steps + 1)
        self.steps += 1
        self.store.version += 1
        for stretch in self._stretches:
            self._update(*stretch)

    def _full_step(self):
        store, before = self.store, self.iterations
        updates = (self.steps + 1) % self._each == 0
        if updates:
            if self.schedule is not None:
                self._learning_rate = self._scheduled()
            self._start(before + 1)
        for stretch in self._collected:
            kernel.collect(*stretch)
        often = self.ema_overwrite_frequency
        overwrite = self.use_ema and often is not None and (before + 1) % often == 0
        share = 1 - self.ema_momentum if before else 1.0
        self.steps += 1
        store.version += updates or overwrite
        if updates:
            self._set_arounds(share, overwrite)
            for stretch, around in zip(self._stretches, self._arounds, strict=True):
                self._around = around
                self._update(*stretch)
        elif self.use_ema:
            for (p, *_), around in zip(self._stretches, self._arounds, strict=True):
                kernel.follow(p, around.average, share, overwrite)

    def _set_arounds(self, share, overwrite):
        if not self._extras:
            return
        scales = gradient_scales(
            self, lambda: [kernel.square_sum(s[1], s[-1]) for s in self._stretches]
        )
        decay = (self.weight_decay or 0.0) * self._learning_rate
        for place, around in enumerate(self._arounds):
            if scales is not None:
                around.scale = scales[place]
            around.decay = decay if self._decays[place] else 0.0
            around.follow, around.overwrite = share, overwrite

    def _start(self, t):
        """Compute what update number t, counted from 1, needs beside the learning rate."""

    def _update(self, p, g, *rest):
        """Change p by its gradient g; rest are the slots, and the rows used or None.

        `self._around` goes to the kernel, which does the rest of the step by it.
        """
        raise NotImplementedError(f"{self.name}: an optimiser must have an _update; got none.")

    def finalize_variable_values(self, var_list=None):
        """Put the moving average in place of what is trained, if there is one.

        `fit` does it at its end. `var_list` is accepted for Keras' scripts.
        """
        if self.use_ema and self.steps and self.store is not None:
            for (p, *_), around in zip(self._stretches, self._arounds, strict=True):
                p[...] = around.average
            self.store.version += 1

    def scalars(self):
        """Numbers that Keras keeps behind the slots."""
        return ()

    def get_config(self):
        """Keyword arguments that make this optimiser again, without its state."""
        rate = self._learning_rate if self.schedule is None else self.schedule
        return {"name": self.name, "learning_rate": schedules.serialize(rate), **self.options}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The inverse of `get_config`."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)

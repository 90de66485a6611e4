"""The arguments and parameters that a layer and its cell have in common."""

import dataclasses

import numpy as np

from fastgru import activations, initializers
from fastgru._check import check_flag, check_int, check_number, fail
from fastgru.layers.recurrent.loop import CellPass, Noise, dropout_factors
from fastgru.layers.recurrent.steps import GRUStep, LSTMStep, SimpleStep


class Unit:
    """Mixin: units, activations, rules of the weights and dropout of one kind of cell."""

    #: The equations.
    step = None
    #: Arguments that are saved, beside the rules.
    options = ("units", "activation", "use_bias", "dropout", "recurrent_dropout", "seed")
    #: Whether a dropout rate of 1 drops all, or nothing, as Keras' cells have it.
    drops_all = False
    keep_share = 0.0
    implementation = 2

    def _set_unit(
        self, units, activation, recurrent_activation, use_bias, kernel_initializer,
        recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
        implementation=2, *, kernel_regularizer, recurrent_regularizer, bias_regularizer,
        kernel_constraint, recurrent_constraint, bias_constraint,
    ):  # fmt: skip
        """Check what Keras' constructors take, and keep it."""
        where = type(self).__name__
        self.units = check_int(where, "units", units, 1)
        self.activation = activations.resolve(activation, where)
        self.recurrent_activation = activations.resolve(
            recurrent_activation, where, "recurrent_activation"
        )
        self.use_bias = check_flag(where, "use_bias", use_bias)
        self.rules("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.rules(
            "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint
        )
        self.rules("bias", bias_initializer, bias_regularizer, bias_constraint)
        self._set_dropout(dropout, recurrent_dropout, seed, implementation)

    def _set_dropout(self, dropout, recurrent_dropout, seed, implementation):
        where = type(self).__name__
        self.dropout = check_number(where, "dropout", dropout, 0, 1)
        self.recurrent_dropout = check_number(
            where, "recurrent_dropout", recurrent_dropout, 0, 1
        )
        self.seed = None if seed is None else check_int(where, "seed", seed, 0)
        self._rng = None if seed is None else np.random.default_rng(self.seed)
        self.implementation = check_int(where, "implementation", implementation, 0)
        if self.implementation > 2:
            fail(where, "implementation", "be 0, 1 or 2", f"{implementation}")
        if self.recurrent_dropout:
            self.implementation = 1

    @property
    def cell(self):
        """The layer itself: Keras' layers have their weights and options in a cell."""
        return self

    @property
    def state_sizes(self):
        """Widths of the states."""
        return (self.units,)

    @property
    def state_size(self):
        """Width of the state, or a list of the widths of the states."""
        sizes = self.state_sizes
        return sizes[0] if len(sizes) == 1 else list(sizes)

    @property
    def output_size(self):
        """Width of the output."""
        return self.units

    def over(self, x, mask, states, noise, keep, stack=None):
        """A pass over a packed sequence (T, B, I); `keep` where it is to go backward.

        stack: what the cell is in, where that penalises its steps.
        """
        return CellPass(self, x, mask, states, noise, keep, stack)

    def _own_specs(self, width):
        """kernel, recurrent kernel and bias for inputs of this width."""
        H = self.step.blocks * self.units
        found = (
            self.spec("kernel", (width, H)),
            self.spec("recurrent", (self.units, H), "recurrent_kernel"),
        )
        return (*found, self._bias(H)) if self.use_bias else found

    def _bias(self, width):
        return self.spec("bias", (width,))

    def _drops(self, rate):
        return 0 < rate and (rate < 1 or self.drops_all)

    def noise(self, T, B, width, store, training):
        """What a pass of this shape is disturbed with: drawn anew at each call."""
        if not training:
            return Noise(zoneout=self.keep_share or None)
        rng, dtype = self._rng or store.rng, store.dtype
        # With implementation 1, which recurrent dropout calls for, each block has its own.
        K = self.step.blocks if self.implementation == 1 else 1
        noise = Noise()
        if self._drops(self.dropout):
            noise.inputs = dropout_factors(rng, self.dropout, (K, B, width), dtype)
        if self._drops(self.recurrent_dropout):
            noise.recurrent = dropout_factors(
                rng, self.recurrent_dropout, (K, B, self.units), dtype
            )
        if self.keep_share:
            kept = rng.random((T, B, self.units), np.float32) < self.keep_share
            noise.zoneout = kept.astype(dtype)
        return noise

    def _unit_config(self):
        return {name: getattr(self, name) for name in self.options}


class SimpleUnit(Unit):
    """Mixin of SimpleRNN and its cell."""

    step, drops_all = SimpleStep, True


class LSTMUnit(Unit):
    """Mixin of LSTM and its cell."""

    step = LSTMStep
    options = (*Unit.options, "recurrent_activation", "unit_forget_bias")

    @property
    def state_sizes(self):
        return (self.units, self.units)

    def _bias(self, width):
        spec = super()._bias(width)
        if not self.unit_forget_bias:
            return spec
        return dataclasses.replace(spec, initializer=ForgetOne(self.bias_initializer))


class GRUUnit(Unit):
    """Mixin of GRU and its cell."""

    step = GRUStep
    options = (*Unit.options, "recurrent_activation", "reset_after")

    def _bias(self, width):
        return self.spec("bias", (2, width) if self.reset_after else (width,))


class ForgetOne(initializers.Initializer):
    """A bias of blocks i, f, c, o that begins at 1 in f and as `start` says elsewhere."""

    def __init__(self, start):
        self.start = start

    def __call__(self, shape, rng=None):
        H = shape[0] // 4
        one = np.ones(H)
        return np.concatenate([self.start((H,), rng), one, self.start((2 * H,), rng)])

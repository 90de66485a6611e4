"""The GRU layer: its arguments, its parameters, and the way through the kernels."""

import numpy as np

from fastgru import activations
from fastgru._check import (
    as_array,
    axes,
    check_default,
    check_flag,
    check_int,
    check_shape,
    fail,
)  # fmt: skip
from fastgru.kernels.activations import KINDS
from fastgru.layers.gru_bound import BoundPass
from fastgru.layers.gru_pass import CHUNK, GRUPass, packed_weights
from fastgru.layers.layer import Layer

#: Those that act on one number at a time.
ACTIVATIONS = tuple(KINDS)


class GRU(Layer):
    """Gated recurrent unit over a sequence.

    z = rec(x W_z + h U_z + b_z), r = rec(x W_r + h U_r + b_r), h' = z h + (1 - z) g with
    g = act(x W_g + b_g + r (h U_g + b'_g)) where the reset gate acts after the product,
    g = act(x W_g + (r h) U_g + b_g) where it acts before.

    Parameters
    ----------
    units : int
        Width of state and output.
    activation : default "tanh"
        Of the candidate g.
    recurrent_activation : default "sigmoid"
        Of the gates z and r.
    use_bias : bool, default True
    kernel_initializer, recurrent_initializer, bias_initializer
        "glorot_uniform", "orthogonal" and "zeros" by default.
    kernel_regularizer, recurrent_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties on the weights, see `fastgru.regularizers`.
    activity_regularizer : str or Regularizer, optional
        Penalty on the output.
    kernel_constraint, recurrent_constraint, bias_constraint : str or Constraint, optional
        What the weights are held to, see `fastgru.constraints`.
    return_sequences : bool, default False
        Output every state, (batch, time, units), instead of the last one, (batch, units).
    go_backwards : bool, default False
        Read the sequence from its end; sequences then come out in that order.
    reset_after : bool, default True
        See above. True is arXiv:1406.1078v1, PyTorch's and cuDNN's form.
    zero_output_for_mask : bool, default False
        Where sequences are returned, skipped steps give zeros instead of the carried state.
    unroll, use_cudnn, implementation, seed, time_major
        Accepted for scripts that have them; they change nothing.
    **layer
        See `Layer`.

    Input (batch, time, width). A mask, (batch, time), skips steps: the state is carried
    over them. Weights, as in Keras: kernel (width, 3 units), recurrent_kernel (units,
    3 units), bias (2, 3 units) or (3 units), blocks in the order z, r, g.
    """

    keras_path = "cell/vars"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        zero_output_for_mask=False,
        implementation=2,
        time_major=False,
        **layer,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **layer)
        self.units = check_int("GRU", "units", units, 1)
        self.activation = activations.resolve(activation, "GRU", "activation", ACTIVATIONS)
        self.recurrent_activation = activations.resolve(
            recurrent_activation, "GRU", "recurrent_activation", ACTIVATIONS
        )
        self.use_bias = check_flag("GRU", "use_bias", use_bias)
        self.rules("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.rules(
            "recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint
        )
        self.rules("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.return_sequences = check_flag("GRU", "return_sequences", return_sequences)
        self.go_backwards = check_flag("GRU", "go_backwards", go_backwards)
        self.reset_after = check_flag("GRU", "reset_after", reset_after)
        # (key, arrays) of the weights in the kernel's layout.
        self.packed = None
        self.zero_output_for_mask = check_flag(
            "GRU", "zero_output_for_mask", zero_output_for_mask
        )
        self.seed = seed
        check_default(
            "GRU",
            dropout=(dropout, 0.0),
            recurrent_dropout=(recurrent_dropout, 0.0),
            return_state=(return_state, False),
            stateful=(stateful, False),
            time_major=(time_major, False),
        )

    def configure(self, input_shape):
        hint = "" if len(input_shape) != 2 else TWO_AXES
        check_shape(self.name, "its input", input_shape, ("batch", "time", "features"), hint)
        if input_shape[2] is None:
            fail(self.name, "its input", "have a known last axis", axes(input_shape))
        H, I = self.units, input_shape[2]
        self.specs = (
            self.spec("kernel", (I, 3 * H)),
            self.spec("recurrent", (H, 3 * H), "recurrent_kernel"),
        )
        if self.use_bias:
            shape = (2, 3 * H) if self.reset_after else (3 * H,)
            self.specs += (self.spec("bias", shape),)
        return (*input_shape[: 2 if self.return_sequences else 1], H)

    def forward(self, x, mask=None, initial_state=None):
        """(y, mask behind the layer, backward) of (time, batch, width).

        `backward(dy, want_dx)` returns dx, or (dx, gradient of the initial state) where
        one was given.
        """
        turn = self.work.begin()
        usual = mask is None and initial_state is None and not self.go_backwards
        if usual and 0 not in x.shape:
            bound = self._bound(x.shape)
            y = bound.forward(x)
        else:
            bound = None
            run = GRUPass(self, x, mask, initial_state, keep=True)
            y = run.forward()

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            if bound is not None:
                return bound.backward(dy, want_dx)
            dx, dh = run.backward(dy, want_dx)
            return dx if initial_state is None else (dx, dh)

        return y, mask if self.return_sequences else None, backward

    def _bound(self, shape):
        """The pass of this shape, from the last batches or new; a short last batch keeps its."""
        found = self.work.passes.get(shape)
        if found is None or found.store is not self.store:
            if len(self.work.passes) > 1:
                self.work.passes.clear()
            found = self.work.passes[shape] = BoundPass(self, *shape)
        return found

    def stage(self, shape, mask=None, scores=False):
        if self.go_backwards:
            return None
        bound = self._bound(shape) if mask is None else BoundPass(self, *shape, mask)
        return bound.stage, bound.y, mask if self.return_sequences else None

    def predict(self, x, mask=None, initial_state=None):
        y = GRUPass(self, x, mask, initial_state, keep=False).forward()
        return y, mask if self.return_sequences else None

    def __call__(self, x, mask=None, training=False, initial_state=None):
        """As `Layer.__call__`; `initial_state` is (batch, units), zeros by default."""
        if initial_state is None:
            return self._once(x, mask, training)
        states = initial_state
        if isinstance(states, (list, tuple)) and len(states) == 1:
            # Keras' form for several states.
            states = states[0] if getattr(states[0], "ndim", 0) > 1 else states
        x = as_array(self.name, "x", x)
        state = as_array(self.name, "initial_state", states)
        check_shape(self.name, "initial_state", state.shape, (*x.shape[:1], self.units))
        state = np.ascontiguousarray(state, self.dtype)
        return self._once(x, mask, training, initial_state=state)

    def enlist(self, program):
        if self.go_backwards and (program.T > 1 or program.carry):
            return False
        options = KINDS[self.activation], KINDS[self.recurrent_activation], self.reset_after
        chunk = CHUNK // (16 * self.units)
        program.gru(
            *packed_weights(self), *options, self.return_sequences, chunk,
            self.zero_output_for_mask,
        )  # fmt: skip
        return True

    def get_config(self):
        names = (
            "units", "activation", "recurrent_activation", "use_bias", "return_sequences",
            "go_backwards", "reset_after", "zero_output_for_mask", "seed",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


TWO_AXES = (
    "A GRU below it needs return_sequences=True, token ids need an Embedding layer or one-hot "
    "rows from fastgru.utils.to_categorical."
)

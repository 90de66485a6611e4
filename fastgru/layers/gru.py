"""The GRU layer: its arguments, its parameters, and the way through the kernels."""

from fastgru import activations
from fastgru._check import check_flag, check_number
from fastgru.kernels.activations import KINDS
from fastgru.layers.gru_bound import BoundPass
from fastgru.layers.gru_pass import CHUNK, GRUPass, packed_weights
from fastgru.layers.gru_run import KernelRun
from fastgru.layers.recurrent.base import Recurrent
from fastgru.layers.recurrent.loop import StepPass
from fastgru.layers.recurrent.unit import GRUUnit


class GRU(GRUUnit, Recurrent):
    """Gated recurrent unit over a sequence.

    z = rec(x W_z + h U_z + b_z), r = rec(x W_r + h U_r + b_r), h' = z h + (1 - z) g with
    g = act(x W_g + b_g + r (h U_g + b'_g)) where the reset gate acts after the product,
    g = act(x W_g + (r h) U_g + b_g) where it acts before.

    Parameters
    ----------
    units : int
        Width of state and output.
    activation : default "tanh"
        Of the candidate g. With softmax, log_softmax or sparsemax here or below, which act
        on all units together, the steps are run one by one.
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
    dropout : float, default 0.0
        In training, drop this share of the input's features, the same ones at every step of
        a batch; the others are scaled by 1 / (1 - dropout).
    recurrent_dropout : float, default 0.0
        The same for the state where it is multiplied with U, not where z carries it over
        (arXiv:1512.05287). Each gate then has masks of its own, also for the input, and the
        steps are run one by one.
    seed : int, optional
        Draw masks from a generator of this seed instead of the model's.
    reset_after : bool, default True
        See above. True is arXiv:1406.1078v1, PyTorch's and cuDNN's form.
    zoneout : float, default 0.0
        In training, carry over this share of the state's units at random at each step; in
        prediction, the same share of each (arXiv:1606.01305). Keras has no such argument.
    initial_state_initializer : optional
        Learn the state that sequences begin with: one row, (units,), the last of the weights,
        that starts from this. Keras has no such argument.
    return_sequences, return_state, go_backwards, stateful, zero_output_for_mask
        See `recurrent.base.Recurrent`.
    unroll, use_cudnn, time_major
        Accepted for scripts that have them; they change nothing.
    implementation : {0, 1, 2}, default 2
        1 gives each gate an input mask of its own in `dropout`, and changes nothing else.
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
        zoneout=0.0,
        initial_state_initializer=None,
        **layer,
    ):
        super().__init__(
            activity_regularizer=activity_regularizer, return_sequences=return_sequences,
            return_state=return_state, go_backwards=go_backwards, stateful=stateful,
            zero_output_for_mask=zero_output_for_mask, time_major=time_major, **layer,
        )  # fmt: skip
        self.reset_after = check_flag("GRU", "reset_after", reset_after)
        self._set_unit(
            units, activation, recurrent_activation, use_bias, kernel_initializer,
            recurrent_initializer, bias_initializer, dropout, recurrent_dropout, seed,
            implementation, kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip
        self.keep_share = self.zoneout = check_number("GRU", "zoneout", zoneout, 0, 1)
        self.initial_state_initializer = None
        if initial_state_initializer is not None:
            self.start("initial_state", initial_state_initializer)
        both = self.activation, self.recurrent_activation
        #: Whether an activation acts on rows, which the kernels do not know.
        self._of_rows = any(name in activations.ROWS for name in both)
        #: Whether a pass knows neither states nor chance, in prediction and in training. A
        #: stream carries states from step to step itself.
        self._plain_in_streams = not (
            self.return_state
            or self.zoneout
            or self.initial_state_initializer is not None
            or self._of_rows
        )
        self._plain = self._plain_in_streams and not self.stateful
        self._plain_training = self._plain and not (
            self.go_backwards
            or self._drops(self.dropout)
            or self._drops(self.recurrent_dropout)
        )
        # (key, arrays) of the weights in the kernel's layout.
        self.packed = None

    def configure(self, input_shape):
        shape = self._shape(input_shape, self.units)
        self.specs = self._own_specs(input_shape[2])
        if self.initial_state_initializer is not None:
            self.specs += (self.spec("initial_state", (self.units,)),)
        return shape

    def forward(self, x, mask=None, initial_state=None):
        usual = self._plain_training and mask is None and initial_state is None
        if not usual or 0 in x.shape:
            return super().forward(x, mask, initial_state)
        turn = self.work.begin()
        bound = self._bound(x.shape)

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            return bound.backward(dy, want_dx)

        return bound.forward(x), None, backward

    def _pass(self, x, mask, states, keep):
        T, B, width = x.shape
        noise = self.noise(T, B, width, self.store, keep)
        one_by_one = noise.recurrent is not None or noise.zoneout is not None
        if self._of_rows or one_by_one or (noise.inputs is not None and len(noise.inputs) > 1):
            states = self.get_initial_state(B) if states is None else states
            return StepPass(self, x, mask, states, [noise], keep)
        return KernelRun(self, x, mask, states, noise.inputs, keep)

    def _bound(self, shape):
        """The pass of this shape, from the last batches or new; a short last batch keeps its."""
        found = self.work.passes.get(shape)
        if found is None or found.store is not self.store:
            if len(self.work.passes) > 1:
                self.work.passes.clear()
            found = self.work.passes[shape] = BoundPass(self, *shape)
        return found

    def stage(self, shape, mask=None, scores=False):
        if not self._plain_training:
            return None
        bound = self._bound(shape) if mask is None else BoundPass(self, *shape, mask)
        return bound.stage, bound.y, mask if self.return_sequences else None

    def predict(self, x, mask=None, initial_state=None):
        if not self._plain:
            return super().predict(x, mask, initial_state)
        states, _ = self._first(x, initial_state)
        y = GRUPass(self, x, mask, states and states[0], keep=False).forward()
        return y, mask if self.return_sequences else None

    def enlist(self, program):
        plain = self._plain_in_streams if program.carry else self._plain
        if not plain or (self.go_backwards and (program.T > 1 or program.carry)):
            return False
        options = KINDS[self.activation], KINDS[self.recurrent_activation], self.reset_after
        chunk = CHUNK // (16 * self.units)
        program.gru(
            *packed_weights(self), *options, self.return_sequences, chunk,
            self.zero_output_for_mask,
        )  # fmt: skip
        return True

    def get_config(self):
        config = {**super().get_config(), **self._unit_config()}
        # Keras refuses what it does not have.
        if self.zoneout:
            config["zoneout"] = self.zoneout
        return config

"""predict and the call of a model: from samples to outputs."""

import numpy as np

from fastgru._check import check_flag
from fastgru.callbacks import CallbackList
from fastgru.layers.layout import leave
from fastgru.layers.stack import leaves
from fastgru.models import door, outputs
from fastgru.models.epochs import Epochs
from fastgru.models.feeding import Samples, check_steps, feed
from fastgru.models.lengths import behind_first, follows


class Predictor:
    """The part of a model that gives outputs. `Trainer` adds what learns."""

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None,
                lengths=None):  # fmt: skip
        """The model's outputs.

        Parameters
        ----------
        x : array-like
            Samples, batch first; or a list of sequences, or batches, as in `fit`.
        batch_size : int, default 32
        verbose : {"auto", 0, 1, 2}
        steps : int, optional
            Batches to predict.
        callbacks : list of Callback, optional
        lengths : array-like of int (n,), optional
            Steps of each sample that count. Samples are sorted by them into batches, and a
            batch is cut to its longest.

        Returns
        -------
        numpy.ndarray
            (n, ...), of the model's dtype, in memory of its own and in the order of x.
            Where each step has an output, those behind a sequence's end are zero. A tuple
            of such where the last layer gives several.
        """
        batch_size = (
            None if batch_size is None else door.check_batch_size("predict", batch_size)
        )
        if (
            verbose == 0
            and callbacks is None
            and type(x) is np.ndarray
            and x.ndim
            and len(x) <= (batch_size or 32)
            and steps is None
            and lengths is None
        ):
            # Nothing to show and nobody to tell: as `predict_on_batch`.
            y = self._programs.again(self, x)
            if y is not None:
                return y
        steps = check_steps("predict", "steps", steps)
        given = feed("predict", self, x, None, None, lengths, None, batch_size, steps,
                     with_y=False)  # fmt: skip
        if steps is None:
            outputs.sort(given)
        batches = Epochs(given, steps, "predict", self.rng)
        watch = CallbackList(
            callbacks, self, verbose=verbose, steps=batches.count, where="predict"
        )
        return outputs.collect(self, batches, watch)

    def _run(self, x, given=None):
        """(outputs, mask) of a batch in the layers' layout, keeping nothing."""
        mask = given
        for layer in leaves(self.layers):
            x, mask = layer.predict(x, mask)
            if given is not None:
                mask, given = behind_first(layer, mask, given), None
        return x, mask

    def _outputs(self, x, mask=None):
        """Outputs of a batch in the layers' layout, as users get them."""
        if mask is not None:
            y = leave(self._run(x, mask)[0])
            for part in y if isinstance(y, tuple) else (y,):
                if part.ndim > 2 and follows(self):
                    part[mask.T == 0] = 0
            return y
        ids = self.layers[0].takes_ids
        shape = x.shape if ids or x.ndim < 3 else (x.shape[1], x.shape[0], *x.shape[2:])
        program = self._programs.find(self, shape)
        if program is None:
            return leave(self._run(x)[0])
        y = program.run(np.ascontiguousarray(x.T) if ids else x)
        return door.turn(y)

    def __call__(self, x, training=False):
        """Outputs of one batch; with `training`, dropout is active."""
        training = training is not None and check_flag(self.name, "training", training)
        return self._once(self.name, x, training)

    def _once(self, where, x, training):
        if not training and type(x) is np.ndarray:
            y = self._programs.again(self, x)
            if y is not None:
                return y
        x, _, _, given = Samples(where, self, x, with_y=False).whole()
        if not training:
            return self._outputs(x, given)
        mask = given
        for layer in leaves(self.layers):
            x, mask, _ = layer.forward(x, mask)
            if given is not None:
                mask, given = behind_first(layer, mask, given), None
        return leave(x)

    def predict_on_batch(self, x):
        """Outputs of one batch."""
        return self._once("predict_on_batch", x, training=False)

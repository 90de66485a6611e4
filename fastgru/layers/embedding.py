"""A table of vectors, read by number."""

import numpy as np

from fastgru._check import check_default, check_flag, check_int
from fastgru._workspace import aligned
from fastgru.kernels.embedding import embedding_backward, embedding_forward, first_outside
from fastgru.kernels.stage_masked import EmbeddingStage
from fastgru.layers.layer import Layer
from fastgru.layers.layout import rows


class Embedding(Layer):
    """Vectors for token ids.

    Parameters
    ----------
    input_dim : int
        Size of the vocabulary: the largest id plus one.
    output_dim : int
        Width of a vector.
    embeddings_initializer : default "uniform"
        Uniform in [-0.05, 0.05].
    embeddings_regularizer : str or Regularizer, optional
        Penalty on the whole table, see `fastgru.regularizers`.
    embeddings_constraint : str or Constraint, optional
        What the table is held to, see `fastgru.constraints`.
    mask_zero : bool, default False
        Id 0 is padding: layers behind skip those steps.
    weights : array-like (input_dim, output_dim) or list of it, optional
        Start from these.
    lora_rank, lora_alpha, quantization_config
        Only None.
    input_length : int, optional
        Length of the sequences, where nothing else says it.
    **layer
        See `Layer`.

    Input (batch, time) of ids, output (batch, time, output_dim). Raises IndexError for an
    id outside the vocabulary.
    """

    takes_ids = True

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        input_length=None,
        **layer,
    ):
        if input_length is not None and "input_shape" not in layer:
            layer["input_shape"] = (check_int("Embedding", "input_length", input_length, 1),)
        super().__init__(**layer)
        self.input_dim = check_int("Embedding", "input_dim", input_dim, 1)
        self.output_dim = check_int("Embedding", "output_dim", output_dim, 1)
        self.mask_zero = check_flag("Embedding", "mask_zero", mask_zero)
        self.rules(
            "embeddings", embeddings_initializer, embeddings_regularizer, embeddings_constraint
        )
        check_default(
            "Embedding", lora_rank=(lora_rank, None), lora_alpha=(lora_alpha, None),
            quantization_config=(quantization_config, None),
        )  # fmt: skip
        if weights is not None:
            listed = isinstance(weights, (list, tuple)) and len(weights) == 1
            weights = weights if listed and np.ndim(weights[0]) > 1 else [weights]
            self.prepare((None,))
            self.build((None,))
            self.set_weights(weights)

    def configure(self, input_shape):
        shape = (self.input_dim, self.output_dim)
        self.specs = (self.spec("embeddings", shape, sparse=True),)
        return (*input_shape, self.output_dim)

    def as_ids(self, x, where=None):
        """Any numbers as int32 ids; fractions are cut off, as Keras does."""
        # Before the values are looked at: a view may be of any size.
        x = np.ascontiguousarray(x)
        if x.dtype == np.int32:
            if where is not None and first_outside(x.reshape(-1), self.input_dim) >= 0:
                self._outside(where, _span(x))
            return x
        finite = x.dtype.kind != "f" or np.isfinite(x).all()
        inside = x.size == 0 or (finite and x.min() > -1 and x.max() < self.input_dim)
        if not inside:
            self._outside(where or self.name, _span(x) if finite else "NaN or infinity")
        return x.astype(np.int32)

    def _outside(self, where, got):
        raise IndexError(
            f"{where}: ids must lie in [0, {self.input_dim}) for {self.name}; got {got}. "
            "Embedding's input_dim must be the largest id plus one."
        )

    def _ids(self, x):
        """Ids in the order of the output, (time, batch) where there is a time axis; and flat."""
        x = self.as_ids(x)
        ids = np.ascontiguousarray(x if x.ndim < 2 else x.swapaxes(0, 1))
        flat = ids.reshape(-1)
        if (place := first_outside(flat, self.input_dim)) >= 0:
            self._outside(self.name, flat[place])
        return ids, flat

    def _lookup(self, x):
        ids, flat = self._ids(x)
        E = self.parameters["embeddings"]
        y = self.work.take("y", E.dtype, *ids.shape, self.output_dim)
        embedding_forward(flat, E, rows(y))
        return y, (ids != 0).view(np.uint8) if self.mask_zero else None, flat

    def forward(self, x, mask=None):
        turn = self.work.begin()
        y, mask, flat = self._lookup(x)

        def backward(dy, want_dx=True):
            self.work.check(self.name, turn)
            used = self.store.used[self]
            embedding_backward(flat, rows(dy), self.gradients["embeddings"], used)

        return y, mask, backward

    def predict(self, x, mask=None):
        return self._lookup(x)[:2]

    def stage(self, shape, mask=None, scores=False):
        if len(shape) != 2:
            return None
        (B, T), O, dtype = shape, self.output_dim, self.store.dtype
        arrays = {
            "E": self.parameters["embeddings"], "dE": self.gradients["embeddings"],
            "used": self.store.used[self], "ids": np.empty(T * B, np.int32),
            "y": aligned(T * B * O, dtype),
            "mask": np.empty((T, B), np.uint8) if self.mask_zero else None,
        }  # fmt: skip
        stage = EmbeddingStage(
            arrays, T, B, self.input_dim, O, dtype == np.float32,
            lambda number: self._outside(self.name, number),
        )  # fmt: skip
        return stage, arrays["y"].reshape(T, B, O), arrays["mask"]

    def enlist(self, program):
        if not program.ids or (self.mask_zero and program.carry):
            return False
        program.embedding(self.parameters["embeddings"], self.mask_zero)
        return True

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "mask_zero": self.mask_zero,
        }


def _span(x):
    low, high = x.min(), x.max()
    return f"{low}" if low == high else f"{low} to {high}"

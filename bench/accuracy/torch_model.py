"""The layers of a Sequential as PyTorch's modules, with `fit` and `predict` like Keras'."""

import numpy as np
import torch
from torch import nn
from torch.nn.utils import rnn

EPSILON = 1e-7


def sequences(layers, x, y):
    """x without the padding that a mask would hide: PyTorch packs sequences instead."""
    hides = getattr(layers[0], "mask_zero", False)
    if isinstance(x, list) or not hides:
        return x, y
    # A row without a word keeps one step: nothing cannot be packed.
    return [row[row != 0] if row.any() else row[:1] for row in x], y


class Noise(nn.Module):
    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def forward(self, x):
        return x + self.deviation * torch.randn_like(x) if self.training else x


class Channels(nn.Module):
    """Dropout of the same channels at every step."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        kept = nn.functional.dropout(torch.ones_like(x[:, :1]), self.rate, self.training)
        return x * kept


class Recurrent(nn.Module):
    """GRU or Bidirectional; gives all steps, or the last real one of each sequence.

    nn.GRU has no reset before the product: such a layer becomes one that resets behind it,
    with the same number of products.
    """

    def __init__(self, layer):
        super().__init__()
        both = (
            [layer.forward_layer, layer.backward_layer]
            if hasattr(layer, "forward_layer")
            else [layer]
        )
        self.all_steps, self.stateful = both[0].return_sequences, both[0].stateful
        width, units = both[0].get_weights()[0].shape[0], both[0].units
        self.gru = nn.GRU(width, units, batch_first=True, bidirectional=len(both) > 1)
        self.state = None
        for part, suffix in zip(both, ("", "_reverse"), strict=False):
            W, U, b = part.get_weights()
            b = b if b.ndim > 1 else np.stack([b, np.zeros_like(b)])
            values = {"weight_ih": W.T, "weight_hh": U.T, "bias_ih": b[0], "bias_hh": b[1]}
            for name, value in values.items():
                z, r, g = np.split(value, 3)
                value = torch.from_numpy(np.concatenate([r, z, g]))
                getattr(self.gru, f"{name}_l0{suffix}").data.copy_(value)

    def forward(self, x, lengths):
        if lengths is None:
            y, h = self.gru(x, self.state)
            self.state = h.detach() if self.stateful else None
        else:
            packed = rnn.pack_padded_sequence(
                x, lengths, batch_first=True, enforce_sorted=False
            )
            y, h = self.gru(packed)
            if self.all_steps:
                y = rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])[0]
        return y if self.all_steps else torch.cat(list(h), -1)


def linear(layer):
    W, b = layer.get_weights()
    module = nn.Linear(*W.shape)
    module.weight.data.copy_(torch.from_numpy(W.T.copy()))
    module.bias.data.copy_(torch.from_numpy(b))
    return module


def embedding(layer):
    return nn.Embedding.from_pretrained(torch.from_numpy(layer.get_weights()[0]), freeze=False)


#: By the names of layers; Dense is linear here, its activation belongs to the loss.
TRANSLATED = {
    "Embedding": embedding,
    "Dense": linear,
    "GRU": Recurrent,
    "Bidirectional": Recurrent,
    "Dropout": lambda layer: nn.Dropout(layer.rate),
    "SpatialDropout1D": lambda layer: Channels(layer.rate),
    "GaussianNoise": lambda layer: Noise(layer.stddev),
}
#: Loss: (function of scores and targets, what makes probabilities of scores).
LOSSES = {
    "binary_crossentropy": (nn.functional.binary_cross_entropy_with_logits, torch.sigmoid),
    "sparse_categorical_crossentropy": (
        nn.functional.cross_entropy, lambda scores: scores.softmax(-1)
    ),
    "mse": (nn.functional.mse_loss, lambda scores: scores),
}  # fmt: skip


class TorchModel:
    """A compiled model of fastgru, translated with its weights and its optimiser."""

    def __init__(self, model, loss, seed=0):
        torch.manual_seed(seed)
        self.rng = np.random.default_rng(seed)
        self.steps = nn.ModuleList(
            TRANSLATED[type(each).__name__](each) for each in model.layers
        )
        self.loss, self.link = LOSSES[loss]
        self.by_number = loss.startswith("sparse")
        given = model.optimizer
        decay = given.weight_decay or 0.0
        self.clip, self.schedule = given.global_clipnorm, given.schedule
        kind = torch.optim.AdamW if decay else torch.optim.Adam
        self.optimizer = kind(
            self.steps.parameters(),
            given.learning_rate,
            eps=EPSILON,
            weight_decay=decay,
            fused=True,
        )
        self.count = 0

    def reset_states(self):
        for step in self.steps:
            if isinstance(step, Recurrent):
                step.state = None

    def _scores(self, x, lengths):
        for step in self.steps:
            x = step(x, lengths) if isinstance(step, Recurrent) else step(x)
        return x

    def _batch(self, x, index):
        if not isinstance(x, list):
            return torch.from_numpy(x[index]), None
        parts = [torch.from_numpy(x[i]) for i in index.tolist()]
        return rnn.pad_sequence(parts, True), torch.tensor([len(part) for part in parts])

    def _targets(self, y, index):
        if isinstance(y, list):
            return torch.from_numpy(np.concatenate([y[i] for i in index.tolist()]))
        y = torch.from_numpy(y[index])
        return y.long() if self.by_number else y.float()

    def fit(self, x, y, batch_size, epochs=1, shuffle=True, verbose=0):
        self.steps.train()
        for _ in range(epochs):
            order = self.rng.permutation(len(x)) if shuffle else np.arange(len(x))
            for start in range(0, len(x), batch_size):
                self._learn(x, y, order[start : start + batch_size])

    def _learn(self, x, y, index):
        rows, lengths = self._batch(x, index)
        if self.schedule is not None:
            self.optimizer.param_groups[0]["lr"] = float(self.schedule(self.count))
        self.count += 1
        self.optimizer.zero_grad(set_to_none=True)
        scores, targets = self._scores(rows, lengths), self._targets(y, index)
        if scores.ndim > 2 and lengths is not None:
            scores = scores[torch.arange(scores.shape[1]) < lengths[:, None]]
        if self.by_number:
            scores, targets = scores.flatten(0, -2), targets.flatten()
        self.loss(
            scores, targets.reshape(scores.shape) if not self.by_number else targets
        ).backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.steps.parameters(), self.clip)
        self.optimizer.step()

    @torch.inference_mode()
    def predict(self, x, batch_size, verbose=0):
        self.steps.eval()
        found = []
        for start in range(0, len(x), batch_size):
            index = np.arange(start, min(len(x), start + batch_size))
            found += list(self.link(self._scores(*self._batch(x, index))).numpy())
        return found if isinstance(x, list) else np.stack(found)

"""PyTorch: nn.GRU, nn.Linear, and its own Adam in the fused form."""

from itertools import cycle

import numpy as np
import torch
from cases import TUTORIAL
from torch import nn

VERSIONS = {"torch": torch.__version__}
# PyTorch adds epsilon behind the bias correction; this one makes the first step Keras'.
EPSILON = 1e-7 / (1 - 0.999) ** 0.5

set_threads = torch.set_num_threads
threads = torch.get_num_threads


class Network(nn.Module):
    def __init__(self, I, H):
        super().__init__()
        self.gru = nn.GRU(I, H, batch_first=True)
        self.dense = nn.Linear(H, 1)

    def forward(self, x, h=None):
        """Logits (B, 1) and the last state; x (B, T, I) or packed."""
        _, h = self.gru(x, h)
        return self.dense(h[-1]), h


def swapped(blocks):
    """Gates z, r, g of Keras as PyTorch's r, z, g, or back, along the first axis."""
    z, r, g = np.split(blocks, 3)
    return np.concatenate([r, z, g])


class Model:
    def __init__(self, case):
        self.case = case
        self.net = Network(*case.shape[2:])
        self.parameters = {
            "W": self.net.gru.weight_ih_l0,
            "U": self.net.gru.weight_hh_l0,
            "V": self.net.dense.weight,
        }
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                value = case.weights[name].T
                value = value if name == "V" else swapped(value)
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))
            self.net.gru.bias_ih_l0.copy_(torch.from_numpy(swapped(case.weights["b"][0])))
            self.net.gru.bias_hh_l0.copy_(torch.from_numpy(swapped(case.weights["b"][1])))
            self.net.dense.bias.copy_(torch.from_numpy(case.weights["c"]))
        self.adam = torch.optim.Adam(self.net.parameters(), 0.001, eps=EPSILON, fused=True)
        self.loss = nn.BCEWithLogitsLoss()
        self.x, self.x_padded = torch.from_numpy(case.x), torch.from_numpy(case.padded)
        self.y = cycle(torch.from_numpy(y) for y in case.targets)
        self.lengths = torch.from_numpy(case.lengths)
        self.h = None

    def train(self):
        return self.learn(self.x)

    def learn(self, x):
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(self.net(x)[0], next(self.y))
        loss.backward()
        self.adam.step()
        return loss.item()

    def padded(self):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.x_padded, self.lengths, batch_first=True, enforce_sorted=False
        )
        return self.learn(packed)

    @torch.inference_mode()
    def infer(self):
        return torch.sigmoid(self.net(self.x)[0])

    @torch.inference_mode()
    def predict(self):
        return torch.sigmoid(self.net(torch.from_numpy(self.case.x))[0]).numpy()

    @torch.inference_mode()
    def step(self, x):
        a, self.h = self.net(torch.from_numpy(x)[:, None], self.h)
        return torch.sigmoid(a).numpy()

    def weights(self):
        gru, dense = self.net.gru, self.net.dense
        biases = [swapped(b.detach().numpy()) for b in (gru.bias_ih_l0, gru.bias_hh_l0)]
        return {
            "W": swapped(gru.weight_ih_l0.detach().numpy()).T,
            "U": swapped(gru.weight_hh_l0.detach().numpy()).T,
            "b": np.stack(biases),
            "V": dense.weight.detach().numpy().T,
            "c": dense.bias.detach().numpy(),
        }


prepare = Model


def cold_predict(_):
    _, T, I, H = TUTORIAL["shape"]
    with torch.inference_mode():
        return torch.sigmoid(Network(I, H)(torch.rand(1, T, I))[0])


def cold_fit():
    B, T, I, H = TUTORIAL["shape"]
    x = torch.rand(TUTORIAL["samples"], T, I)
    y = torch.randint(0, 2, (TUTORIAL["samples"], 1)).float()
    net, loss = Network(I, H), nn.BCEWithLogitsLoss()
    adam = torch.optim.Adam(net.parameters(), 0.001, fused=True)
    for _ in range(TUTORIAL["epochs"]):
        for batch in torch.randperm(len(x)).split(B):
            adam.zero_grad(set_to_none=True)
            loss(net(x[batch])[0], y[batch]).backward()
            adam.step()

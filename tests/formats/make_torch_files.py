"""Make the files in torch_files with PyTorch and safetensors: python make_torch_files.py

For each model a state dict as PyTorch's users save it, and an .npz with x and y.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

FOLDER = Path(__file__).parent / "torch_files"


class Text(nn.Module):
    """Ids to a score; the safetensors library puts the names in another order."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4, padding_idx=0)
        self.encoder = nn.GRU(4, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.classify = nn.Linear(6, 2)

    def forward(self, x):
        _, h = self.encoder(self.words(x))
        return self.classify(torch.cat([h[-2], h[-1]], 1))


class Series(nn.Module):
    """Numbers to numbers, with two products in a row."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 4, batch_first=True)
        self.norm = nn.LayerNorm(4)
        self.fc1 = nn.Linear(4, 5)
        self.fc2 = nn.Linear(5, 2, bias=False)

    def forward(self, x):
        y, _ = self.rnn(x)
        return torch.sigmoid(self.fc2(torch.relu(self.fc1(self.norm(y[:, -1])))))


def make(name, model, x, dtype):
    """Write a model whose numbers are those of `dtype`, and what it gives."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.6)
            parameter.copy_(parameter.to(dtype))
        y = model.eval()(x)
    state = {key: value.to(dtype) for key, value in model.state_dict().items()}
    save_file(state, FOLDER / f"{name}.safetensors", {"format": "pt"})
    np.savez(FOLDER / f"{name}.npz", x=x.numpy(), y=y.numpy())


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(3)
    make("text", Text(), torch.randint(0, 9, (4, 6)), torch.float32)
    make("series", Series(), torch.randn(4, 6, 3), torch.bfloat16)

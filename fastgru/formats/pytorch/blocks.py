"""PyTorch's modules with Keras' axes and masks. The one part that imports PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F

from fastgru.layers.axes import padded


def _squareplus(x):
    # Below zero the two terms of (x + root) / 2 would cancel.
    large = (x.abs() + torch.sqrt(x * x + 4)) / 2
    return torch.where(x < 0, 1 / large, large)


def _sparse_plus(x):
    return torch.where(x < 1, ((x + 1) / 2).clamp(min=0) ** 2, x)


def _sparsemax(x):
    a = torch.sort(x, -1, descending=True).values
    rest = a.cumsum(-1) - 1
    count = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype, device=x.device)
    # The entries that stay positive are the largest ones.
    inside = (count * a > rest).sum(-1, keepdim=True)
    return (x - rest.gather(-1, inside - 1) / inside).clamp(min=0)


ACTIVATIONS = {
    "celu": F.celu, "hard_shrink": F.hardshrink, "hard_silu": F.hardswish,
    "hard_sigmoid_keras2": lambda x: (0.2 * x + 0.5).clamp(0, 1), "hard_tanh": F.hardtanh,
    "log_sigmoid": F.logsigmoid, "mish": F.mish, "soft_shrink": F.softshrink,
    "sparse_plus": _sparse_plus, "sparse_sigmoid": lambda x: (x / 2 + 0.5).clamp(0, 1),
    "squareplus": _squareplus, "tanh_shrink": F.tanhshrink,
    "elu": F.elu, "exponential": torch.exp, "gelu": F.gelu, "hard_sigmoid": F.hardsigmoid,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2), "linear": lambda x: x,
    "log_softmax": lambda x: F.log_softmax(x, -1), "relu": F.relu, "relu6": F.relu6,
    "selu": F.selu, "sigmoid": torch.sigmoid, "silu": F.silu,
    "softmax": lambda x: F.softmax(x, -1), "softplus": F.softplus, "softsign": F.softsign,
    "sparsemax": _sparsemax, "tanh": torch.tanh,
}  # fmt: skip


class Chain(nn.Module):
    """Blocks one upon the other, between which a mask goes along."""

    def __init__(self, blocks):
        super().__init__()
        for name, block in blocks:
            name = name.replace(".", "_")
            while hasattr(self, name):  # the name of a method, say
                name += "_"
            self.add_module(name, block)

    def forward(self, x):
        """The model's output for a batch, (batch, ...) of floats or of ids."""
        return self.step(x, None)[0]

    def step(self, x, mask):
        """The output with its mask, (batch, time) or None."""
        for block in self.children():
            x, mask = block.step(x, mask)
        return x, mask


class Block:
    """Mixin: `step` takes and gives an output with its mask, (batch, time) or None."""

    passes_mask = True

    def step(self, x, mask):
        return self(x), mask if self.passes_mask else None


class Linear(Block, nn.Linear):
    def __init__(self, *sizes, activation, **options):
        super().__init__(*sizes, **options)
        self.activation = activation

    def forward(self, x):
        return ACTIVATIONS[self.activation](super().forward(x))


class Embedding(Block, nn.Embedding):
    def __init__(self, *sizes, mask_zero, **options):
        super().__init__(*sizes, **options)
        self.mask_zero = mask_zero

    def step(self, x, mask):
        ids = x.long()
        return self(ids), ids != 0 if self.mask_zero else None


class Masking(Block, nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def step(self, x, mask):
        mask = (x != self.value).any(-1)
        return x * mask[..., None], mask


class Conv1d(Block, nn.Conv1d):
    passes_mask = False

    def __init__(self, *sizes, how, channels_last, activation, **options):
        super().__init__(*sizes, **options)
        self.how, self.channels_last, self.activation = how, channels_last, activation

    def forward(self, x):
        x = x.transpose(1, 2) if self.channels_last else x
        sizes = self.kernel_size[0], self.stride[0], self.how, self.dilation[0]
        x = super().forward(F.pad(x, padded(x.shape[2], *sizes)[:2]))
        x = x.transpose(1, 2) if self.channels_last else x
        return ACTIVATIONS[self.activation](x)


class BatchNorm1d(Block, nn.BatchNorm1d):
    def __init__(self, count, *, axis, frozen, **options):
        super().__init__(count, **options)
        self.axis, self.frozen = axis, frozen

    def train(self, mode=True):
        return super().train(mode and not self.frozen)

    def forward(self, x):
        return super().forward(x.movedim(self.axis, 1)).movedim(1, self.axis)


class LayerNorm(Block, nn.LayerNorm):
    pass


class Dropout(Block, nn.Dropout):
    pass


class SpatialDropout(Block, nn.Dropout):
    """Whole features of a sequence."""

    def forward(self, x):
        return x * super().forward(torch.ones_like(x[:, :1]))


class LeakyReLU(Block, nn.LeakyReLU):
    pass


class ELU(Block, nn.ELU):
    pass


class PReLU(Block, nn.Module):
    """A slope for each number of a sample, or for all along some axes."""

    def __init__(self, shape, dtype):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape, dtype=dtype))

    def forward(self, x):
        return x.clamp(min=0) + self.weight * x.clamp(max=0)


class Function(Block, nn.Module):
    """An activation by its name."""

    def __init__(self, word):
        super().__init__()
        self.word = word

    def forward(self, x):
        return ACTIVATIONS[self.word](x)

    def extra_repr(self):
        return self.word


class ReLU(Block, nn.Module):
    def __init__(self, most, slope, threshold):
        super().__init__()
        self.most, self.slope, self.threshold = most, slope, threshold

    def forward(self, x):
        above = x if self.most is None else x.clamp(max=self.most)
        return torch.where(x > self.threshold, above, self.slope * (x - self.threshold))


class Flatten(Block, nn.Flatten):
    passes_mask = False


class Permute(Block, nn.Module):
    passes_mask = False

    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(0, *self.dims)


class Reshape(Block, nn.Module):
    passes_mask = False

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(len(x), *self.shape)


class RepeatVector(Block, nn.Module):
    passes_mask = False

    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, x):
        return x[:, None].repeat(1, self.count, 1)


class Pool(Block, nn.Module):
    """The maximum or the mean over windows of steps."""

    passes_mask = False

    def __init__(self, maximum, size, stride, channels_last):
        super().__init__()
        self.maximum, self.size, self.stride = maximum, size, stride
        self.channels_last = channels_last

    def forward(self, x):
        x = x.transpose(1, 2) if self.channels_last else x
        pool = F.max_pool1d if self.maximum else F.avg_pool1d
        x = pool(x, self.size, self.stride)
        return x.transpose(1, 2) if self.channels_last else x


class GlobalPool(Block, nn.Module):
    """The maximum over all steps, or the mean of those that are not masked."""

    def __init__(self, maximum, axis, keepdims):
        super().__init__()
        self.maximum, self.axis, self.keepdims = maximum, axis, keepdims

    def step(self, x, mask):
        if self.maximum:
            return x.amax(self.axis, self.keepdims), None
        if mask is None:
            return x.mean(self.axis, self.keepdims), None
        kept = mask.to(x.dtype)[..., None]
        return (x * kept).sum(1, self.keepdims) / kept.sum(1, self.keepdims), None

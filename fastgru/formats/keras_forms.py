"""In which forms a file may have a layer's weights.

A form is the shapes of the arrays in the file, in its order, and what makes of them the
layer's own: those of `specs`. The shapes follow from the layer, never from the file.
"""

from typing import NamedTuple

import numpy as np

from fastgru.layers import GRU, LSTM, Bidirectional, Conv1D, TimeDistributed
from fastgru.layers.stack import Sequential


class Form(NamedTuple):
    """Shapes in the file, and the function from arrays of these to the layer's."""

    shapes: list
    turn: object


def ordered(layer):
    """Its specs in the order of old files: what is not trained stands last."""
    if isinstance(layer, Sequential):
        # Here that is also what is frozen.
        by_name = {spec.name: spec for spec in layer.specs}
        specs = [
            by_name[f"{path}/{spec.name}"]
            for path, child in layer.children()
            for spec in ordered(child)
        ]
        return sorted(specs, key=lambda spec: not layer.trains(spec))
    return sorted(layer.specs, key=lambda spec: not spec.trainable)


def forms(layer):
    """Every form of a layer's weights, the layer's own first."""
    found = [Form([spec.shape for spec in ordered(layer)], list)]
    if isinstance(layer, Bidirectional):
        ours, *others = [_both(*pair) for pair in zip(*map(forms, layer.pair), strict=False)]
        return [ours, *others]
    if isinstance(layer, TimeDistributed):
        return forms(layer.layer)
    if isinstance(layer, (GRU, LSTM)) and layer.use_bias:
        return found + _recurrent(layer)
    if isinstance(layer, Conv1D):
        # Keras 1 had an axis of one more.
        K, *rest = found[0].shapes[0]
        four = Form([(K, 1, *rest), *found[0].shapes[1:]], lambda a: [a[0][:, 0], *a[1:]])
        return [*found, four]
    return found


def _both(one, other):
    count = len(one.shapes)

    def turn(arrays):
        return [*one.turn(arrays[:count]), *other.turn(arrays[count:])]

    return Form([*one.shapes, *other.shapes], turn)


def _recurrent(layer):
    """Of a GRU or LSTM: by gates, as in Keras 1, and as in CuDNNGRU and CuDNNLSTM."""
    kernel, recurrent, bias = (spec.shape for spec in layer.specs)
    H, gates = layer.units, kernel[1] // layer.units
    found = []
    # Keras 1 has the LSTM's gates in the order i, c, f, o.
    order = (0, 2, 1, 3) if isinstance(layer, LSTM) else range(3)
    if len(bias) == 1:
        gate = [(kernel[0], H), (H, H), (H,)]
        found.append(Form(gate * gates, lambda arrays: _joined(arrays, order)))
    if isinstance(layer, LSTM) or len(bias) == 2:
        shapes = [kernel, recurrent, (2 * gates * H,)]
        found.append(Form(shapes, lambda arrays: _of_cudnn(arrays, gates, len(bias) == 2)))
    return found


def _joined(arrays, order):
    """One array for all gates, from three for each."""
    return [
        np.concatenate([arrays[3 * gate + place] for gate in order], axis=-1)
        for place in range(3)
    ]


def _of_cudnn(arrays, gates, apart):
    """Gate by gate the transposed matrices, and the two biases one behind the other."""
    kernel, recurrent, bias = arrays
    kernels = [
        part.reshape(-1).reshape(part.shape[::-1]).T for part in np.split(kernel, gates, 1)
    ]
    recurrents = [part.T for part in np.split(recurrent, gates, 1)]
    biases = bias.reshape(2, -1)
    return [
        np.concatenate(kernels, 1), np.concatenate(recurrents, 1),
        biases if apart else biases.sum(axis=0),
    ]  # fmt: skip


def flipped(layer, arrays):
    """Weights of a file that Theano's convolution wrote, which reads filters from their end."""
    if isinstance(layer, TimeDistributed):
        return flipped(layer.layer, arrays)
    if isinstance(layer, Conv1D):
        return [arrays[0][::-1], *arrays[1:]]
    return arrays

"""Which function writes which layer; no layer is written in another way.

Functions take the graph, the layer and the name of its input. Those of `MINDFUL` take the
name of the mask too, (batch, time) of bool or None, and give (outputs, mask behind).
"""

from fastgru import layers
from fastgru._check import fail
from fastgru.formats.onnx_export import plain, recurrent, steps
from fastgru.layers.stack import Sequential


def emit(g, layer, x, mask):
    """(name of the outputs, or a tuple of names; name of the mask behind or None)."""
    kind = type(layer)
    with g.scope(layer.name):
        if kind in MINDFUL:
            return MINDFUL[kind](g, layer, x, mask)
        if kind not in PLAIN:
            fail("export", f"the layer {layer.name}", "be one of fastgru.layers", kind.__name__)
        return PLAIN[kind](g, layer, x), mask if layer.passes_mask else None


def time_distributed(g, layer, x):
    """TimeDistributed: the steps of all samples as one batch."""
    rest = g.add("Shape", x, start=2)
    steps_of = g.add("Shape", x, end=2)
    x = g.add("Reshape", x, g.add("Concat", g.ints(-1), rest, axis=0))
    y, _ = emit(g, layer.layer, x, None)
    shape = g.add("Concat", steps_of, g.add("Shape", y, start=1), axis=0)
    return g.add("Reshape", y, shape)


def stack(g, layer, x, mask):
    """A model that is a layer: its layers."""
    for inner in layer.layers:
        x, mask = emit(g, inner, x, mask)
    return x, mask


PLAIN = {
    layers.Activation: plain.activation,
    layers.AveragePooling1D: steps.average_pooling,
    layers.BatchNormalization: plain.batch_normalization,
    layers.Conv1D: steps.conv1d,
    layers.Cropping1D: steps.cropping,
    layers.Dense: plain.dense,
    layers.Dropout: plain.nothing,
    layers.ELU: plain.elu_layer,
    layers.Flatten: steps.flatten,
    layers.GaussianNoise: plain.nothing,
    layers.GlobalMaxPooling1D: steps.global_max,
    layers.InputLayer: plain.nothing,
    layers.LayerNormalization: plain.layer_normalization,
    layers.LeakyReLU: plain.leaky_relu,
    layers.MaxPooling1D: steps.max_pooling,
    layers.Normalization: plain.normalization,
    layers.PReLU: plain.prelu,
    layers.Permute: steps.permute,
    layers.ReLU: plain.relu,
    layers.RepeatVector: steps.repeat_vector,
    layers.Rescaling: plain.rescaling,
    layers.Reshape: steps.reshape,
    layers.SpatialDropout1D: plain.nothing,
    layers.TimeDistributed: time_distributed,
    layers.UpSampling1D: steps.up_sampling,
    layers.ZeroPadding1D: steps.zero_padding,
}
MINDFUL = {
    layers.Bidirectional: recurrent.bidirectional,
    layers.Embedding: plain.embedding,
    layers.GRU: recurrent.recurrent,
    layers.GlobalAveragePooling1D: steps.global_average,
    layers.LSTM: recurrent.recurrent,
    layers.Masking: plain.masking,
    layers.RNN: recurrent.recurrent,
    Sequential: stack,
    layers.SimpleRNN: recurrent.recurrent,
    layers.Softmax: plain.softmax,
}

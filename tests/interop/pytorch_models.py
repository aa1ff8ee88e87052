"""The models whose weights go to PyTorch's modules of the same name, with names."""

import minigrad as mg
from minigrad import layers


def sequences(name, *made):
    return mg.Sequential(
        [mg.Input((5, 3)), *made], name=name
    ), {layer.name: "" for layer in made}  # fmt: skip


def single(layer, shape):
    return mg.Sequential([mg.Input(shape), layer]), {layer.name: ""}


def attention(heads, bias=True):
    x = mg.Input((4, 6))
    layer = layers.MultiHeadAttention(heads, 6 // heads, use_bias=bias)
    return mg.Model(x, layer(x, x)), {layer.name: ""}


def several():
    inner = mg.Sequential([mg.Input((5, 3)), layers.Dense(5, "tanh", name="0")], name="inner")
    x = mg.Input((5, 3))
    y = layers.LSTM(4, name="rnn")(inner(x))
    return mg.Model(x, layers.Dense(2, name="head")(y)), {}


MODELS = {
    "linear": lambda: single(layers.Dense(4), (3,)),
    "linear without a bias": lambda: single(layers.Dense(4, use_bias=False), (3,)),
    "conv1d": lambda: single(layers.Conv1D(4, 3, padding="same"), (6, 2)),
    "conv2d": lambda: single(layers.Conv2D(4, (3, 2), strides=2), (7, 6, 2)),
    "conv2d in groups": lambda: single(layers.Conv2D(6, 3, groups=2), (5, 5, 4)),
    "conv3d": lambda: single(layers.Conv3D(3, 2), (4, 4, 4, 1)),
    "conv2d transposed": lambda: single(layers.Conv2DTranspose(3, 3, strides=2), (4, 4, 2)),
    "conv2d by channel": lambda: single(layers.DepthwiseConv2D(3, depth_multiplier=2), (5, 5, 3)),
    "lstm": lambda: sequences("a", layers.LSTM(4, return_sequences=True)),
    "lstm of two layers": lambda: sequences(
        "b", layers.LSTM(4, return_sequences=True), layers.LSTM(4, return_sequences=True)
    ),
    "lstm both ways": lambda: sequences(
        "c", layers.Bidirectional(layers.LSTM(4, return_sequences=True))
    ),
    "gru": lambda: sequences("d", layers.GRU(4, return_sequences=True)),
    "rnn": lambda: sequences("e", layers.SimpleRNN(4, return_sequences=True)),
    "attention": lambda: attention(2),
    "attention without biases": lambda: attention(3, bias=False),
    "layer normalization": lambda: single(layers.LayerNormalization(epsilon=1e-5), (5,)),
    "group normalization": lambda: single(layers.GroupNormalization(2, epsilon=1e-5), (3, 4)),
    "rms normalization": lambda: single(layers.RMSNormalization(), (5,)),
    "batch normalization": lambda: single(layers.BatchNormalization(epsilon=1e-5), (3,)),
    "several modules": several,
}

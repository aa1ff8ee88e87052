"""Training compiled equals training eagerly: for layers and optimizers, inputs and outputs.

Losses and metrics: test_losses_and_metrics.py. Steps of all layers: test_every_layer.py.
"""

import inspect

import numpy as np
import pytest

import minigrad as keras
from minigrad import layers, ops, optimizers
from tests.compile.trainings import (
    assert_compiled_equals_eager,
    dense,
    images,
    rows,
    sequences,
    whole,
)

pytestmark = pytest.mark.usefixtures("kernels", "no_messages")

IMAGE_LAYERS = {
    "Conv2D": lambda: layers.Conv2D(4, 3, activation="relu"),
    "Conv2D same, strides": lambda: layers.Conv2D(4, 3, strides=2, padding="same"),
    "Conv2DTranspose": lambda: layers.Conv2DTranspose(2, 3, strides=2, padding="same"),
    "DepthwiseConv2D": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2),
    "SeparableConv2D": lambda: layers.SeparableConv2D(4, 3),
    "MaxPooling2D": lambda: layers.MaxPooling2D(),
    "AveragePooling2D": lambda: layers.AveragePooling2D(2),
    "GlobalMaxPooling2D": lambda: layers.GlobalMaxPooling2D(),
    "GlobalAveragePooling2D": lambda: layers.GlobalAveragePooling2D(),
    "AdaptiveAveragePooling2D": lambda: layers.AdaptiveAveragePooling2D(2),
    "AdaptiveMaxPooling2D": lambda: layers.AdaptiveMaxPooling2D(2),
    "BatchNormalization": lambda: layers.BatchNormalization(),
    "GroupNormalization": lambda: layers.GroupNormalization(groups=3),
    "LayerNormalization": lambda: layers.LayerNormalization(axis=[-2, -1]),
    "SpatialDropout2D": lambda: layers.SpatialDropout2D(0.4, seed=3),
    "UpSampling2D": lambda: layers.UpSampling2D(2),
    "Cropping2D": lambda: layers.Cropping2D(1),
    "ZeroPadding2D": lambda: layers.ZeroPadding2D(1),
    "Permute": lambda: layers.Permute((3, 1, 2)),
    "Reshape": lambda: layers.Reshape((9, 12)),
    "Rescaling": lambda: layers.Rescaling(0.5, 0.1),
    "PReLU": lambda: layers.PReLU(),
}
ROW_LAYERS = {
    "Dense": lambda: layers.Dense(7, activation="tanh", kernel_regularizer="l2"),
    "Activation": lambda: layers.Activation("gelu"),
    "Dropout": lambda: layers.Dropout(0.5, seed=3),
    "AlphaDropout": lambda: layers.AlphaDropout(0.3, seed=3),
    "GaussianDropout": lambda: layers.GaussianDropout(0.3, seed=3),
    "GaussianNoise": lambda: layers.GaussianNoise(0.3, seed=3),
    "ActivityRegularization": lambda: layers.ActivityRegularization(0.1, 0.1),
    "BatchNormalization": lambda: layers.BatchNormalization(momentum=0.9),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "RMSNormalization": lambda: layers.RMSNormalization(),
    "UnitNormalization": lambda: layers.UnitNormalization(),
    "GroupNormalization": lambda: layers.GroupNormalization(groups=-1),
    "SpectralNormalization": lambda: layers.SpectralNormalization(layers.Dense(4)),
    "ReLU": lambda: layers.ReLU(max_value=1.0, negative_slope=0.1),
    "LeakyReLU": lambda: layers.LeakyReLU(0.3),
    "ELU": lambda: layers.ELU(),
    "Softmax": lambda: layers.Softmax(),
    "Lambda": lambda: layers.Lambda(lambda x: ops.sin(x) * 2),
    "Identity": lambda: layers.Identity(),
    "RepeatVector": lambda: layers.RepeatVector(3),
    "Flatten": lambda: layers.Flatten(),
    "a constraint": lambda: layers.Dense(4, kernel_constraint=keras.constraints.MaxNorm(0.8)),
}
SEQUENCE_LAYERS = {
    "Conv1D": lambda: layers.Conv1D(4, 2, padding="causal"),
    "SeparableConv1D": lambda: layers.SeparableConv1D(4, 2),
    "MaxPooling1D": lambda: layers.MaxPooling1D(),
    "GlobalAveragePooling1D": lambda: layers.GlobalAveragePooling1D(),
    "Dense": lambda: layers.Dense(3, activation="softplus"),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "Cropping1D": lambda: layers.Cropping1D(1),
    "UpSampling1D": lambda: layers.UpSampling1D(2),
    "LSTM": lambda: layers.LSTM(4),
    "GRU": lambda: layers.GRU(4, return_sequences=True),
    "SimpleRNN": lambda: layers.SimpleRNN(4),
    "MultiHeadAttention": lambda: Attention(),
}
TABLES = [(IMAGE_LAYERS, images), (ROW_LAYERS, rows), (SEQUENCE_LAYERS, sequences)]


class Attention(layers.Layer):
    def __init__(self):
        super().__init__()
        self.attention = layers.MultiHeadAttention(2, 3)

    def call(self, x):
        return self.attention(x, x, use_causal_mask=True)


@pytest.mark.parametrize(
    "make_layer, data",
    [
        pytest.param(make, data, id=f"{name} on {data.__name__}")
        for table, data in TABLES
        for name, make in table.items()
    ],
)
def test_layers(make_layer, data):
    x = data()

    def make_model():
        return keras.Sequential(
            [dense(x.shape[-1]), make_layer(), layers.Flatten(), dense(2, "tanh")]
        )

    assert_compiled_equals_eager(make_model, x, rows(len(x), 2, seed=1))


@pytest.mark.parametrize("name", ["Dense", "BatchNormalization", "Dropout", "LayerNormalization"])
def test_layers_in_float64(name):
    x = rows(dtype="float64")

    def make_model():
        return keras.Sequential([dense(5, "tanh"), ROW_LAYERS[name](), dense(2)])

    assert_compiled_equals_eager(make_model, x, rows(6, 2, "float64", 1), "float64")


def test_an_embedding():
    def make_model():
        return keras.Sequential([layers.Embedding(7, 4), layers.Flatten(), dense(2)])

    assert_compiled_equals_eager(make_model, whole(), rows(6, 2, seed=1))


OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "SGD nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "RMSprop": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "Adam": lambda: optimizers.Adam(0.01),
    "Adam amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "AdamW": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adadelta": lambda: optimizers.Adadelta(1.0),
    "Adamax": lambda: optimizers.Adamax(0.01),
    "Adafactor": lambda: optimizers.Adafactor(0.01),
    "Nadam": lambda: optimizers.Nadam(0.01),
    "Ftrl": lambda: optimizers.Ftrl(0.1),
    "Lion": lambda: optimizers.Lion(0.01),
    "Lamb": lambda: optimizers.Lamb(0.01),
    "Muon": lambda: optimizers.Muon(0.01),
    "ScheduleFreeAdamW": lambda: optimizers.ScheduleFreeAdamW(0.01),
    "LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.1)),
    "MultiOptimizer": lambda: optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(0.1), {"bias": optimizers.Adam(0.01)})
    ),
    "clipnorm": lambda: optimizers.Adam(0.01, clipnorm=0.1),
    "clipvalue": lambda: optimizers.Adam(0.01, clipvalue=0.01),
    "global clipnorm": lambda: optimizers.Adam(0.01, global_clipnorm=0.1),
    "averages": lambda: optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=3),
    "accumulation": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3),
    "a schedule": lambda: optimizers.SGD(
        optimizers.schedules.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5)
    ),
}


def test_every_public_optimizer_is_trained_with():
    public = {
        name
        for name, thing in vars(optimizers).items()
        if inspect.isclass(thing) and issubclass(thing, optimizers.Optimizer)
    }
    assert {name.split()[0] for name in OPTIMIZERS if name[0].isupper()} == public - {"Optimizer"}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_optimizers(name, dtype):
    def make_model():
        return keras.Sequential([dense(8, "relu"), dense(8, "relu"), dense(2)])

    x, y = rows(dtype=dtype), rows(6, 2, dtype, seed=1)
    assert_compiled_equals_eager(make_model, x, y, dtype, optimizer=OPTIMIZERS[name], steps=5)


def test_several_inputs_and_outputs():
    def make_model():
        a, b = keras.Input((5,), name="a"), keras.Input((5,), name="b")
        h = layers.Dense(6, activation="relu")(layers.Concatenate()([a, b]))
        one = layers.Dense(2, name="one")(h)
        two = layers.Dense(1, name="two")(layers.Multiply()([h, h]))
        return keras.Model([a, b], [one, two])

    x = [rows(), rows(seed=2)]
    y = [rows(6, 2, seed=3), rows(6, 1, seed=4)]
    assert_compiled_equals_eager(
        make_model, x, y, loss=["mse", "mae"], metrics=lambda: [["mae"], ["mse"]]
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, optimizer",
    [
        ("Dense", "SGD nesterov"),
        ("BatchNormalization", "Adam"),
        ("Dropout", "RMSprop"),
        ("LayerNormalization", "global clipnorm"),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_machine_code(name, optimizer, dtype):
    def make_model():
        return keras.Sequential([dense(5, "gelu"), ROW_LAYERS[name](), dense(4, "softmax")])

    y = np.eye(4, dtype=dtype)[[0, 1, 2, 3, 1, 0]]
    assert_compiled_equals_eager(
        make_model,
        rows(dtype=dtype),
        y,
        dtype,
        optimizer=OPTIMIZERS[optimizer],
        loss="categorical_crossentropy",
    )

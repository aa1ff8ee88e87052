"""Which layers carry the mask of their input on, and which drop it with a warning: as Keras does.

The lists were made by the same calls on Keras 3.15 (JAX).
"""

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers

MASK = np.array([[True, True, False, False], [True, True, True, False]])


def masked(*shape):
    """A tensor of two rows and four timesteps that carries MASK."""
    x = mg.ops.convert_to_tensor(np.random.default_rng(0).normal(size=(2, 4, *shape)))
    x._keras_mask = mg.ops.convert_to_tensor(MASK)
    return x


RECURRENT = (layers.LSTM, layers.GRU, layers.SimpleRNN)
SEQUENCES = {"units": 2, "return_sequences": True}
CONVOLUTION = {"filters": 2, "kernel_size": 2}

CARRIED = {
    "Activation": {"activation": "relu"},
    "ActivityRegularization": {},
    "AlphaDropout": {"rate": 0.1},
    "BatchNormalization": {},
    "Dense": {"units": 2},
    "Dropout": {"rate": 0.5},
    "ELU": {},
    "GRU": SEQUENCES,
    "GaussianDropout": {"rate": 0.1},
    "GaussianNoise": {"stddev": 0.1},
    "GroupNormalization": {"groups": 1},
    "Identity": {},
    "LSTM": SEQUENCES,
    "LayerNormalization": {},
    "LeakyReLU": {},
    "Normalization": {"mean": 0.0, "variance": 1.0},
    "PReLU": {},
    "ReLU": {},
    "Rescaling": {"scale": 2.0},
    "SimpleRNN": SEQUENCES,
    "SpatialDropout1D": {"rate": 0.5},
    "UnitNormalization": {},
}
DROPPED_WITH_A_WARNING = {
    "AdaptiveAveragePooling1D": {"output_size": 2},
    "AveragePooling1D": {"pool_size": 2},
    "Conv1D": CONVOLUTION,
    "Conv1DTranspose": CONVOLUTION,
    "Cropping1D": {},
    "DepthwiseConv1D": {"kernel_size": 2},
    "EinsumDense": {"equation": "abc,cd->abd", "output_shape": (None, 2)},
    "Flatten": {},
    "GlobalMaxPooling1D": {},
    "Lambda": {"function": lambda x: x * 2},
    "MaxPooling1D": {},
    "Permute": {"dims": (2, 1)},
    "RMSNormalization": {},
    "Reshape": {"target_shape": (12,)},
    "SeparableConv1D": CONVOLUTION,
    "UpSampling1D": {},
    "ZeroPadding1D": {},
}
USED_UP = {  # they have used it, and what they give has no timesteps
    "GRU": {"units": 2},
    "GlobalAveragePooling1D": {},
    "LSTM": {"units": 2},
    "SimpleRNN": {"units": 2},
}


def quietly(layer, *inputs):
    """The masks of the outputs; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = layer(*inputs)
    return [getattr(y, "_keras_mask", None) for y in mg.tree.flatten(outputs)]


@pytest.mark.parametrize("name", CARRIED)
def test_it_is_carried_on(name):
    (mask,) = quietly(getattr(layers, name)(**CARRIED[name]), masked(3))
    np.testing.assert_array_equal(mask, MASK)


@pytest.mark.parametrize("name", DROPPED_WITH_A_WARNING)
def test_it_is_dropped_with_a_warning(name):
    layer = getattr(layers, name)(**DROPPED_WITH_A_WARNING[name])
    with pytest.warns(UserWarning, match="does not support masking"):
        outputs = layer(masked(3))
    assert getattr(outputs, "_keras_mask", None) is None


@pytest.mark.parametrize("name", USED_UP)
def test_it_is_used_up(name):
    assert quietly(getattr(layers, name)(**USED_UP[name]), masked(3)) == [None]


@pytest.mark.parametrize("recurrent", RECURRENT)
def test_states_of_recurrent_layers_have_none(recurrent):
    for wrap in (lambda layer: layer, layers.Bidirectional):
        mask, *others = quietly(wrap(recurrent(2, return_state=True)), masked(3))
        assert mask is None and others == [None] * len(others)
        layer = wrap(recurrent(2, return_sequences=True, return_state=True))
        mask, *others = quietly(layer, masked(3))
        np.testing.assert_array_equal(mask, MASK)
        assert others and others == [None] * len(others)


def test_wrappers_carry_it_on():
    cell = layers.RNN(layers.LSTMCell(2), return_sequences=True)
    for layer, shape in (
        (cell, (3,)),
        (layers.Bidirectional(layers.GRU(2, return_sequences=True)), (3,)),
        (layers.TimeDistributed(layers.Dense(2)), (3,)),
        (layers.TimeDistributed(layers.Flatten()), (4, 3)),
        (layers.ConvLSTM1D(2, 2, return_sequences=True), (4, 3)),
        (layers.SpatialDropout2D(0.2), (4, 3)),
    ):
        (mask,) = quietly(layer, masked(*shape))
        np.testing.assert_array_equal(mask, MASK)


@pytest.mark.parametrize(
    "name",
    ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"]
    + ["Attention", "AdditiveAttention"],
)
def test_layers_of_several_tensors_carry_it_on(name):
    (mask,) = quietly(getattr(layers, name)(), [masked(3), masked(3)])
    np.testing.assert_array_equal(mask, MASK)


def test_other_axes():
    (mask,) = quietly(layers.Concatenate(axis=1), [masked(3), masked(3)])
    np.testing.assert_array_equal(mask, np.concatenate([MASK, MASK], axis=1))
    assert quietly(layers.Dot(axes=2), [masked(3), masked(3)]) == [None]


@pytest.mark.parametrize(
    "layer",
    [lambda: layers.MultiHeadAttention(1, 2), lambda: layers.GroupQueryAttention(2, 2, 1)],
)
def test_attention_passes_that_of_the_query_on(layer):
    (mask,) = quietly(layer(), masked(3), masked(3))
    np.testing.assert_array_equal(mask, MASK)

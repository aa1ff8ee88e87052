"""Sequential: adding, taking away, building, and what it says of itself."""

import copy
import pickle

import numpy as np
import pytest

from minigrad import Input, Model, Sequential
from minigrad.layers import Dense, Flatten, Layer
from minigrad.utils import clear_session


def test_built_from_an_input_or_by_the_first_call():
    known = Sequential([Input((3,)), Dense(2)])
    assert known.built
    assert known.output_shape == (None, 2)
    waiting = Sequential([Dense(2)])
    assert not waiting.built
    with pytest.raises(AttributeError, match="has no defined"):
        waiting.output_shape  # noqa: B018
    waiting(np.ones((4, 3)))
    assert waiting.input_shape == (4, 3)
    assert waiting.count_params() == 8


def test_layers_can_be_added_and_taken_away():
    model = Sequential([Input((3,)), Dense(2), Dense(4)])
    assert model.pop().units == 4
    assert model.output_shape == (None, 2)
    model.add(Dense(5))
    assert model.output_shape == (None, 5)
    assert [layer.units for layer in model.layers] == [2, 5]
    assert len(model.weights) == 4


def test_calls_go_through_the_layers_in_order():
    model = Sequential([Input((2, 3)), Flatten(), Dense(4, activation="relu"), Dense(1)])
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype("float32")
    k1, b1, k2, b2 = model.get_weights()
    expected = np.maximum(x.reshape(5, 6) @ k1 + b1, 0) @ k2 + b2
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "layers, message",
    [
        ([Dense(1, name="x"), Dense(1, name="x")], "should have unique names"),
        (["dense"], "Only instances of `keras.Layer`"),
        ([Input((2,)), Input((2,))], "already been configured to use input shape"),
    ],
)
def test_what_cannot_be_stacked_is_refused(layers, message):
    with pytest.raises(ValueError, match=message):
        Sequential(layers)


def test_a_layer_with_two_inputs_is_refused():
    class Two(Layer):
        def call(self, a, b):
            return a + b

    with pytest.raises(ValueError, match="multiple required positional arguments"):
        Sequential([Input((2,)), Two()])


def test_configs_and_copies_make_equal_models():
    model = Sequential([Input((3,)), Dense(2, activation="tanh"), Dense(1)])
    x = np.ones((2, 3), "float32")
    again = Sequential.from_config(model.get_config())
    again.set_weights(model.get_weights())
    for other in (again, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_allclose(other(x), model(x), rtol=1e-6)
        assert other.weights[0] is not model.weights[0]


def test_sequential_models_nest():
    inner = Sequential([Dense(4), Dense(3)])
    model = Sequential([Input((2,)), inner, Dense(1)])
    assert len(model.weights) == 6
    assert model(np.ones((5, 2))).shape == (5, 1)


def test_a_sequential_model_takes_the_name_of_a_functional_one_too():
    """As in Keras, where the graph inside has a name of its own: both count alike."""
    clear_session()
    chain = Sequential([Input((3,)), Dense(2)])
    x = Input((3,))
    assert (chain.name, Model(x, chain(x)).name) == ("sequential", "functional_1")

"""minigrad.activations: names, configs, and relu with all its arguments."""

import copy
import pickle

import numpy as np
import pytest

from minigrad import KerasTensor, activations, ops

NAMES = sorted(set(activations.__all__) - {"get", "serialize", "deserialize"})
X = np.linspace(-3, 3, 12, dtype="float32").reshape(2, 6)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_for_its_function_and_back(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    aliases = {"swish": "silu", "hard_swish": "hard_silu"}
    assert activations.serialize(function) == aliases.get(name, name)
    assert activations.deserialize(name) is function


@pytest.mark.parametrize("name", NAMES)
def test_functions_are_copied_and_pickled_by_name(name):
    function = getattr(activations, name)
    assert copy.deepcopy(function) is function
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize("name", NAMES)
def test_shape_stays_with_and_without_values(name):
    function = getattr(activations, name)
    arguments = (0.5, 0.1) if name == "threshold" else ()
    width = 3 if name == "glu" else 6
    assert function(X, *arguments).shape == (2, width)
    symbolic = function(KerasTensor((None, 6)), *arguments)
    assert (symbolic.shape, symbolic.dtype) == ((None, width), "float32")


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({}, np.maximum(X, 0)),
        ({"negative_slope": 0.1}, np.where(X > 0, X, 0.1 * X)),
        ({"max_value": 2.0}, np.clip(X, 0, 2)),
        ({"max_value": 6}, np.maximum(X, 0)),
        ({"threshold": 1.0}, np.where(X > 1, X, 0)),
        (
            {"negative_slope": 0.5, "threshold": 1.0, "max_value": 2.0},
            np.where(X > 1, np.minimum(X, 2), 0.5 * (X - 1)),
        ),
    ],
    ids=str,
)
def test_relu(arguments, expected):
    np.testing.assert_allclose(activations.relu(X, **arguments), expected, rtol=1e-6)


def test_gelu_is_exact_by_default_here_and_approximate_in_ops():
    assert activations.gelu(1.0).item() == pytest.approx(0.8413447, rel=1e-6)
    assert ops.gelu(1.0).item() == pytest.approx(0.8411920, rel=1e-6)


def test_get_takes_what_layers_are_given():
    def mine(x):
        return x

    assert activations.get(None) is activations.linear
    assert activations.get(mine) is mine
    config = {
        "module": "builtins",
        "class_name": "function",
        "config": "relu",
        "registered_name": "function",
    }
    assert activations.get(config) is activations.relu
    with pytest.raises(ValueError, match=r"Could not interpret activation.*identifier='nothing'"):
        activations.get("nothing")

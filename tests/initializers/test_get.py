"""Initializers from names, configs, classes, arrays and functions."""

import numpy as np
import pytest

from minigrad import Variable, initializers, ops

BASES = (initializers.Initializer, initializers.RandomInitializer)
MADE = [
    cls()
    for name, cls in sorted(vars(initializers).items())
    if isinstance(cls, type)
    and issubclass(cls, initializers.Initializer)
    and name == cls.__name__
    and cls not in BASES
]


def label(x):
    return type(x).__name__


@pytest.mark.parametrize("initializer", MADE, ids=label)
def test_configs_survive_a_round_trip(initializer):
    config = initializers.serialize(initializer)
    assert config["module"] == "keras.initializers"
    again = initializers.deserialize(config)
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()


@pytest.mark.parametrize("initializer", MADE, ids=label)
def test_every_class_is_found_by_its_name(initializer):
    assert type(initializers.get(type(initializer).__name__)) is type(initializer)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("glorot_uniform", initializers.GlorotUniform),
        ("he_normal", initializers.HeNormal),
        ("zero", initializers.Zeros),
        ("one", initializers.Ones),
        ("normal", initializers.RandomNormal),
        ("uniform", initializers.RandomUniform),
        ("OrthogonalInitializer", initializers.Orthogonal),
        ("IdentityInitializer", initializers.Identity),
        ("STFTInitializer", initializers.STFT),
        ("stft", initializers.STFT),
    ],
)
def test_other_names(name, cls):
    assert type(initializers.get(name)) is cls


def test_a_class_a_config_a_function_and_none():
    assert type(initializers.get(initializers.Ones)) is initializers.Ones
    config = {"class_name": "Constant", "config": {"value": 3.0}}
    assert initializers.get(config).value == 3.0
    assert initializers.get(ops.ones) is ops.ones
    assert initializers.get(None) is None


@pytest.mark.parametrize(
    "make", [np.asarray, ops.convert_to_tensor, Variable], ids=["array", "tensor", "variable"]
)
def test_values_stand_for_themselves(make):
    initializer = initializers.get(make(np.array([1.0, 2.0], "float32")))
    assert initializer((2,), dtype="float64").numpy().tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"Expected `shape` to be \(2,\).*shape=\(3,\)"):
        initializer((3,))


@pytest.mark.parametrize("identifier", ["typo", {"class_name": "typo", "config": {}}, 3])
def test_what_means_nothing_is_an_error(identifier):
    with pytest.raises(ValueError, match="Could not interpret initializer identifier"):
        initializers.get(identifier)

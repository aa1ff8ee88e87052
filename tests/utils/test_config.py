"""Named values that can be frozen."""

import copy
import json
import pickle

import pytest

from minigrad.utils import Config


def test_values_are_attributes_and_entries():
    config = Config(rate=0.1, name="x")
    config.seed = 3
    config["units"] = 4
    assert (config.rate, config["seed"], config.units, len(config)) == (0.1, 3, 4, 4)
    assert list(config) == ["name", "rate", "seed", "units"] and "seed" in config
    assert dict(config.items()) == config.as_dict() == json.loads(config.to_json())
    assert list(config.keys()) == ["rate", "name", "seed", "units"] and config.get("no", 1) == 1
    del config["units"]
    config.update(seed=5)
    assert config.pop("seed") == 5 and list(config.values()) == [0.1, "x"]
    assert repr(config) == "<Config {'rate': 0.1, 'name': 'x'}>"


def test_a_frozen_config_does_not_change():
    config = Config(rate=0.1)
    config.freeze()
    assert config.frozen
    for change in (
        lambda: setattr(config, "rate", 1),
        lambda: config.update(rate=1),
        lambda: config.pop("rate"),
        lambda: config.__setitem__("rate", 1),
        lambda: config.__delitem__("rate"),
    ):
        with pytest.raises(ValueError, match="frozen"):
            change()
    config.unfreeze()
    config.rate = 2
    assert config.rate == 2


def test_a_misspelt_name_is_told():
    config = Config(learning_rate=0.1)
    with pytest.raises(AttributeError, match="Did you mean 'learning_rate'"):
        config.learning_rat  # noqa: B018
    with pytest.raises(AttributeError, match="is a method"):
        config.keys = 3


def test_copies_are_like_it():
    config = Config(rate=0.1)
    config.freeze()
    for twin in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert twin.frozen and twin.as_dict() == {"rate": 0.1}

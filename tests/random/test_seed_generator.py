"""SeedGenerator, the global one, and set_random_seed."""

import copy
import pickle
import random as python_random

import numpy as np
import pytest

from minigrad import StatelessScope, Variable, random, utils
from minigrad.random.seed_generator import draw_seed, global_seed_generator


def test_state_is_a_variable_that_counts():
    generator = random.SeedGenerator(seed=42, name="dice")
    assert isinstance(generator.state, Variable) and not generator.state.trainable
    assert generator.state.path == "dice/seed_generator_state"
    assert generator.next().tolist() == [42, 0]
    assert generator.next(ordered=False).tolist() == [42, 1]
    assert generator.state.dtype == "uint32"


def test_config_gives_an_equal_generator():
    generator = random.SeedGenerator(seed=42, name="dice")
    assert generator.get_config() == {"seed": 42, "name": "dice"}
    again = random.SeedGenerator.from_config(generator.get_config())
    np.testing.assert_array_equal(again.next(), generator.next())
    assert random.SeedGenerator().get_config()["seed"] is None


def test_seeds_of_any_size_are_taken():
    for seed in (0, 2**31, 2**32 - 1, 2**40 + 5, -1):
        assert random.uniform((2,), seed=seed).shape == (2,)
    assert draw_seed(2**32 - 1).tolist() == [2**32 - 1, 0]
    assert draw_seed(2**40 + 5).tolist() == [5 ^ 256, 0]


def test_copies_go_on_by_themselves():
    generator = random.SeedGenerator(1)
    generator.next()
    for twin in (copy.deepcopy(generator), pickle.loads(pickle.dumps(generator))):
        assert twin.next().tolist() == [1, 1]
    assert generator.next().tolist() == [1, 1]


def test_stateless_scope_keeps_the_next_state_to_itself():
    generator = random.SeedGenerator(1)
    with StatelessScope() as scope:
        generator.next()
        generator.next()
    assert scope.get_current_value(generator.state).tolist() == [1, 2]
    assert generator.state.numpy().tolist() == [1, 0]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="Argument `seed` must be an integer"):
        random.SeedGenerator(seed="x")
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        random.SeedGenerator(dtype="int32")


def test_set_random_seed_makes_everything_repeat():
    def draws():
        utils.set_random_seed(5)
        return (
            python_random.random(),
            np.random.rand(),
            random.normal((2,)).tolist(),
            random.SeedGenerator().next().tolist(),
        )

    assert draws() == draws()
    utils.set_random_seed(6)
    assert random.normal((2,)).tolist() != draws()[2]


def test_set_random_seed_wants_an_int():
    with pytest.raises(ValueError, match="to be an integer"):
        utils.set_random_seed("5")


def test_there_is_one_global_generator():
    assert global_seed_generator() is global_seed_generator()

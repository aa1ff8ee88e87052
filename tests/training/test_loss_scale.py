"""The loss scale in training: compiled, saved in the middle, and put there by the policy."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, optimizers

X = np.array([[1.0], [-1.0]], "float32")
GOOD = np.array([[0.5], [-0.5]], "float32")
BAD = np.full((2, 1), np.inf, "float32")  # its gradient is infinite


@pytest.fixture
def policy():
    mg.config.set_dtype_policy("mixed_float16")
    yield
    mg.config.set_dtype_policy("float32")


def model_of(inner=None, **settings):
    mg.utils.set_random_seed(0)
    model = mg.Sequential([mg.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    settings = {"initial_scale": 64.0, "dynamic_growth_steps": 3, **settings}
    return model, optimizers.LossScaleOptimizer(inner or optimizers.SGD(0.1), **settings)


def state(model):
    optimizer = model.optimizer
    return (
        float(optimizer.dynamic_scale),
        int(optimizer.step_counter),
        int(optimizer.iterations),
        *[np.asarray(w).ravel().tolist() for w in model.weights],
    )


@pytest.mark.parametrize("eagerly", [True, False], ids=["eager", "compiled"])
def test_the_scale_doubles_halves_and_leaves_steps_out(policy, eagerly):
    model, optimizer = model_of()
    model.compile(optimizer, "mse", run_eagerly=eagerly)
    scales, before = [], None
    for target in (GOOD, GOOD, GOOD, BAD, GOOD, BAD, BAD, GOOD):
        before = [np.array(w) for w in model.weights]
        model.train_on_batch(X, target)
        scales.append(float(optimizer.dynamic_scale))
        changed = any((a != np.array(w)).any() for a, w in zip(before, model.weights))
        assert changed == (target is GOOD)
        assert all(np.isfinite(w).all() for w in map(np.array, model.weights))
    assert scales == [64, 64, 128, 64, 64, 32, 16, 16]
    assert int(optimizer.iterations) == 5


@pytest.mark.parametrize("inner", [optimizers.SGD, optimizers.Adam])
def test_training_goes_on_from_a_file_as_if_never_interrupted(policy, inner, tmp_path):
    def through(model, targets):
        for target in targets:
            model.train_on_batch(X, target)
        return state(model)

    first, second = (GOOD, BAD, GOOD, GOOD), (GOOD, BAD, GOOD, GOOD)
    model, optimizer = model_of(inner(0.1))
    model.compile(optimizer, "mse")
    between = through(model, first)
    model.save(tmp_path / "model.keras")
    expected = through(model, second)
    loaded = mg.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.optimizer, optimizers.LossScaleOptimizer)
    assert state(loaded) == between
    assert loaded.optimizer.dynamic_growth_steps == 3
    assert through(loaded, second) == expected
    assert between[:3] == (32.0, 2, 3)
    assert expected[:3] == (32.0, 2, 6)


def test_the_policy_puts_it_there_and_only_where_it_is_missing(policy):
    model, optimizer = model_of()
    model.compile("adam", "mse")
    assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
    assert isinstance(model.optimizer.inner_optimizer, optimizers.Adam)
    model.fit(X, GOOD, epochs=3, verbose=0)
    assert int(model.optimizer.iterations) == 3
    model.compile(optimizer, "mse")
    assert model.optimizer is optimizer, "one is enough"
    model.compile("adam", "mse", auto_scale_loss=False)
    assert isinstance(model.optimizer, optimizers.Adam)
    mg.config.set_dtype_policy("mixed_bfloat16")
    model, _ = model_of()
    model.compile("adam", "mse")
    assert isinstance(model.optimizer, optimizers.Adam)


def test_the_scale_does_not_change_what_is_learnt(policy):
    """A power of two moves the exponents only."""

    def learnt(scale):
        model, optimizer = model_of(initial_scale=scale, dynamic_growth_steps=100)
        model.compile(optimizer, "mse")
        model.fit(X, GOOD, epochs=5, verbose=0)
        return [np.array(w).tolist() for w in model.weights]

    assert learnt(1.0) == learnt(256.0)

"""lr_find tells a good learning rate from bad ones."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers
from tests.inspect.leaving import left_as_it_was

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 4)).astype("float32")
Y = X @ RNG.normal(size=(4, 1)).astype("float32")


def model(learning_rate, **arguments):
    mg.utils.set_random_seed(0)
    made = mg.Sequential([layers.Input((4,)), layers.Dense(1)])
    made.compile(mg.optimizers.SGD(learning_rate), "mse", **arguments)
    return made


def test_the_suggestion_trains_well_and_the_explosion_is_seen():
    made = model(1e-5)
    found = inspect.lr_find(made, X, Y, steps=60)
    assert 0.003 < found.suggestion < 0.5
    assert found.rates[-1] < 10  # least squares with SGD explodes before that
    assert "× too small" in str(found)
    made.optimizer.learning_rate = found.suggestion
    losses = made.fit(X, Y, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.05 * losses[0]


@pytest.mark.parametrize(("rate", "word"), [(2.0, "too large"), (0.1, "fine"), (1e-5, "too small")])
def test_the_rate_that_the_model_has_is_judged(rate, word):
    losses = [1.0] * 20 + list(np.linspace(1, 0.2, 20)) + [0.5, 0.9, 1.5]
    found = inspect.LearningRates(np.geomspace(1e-5, 3, 43), losses, rate)
    assert word in str(found)


def test_a_schedule_is_put_aside_and_comes_back():
    schedule = mg.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5)
    made = model(schedule)
    made.fit(X, Y, verbose=0)
    function = made.train_function
    with left_as_it_was(made):
        found = inspect.lr_find(made, X, Y, steps=40)
    assert found.suggestion is not None
    assert made.optimizer._learning_rate is schedule
    assert made.train_function is function


def test_a_loss_that_never_falls_gives_no_suggestion():
    made = model(0.1)
    made.layers[0].trainable = False
    with pytest.warns(UserWarning, match="trainable"):
        found = inspect.lr_find(made, X, Y, steps=12)
    assert found.suggestion is None
    assert "falls at no learning rate" in str(found)


def test_an_uncompiled_model_is_an_error():
    with pytest.raises(ValueError, match="needs an optimizer and a loss"):
        inspect.lr_find(mg.Sequential([layers.Dense(1)]), X, Y)


def test_the_picture_marks_both_rates():
    axes = (
        inspect.LearningRates(np.geomspace(1e-5, 1, 30), np.linspace(1, 0.1, 30) ** 2, 1e-4)
        ._figure()
        .axes[0]
    )
    words = [text.get_text() for text in axes.texts]
    assert any("begin here" in one for one in words)
    assert any("yours: 1.0e-04" in one for one in words)

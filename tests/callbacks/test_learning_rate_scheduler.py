"""A learning rate for every epoch."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, optimizers
from minigrad.callbacks import LearningRateScheduler

X, Y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")


def fit(schedule, learning_rate=1.0, **arguments):
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile(optimizers.SGD(learning_rate), "mse")
    callback = LearningRateScheduler(schedule, **arguments)
    return model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback]).history


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (lambda epoch: 1 / (2.0 + epoch), [1 / 2, 1 / 3, 1 / 4]),
        (lambda epoch, rate: rate / 2, [0.5, 0.25, 0.125]),
        (lambda epoch, rate: np.float32(0.25), [0.25] * 3),
    ],
)
def test_each_epoch_has_the_rate_of_the_schedule(schedule, expected):
    assert fit(schedule)["learning_rate"] == pytest.approx(expected)


def test_something_else_than_a_float_is_refused():
    with pytest.raises(ValueError, match=r"should be a float. Received: 1 of type"):
        fit(lambda epoch: 1)


def test_an_optimizer_with_a_schedule_of_its_own_is_left_alone():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    with pytest.raises(TypeError, match="created with a `LearningRateSchedule`"):
        fit(lambda epoch: 0.5, schedule)


def test_it_says_what_it_does(capsys):
    fit(lambda epoch: 0.5, verbose=1)
    out = capsys.readouterr().out
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.5." in out

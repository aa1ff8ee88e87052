"""Stopping when the loss is no number any more."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.callbacks import LambdaCallback, TerminateOnNaN

X = np.ones((6, 1), "float32")


def model():
    made = mg.Sequential([layers.Input((1,)), layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def targets(bad, at=3):
    y = np.ones((6, 1), "float32")
    y[at] = bad
    return y


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_training_ends_at_the_batch_where_it_happens(bad, capsys):
    steps = []
    note = LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    history = model().fit(
        *(X, targets(bad), 1),
        epochs=5,
        shuffle=False,
        verbose=0,
        callbacks=[TerminateOnNaN(), note],
    )
    assert steps == [0, 1, 2, 3]
    assert len(history.epoch) == 1
    assert "Batch 3: Invalid loss, terminating training" in capsys.readouterr().out


def test_it_can_be_an_error_which_skips_the_end_of_training():
    ended = []
    note = LambdaCallback(on_train_end=lambda logs: ended.append(True))
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch 3"):
        model().fit(
            *(X, targets(np.nan), 1),
            shuffle=False,
            verbose=0,
            callbacks=[TerminateOnNaN(raise_error=True), note],
        )
    assert not ended


@pytest.mark.parametrize("raise_error", [True, False])
def test_finite_losses_are_left_alone(raise_error):
    history = model().fit(
        X, targets(1.0), epochs=2, verbose=0, callbacks=[TerminateOnNaN(raise_error)]
    )
    assert len(history.epoch) == 2

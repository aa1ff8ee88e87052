"""Callbacks that watch a quantity: what is better, when to stop, when to slow down."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, metrics, ops, optimizers
from minigrad.callbacks import EarlyStopping, MonitorCallback, ReduceLROnPlateau


class StandIn:
    """What these callbacks need of a model."""

    def __init__(self, learning_rate=1.0):
        self.stop_training = False
        self.weights = [None]
        self.optimizer = optimizers.SGD(learning_rate)

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(callback, values, model=None, name="val_loss"):
    """Feed a callback one value per epoch; returns the model and the number of epochs."""
    model = model or StandIn()
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    callback.on_train_end()
    return model, epoch + 1


# What is better


@pytest.mark.parametrize(
    ("mode", "monitor", "expected"),
    [
        ("max", "val_mse", ops.greater),
        ("min", "acc", ops.less),
        ("auto", "val_loss", ops.less),
        ("auto", "loss", ops.less),
        ("auto", "val_mse", ops.less),
        ("auto", "acc", ops.greater),
        ("auto", "val_accuracy", ops.greater),
        ("auto", "hinge", ops.less),
    ],
)
def test_the_metric_knows_which_way_is_up(mode, monitor, expected):
    model = mg.Sequential([layers.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mae", metrics=["mse", "acc", "accuracy", "hinge"])
    model.fit(np.ones((4, 5)), np.ones((4, 1)), verbose=0)
    callback = MonitorCallback(monitor, mode)
    callback.set_model(model)
    callback._set_monitor_op()
    assert callback.monitor_op is expected


def test_an_unknown_quantity_needs_a_mode():
    callback = EarlyStopping("mystery")
    with pytest.raises(ValueError, match=r"monitor=mystery.* Pass `mode='max'`"):
        run(callback, [1.0], name="mystery")
    run(EarlyStopping("mystery", mode="min"), [1.0], name="mystery")


def test_an_unknown_mode_is_warned_of():
    with pytest.warns(UserWarning, match="MonitorCallback mode 'most' is unknown"):
        assert MonitorCallback(mode="most").mode == "auto"


@pytest.mark.parametrize(
    ("mode", "value", "reference", "expected"),
    [
        ("max", 0.75, 0.0, True),
        ("max", 0.5, 0.0, False),
        ("max", 0.2, 0.5, False),
        ("min", 0.0, 0.75, True),
        ("min", 0.0, 0.5, False),
        ("min", 9.0, None, True),
    ],
)
def test_better_is_better_by_min_delta(mode, value, reference, expected):
    callback = MonitorCallback(mode=mode, min_delta=0.5)
    callback._set_monitor_op()
    assert bool(callback._is_improvement(value, reference)) is expected


# EarlyStopping


@pytest.mark.parametrize(("patience", "expected"), [(0, 4), (1, 4), (2, 5), (3, 6), (6, 9), (7, 9)])
def test_training_stops_when_patience_is_at_its_end(patience, expected):
    losses = [10.0, 9.0, 8.0, 9.0, 8.9, 8.8, 8.7, 8.6, 8.5]
    stopper = EarlyStopping(patience=patience)
    model, epochs = run(stopper, losses)
    assert epochs == expected
    assert model.stop_training is (patience < 7)


@pytest.mark.parametrize(
    ("losses", "arguments", "epochs", "best"),
    [
        ([0.2, 0.15, 0.1, 0.11, 0.12], {"patience": 2}, 5, 2),
        # No epoch is better than the baseline.
        ([0.9, 0.8, 0.7, 0.71, 0.72, 0.73], {"patience": 5, "baseline": 0.5}, 5, 2),
        ([0.3, 0.2, 0.25], {"patience": 5}, 3, 1),
        ([0.1, 0.2, 0.3, 0.4], {"patience": 1, "start_from_epoch": 2}, 4, 2),
    ],
)
def test_the_weights_of_the_best_epoch_come_back(losses, arguments, epochs, best):
    stopper = EarlyStopping(restore_best_weights=True, **arguments)
    model, seen = run(stopper, losses)
    assert (seen, model.weights, stopper.best_epoch) == (epochs, [best], best)


def test_without_restoring_the_last_weights_stay():
    stopper = EarlyStopping(patience=1)
    model, epochs = run(stopper, [0.1, 0.2, 0.3])
    assert (epochs, model.weights, stopper.best_epoch) == (2, [1], 0)


def test_a_stopper_can_be_used_again():
    stopper = EarlyStopping(patience=1, restore_best_weights=True)
    run(stopper, [0.1, 0.2, 0.3])
    assert stopper.stopped_epoch == 1
    _, epochs = run(stopper, [0.9, 0.8, 0.7])
    assert (epochs, stopper.stopped_epoch, stopper.best_epoch) == (3, 0, 2)


def test_a_quantity_that_is_not_there_is_warned_of():
    stopper = EarlyStopping("val_loss")
    with pytest.warns(UserWarning, match="`val_loss` which is not available. .*: loss"):
        run(stopper, [0.1], name="loss")


def test_it_says_what_it_does(capsys):
    run(EarlyStopping(patience=1, restore_best_weights=True, verbose=1), [0.1, 0.2, 0.3])
    assert capsys.readouterr().out.splitlines() == [
        "Epoch 2: early stopping",
        "Restoring model weights from the end of the best epoch: 1.",
    ]


def test_fit_stops_early():
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile(optimizers.SGD(0.0), "mse")
    history = model.fit(
        *(np.ones((4, 2)), np.ones((4, 1))),
        epochs=9,
        verbose=0,
        callbacks=[EarlyStopping("loss", patience=2)],
    )
    assert len(history.epoch) == 3


# ReduceLROnPlateau


@pytest.mark.parametrize(
    ("losses", "arguments", "expected"),
    [
        ([1.0, 1.0], {"patience": 1}, 0.1),
        ([1.0, 0.9, 0.8], {"patience": 1}, 1.0),
        ([1.0] * 4, {"patience": 1}, 0.001),
        ([1.0] * 4, {"patience": 1, "factor": 0.5}, 0.125),
        ([1.0] * 4, {"patience": 1, "min_lr": 0.05}, 0.05),
        ([1.0] * 4, {"patience": 1, "cooldown": 2}, 0.01),
        ([1.0] * 4, {"patience": 3}, 0.1),
        ([1.0, 0.99995, 0.9999], {"patience": 2}, 0.1),
    ],
)
def test_the_learning_rate_falls_on_a_plateau(losses, arguments, expected):
    model, _ = run(ReduceLROnPlateau(**arguments), losses)
    assert float(model.optimizer.learning_rate) == pytest.approx(expected, rel=1e-6)


def test_a_factor_that_does_not_reduce_is_refused():
    with pytest.raises(ValueError, match=r"factor >= 1.0. Received: factor=1.5"):
        ReduceLROnPlateau(factor=1.5)


def test_a_reducer_can_be_used_again():
    reducer = ReduceLROnPlateau(patience=1, cooldown=2)
    run(reducer, [1.0, 1.0])
    assert reducer.in_cooldown()
    reducer.on_train_begin()
    assert (reducer.best, reducer.wait, reducer.cooldown_counter) == (None, 0, 0)


def test_the_learning_rate_goes_into_the_history_and_onto_the_screen(capsys):
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile(optimizers.SGD(0.5), "mse")
    history = model.fit(
        *(np.ones((4, 2)), np.full((4, 1), np.inf)),
        epochs=3,
        verbose=0,
        callbacks=[ReduceLROnPlateau("loss", patience=1, verbose=1)],
    ).history
    assert history["learning_rate"] == pytest.approx([0.5, 0.5, 0.05])
    assert "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.05" in capsys.readouterr().out


def test_a_missing_quantity_is_warned_of():
    with pytest.warns(UserWarning, match="`val_loss` which is not available"):
        run(ReduceLROnPlateau(), [0.1], name="loss")


def test_the_optimizers_of_several_are_reduced_alike():
    model = StandIn()
    model.optimizer = type("Several", (), {})()
    model.optimizer.optimizers = [optimizers.SGD(1.0, name="a"), optimizers.SGD(0.5, name="b")]
    logs = {}
    reducer = ReduceLROnPlateau(patience=1)
    run(reducer, [1.0, 1.0], model)
    assert [float(one.learning_rate) for one in model.optimizer.optimizers] == pytest.approx(
        [0.1, 0.05]
    )
    reducer.on_epoch_end(2, logs | {"val_loss": 1.0})


def test_f_scores_are_watched_upwards():
    model = mg.Sequential([layers.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mae", metrics=[metrics.F1Score(name="f1")])
    model.fit(np.ones((4, 5)), np.ones((4, 1)), verbose=0)
    callback = MonitorCallback("val_f1")
    callback.set_model(model)
    callback._set_monitor_op()
    assert callback.monitor_op is ops.greater

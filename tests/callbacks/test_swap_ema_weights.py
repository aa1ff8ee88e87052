"""Averages of the weights, while the model is judged."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, optimizers
from minigrad.callbacks import LambdaCallback, SwapEMAWeights

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


def model(**arguments):
    made = mg.Sequential([layers.Input((3,)), layers.Dense(1, use_bias=False)])
    made.compile(optimizers.SGD(0.1, ema_momentum=0.5, **arguments), "mse")
    return made


def error(w):
    return float(((X @ w - Y) ** 2).mean())


def test_validation_judges_the_averages():
    trained = model(use_ema=True)
    w, average = trained.get_weights()[0], None
    expected = []
    for _ in range(3):
        w = w - 0.1 * X.T @ (2 * (X @ w - Y)) / 8
        average = w if average is None else 0.5 * average + 0.5 * w
        expected.append(error(average))
    history = trained.fit(
        *(X, Y),
        epochs=3,
        validation_data=(X, Y),
        verbose=0,
        callbacks=[SwapEMAWeights()],
    ).history
    assert history["val_loss"] == pytest.approx(expected, rel=1e-3)
    # At its end, `fit` leaves the averages as weights.
    assert trained.evaluate(X, Y, verbose=0) == pytest.approx(expected[-1], rel=1e-3)


def test_evaluation_and_prediction_swap_and_swap_back():
    trained = model(use_ema=True)
    trained.optimizer.build(trained.trainable_weights)
    (average,) = trained.optimizer._model_variables_moving_average
    average.assign(np.ones((3, 1)))
    before = trained.get_weights()[0]
    swap = SwapEMAWeights()
    assert trained.evaluate(X, Y, verbose=0, callbacks=[swap]) == pytest.approx(0, abs=1e-10)
    np.testing.assert_array_equal(trained.get_weights()[0], before)
    predicted = trained.predict(X, verbose=0, callbacks=[swap])
    np.testing.assert_allclose(predicted, Y, rtol=1e-5)
    np.testing.assert_array_equal(trained.get_weights()[0], before)
    np.testing.assert_array_equal(average.numpy(), 1.0)


def test_callbacks_at_the_end_of_an_epoch_can_see_the_averages():
    trained = model(use_ema=True)
    seen = []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(trained.get_weights()[0]))
    trained.fit(
        *(X, Y),
        epochs=2,
        verbose=0,
        callbacks=[SwapEMAWeights(swap_on_epoch=True), note],
    )
    np.testing.assert_array_equal(trained.get_weights()[0], seen[-1])
    assert (seen[0] != seen[1]).any()


def test_an_optimizer_without_averages_is_refused():
    with pytest.raises(ValueError, match="must be used when `use_ema=True` is set"):
        model().fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=[SwapEMAWeights()])

"""What is shown while a model is trained."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import callbacks, layers

X, Y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")


def model():
    made = mg.Sequential([layers.Input((2,)), layers.Dense(1)])
    made.compile("sgd", "mse", metrics=["mae"])
    return made


NUMBER = r"\d+\.\d{4}(e-\d+)?"


def test_a_bar_per_epoch_with_its_metrics(capsys):
    model().fit(X, Y, 2, epochs=2, validation_data=(X, Y))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/2"
    assert re.fullmatch(
        rf"2/2 ━+ .*/step - loss: {NUMBER} - mae: {NUMBER} - val_loss: {NUMBER}"
        rf" - val_mae: {NUMBER}",
        lines[1],
    )
    assert lines[2] == "Epoch 2/2"


def test_a_single_epoch_has_no_heading(capsys):
    model().fit(X, Y)
    assert "Epoch" not in capsys.readouterr().out


def test_a_line_per_epoch(capsys):
    model().fit(X, Y, 2, epochs=1, verbose=2)
    assert re.fullmatch(
        rf"2/2 - \d+s - .*/step - loss: {NUMBER} - mae: {NUMBER}\n", capsys.readouterr().out
    )


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_silence(capsys, method):
    targets = () if method == "predict" else (Y,)
    getattr(model(), method)(X, *targets, verbose=0)
    assert capsys.readouterr().out == ""


def test_evaluate_and_predict_have_bars_of_their_own(capsys):
    trained = model()
    trained.evaluate(X, Y)
    assert re.match(rf"1/1 ━+ .*loss: {NUMBER} - mae: {NUMBER}", capsys.readouterr().out)
    trained.predict(X)
    out = capsys.readouterr().out
    assert out.startswith("1/1 ━") and "outputs" not in out


def test_the_target_of_a_generator_is_known_after_the_first_epoch(capsys):
    model().fit((X, Y) for _ in range(3))
    assert "3/3 ━" in capsys.readouterr().out


def test_numbers_are_computed_only_when_they_are_shown():
    class Costly:
        looked_at = 0

        def __float__(self):
            Costly.looked_at += 1
            return 1.0

    logger = callbacks.ProgbarLogger()
    logger.set_params({"verbose": 1, "epochs": 1, "steps": 1000})
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    logger.progbar.interval = 1000.0
    for step in range(1000):
        logger.on_train_batch_end(step, {"loss": Costly()})
    assert Costly.looked_at == 1

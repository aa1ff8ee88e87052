"""Whole programs against Keras's API: they run with one changed import, and learn as on Keras.

`tests/golden/programs.json` holds what they learn on Keras with JAX, for three seeds.
"""

import json

import numpy as np
import pytest

from minigrad.datasets import alice
from tests.programs.running import GOLDEN, ON_BOTH, run, write_data

KERAS = json.loads(GOLDEN.read_text())
# How far the last training loss, the test loss, the score may lie from Keras's mean: other random
# numbers, so other weights, masks and orders. About three times the spread of Keras's own seeds.
MARGINS = {
    "convnet": {"curve": 0.06, "loss": 0.06, "score": 0.02},
    "bidirectional_lstm": {"curve": 0.06, "loss": 0.06, "score": 0.03},
    "transformer": {"curve": 0.05, "loss": 0.15, "score": 0.05},
    "gpt": {"curve": 0.08, "loss": 0.08, "score": 0.08},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name in {*ON_BOTH.values()}:
        write_data(name, folder / f"{name}.npz")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("program", ON_BOTH)
def test_a_program_learns_as_it_does_on_keras(program, data, tmp_path):
    found = run(program, data / f"{ON_BOTH[program]}.npz", 0, tmp_path)
    for name, margin in MARGINS[program].items():
        mean = np.mean(KERAS[program][name])
        assert np.ravel(found[name])[-1] == pytest.approx(mean, abs=margin), name
    assert (found["curve"][1:] < found["curve"][:-1] * 1.1).all(), "the loss does not fall"
    if program == "gpt":
        assert found["loss"] < 2.25  # nats a character; single frequencies give 3.1
        text = alice.decode(found["text"])
        assert 0.1 < text.count(" ") / len(text) < 0.4  # there are words


@pytest.mark.slow
def test_a_variational_autoencoder_draws_digits(data, tmp_path):
    found = run("vae", data / "digits.npz", 0, tmp_path)
    assert found["loss"][-1] < 27 < found["loss"][0]
    np.testing.assert_allclose(found["loss"], found["reconstruction"] + found["kl"], rtol=1e-5)
    assert found["kl"][-1] > 1  # the codes are used
    # What is drawn lies near real digits: nearer than the mean digit does.
    real = np.load(data / "digits.npz")["x_train"].reshape(-1, 64) / 16
    nearest = ((found["drawn"][:, None] - real) ** 2).sum(axis=2).min(axis=1)
    of_mean = ((real.mean(axis=0) - real) ** 2).sum(axis=1).min()
    assert np.median(nearest) < 0.8 * of_mean
    assert found["drawn"].std(axis=0).max() > 0.2  # and not always the same


@pytest.mark.slow
def test_a_gan_learns_a_circle(data, tmp_path):
    found = run("gan", data / "digits.npz", 0, tmp_path)
    radius = np.linalg.norm(found["drawn"], axis=1)
    assert abs(np.median(radius) - 1) < 0.1 and radius.std() < 0.25
    angle = np.arctan2(*found["drawn"].T)
    assert np.histogram(angle, bins=8, range=(-np.pi, np.pi))[0].min() > 30  # all around
    for name in ("generator_loss", "discriminator_loss"):
        assert 0.4 < found[name][-1] < 1.2

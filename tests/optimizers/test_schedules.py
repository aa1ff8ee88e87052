"""Learning rates over the steps, against their formulas."""

from math import cos, pi

import numpy as np
import pytest

from minigrad import Variable
from minigrad.optimizers import schedules

STEPS = (0, 1, 3, 4, 5, 9, 10, 11, 25)


def cosine(t):
    return 0.5 * (1 + cos(pi * t))


def restarts(step, t_mul, m_mul):
    """Walk from restart to restart."""
    length, height = 4.0, 1.0
    while step >= length:
        step, length, height = step - length, length * t_mul, height * m_mul
    return 0.1 * (0.9 * height * cosine(step / length) + 0.1)


CASES = {
    "exponential": (
        schedules.ExponentialDecay(0.1, 4, 0.5),
        lambda s: 0.1 * 0.5 ** (s / 4),
    ),
    "staircase": (
        schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True),
        lambda s: 0.1 * 0.5 ** (s // 4),
    ),
    "inverse time": (
        schedules.InverseTimeDecay(0.1, 4, 0.5),
        lambda s: 0.1 / (1 + 0.5 * s / 4),
    ),
    "inverse time, staircase": (
        schedules.InverseTimeDecay(0.1, 4, 0.5, staircase=True),
        lambda s: 0.1 / (1 + 0.5 * (s // 4)),
    ),
    "polynomial": (
        schedules.PolynomialDecay(0.1, 10, 0.01, power=2.0),
        lambda s: 0.09 * (1 - min(s, 10) / 10) ** 2 + 0.01,
    ),
    "polynomial, cycling": (
        schedules.PolynomialDecay(0.1, 4, 0.01, cycle=True),
        lambda s: 0.09 * (1 - s / (4 * max(-(-s // 4), 1))) + 0.01,
    ),
    "piecewise": (
        schedules.PiecewiseConstantDecay([3, 10], [1.0, 0.5, 0.1]),
        lambda s: 1.0 if s <= 3 else 0.5 if s <= 10 else 0.1,
    ),
    "cosine": (
        schedules.CosineDecay(0.1, 10, alpha=0.2),
        lambda s: 0.1 * (0.8 * cosine(min(s, 10) / 10) + 0.2),
    ),
    "cosine after a warm-up": (
        schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=4),
        lambda s: 0.1 * s / 4 if s < 4 else 0.1 * cosine(min(s - 4, 10) / 10),
    ),
    "restarts": (
        schedules.CosineDecayRestarts(0.1, 4, t_mul=2.0, m_mul=0.5, alpha=0.1),
        lambda s: restarts(s, 2.0, 0.5),
    ),
    "restarts of one length": (
        schedules.CosineDecayRestarts(0.1, 4, t_mul=1.0, m_mul=0.9, alpha=0.1),
        lambda s: restarts(s, 1.0, 0.9),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rates(name):
    schedule, formula = CASES[name]
    rates = [float(schedule(step)) for step in STEPS]
    np.testing.assert_allclose(rates, [formula(step) for step in STEPS], rtol=1e-4, atol=1e-8)
    assert schedule(Variable(3)).dtype == "float32"


@pytest.mark.parametrize("name", CASES)
def test_configs_survive_a_round_trip(name):
    schedule = CASES[name][0]
    config = schedules.serialize(schedule)
    assert config["module"] == "keras.optimizers.schedules"
    again = schedules.deserialize(config)
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()


@pytest.mark.parametrize(
    ("construct", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "`decay_steps` must be > 0.*=0"),
        (lambda: schedules.InverseTimeDecay(0.1, 0, 0.5), "`decay_steps` must be > 0"),
        (lambda: schedules.PolynomialDecay(0.1, -1), "`decay_steps` must be > 0"),
        (lambda: schedules.CosineDecay(0.1, 0), "`decay_steps` must be > 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, 0), "`first_decay_steps` must be > 0"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1.0]), "1 less than the length of values"),
    ],
)
def test_errors(construct, message):
    with pytest.raises(ValueError, match=message):
        construct()


def test_the_base_class_asks_to_be_implemented():
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(0)

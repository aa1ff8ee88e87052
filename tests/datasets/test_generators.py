"""The generators: shapes, seeds, and the geometry that each promises."""

import numpy as np
import pytest

from minigrad.datasets import circles, moons, regression, spirals, xor

CLASSIFICATION = [moons, circles, spirals, xor]


@pytest.mark.parametrize("generator", CLASSIFICATION)
def test_points_are_float32_and_classes_are_balanced_int32(generator):
    x, y = generator(500)
    assert x.shape == (500, 2) and x.dtype == np.float32
    assert y.shape == (500,) and y.dtype == np.int32
    assert abs(y.mean() - 0.5) < 0.08


@pytest.mark.parametrize("generator", [*CLASSIFICATION, regression])
def test_a_seed_gives_the_same_data_and_another_seed_other_data(generator):
    same, again, other = generator(50, seed=1), generator(50, seed=1), generator(50, seed=2)
    assert np.array_equal(same[0], again[0]) and np.array_equal(same[1], again[1])
    assert not np.array_equal(same[0], other[0])
    assert not np.array_equal(generator(50, seed=None)[0], generator(50, seed=None)[0])


def test_moons_without_noise_lie_on_two_half_circles():
    x, y = moons(400, noise=0)
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    np.testing.assert_allclose(np.linalg.norm(x - centre, axis=1), 1, atol=1e-6)
    assert (x[y == 0, 1] >= 0).all() and (x[y == 1, 1] <= 0.5).all()


def test_circles_without_noise_have_the_two_radii():
    x, y = circles(400, noise=0, factor=0.3)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y == 0, 1, 0.3), atol=1e-6)


def test_spirals_turn_with_the_radius():
    x, y = spirals(600, noise=0, classes=3, turns=2)
    radius = np.linalg.norm(x, axis=1)
    angle = np.arctan2(x[:, 1], x[:, 0])
    expected = 2 * np.pi * (2 * radius + y / 3)
    np.testing.assert_allclose(np.cos(angle - expected), 1, atol=1e-5)
    assert radius.max() <= 1 + 1e-6 and np.bincount(y).tolist() == [200, 200, 200]


def test_noise_has_the_stated_standard_deviation():
    clean, noisy = regression(20_000, noise=0, seed=5), regression(20_000, noise=0.3, seed=5)
    assert np.array_equal(clean[0], noisy[0]) and noisy[1].shape == (20_000, 1)
    assert abs((noisy[1] - clean[1]).std() - 0.3) < 0.01


@pytest.mark.parametrize(
    "call, received",
    [
        (lambda: moons(0), "samples=0"),
        (lambda: xor(2.5), "samples=2.5"),
        (lambda: regression(noise=-1), "noise=-1"),
        (lambda: circles(factor=1), "factor=1"),
        (lambda: spirals(classes=0), "classes=0"),
    ],
)
def test_impossible_arguments_are_refused(call, received):
    with pytest.raises(ValueError, match=f"Received: {received}"):
        call()

"""Initializers that draw random numbers: their distributions and their seeds."""

from math import sqrt

import numpy as np
import pytest

from minigrad import initializers, random, utils

SHAPE = (400, 100)

# name: (initializer, standard deviation, greatest magnitude)
CASES = {
    "normal": (initializers.RandomNormal(stddev=0.3, seed=1), 0.3, np.inf),
    "truncated normal": (initializers.TruncatedNormal(stddev=1.0, seed=1), 0.87962566, 2.0),
    "uniform": (initializers.RandomUniform(-0.5, 0.5, seed=1), 1 / sqrt(12), 0.5),
    "glorot uniform": (initializers.GlorotUniform(seed=1), sqrt(2 / 500), sqrt(6 / 500)),
    "glorot normal": (initializers.GlorotNormal(seed=1), sqrt(2 / 500), 2 * sqrt(2 / 500) / 0.8796),
    "he uniform": (initializers.HeUniform(seed=1), sqrt(2 / 400), sqrt(6 / 400)),
    "he normal": (initializers.HeNormal(seed=1), sqrt(2 / 400), 2 * sqrt(2 / 400) / 0.8796),
    "lecun uniform": (initializers.LecunUniform(seed=1), sqrt(1 / 400), sqrt(3 / 400)),
    "lecun normal": (initializers.LecunNormal(seed=1), sqrt(1 / 400), 2 * sqrt(1 / 400) / 0.8796),
    "fan out": (
        initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1),
        sqrt(3 / 100),
        np.inf,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_mean_spread_and_bounds(name):
    initializer, stddev, limit = CASES[name]
    values = initializer(SHAPE).numpy()
    assert values.shape == SHAPE and values.dtype == np.float32
    assert abs(values.mean()) < 5 * stddev / sqrt(values.size)
    assert values.std() == pytest.approx(stddev, rel=0.02)
    assert np.abs(values).max() <= limit * 1.0001


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_dtypes(name, dtype):
    assert CASES[name][0]((3, 4), dtype).dtype == dtype


@pytest.mark.parametrize(
    ("shape", "axes", "fans"),
    [
        ((), (), (1, 1)),
        ((7,), (), (7, 7)),
        ((3, 4), (), (3, 4)),
        ((5, 3, 4), (), (15, 20)),
        ((3, 3, 16, 32), (), (144, 288)),
        ((512, 8, 64), ([0], [1, 2]), (512, 512)),
        ((512, 8, 64), ([0, 1], [2]), (4096, 64)),
    ],
)
def test_fans(shape, axes, fans):
    assert initializers.compute_fans(shape, *axes) == fans


@pytest.mark.parametrize("cls", [initializers.HeNormal, initializers.RandomNormal])
def test_a_whole_number_as_seed_gives_the_same_numbers_at_each_call(cls):
    initializer = cls(seed=3)
    first = initializer((4,)).numpy()
    np.testing.assert_array_equal(first, initializer((4,)).numpy())
    np.testing.assert_array_equal(first, initializer.clone()((4,)).numpy())
    assert (first != cls(seed=4)((4,)).numpy()).any()


def test_a_generator_as_seed_gives_other_numbers_at_each_call():
    initializer = initializers.HeNormal(seed=random.SeedGenerator(3))
    assert (initializer((4,)).numpy() != initializer((4,)).numpy()).all()


def test_without_a_seed_a_clone_draws_numbers_of_its_own():
    initializer = initializers.GlorotUniform()
    assert initializer.get_config()["seed"] is None
    assert (initializer((4,)).numpy() != initializer.clone()((4,)).numpy()).all()


def test_set_random_seed_determines_what_has_no_seed():
    drawn = []
    for _ in range(2):
        utils.set_random_seed(7)
        drawn.append(initializers.GlorotUniform()((4,)).numpy())
    np.testing.assert_array_equal(*drawn)


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 4)])
def test_orthogonal_vectors_have_the_length_of_the_gain(shape):
    q = initializers.Orthogonal(gain=2.0, seed=1)(shape).numpy().reshape(-1, shape[-1])
    gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
    np.testing.assert_allclose(gram, 4 * np.eye(min(q.shape)), atol=1e-5)


def test_orthogonal_matrices_are_spread_evenly():
    """All signs occur: of a QR decomposition as it is, the diagonal of R would have one sign."""
    signs = {np.sign(initializers.Orthogonal(seed=s)((2, 2)).numpy()[0, 0]) for s in range(20)}
    assert signs == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: initializers.VarianceScaling(scale=0.0), "`scale` must be positive.*scale=0.0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "Invalid `mode`.*mode=fan"),
        (lambda: initializers.VarianceScaling(distribution="flat"), "Invalid `distribution`"),
        (lambda: initializers.HeNormal(seed="1"), "`seed` argument.*seed=1"),
        (lambda: initializers.Orthogonal()((3,)), "at least two-dimensional.*rank 1"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()

"""Random numbers: the published vectors, equality of all ways to draw, and the distributions."""

import subprocess
import sys

import numpy as np
import pytest

from minigrad.kernels import random

KEY = (0x12345678, 0x9ABCDEF0)

DRAWS = {
    "bits": lambda n, at=0: random.random_bits(KEY, at, (n,)),
    "uniform32": lambda n, at=0: random.uniform(KEY, at, (n,)),
    "uniform64": lambda n, at=0: random.uniform(KEY, at, (n,), "float64"),
    "normal32": lambda n, at=0: random.normal(KEY, at, (n,)),
    "normal64": lambda n, at=0: random.normal(KEY, at, (n,), "float64"),
    "dropout": lambda n, at=0: random.dropout_mask(KEY, at, (n,), 0.3),
    "dropout64": lambda n, at=0: random.dropout_mask(KEY, at, (n,), 0.3, "float64"),
}
KERNELS = {
    "bits": (random._bits, (), ()),
    "uniform32": (random._uniform32, (), ()),
    "uniform64": (random._uniform64, (), ()),
    "normal32": (random._normal32, (), ()),
    "normal64": (random._normal64, (), ()),
    "dropout": (random._mask, ("float32",), (np.uint64(1 << 30), np.float32(1.5))),
    "dropout64": (random._mask, ("float64",), (np.uint64(1 << 30), np.float64(1.5))),
}


VECTORS = """
00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1
"""  # of Random123's kat_vectors, philox4x32 10: counter, key, result


@pytest.mark.parametrize("line", VECTORS.split("\n")[1:-1])
def test_philox_gives_the_published_vectors(line):
    words = [np.array([int(word, 16)], np.uint64) for word in line.split()]
    np.testing.assert_array_equal(random.philox_words(*words[:6]), words[6:])


def test_draws_are_philox_of_key_and_counter():
    words = random.philox(np.array([7], np.uint64), np.uint64(KEY[0]), np.uint64(KEY[1]))
    expected = [int(word[0]) for word in words]
    assert random.random_bits(KEY, 7, (4,)).tolist() == expected
    uniform = random.uniform(KEY, 7, (4,))
    assert uniform.tolist() == [(word >> 8) / 2**24 for word in expected]


@pytest.mark.parametrize("name", KERNELS)
def test_twin_serial_and_parallel_draws_are_equal_bit_for_bit(name):
    kernel, dtypes, parameters = KERNELS[name]
    dtype = DRAWS[name](0).dtype
    count, k0, k1 = np.uint64(2**32 - 100), np.uint64(KEY[0]), np.uint64(KEY[1])
    results = []
    runs = (kernel.twin, kernel.compile(*dtypes), kernel.compile(*dtypes, parallel=True))
    for run in runs:
        out = np.empty(40_004, dtype)
        run(out, count, k0, k1, *parameters)
        results.append(out.tobytes())
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("name", DRAWS)
def test_an_element_depends_on_key_counter_and_place_only(name):
    whole = DRAWS[name](1001)
    np.testing.assert_array_equal(DRAWS[name](10), whole[:10])
    used = random.counts(400, "float64" if name in ("uniform64", "normal64") else "float32")
    np.testing.assert_array_equal(DRAWS[name](601, used), whole[400:])


def test_other_keys_and_counters_give_other_numbers():
    draws = [
        random.random_bits(key, counter, (8,)).tobytes()
        for key in ((0, 0), (1, 0), (0, 1))
        for counter in (0, 100, 2**40, 2**64 - 10)
    ]
    assert len(set(draws)) == len(draws)


def test_the_counter_wraps_around_at_its_end():
    across = random.random_bits(KEY, 2**64 - 1, (8,))
    np.testing.assert_array_equal(across[4:], random.random_bits(KEY, 0, (4,)))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_is_uniform_in_zero_to_one(dtype):
    x = random.uniform(KEY, 0, (200_000,), dtype)
    assert x.dtype == dtype
    assert x.min() >= 0
    assert x.max() < 1
    counts = np.histogram(x, bins=50, range=(0, 1))[0]
    chi_square = ((counts - 4000) ** 2 / 4000).sum()
    assert 20 < chi_square < 90  # 49 degrees of freedom


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_is_normal(dtype):
    x = random.normal(KEY, 3, (400_000,), dtype)
    assert x.dtype == dtype
    assert abs(x.mean()) < 0.006
    assert abs(x.std() - 1) < 0.004
    assert abs((x**3).mean()) < 0.02
    assert abs((x**4).mean() - 3) < 0.05
    for limit, expected in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert abs((abs(x) < limit).mean() - expected) < 0.003
    pairs = x.reshape(-1, 2)
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.006
    assert abs(np.corrcoef((pairs**2).T)[0, 1]) < 0.01


def test_the_extreme_words_give_finite_normals():
    low, high = np.array([0], np.uint64), np.array([2**32 - 1], np.uint64)
    for a in (low, high):
        for b in (low, high):
            assert np.isfinite(random.normals32_of(a, b)).all()
            assert np.isfinite(random.normals64_of(a, a, b, b)).all()
    assert abs(random.normals32_of(low, low)[0][0]) > 6.6


@pytest.mark.parametrize(("rate", "dtype"), [(0.0, "float32"), (0.3, "float64"), (0.9, "float32")])
def test_dropout_keeps_the_mean(rate, dtype):
    mask = random.dropout_mask(KEY, 0, (500, 400), rate, dtype)
    assert mask.shape == (500, 400)
    assert mask.dtype == dtype
    kept = np.dtype(dtype).type(1 / (1 - rate))
    assert set(np.unique(mask)) <= {0, kept}
    assert abs(mask.mean() - 1) < 0.02
    assert abs((mask == 0).mean() - rate) < 0.005


def test_dropout_at_its_limits():
    assert (random.dropout_mask(KEY, 0, (1000,), 1.0) == 0).all()
    assert (random.dropout_mask(KEY, 0, (1000,), 0.0) == 1).all()


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 0, 2), (2, 3, 5)])
@pytest.mark.parametrize("draw", [random.uniform, random.normal])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_shape_can_be_drawn(draw, shape, dtype):
    x = draw(KEY, 0, shape, dtype)
    assert x.shape == shape
    assert x.flags.c_contiguous
    assert x.flags.writeable


def test_small_draws_do_not_load_numba():
    code = (
        "import sys; from minigrad.kernels import random as r\n"
        "a = r.normal((1, 2), 0, (100, 10)); assert 'numba' not in sys.modules\n"
        "r._normal32.patience = 0\n"
        "b = r.normal((1, 2), 0, (100, 10)); assert 'numba' in sys.modules\n"
        "assert a.tobytes() == b.tobytes()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)

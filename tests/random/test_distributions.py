"""Random numbers: their distributions, their seeds, their dtypes."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops, random

N = 40_000


@pytest.mark.parametrize("trials, p", [(1, 0.3), (10, 0.5), (40, 0.1), (1000, 0.97), (1e6, 0.25)])
def test_binomial_has_the_mean_and_the_variance_of_its_formula(trials, p):
    x = random.binomial((20_000,), trials, p, seed=3, dtype="float64").numpy()
    deviation = math.sqrt(trials * p * (1 - p))
    assert np.all((x >= 0) & (x <= trials) & (x == np.floor(x)))
    assert abs(x.mean() - trials * p) < 4 * deviation / math.sqrt(x.size)
    assert abs(x.std() / deviation - 1) < 0.03


def test_binomial_of_few_trials_has_each_probability():
    x = random.binomial((N,), 4, 0.3, seed=1).numpy()
    for k in range(5):
        expected = math.comb(4, k) * 0.3**k * 0.7 ** (4 - k)
        assert abs(np.mean(x == k) - expected) < 4 * math.sqrt(expected / N)


def test_binomial_at_the_ends_is_certain():
    x = random.binomial((3, 4), [[0.0], [7.0], [100.0]], [0.0, 1.0, 1.0, 0.0], seed=0).numpy()
    np.testing.assert_array_equal(x, [[0, 0, 0, 0], [0, 7, 7, 0], [0, 100, 100, 0]])


def test_parameters_without_a_meaning_give_nan():
    assert np.isnan(random.gamma((2,), [-1.0, 0.0], seed=0).numpy()).all()
    assert np.isnan(random.beta((2,), [-1.0, 1.0], [1.0, 0.0], seed=0).numpy()).all()
    assert np.isnan(random.binomial((2,), [-1.0, 3.0], [0.5, 1.5], seed=0).numpy()).all()


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "int64"])
def test_randint_draws_each_number_equally_often(dtype):
    x = random.randint((N,), 3, 10, dtype=dtype, seed=5)
    counts = np.bincount(x.numpy().astype(int), minlength=10)
    assert x.dtype == dtype
    assert counts[:3].sum() == 0
    assert np.abs(counts[3:] - N / 7).max() < 5 * math.sqrt(N / 7)


def test_randint_reaches_the_ends_of_wide_ranges():
    x = random.randint((N,), -(2**31), 2**31 - 1, seed=5).numpy().astype("float64")
    assert x.min() < -0.99 * 2**31 and x.max() > 0.99 * 2**31
    assert abs(x.mean()) < 2**31 / math.sqrt(N) * 3


def test_randint_takes_tensors_as_limits():
    x = random.randint((4, 2), Tensor([0, 10]), Tensor([5, 11]), seed=1).numpy()
    assert np.all(x[:, 0] < 5) and np.all(x[:, 1] == 10)


def test_categorical_draws_by_the_softmax_of_logits():
    logits = np.log([[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]] + np.full((2, 3), 1e-30)) + 5
    x = random.categorical(logits, N, seed=2).numpy()
    assert x.dtype == "int32"
    shares = np.array([[np.mean(row == k) for k in range(3)] for row in x])
    np.testing.assert_allclose(shares, [[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]], atol=0.012)


def test_uniform_never_reaches_its_upper_limit():
    for dtype in ("float16", "bfloat16", "float32"):
        x = random.uniform((N,), seed=1, dtype=dtype).numpy().astype("float64")
        assert x.min() >= 0 and x.max() < 1
        assert abs(x.mean() - 0.5) < 0.01


def test_dropout_keeps_the_mean():
    x = ops.ones((200, 200))
    y = random.dropout(x, 0.25, seed=1).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(y.mean() - 1) < 0.02


def test_dropout_of_a_noise_shape_repeats_its_mask():
    y = random.dropout(ops.ones((4, 5, 6)), 0.5, noise_shape=(None, 1, 6), seed=1).numpy()
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))


def test_dropout_of_nothing_and_of_everything():
    x = ops.ones((3, 3))
    assert random.dropout(x, 0.0, seed=1) is x
    np.testing.assert_array_equal(random.dropout(x, 1.0, seed=1), np.zeros((3, 3)))


def test_gradient_of_dropout_is_its_mask():
    x = Tensor(np.full((50,), 3.0, "float32"), requires_grad=True)
    y = random.dropout(x, 0.5, seed=1)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy() / 3)


def test_shuffle_moves_lines_as_a_whole():
    x = np.arange(60).reshape(20, 3)
    y = random.shuffle(x, seed=1).numpy()
    assert not np.array_equal(x, y)
    np.testing.assert_array_equal(y[np.argsort(y[:, 0])], x)
    columns = random.shuffle(x.T, axis=-1, seed=1).numpy()
    np.testing.assert_array_equal(columns, y.T)


def test_every_order_is_equally_likely():
    generator = random.SeedGenerator(7)
    orders = [tuple(random.shuffle([0, 1, 2], seed=generator).tolist()) for _ in range(3000)]
    counts = [orders.count(order) for order in set(orders)]
    assert len(counts) == 6
    assert max(abs(count - 500) for count in counts) < 90


# Seeds

DRAWS = {
    "uniform": lambda seed: random.uniform((5,), seed=seed),
    "normal": lambda seed: random.normal((5,), seed=seed),
    "truncated_normal": lambda seed: random.truncated_normal((5,), seed=seed),
    "randint": lambda seed: random.randint((5,), 0, 1000, seed=seed),
    "gamma": lambda seed: random.gamma((5,), 2.0, seed=seed),
    "beta": lambda seed: random.beta((5,), 2.0, 3.0, seed=seed),
    "binomial": lambda seed: random.binomial((5,), 1e5, 0.4, seed=seed),
    "categorical": lambda seed: random.categorical(np.zeros((1, 50)), 8, seed=seed),
    "dropout": lambda seed: random.dropout(np.ones(40, "float32"), 0.5, seed=seed),
    "shuffle": lambda seed: random.shuffle(np.arange(40), seed=seed),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_number_gives_the_same_each_time_and_a_generator_something_new(name):
    draw = DRAWS[name]
    np.testing.assert_array_equal(draw(3), draw(3))
    assert not np.array_equal(draw(3), draw(4))
    generator = random.SeedGenerator(3)
    first = draw(generator)
    np.testing.assert_array_equal(first, draw(3))
    assert not np.array_equal(first, draw(generator))
    assert not np.array_equal(draw(None), draw(None))


def test_numbers_are_those_of_philox():
    # From this very definition, in plain integers: ten rounds on (0, 0, 0, 0) under (1, 0).
    words, key = [0, 0, 0, 0], [1, 0]
    for _ in range(10):
        p, q = words[0] * 0xD2511F53, words[2] * 0xCD9E8D57
        words = [
            (q >> 32) ^ words[1] ^ key[0],
            q & 0xFFFFFFFF,
            (p >> 32) ^ words[3] ^ key[1],
            p & 0xFFFFFFFF,
        ]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    expected = [(word >> 8) / 2**24 for word in words]
    assert random.uniform((4,), seed=1).tolist() == expected


def test_draws_are_equal_whatever_the_number_of_threads():
    code = (
        "import hashlib, numpy as np\n"
        "from minigrad import random\n"
        "h = hashlib.sha256()\n"
        "for x in (random.normal((300000,), seed=1), random.uniform((300000,), seed=2),\n"
        "          random.truncated_normal((300000,), seed=3),\n"
        "          random.gamma((9999,), 0.7, seed=4),\n"
        "          random.dropout(np.ones(300000, 'float32'), 0.3, seed=5)):\n"
        "    h.update(np.asarray(x).tobytes())\n"
        "print(h.hexdigest())\n"
    )
    found = set()
    for variables in (
        {"NUMBA_NUM_THREADS": "1"},
        {"NUMBA_NUM_THREADS": "2"},
        {"NUMBA_DISABLE_JIT": "1"},
    ):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **variables},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1


def test_what_has_no_values_uses_up_no_seeds():
    generator = random.SeedGenerator(3)
    x = KerasTensor((None, 3))
    assert random.dropout(x, 0.5, seed=generator).shape == (None, 3)
    assert random.normal(ops.shape(x), seed=generator).shape == (None, 3)
    assert random.shuffle(x, axis=1, seed=generator).shape == (None, 3)
    assert random.categorical(x, 5, seed=generator).shape == (None, 5)
    np.testing.assert_array_equal(generator.state, [3, 0])


ERRORS = [
    (lambda: random.uniform((2,), dtype="int32"), "floating point `dtype`"),
    (lambda: random.normal((2,), dtype="int32"), "floating point `dtype`"),
    (lambda: random.randint((2,), 0, 5, dtype="float32"), "an integer `dtype`"),
    (lambda: random.randint((2,), 5, 5), "minval=5, maxval=5"),
    (lambda: random.categorical(np.ones(3), 2), "2-D tensor"),
    (lambda: random.dropout(np.ones(3), 1.5), "rate=1.5"),
    (lambda: random.dropout(np.ones((3, 2)), 0.5, noise_shape=(3,)), r"noise_shape=\(3,\)"),
    (lambda: random.normal((2,), seed="a"), "must be either an integer"),
]


@pytest.mark.parametrize("call, message", ERRORS, ids=[message for _, message in ERRORS])
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated_normal"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3), [2, 3]])
def test_shapes(name, shape):
    assert getattr(random, name)(shape, seed=1).shape == tuple(shape)


def test_means_may_be_tensors_and_have_gradients():
    mean = Tensor([1.0, 2.0], requires_grad=True)
    random.normal((3, 2), mean=mean, stddev=2.0, seed=1).sum().backward()
    np.testing.assert_array_equal(mean.grad, [3.0, 3.0])

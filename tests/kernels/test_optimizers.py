"""Fused updates beside the formulas, in float64 and step by step."""

import numpy as np
import pytest

from minigrad.kernels import optimizers as opt

SIZE = 1003
LR, MOMENTUM, RHO, BETA_1, BETA_2, EPSILON = 0.1, 0.9, 0.8, 0.9, 0.99, 1e-3


def sgd(w, g, state):
    return w - LR * g, []


def momentum(w, g, state):
    m = MOMENTUM * state[0] - LR * g
    return w + m, [m]


def nesterov(w, g, state):
    m = MOMENTUM * state[0] - LR * g
    return w + MOMENTUM * m - LR * g, [m]


def adam(w, g, state):
    m = BETA_1 * state[0] + (1 - BETA_1) * g
    v = BETA_2 * state[1] + (1 - BETA_2) * g**2
    return w - LR * m / (np.sqrt(v) + EPSILON), [m, v]


def amsgrad(w, g, state):
    m = BETA_1 * state[0] + (1 - BETA_1) * g
    v = BETA_2 * state[1] + (1 - BETA_2) * g**2
    top = np.maximum(state[2], v)
    return w - LR * m / (np.sqrt(top) + EPSILON), [m, v, top]


def rmsprop(w, g, state):
    v = RHO * state[0] + (1 - RHO) * g**2
    return w - LR * g / np.sqrt(v + EPSILON), [v]


def rmsprop_momentum(w, g, state):
    v = RHO * state[0] + (1 - RHO) * g**2
    m = MOMENTUM * state[1] + LR * g / np.sqrt(v + EPSILON)
    return w - m, [v, m]


def rmsprop_centered(w, g, state):
    v = RHO * state[0] + (1 - RHO) * g**2
    mean = RHO * state[1] + (1 - RHO) * g
    m = MOMENTUM * state[2] + LR * g / np.sqrt(v - mean**2 + EPSILON)
    return w - m, [v, mean, m]


ADAM = (LR, BETA_1, BETA_2, EPSILON)
CASES = {  # formula, number of state arrays, function, its parameters
    "sgd": (sgd, 0, opt.sgd, (LR,), {}),
    "momentum": (momentum, 1, opt.momentum, (LR, MOMENTUM), {}),
    "nesterov": (nesterov, 1, opt.momentum, (LR, MOMENTUM), {"nesterov": True}),
    "adam": (adam, 2, opt.adam, ADAM, {}),
    "amsgrad": (amsgrad, 3, opt.amsgrad, ADAM, {}),
    "rmsprop": (rmsprop, 1, opt.rmsprop, (LR, RHO, EPSILON), {}),
    "rmsprop_momentum": (
        *(rmsprop_momentum, 2, opt.rmsprop_momentum, (LR, RHO, MOMENTUM, EPSILON), {}),
    ),
    "rmsprop_centered": (
        *(rmsprop_centered, 3, opt.rmsprop_centered, (LR, RHO, MOMENTUM, EPSILON), {}),
    ),
}


@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_three_steps_equal_the_formula(name, dtype, decay):
    formula, states, update, parameters, options = CASES[name]
    rng = np.random.default_rng(0)
    w = rng.standard_normal(SIZE).astype(dtype)
    state = [np.zeros(SIZE, dtype) for _ in range(states)]
    expected_w, expected = w.astype(float), [s.astype(float) for s in state]
    for _ in range(3):
        g = rng.standard_normal(SIZE).astype(dtype)
        update(w, *state, g, *parameters, decay=decay, **options)
        expected_w, expected = formula(expected_w * (1 - decay), g.astype(float), expected)
    close = {"rtol": 1e-5, "atol": 3e-6} if dtype == "float32" else {"rtol": 1e-13, "atol": 1e-14}
    np.testing.assert_allclose(w, expected_w, **close)
    for array, reference in zip(state, expected, strict=True):
        np.testing.assert_allclose(array, reference, **close)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", opt._TWINS)
def test_twin_serial_and_parallel_agree(name, dtype):
    kernel = getattr(opt, name)
    rng = np.random.default_rng(0)
    written = sum(argument.startswith("out") for argument in kernel.arguments)
    scalars = {"T": np.dtype(dtype).type(0.3), "bool": True}
    parameters = [scalars[a] for a in kernel.arguments[written + 1 :]]
    start = [abs(rng.standard_normal(10_007)).astype(dtype) + 1 for _ in range(written)]
    if name == "_rmsprop_centered":
        start[2] *= 0.1
    g = rng.standard_normal(10_007).astype(dtype)
    results = []
    for run in (kernel.twin, kernel.compile(dtype), kernel.compile(dtype, parallel=True)):
        arrays = [array.copy() for array in start]
        run(*arrays, g, *parameters)
        results.append(arrays)
    for twin, serial, parallel in zip(*results, strict=True):
        assert serial.tobytes() == parallel.tobytes()
        np.testing.assert_allclose(serial, twin, rtol=0, atol=50 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", CASES)
def test_with_out_the_old_values_stay(name):
    _, states, update, parameters, options = CASES[name]
    rng = np.random.default_rng(1)
    old = [abs(rng.standard_normal((7, 11))).astype("float32") for _ in range(states + 1)]
    if name == "rmsprop_centered":
        old[2] *= 0.1
    g = rng.standard_normal((7, 11)).astype("float32")
    before = [array.copy() for array in old]
    new = [np.empty_like(array) for array in old]
    update(*old, g, *parameters, **options, out=new)
    in_place = [array.copy() for array in old]
    update(*in_place, g, *parameters, **options)
    for old_array, kept, array, other in zip(old, before, new, in_place, strict=True):
        np.testing.assert_array_equal(old_array, kept)
        np.testing.assert_array_equal(array, other)


def test_amsgrad_keeps_nan_visible():
    w, m, v, largest = [np.ones(20, "float32") for _ in range(4)]
    g = np.ones(20, "float32")
    g[5] = np.nan
    opt.amsgrad(w, m, v, largest, g, *ADAM)
    assert np.isnan(w[5])
    assert np.isfinite(np.delete(w, 5)).all()


def test_a_gradient_that_is_a_view_or_read_only_is_fine():
    g = np.arange(12, dtype="float32").reshape(3, 4).T
    g.setflags(write=False)
    w = np.zeros((4, 3), "float32")
    opt.sgd(w, g, 1.0)
    np.testing.assert_array_equal(w, -g)


@pytest.mark.parametrize(
    ("w", "g"),
    [
        (np.zeros(3, "float32"), np.zeros(4, "float32")),
        (np.zeros(3, "float32"), np.zeros(3, "float64")),
        (np.zeros(6, "float32")[::2], np.zeros(3, "float32")),
    ],
)
def test_arrays_that_do_not_fit_are_refused(w, g):
    with pytest.raises(ValueError, match=r"C-contiguous arrays of one shape.*Received"):
        opt.sgd(w, g, 0.1)

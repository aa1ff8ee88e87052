"""The error function and its kin against the C library, and against their own definitions."""

import math

import numpy as np
import pytest

from minigrad.kernels import special

X = np.concatenate([np.linspace(-6, 26, 3001), np.logspace(-300, 0, 301), -np.logspace(-9, 0, 50)])


def relative_error(found, expected):
    expected = np.asarray(expected)
    with np.errstate(all="ignore"):
        error = np.abs(found - expected) / np.abs(expected)
    return np.max(np.where(found == expected, 0, error))


def test_erf_is_that_of_the_c_library():
    assert relative_error(special.erf64(X), [math.erf(x) for x in X]) < 1e-15


def test_erfc_keeps_its_digits_far_away():
    assert relative_error(special.erfc(X), [math.erfc(x) for x in X]) < 1e-13


def test_erfinv_undoes_erf():
    y = np.concatenate([np.linspace(-0.999, 0.999, 1001), 1 - np.logspace(-15, -3, 100)])
    x = special.erfinv(y)
    near = np.abs(y) < 0.5
    assert relative_error(special.erf64(x[near]), y[near]) < 1e-15
    assert relative_error(special.erfc(np.abs(x[~near])), 1 - np.abs(y[~near])) < 1e-13


def test_bessel_functions_fulfil_their_integrals():
    # I_n(x) = 1/π ∫ exp(x cos t) cos(n t) dt; the trapezoidal rule is exact here.
    t = np.linspace(0, math.pi, 2001)
    weights = np.full(t.size, math.pi / 2000)
    weights[[0, -1]] /= 2
    x = np.array([-30.0, -20.5, -19.5, -3.0, -1e-3, 0.1, 2.0, 19.9, 20.1, 50.0])
    waves = np.exp(x[:, None] * np.cos(t))
    for n, function in enumerate((special.i0, special.i1)):
        expected = (waves * np.cos(n * t) * weights).sum(axis=1) / math.pi
        assert relative_error(function(x), expected) < 1e-12


EDGES = [
    ("erf64", [0.0, np.inf, -np.inf, np.nan], [0.0, 1.0, -1.0, np.nan]),
    ("erfc", [0.0, np.inf, -np.inf, np.nan], [1.0, 0.0, 2.0, np.nan]),
    ("erfinv", [0.0, 1.0, -1.0, 1.5, np.nan], [0.0, np.inf, -np.inf, np.nan, np.nan]),
    ("i0", [0.0, 1e4, np.nan], [1.0, np.inf, np.nan]),
    ("i1", [0.0, 1e4, -1e4, np.nan], [0.0, np.inf, -np.inf, np.nan]),
]


@pytest.mark.parametrize("name, x, expected", EDGES, ids=[name for name, _, _ in EDGES])
def test_edges(name, x, expected):
    with np.errstate(all="ignore"):
        found = getattr(special, name)(np.array(x))
    np.testing.assert_array_equal(found, expected)


def test_shapes_and_dtypes_stay():
    for function in (special.erf64, special.erfc, special.erfinv, special.i0, special.i1):
        for x in (np.float32(0.5), np.zeros((0,), "float32"), np.zeros((2, 3), "float64")):
            y = function(x)
            assert (y.shape, y.dtype) == (x.shape, x.dtype)

"""Activations and their slopes in one pass over memory, where NumPy would take several.

Each function takes arrays of any shape. Large float32 arrays of one shape go to a compiled loop,
others to NumPy, which is as fast on small ones and has more digits on float64.
"""

import math

import numpy as np

from minigrad.kernels import special
from minigrad.kernels.jit import jit, prange, select
from minigrad.kernels.one_pass import OPTIONS, in_place, one_pass
from minigrad.kernels.transcendental import (
    erf32,
    exp32_below,
    expm1_32,
    sigmoid32,
    softplus32,
    tanh32,
)

_F = np.float32
_ZERO, _ONE, _HALF = _F(0), _F(1), _F(0.5)
_ROOT_HALF = _F(math.sqrt(0.5))
_ROOT_2PI = math.sqrt(2 * math.pi)
_DENSITY = _F(1 / _ROOT_2PI)
_C, _A = math.sqrt(2 / math.pi), 0.044715  # of the approximation of gelu by tanh
_C32, _CA32, _3CA32 = _F(_C), _F(_A * _C), _F(3 * _A * _C)

# relu


def _relu_slope_numpy(g, x):
    return np.where(x > 0, g, np.asarray(g).dtype.type(0))


@jit("float32[:]", "float32[:]", "out float32[:]", twin=in_place(_relu_slope_numpy), **OPTIONS)
def _relu_slope(g, x, out):
    for i in prange(x.size):
        out[i] = select(x[i] > _ZERO, g[i], _ZERO)


relu_slope = one_pass(_relu_slope, _relu_slope_numpy)


# sigmoid, softplus, silu


def _sigmoid_numpy(x):
    y = np.exp(-x)
    y += 1  # exp overflows to ∞ for x < -88, and 1 / ∞ is the right 0
    return 1 / y


@jit("float32[:]", "out float32[:]", twin=in_place(_sigmoid_numpy), **OPTIONS)
def _sigmoid(x, out):
    for i in prange(x.size):
        out[i] = sigmoid32(x[i])


sigmoid = one_pass(_sigmoid, _sigmoid_numpy)


def _softplus_numpy(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@jit("float32[:]", "out float32[:]", twin=in_place(_softplus_numpy), **OPTIONS)
def _softplus(x, out):
    for i in prange(x.size):
        out[i] = softplus32(x[i])


softplus = one_pass(_softplus, _softplus_numpy)


def _silu_numpy(x):
    return x * _sigmoid_numpy(x)


@jit("float32[:]", "out float32[:]", twin=in_place(_silu_numpy), **OPTIONS)
def _silu(x, out):
    for i in prange(x.size):
        out[i] = x[i] * sigmoid32(x[i])


silu = one_pass(_silu, _silu_numpy)


def _silu_slope_numpy(g, x):
    s = _sigmoid_numpy(x)
    return g * (s * (1 + x * (1 - s)))


@jit("float32[:]", "float32[:]", "out float32[:]", twin=in_place(_silu_slope_numpy), **OPTIONS)
def _silu_slope(g, x, out):
    for i in prange(x.size):
        s = sigmoid32(x[i])
        out[i] = g[i] * (s * (_ONE + x[i] * (_ONE - s)))


silu_slope = one_pass(_silu_slope, _silu_slope_numpy)


# gelu by tanh: x (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³)


def _gelu_tanh_numpy(x):
    return 0.5 * x * (1 + np.tanh((_C + _A * _C * (x * x)) * x))


@jit("float32[:]", "out float32[:]", twin=in_place(_gelu_tanh_numpy), **OPTIONS)
def _gelu_tanh(x, out):
    for i in prange(x.size):
        y = x[i]
        out[i] = _HALF * y * (_ONE + tanh32((_C32 + _CA32 * (y * y)) * y))


gelu_tanh = one_pass(_gelu_tanh, _gelu_tanh_numpy)


def _gelu_tanh_slope_numpy(g, x):
    squared = x * x
    t = np.tanh((_C + _A * _C * squared) * x)
    return 0.5 * g * ((1 + t) + x * (1 - t * t) * (_C + 3 * _A * _C * squared))


@jit(
    *("float32[:]", "float32[:]", "out float32[:]"),
    twin=in_place(_gelu_tanh_slope_numpy),
    **OPTIONS,
)
def _gelu_tanh_slope(g, x, out):
    for i in prange(x.size):
        y = x[i]
        squared = y * y
        t = tanh32((_C32 + _CA32 * squared) * y)
        slope = (_ONE + t) + y * (_ONE - t * t) * (_C32 + _3CA32 * squared)
        out[i] = _HALF * g[i] * slope


gelu_tanh_slope = one_pass(_gelu_tanh_slope, _gelu_tanh_slope_numpy)


# gelu by erf: x Φ(x)


def erf(x):
    """The error function."""
    return erf32(x) if x.dtype == _F else special.erf64(x)


def _normal_cdf_numpy(x):
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


@jit("float32[:]", "out float32[:]", twin=in_place(_normal_cdf_numpy), **OPTIONS)
def _normal_cdf(x, out):
    for i in prange(x.size):
        out[i] = _HALF * (_ONE + erf32(x[i] * _ROOT_HALF))


normal_cdf = one_pass(_normal_cdf, _normal_cdf_numpy)


def _gelu_erf_numpy(x):
    return x * _normal_cdf_numpy(x)


@jit("float32[:]", "out float32[:]", twin=in_place(_gelu_erf_numpy), **OPTIONS)
def _gelu_erf(x, out):
    for i in prange(x.size):
        out[i] = x[i] * (_HALF * (_ONE + erf32(x[i] * _ROOT_HALF)))


gelu_erf = one_pass(_gelu_erf, _gelu_erf_numpy)


def _gelu_erf_slope_numpy(g, x):
    return g * (_normal_cdf_numpy(x) + x * np.exp(-0.5 * x * x) * (1 / _ROOT_2PI))


@jit(
    *("float32[:]", "float32[:]", "out float32[:]"),
    twin=in_place(_gelu_erf_slope_numpy),
    **OPTIONS,
)
def _gelu_erf_slope(g, x, out):
    for i in prange(x.size):
        y = x[i]
        below = _HALF * (_ONE + erf32(y * _ROOT_HALF))
        out[i] = g[i] * (below + y * exp32_below(-_HALF * y * y) * _DENSITY)


gelu_erf_slope = one_pass(_gelu_erf_slope, _gelu_erf_slope_numpy)


# elu


def _expm1_below_numpy(x):
    return np.expm1(np.minimum(x, 0))


@jit("float32[:]", "out float32[:]", twin=in_place(_expm1_below_numpy), **OPTIONS)
def _expm1_below(x, out):
    for i in prange(x.size):
        out[i] = expm1_32(select(x[i] > _ZERO, _ZERO, x[i]))


expm1_below = one_pass(_expm1_below, _expm1_below_numpy)


def elu(x, alpha):
    """x where x > 0, else alpha (eˣ - 1)."""
    below = expm1_below(x)
    below *= alpha
    return np.maximum(x, 0) + below

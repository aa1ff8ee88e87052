"""Exponential function and hyperbolic tangent of large arrays, on all threads."""

import numpy as np

from minigrad.kernels.jit import jit, prange
from minigrad.kernels.one_pass import OPTIONS, in_place, one_pass
from minigrad.kernels.transcendental import exp32, tanh32

_FROM_SIZE = 8192  # below, NumPy's own loops are as fast


@jit("float32[:]", "out float32[:]", twin=in_place(np.exp), **OPTIONS)
def _exp(x, out):
    for i in prange(x.size):
        out[i] = exp32(x[i])


@jit("float32[:]", "out float32[:]", twin=in_place(np.tanh), **OPTIONS)
def _tanh(x, out):
    for i in prange(x.size):
        out[i] = tanh32(x[i])


def _tanh_slope_numpy(g, y):
    return g - g * (y * y)


@jit("float32[:]", "float32[:]", "out float32[:]", twin=in_place(_tanh_slope_numpy), **OPTIONS)
def _tanh_slope(g, y, out):
    for i in prange(y.size):
        out[i] = g[i] - g[i] * (y[i] * y[i])


exp = one_pass(_exp, np.exp, _FROM_SIZE)
tanh = one_pass(_tanh, np.tanh, _FROM_SIZE)
tanh_slope = one_pass(_tanh_slope, _tanh_slope_numpy, _FROM_SIZE)

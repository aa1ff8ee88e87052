"""Exponential function and hyperbolic tangent of large arrays, on all threads."""

import numpy as np

from minigrad.kernels.bits import bits32
from minigrad.kernels.jit import jit, prange
from minigrad.kernels.one_pass import OPTIONS, in_place, one_pass
from minigrad.kernels.transcendental import EXP_NEAR, exp32, exp32_near, tanh32

_FROM_SIZE = 8192  # below, NumPy's own loops are as fast
_PART = 1024


@jit("float32[:]", "out float32[:]", twin=in_place(np.exp), **OPTIONS)
def _exp(x, out):
    n = np.uint64(x.size)
    near = bits32(EXP_NEAR)
    for part in prange((x.size + _PART - 1) // _PART):
        start = np.uint64(part) * np.uint64(_PART)
        stop = min(start + np.uint64(_PART), n)
        farthest = np.int32(0)
        for i in range(start, stop):
            farthest = max(farthest, np.int32(bits32(x[i]) & np.int32(0x7FFFFFFF)))
            out[i] = exp32_near(x[i])
        if farthest > near:  # by the bits, NaN too
            for i in range(start, stop):
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

"""Shares of a parallel loop are functions of their own in the machine code."""

import contextlib
import re

import numpy as np

from minigrad.kernels import jit, shares


def test_the_wrapper_of_a_parallel_loop_calls_the_share_instead_of_holding_it():
    numba = jit.load_numba()

    def doubled(x, out):
        for i in numba.prange(x.size):
            out[i] = x[i] + x[i]

    found = []
    for way in (shares.called(numba), contextlib.nullcontext()):
        dispatcher = numba.njit(parallel=True)(doubled)
        with way:
            dispatcher.compile("void(float32[::1], float32[::1])")
        code = dispatcher.inspect_llvm(dispatcher.signatures[0])
        out = np.empty(5, "float32")
        dispatcher(np.arange(5, dtype="float32"), out)
        np.testing.assert_array_equal(out, [0, 2, 4, 6, 8])
        found.append(len(re.findall(r"call i32 @\w*__numba_parfor_gufunc", code)))
    assert found == [1, 0]
    assert "called" not in numba.np.ufunc.wrappers._GufuncWrapper.gen_loop_body.__qualname__

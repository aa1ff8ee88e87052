"""Matrix products in strips: those of NumPy's BLAS, compiled and from the disk."""

import ctypes

import numpy as np
import pytest

from minigrad.kernels import native, openblas, products


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A folder that knows no kernel yet."""
    if not native.ready() or openblas.blas() is None:
        pytest.skip("there is no compiler here, or another BLAS")
    monkeypatch.setenv("MINIGRAD_CACHE_DIR", str(tmp_path))
    products.address.cache_clear()
    yield tmp_path
    products.address.cache_clear()


KERNEL = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)


def test_products_are_those_of_the_blas(cache):
    strips, m, n, k = 3, 40, 48, 20
    for name, bound in (("float32", 1e-5), ("float64", 1e-13)):
        a, b = (np.random.default_rng(0).normal(size=s).astype(name) for s in ((m, k), (k, n)))
        gemm, item = getattr(openblas.blas(), name), a.itemsize
        for _ in ("compiled", "loaded"):
            products.address.cache_clear()
            for height, width, steps in ((16, n, (16 * k, 16 * n)), (m, 16, (16, 16))):
                out = np.zeros((m, n), name)
                words = [gemm, 111, 111, m, n, k, a.ctypes.data, k, b.ctypes.data, n]
                words += [out.ctypes.data, n, 0, 0, 0, strips, height, width]
                block = np.array([*words, *(step * item for step in steps)])
                KERNEL(products.address(name))(block.ctypes.data, 0, strips)
                np.testing.assert_allclose(out, a @ b, bound, bound)
    names = sorted(path.name.split("-")[0] for path in (cache / "kernels").glob("*.nbc"))
    assert names == ["_matrix_products_float32", "_matrix_products_float64"]

"""Kernels as plain Python: slow, but next to nothing has to be compiled first."""

import functools
import logging

import numpy as np
import pytest

from minigrad.compile import fragments
from minigrad.kernels import jit, launching, native, products

compiled_once = functools.lru_cache(maxsize=None)(compile)


def _product(block, start, stop, functions=None):
    w = native.AT["int64"](block, products.FED if functions else products.WORDS)
    array = native.AT[_product.dtype]
    m, n, k = (int(one) for one in w[3:6])
    strips, height, width = (int(one) for one in w[15:18])
    for unit in range(start, stop):
        i, strip = divmod(unit, strips)
        a = array(w[6] + i * w[12], m * k).reshape((k, m) if w[1] == 112 else (m, k))
        b = array(w[8] + i * w[13], n * k).reshape((n, k) if w[2] == 112 else (k, n))
        a, b = a.T if w[1] == 112 else a, b.T if w[2] == 112 else b
        rows = slice(strip * height, (strip + 1) * height) if height < m else slice(None)
        columns = slice(strip * width, (strip + 1) * width) if width < n else slice(None)
        made = a[rows] @ b[:, columns]
        if functions:
            kernel, told, words, place, _ = (int(one) for one in w[products.WORDS :])
            blocks = native.AT["int64"](told, words).copy()
            blocks[place] = made.ctypes.data - strip * height * made.shape[1] * made.itemsize
            end = min((strip + 1) * height, m) * n
            functions[kernel](blocks.ctypes.data, strip * height * n, end)
        else:
            array(w[10] + i * w[14], m * n).reshape(m, n)[rows, columns] = made


@pytest.fixture
def python_kernels(monkeypatch):
    """Run generated kernels as the Python that they are."""
    functions = []
    compiled_address = fragments.address

    def address(fragment):
        if fragment.call is not None:  # of machine code, which is not for Python
            return compiled_address(fragment)
        functions.append(fragments.function_of(fragment))
        return len(functions) - 1

    def product_address(name, fed=False, tiled=False):
        def product(block, start, stop):
            _product.dtype = name
            _product(block, start, stop, functions if fed else None)

        functions.append(product)
        return len(functions) - 1

    compiled = launching.runner

    def runner(rows, parallel=False):
        def run():
            with np.errstate(all="ignore"):
                for function, block, count, shares in rows:
                    if function >= len(functions):  # a real address
                        compiled([(function, block, count, shares)])()
                        continue
                    for share in range(shares):
                        start, stop = share * count // shares, (share + 1) * count // shares
                        functions[function](block, start, stop)

        return run

    monkeypatch.setattr(jit, "compile", compiled_once, raising=False)
    monkeypatch.setattr(fragments, "address", address)
    monkeypatch.setattr(products, "address", product_address)
    monkeypatch.setattr(launching, "runner", runner)


@pytest.fixture
def kernels(request):
    """Kernels run as Python, but in tests that are about machine code."""
    if request.node.get_closest_marker("slow") is None:
        request.getfixturevalue("python_kernels")


@pytest.fixture
def no_messages(caplog):
    """A model that was not compiled would pass all tests above."""
    with caplog.at_level(logging.WARNING, logger="minigrad"):
        yield
    assert not caplog.records

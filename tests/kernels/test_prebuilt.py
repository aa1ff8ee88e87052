"""What an earlier process compiled runs without Numba, and next to it."""

import ctypes
import os
import sys

import numpy as np
import pytest

from minigrad.kernels import jit, loading, native, prebuilt
from tests.kernels.test_jit import run


@pytest.fixture(scope="module", autouse=True)
def note():
    if not native.ready() or prebuilt.about() is None:
        pytest.skip("there is no compiler here, or another than we know")
    jit.load_numba()


SCRIPT = """
import hashlib, os, sys
import numpy as np
import minigrad
from minigrad import ops
from minigrad.kernels import halves, jit, loading

step = minigrad.compile(lambda x: ops.sum(ops.tanh(x) * x, axis=1))
x = minigrad.Tensor(np.linspace(-3, 3, 300_000).reshape(100, 3000).astype("float32"))
step(x)

def digest():
    return hashlib.sha256(step(x).numpy().tobytes()).hexdigest()[:8]

def from_numba():
    jit.load_numba()
    big = halves.from_float32(np.linspace(-3, 3, 1_100_000).astype("float32"), "float16")
    return hashlib.sha256(big.tobytes()).hexdigest()[:8]
"""


@pytest.fixture(scope="module")
def expected():
    """What a process makes that may have to compile."""
    return run(SCRIPT + "print(digest(), from_numba())").split()


def test_a_later_process_runs_compiled_steps_without_numba(expected):
    told = "print(digest(), 'numba' in sys.modules, loading.threading_layer(), jit.num_threads())"
    layer, threads = loading.threading_layer(), jit.num_threads()
    assert run(SCRIPT + told).split() == [expected[0], "False", str(layer), str(threads)]


def test_numba_may_come_later_and_both_go_on(expected):
    told = "print(digest(), from_numba(), digest(), 'numba' in sys.modules)"
    assert run(SCRIPT + told).split() == [*expected, expected[0], "True"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_goes_on_with_what_was_loaded(expected):
    script = SCRIPT + (
        "first = digest()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if digest() == first and jit.num_threads() == 1 else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "print(digest())\n"
    )
    assert run(script).split() == expected[:1]


def test_what_numba_was_told_decides_what_is_used(monkeypatch):
    about = prebuilt.about.__wrapped__
    assert about() == prebuilt.about()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "3")  # machine code does not depend on that
    assert about() == prebuilt.about()
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    assert about() != prebuilt.about()


def test_settings_in_a_file_count_too(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".numba_config.yaml").write_text("opt: 1")
    assert prebuilt.about.__wrapped__() != prebuilt.about()


def test_without_numba_nothing_is_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.setattr(prebuilt, "_folder", prebuilt._folder.__wrapped__)
    monkeypatch.setattr(prebuilt, "about", prebuilt.about.__wrapped__)
    assert prebuilt.noted.__wrapped__() is None


def test_what_is_noted_is_what_numba_says():
    note = prebuilt.noted.__wrapped__()
    assert note == {"features": loading._features(), "layer": loading.threading_layer()}
    assert jit.processor_has(note["features"][0].removeprefix("+")) == (
        note["features"][0][0] == "+"
    )
    assert loading._wanted_threads() == jit.load_numba().config.NUMBA_NUM_THREADS


def test_functions_of_one_name_keep_apart():
    made = []
    for number in (1, 2):
        source = f"def kernel(block, start, stop):\n    int64_at(block, 1)[0] = {number}\n"
        address = native.address_of_source(source, "kernel", {"int64_at": native.AT["int64"]})
        made.append(ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(address))
    out = np.zeros(1, np.int64)
    for number, kernel in enumerate(made, 1):
        kernel(out.ctypes.data, 0, 1)
        assert out[0] == number


def test_a_function_that_is_not_there_is_no_address():
    _, code = native.native_code(_nothing, native.NATIVE)
    with pytest.raises(RuntimeError, match="no function other"):
        prebuilt.link(code, "other")


def _nothing(block, start, stop):
    pass

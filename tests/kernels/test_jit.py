"""The door to Numba: declaring kernels, their variants, threads, forks, and life without Numba."""

import ast
import os
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import numpy as np
import pytest

from minigrad.kernels import (  # noqa: F401  they declare the kernels
    cross_entropy,
    halves,
    indexing,
    jit,
    native,
    optimizers,
    pooling,
    random,
    sine,
    transcendental,
)


def run(script: str, *, stream: str = "stdout", **environment: str) -> str:
    """Run a script in a process of its own, without the variables that this one may have set."""
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "NUMBA_DISABLE_JIT", "NUMBA_THREADING_LAYER")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environment = {**clean, **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return getattr(done, stream)


def double_twin(x, out):
    out[:] = 2 * x


@pytest.fixture
def double():
    @jit.jit("T[:]", "out T[:]", twin=double_twin, parallel_above=100, T=("float32", "float64"))
    def double(x, out):
        two = x.dtype.type(2)
        for i in jit.prange(x.size):
            out[i] = two * x[i]

    yield double
    jit._kernels.remove(double)


def test_a_kernel_compiles_for_the_dtypes_it_is_called_with(double):
    assert double._ready == {}
    for dtype in ("float32", "float64"):
        out = np.empty(3, dtype)
        double(np.arange(3, dtype=dtype), out)
        np.testing.assert_array_equal(out, [0, 2, 4])
    assert set(double._ready) == {(False, ("f",)), (False, ("d",))}
    assert double.variants() == [("float32",), ("float64",)]


def test_the_parallel_form_is_for_large_arrays(double):
    out = np.empty(100, "float32")
    double(np.ones(100, "float32"), out)
    assert out.sum() == 200
    parallel, serial = (True, ("f",)), (False, ("f",))
    if jit.num_threads() > 1:
        assert set(double._ready) == {parallel}
    else:
        assert double._ready[parallel] is double._ready[serial]


def test_another_dtype_is_refused(double):
    with pytest.raises(
        TypeError, match=r"double: the dtype T must be one of float32, float64.*int64"
    ):
        double(np.ones(3, "int64"), np.ones(3, "int64"))


def test_input_that_is_read_only_is_accepted_and_output_is_not(double):
    x, out = np.ones(3, "float32"), np.empty(3, "float32")
    x.setflags(write=False)
    double(x, out)
    with pytest.raises(TypeError):
        double(out, x)


def test_a_kernel_that_cannot_be_compiled_warns_and_runs_its_twin():
    @jit.jit("float32[:]", "out float32[:]", twin=double_twin)
    def impossible(x, out):
        out[:] = {}[object()]

    jit._kernels.remove(impossible)
    out = np.empty(3, "float32")
    with pytest.warns(RuntimeWarning, match="The kernel impossible could not be compiled"):
        impossible(np.ones(3, "float32"), out)
    np.testing.assert_array_equal(out, [2, 2, 2])
    impossible(np.ones(3, "float32"), out)  # and warns once


def test_generated_source_can_be_compiled_cached_and_traced():
    source = """
def half_of(x):
    return x * HALF

def run(x, out):
    for i in prange(x.size):
        out[i] = half_of(x[i])

def fails(x):
    raise KeyError(x)
"""
    kernel = jit.compile_source(
        *(source, "run", ("float32[:]", "out float32[:]"), {"HALF": np.float32(0.5)}),
        parallel_above=1000,
    )
    assert kernel not in jit.kernels()
    for size in (5, 2000):
        x, out = np.arange(size, dtype="float32"), np.empty(size, "float32")
        kernel(x, out)
        np.testing.assert_array_equal(out, x / 2)
        by_python = np.empty(size, "float32")
        kernel.twin(x, by_python)
        np.testing.assert_array_equal(out, by_python)
    again = jit.compile_source(source, "run", kernel.arguments, {"HALF": np.float32(0.5)})
    again(x, out)
    assert list(again._ready[False, ()].stats.cache_hits.values()) == [1]
    other = jit.compile_source(source, "run", kernel.arguments, {"HALF": np.float32(0.25)})
    other(x, out)
    np.testing.assert_array_equal(out, x / 4)
    try:
        jit.compile_source(source, "fails", ("float32",), {"HALF": 1}).twin(1)
    except KeyError as error:
        assert "raise KeyError(x)" in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "name", [*transcendental.ULP, *sine.ULP, "select", "half_of", "float_of_half"]
)
def test_loops_over_it_become_vector_code(name, monkeypatch):
    monkeypatch.setenv("MINIGRAD_CACHE_DIR", os.devnull)  # what comes from disk shows no code
    modules = (transcendental, sine, halves, jit)
    function = next(getattr(module, name) for module in modules if hasattr(module, name))
    wide = "float64" if name.endswith("64") else "float32"
    kinds = {"half_of": (wide, "uint16"), "float_of_half": ("uint16", wide)}.get(name, (wide, wide))
    call = "f(x[i] > x[0], x[i], x[0])" if name == "select" else "f(x[i])"
    kernel = jit.compile_source(
        f"def run(x, out):\n    for i in prange(x.size):\n        out[i] = {call}\n",
        *("run", (f"{kinds[0]}[:]", f"out {kinds[1]}[:]"), {"f": function}),
    )
    for parallel in (False, True):
        (code,) = kernel.compile(parallel=parallel).inspect_llvm().values()
        assert f" x {'double' if wide == 'float64' else 'float'}>" in code


@pytest.mark.slow
@pytest.mark.parametrize("kernel", jit.kernels(), ids=lambda kernel: kernel.__name__)
def test_every_kernel_compiles_for_all_its_dtypes_serial_and_parallel(kernel):
    native.ready()  # some call others by their addresses
    for dtypes in kernel.variants():
        for parallel in (False, True)[: 1 + (kernel.parallel_above is not None)]:
            assert kernel.compile(*dtypes, parallel=parallel) is not kernel.twin


def test_no_choice_within_the_call_hides_a_parallel_loop_from_numba():
    # Within an expression that branches, `prange` becomes a variable; the loop runs serially.
    folder = Path(jit.__file__).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "prange":
                parts = [part for one in node.args for part in ast.walk(one)]
                assert not any(isinstance(part, ast.IfExp | ast.BoolOp) for part in parts), file


@pytest.mark.parametrize("chosen", [{}, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "active"}])
def test_importing_kernels_leaves_numba_and_the_environment_alone(chosen):
    script = """
        import os, sys
        before = dict(os.environ)
        from minigrad.kernels import cross_entropy, indexing, optimizers, pooling, random
        assert "numba" not in sys.modules
        assert dict(os.environ) == before
    """
    run(script, **chosen)


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp is that of Linux")
def test_threads_of_openmp_wait_passively_lest_they_starve_blas():
    """What comes of it is measured by tests/benchmarks/kernels.py, in the column `+blas`."""
    script = """
        import ctypes
        from minigrad.kernels import jit
        libgomp = ctypes.CDLL("libgomp.so.1")  # what it was told when it was loaded, not now
        libgomp.omp_display_env(1)
    """
    told = run(script, stream="stderr")
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told and "GOMP_SPINCOUNT = '300'" in told


@pytest.mark.skipif(sys.platform != "linux", reason="libgomp is that of Linux")
def test_where_openmp_was_loaded_before_its_threads_are_not_used():
    script = """
        import ctypes
        try:
            ctypes.CDLL("libgomp.so.1")
        except OSError:
            print(1)
        else:
            from minigrad.kernels import jit
            print(jit.num_threads())
    """
    assert run(script) == "1\n"


def test_info_says_what_kernels_run_on():
    info = jit.info()
    assert info["jit"] is True
    assert info["threads"] >= 1
    assert info["threading_layer"] in ("tbb", "omp", "workqueue")
    assert set(info) >= {"numba", "cache_folder", "cache_usable", "cpu", "jit_off_because"}


# A little of everything; prints a digest of all bits.
WORK = """
import hashlib, os, sys
import numpy as np
from minigrad.kernels import cross_entropy as ce, indexing, jit, optimizers, pooling, random

def work(size=300_000):
    random._normal32.patience = random._mask.patience = 0
    digest = hashlib.sha256()
    x = random.normal((1, 2), 0, (size,))
    mask = random.dropout_mask((1, 2), 7, (size,), 0.5)
    w, m, v = x.copy(), x * 0, x * 0
    w, m, v = [np.tile(a, 5) for a in (w, m, v)]
    optimizers.adam(w, m, v, np.tile(mask, 5), 0.1, 0.9, 0.99, 1e-3)
    logits = x.reshape(-1, 300)
    labels = np.arange(len(logits), dtype="int32") % 300
    loss, state = ce.sparse_forward(logits, labels)
    gradient = ce.sparse_backward(logits, labels, state, loss)
    rows = indexing.scatter_add(labels % 7, logits, np.zeros((7, 300), "float32"))
    image = x.reshape(-1, 100, 100, 3)
    out, where = pooling.max_pool(image, (3, 3), (2, 2), ((1, 1), (1, 1)))
    mean = pooling.average_pool(image, (3, 3), (2, 2), ((1, 1), (1, 1)))
    back = pooling.max_pool_backward(out, where, image.shape)
    for array in (x, mask, w, m, v, loss, gradient, rows, out, where, mean, back):
        digest.update(array.tobytes())
    return digest.hexdigest()
"""


@pytest.fixture(scope="module")
def expected():
    """The digest of the work, and the cache filled with its kernels."""
    return run(WORK + "\nprint(work())")


@pytest.mark.parametrize("threads", ["1", "2", "3"])
def test_results_are_equal_bit_for_bit_whatever_the_number_of_threads(expected, threads):
    assert run(WORK + "\nprint(work())", NUMBA_NUM_THREADS=threads) == expected


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_python_threads_at_once_do_not_abort(expected, layer):
    script = WORK + (
        "\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    digests = list(pool.map(lambda _: work(), range(12)))\n"
        "assert jit.info()['threading_layer'] == os.environ['NUMBA_THREADING_LAYER']\n"
        "assert len(set(digests)) == 1\n"
        "print(digests[0])\n"
    )
    assert run(script, NUMBA_THREADING_LAYER=layer) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_a_forked_child_can_work_as_its_parent_can(expected, layer):
    script = WORK + (
        "\nfirst = work()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    ok = work() == first\n"
        "    from minigrad.kernels import halves\n"
        "    big = halves.from_float32(np.ones(1_100_000, 'float32'), 'float16')\n"
        "    os._exit(0 if ok and big.all() and jit.num_threads() == 1 else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "assert work() == first\n"
        "print(first)\n"
    )
    assert run(script, NUMBA_THREADING_LAYER=layer) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_while_another_thread_compiles_can_compile_too():
    script = """
        import os, threading, time
        import numpy as np
        from minigrad.kernels import jit
        def kernel(i):
            source = f"def run(x):\\n    for i in range(x.size):\\n        x[i] += {i}\\n"
            return jit.compile_source(source, "run", ("out float64[:]",))
        kernel(os.getpid())(np.zeros(3))
        thread = threading.Thread(target=lambda: [kernel(i)(np.zeros(3)) for i in range(8)])
        thread.start()
        time.sleep(0.05)
        child = os.fork()
        if child == 0:
            kernel(100)(np.zeros(3))
            os._exit(0)
        deadline = time.time() + 60
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            assert time.time() < deadline
            time.sleep(0.05)
        thread.join()
    """
    run(script, MINIGRAD_CACHE_DIR=os.devnull)


SMALL = (
    "\nw = work(30_000)\nassert 'numba' not in sys.modules or jit.info()['numba'] is None\nprint(w)"
)


def test_with_the_jit_disabled_everything_runs_on_the_twins():
    out = run(WORK + SMALL, NUMBA_DISABLE_JIT="1")
    assert len(out.strip()) == 64


def test_a_broken_numba_is_no_error(tmp_path):
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise AttributeError('broken')")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    script = WORK + "\nwork(30_000); print(jit.info()['jit_off_because'])"
    assert "importing numba failed: AttributeError: broken" in run(script, PYTHONPATH=path)

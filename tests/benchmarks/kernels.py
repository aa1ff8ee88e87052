"""Each kernel beside NumPy in one run: python tests/benchmarks/kernels.py [name …]

Times are the best of many, in µs. `numpy` is the kernel's twin; `serial` and `parallel` are the two
forms, called back to back; `+blas` is the parallel form, in the median, when a matrix product of
NumPy's runs before each call, so that its threads must be woken. `called` says which form a call
takes. A parallel form pays from the size on where `+blas` is below `serial`; only an idle machine
tells.
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from minigrad.kernels import cross_entropy, halves, jit, optimizers, pooling, random
from minigrad.kernels import transcendental as tr

SIZES = (1_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
Case = tuple[str, int, jit.Kernel, tuple[str, ...], list]


def times(function: Callable, before: Callable | None, seconds: float = 0.12) -> list[float]:
    """Return the times of single calls in µs, as many as fit into some seconds."""
    function()
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < 5 or (time.perf_counter() < end and len(taken) < 2000):
        if before is not None:
            before()
        start = time.perf_counter()
        function()
        taken.append(1e6 * (time.perf_counter() - start))
    return taken


def cases() -> Iterator[Case]:
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape, np.float32)

    kind = ("float32",)
    for size in SIZES:
        for classes in (10, 1000):
            rows = size // classes
            x, t, g = normal(rows, classes), abs(normal(rows, classes)), normal(rows)
            y = rng.integers(0, classes, rows).astype(np.int32)
            loss, state, out = np.empty_like(g), np.empty((rows, 2), "float32"), np.empty_like(x)
            cross_entropy._sparse_forward(x, y, loss, state)
            for name, arguments in (
                ("sparse_forward", [x, y, loss, state]),
                ("sparse_backward", [x, y, state, g, out]),
                ("dense_forward", [x, t, loss, state]),
                ("dense_backward", [x, t, state, g, out]),
            ):
                kernel = getattr(cross_entropy, "_" + name)
                yield f"{name} of {classes}", x.size, kernel, kind, arguments
        for name in optimizers._TWINS:
            kernel = getattr(optimizers, name)
            arrays = sum("T[" in argument for argument in kernel.arguments)
            scalars = [a == "bool" or np.float32(1e-3) for a in kernel.arguments[arrays:]]
            # Of the state arrays, v comes second: it must not be less than the mean's square.
            values = [abs(normal(size)) * (1 if i < 2 else 0.01) for i in range(arrays)]
            yield name[1:], size, kernel, kind, values + scalars
        key = [np.uint64(0), np.uint64(1), np.uint64(2)]
        draw = np.empty(size, np.float32)
        yield "random uniform", size, random._uniform32, (), [draw, *key]
        yield "random normal", size, random._normal32, (), [draw, *key]
        mask = [draw, *key, np.uint64(1 << 31), np.float32(2)]
        yield "dropout mask", size, random._mask, kind, mask
        for window, strides in ((2, 2), (3, 1)):
            yield from pooling_cases(normal(size // 3136, 1, 14, 14, 16), window, strides)
        half, single = np.empty(size, np.uint16), normal(size)
        for name in ("half", "bfloat"):
            yield f"to {name}", size, getattr(halves, "_to_" + name), (), [single, half]
            yield f"of {name}", size, getattr(halves, "_of_" + name), (), [half, single]
        for name in (
            "exp",
            "expm1_",
            "log",
            "log1p",
            "tanh",
            "sigmoid",
            "softplus",
            "erf",
            "sin",
            "cos",
        ):
            yield (
                name.strip("_"),
                size,
                elementwise(name + "32"),
                (),
                [normal(size), np.empty(size, "f")],
            )


def pooling_cases(x: np.ndarray, window: int, strides: int) -> Iterator[Case]:
    if not len(x):
        return
    two = (window, window), (strides, strides), ((0, 0), (0, 0))
    *_, shape, geometry = pooling.layout(x[:, 0].shape, *two)
    out, where = np.empty(shape, "f"), np.empty(shape, "i4")
    pooling._max(x, geometry, out, where)
    flat = [a.reshape(len(x), -1, 16) for a in (out.copy(), where, x.copy())]
    label = f"of {window}x{window}"
    yield f"max pool {label}", x.size, pooling._max, ("float32",), [x, geometry, out, where]
    yield f"max pool back {label}", x.size, pooling._max_backward, ("float32",), flat
    yield f"mean pool {label}", x.size, pooling._average, ("float32",), [x, geometry, out]
    back = [out.copy(), geometry, x.copy()]
    yield f"mean pool back {label}", x.size, pooling._average_backward, ("float32",), back


_elementwise: dict[str, jit.Kernel] = {}
NUMPY = {"expm1_32": np.expm1, "exp32": np.exp, "log32": np.log, "log1p32": np.log1p}
NUMPY |= {"tanh32": np.tanh, "sin32": np.sin, "cos32": np.cos}
NUMPY["sigmoid32"] = lambda x: 1 / (1 + np.exp(-x))
NUMPY["softplus32"] = lambda x: np.log1p(np.exp(-abs(x))) + np.maximum(x, 0)


def elementwise(name: str) -> jit.Kernel:
    """Return a kernel that maps a function over an array."""
    if name not in _elementwise:
        source = "def run(x, out):\n    for i in prange(x.size):\n        out[i] = f(x[i])\n"
        arguments = ("float32[:]", "out float32[:]")
        kernel = jit.compile_source(
            source, "run", arguments, {"f": getattr(tr, name)}, parallel_above=1 << 18
        )
        reference = NUMPY.get(name)
        kernel.twin = None if reference is None else lambda x, out: reference(x)
        _elementwise[name] = kernel
    return _elementwise[name]


def main() -> None:
    wanted = sys.argv[1:]
    print(", ".join(f"{key}: {value}" for key, value in jit.info().items() if value is not None))
    print(
        f"{'kernel':24}{'size':>9}{'numpy':>10}{'serial':>9}{'parallel':>9}{'+blas':>9}"
        f"{'called':>9}{'numpy/called':>13}"
    )
    a = np.ones((256, 256), np.float32)
    product = np.empty_like(a)

    def blas():
        np.matmul(a, a, out=product)

    for name, size, kernel, dtypes, arguments in cases():
        if wanted and not any(word in name for word in wanted):
            continue
        forms = {"numpy": kernel.twin, "serial": kernel.compile(*dtypes), "called": kernel}
        if kernel.parallel_above is not None:
            forms["parallel"] = kernel.compile(*dtypes, parallel=True)
        best, mixed = dict.fromkeys(("numpy", "parallel"), np.nan), np.nan
        with np.errstate(all="ignore"):
            for key, form in forms.items():
                if form is not None:
                    best[key] = min(times(partial(form, *arguments), None))
            if "parallel" in forms:
                mixed = np.median(times(partial(forms["parallel"], *arguments), blas))
        form = "parallel" if arguments[0].size >= (kernel.parallel_above or np.inf) else "serial"
        ratio = best["numpy"] / best["called"]
        print(
            f"{name:24}{size:>9}{best['numpy']:>10.1f}{best['serial']:>9.1f}"
            f"{best['parallel']:>9.1f}{mixed:>9.1f}{form:>9}{ratio:>12.1f}x"
        )


if __name__ == "__main__":
    main()

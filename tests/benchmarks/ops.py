"""Single operations beside NumPy, PyTorch and JAX, in one run.

    python tests/benchmarks/ops.py [name …] [--size small …] [--engine NAME …] [--threads N]

Forward, and forward with backward, at three sizes each. Every engine lives in a process of its own
with the same number of threads and is asked in turns, so that what disturbs one disturbs all. Times
are medians, in µs; inputs are arrays of the engine's own. JAX runs under jit; so does the pair of
forward and backward, which returns the result and all gradients. NumPy is asked where it has the
operation, backward where the formula is a line. An engine that is not installed is left out.

`peer/us` is the time of the best peer divided by ours: above 1, minigrad is faster. Only an idle
machine tells.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

ENGINES = ("minigrad", "numpy", "torch", "jax")
SIZES = ("small", "middle", "large")
PATIENCE = 0.06  # seconds for each measurement

# The arguments of each operation, at each size: shapes of float32 arrays drawn from a normal
# distribution, and (shape, n) for indices below n.
MATRICES = [[(32, 32)], [(256, 512)], [(2048, 2048)]]
CUBES = [[(8, 16, 8)], [(64, 64, 32)], [(128, 256, 128)]]
IMAGES = [[(1, 8, 8, 16)], [(8, 28, 28, 16)], [(32, 56, 56, 64)]]
CASES = {
    "tanh": MATRICES,
    "exp": MATRICES,
    "gelu": MATRICES,
    "softmax": MATRICES,
    "layer_normalization": [[m, m[1:], m[1:]] for [m] in MATRICES],
    "sum_0": CUBES,
    "sum_1": CUBES,
    "sum_2": CUBES,
    "sum_all": CUBES,
    "cumsum_0": MATRICES,
    "cumsum_1": MATRICES,
    "take": [
        [(64, 16), ((32,), 64)],
        [(1000, 64), ((32, 64), 1000)],
        [(50_000, 128), ((256, 128), 50_000)],
    ],
    "max_pool": IMAGES,
    "average_pool": IMAGES,
    "conv_cnn_1": [[(batch, 28, 28, 1), (3, 3, 1, 16)] for batch in (1, 32, 256)],
    "conv_cnn_2": [[(batch, 13, 13, 16), (3, 3, 16, 32)] for batch in (1, 32, 256)],
    "conv_64": [[(batch, 32, 32, 64), (3, 3, 64, 64)] for batch in (1, 8, 32)],
    "depthwise_conv": [[(batch, 32, 32, 64), (3, 3, 64, 1)] for batch in (1, 8, 32)],
    "top_k": [[(8, 64)], [(128, 1000)], [(512, 10_000)]],
    "normal": MATRICES,
}
PADDING = {"conv_64": "same", "depthwise_conv": "same"}
K = 8
WITHOUT_GRADIENT = {"normal"}


def arrays_of(name, size):
    """The arguments of an operation as NumPy arrays."""
    import numpy as np

    rng = np.random.default_rng(0)
    found = []
    for one in CASES[name][SIZES.index(size)]:
        if isinstance(one[0], tuple):
            found.append(rng.integers(0, one[1], one[0]).astype("int32"))
        else:
            found.append(rng.standard_normal(one, "float32"))
    return found


# Each engine: (name of the operation, arrays) -> {"forward": f, "both": f}, functions of nothing.


def minigrad_engine():
    import numpy as np

    import minigrad as mg
    from minigrad import ops
    from minigrad.kernels import jit

    jit.load_numba()  # as any training does after some steps
    seed = mg.random.SeedGenerator(0)
    functions = {
        "tanh": ops.tanh,
        "exp": ops.exp,
        "gelu": ops.gelu,
        "softmax": ops.softmax,
        "layer_normalization": lambda x, a, b: ops.layer_normalization(x, a, b, epsilon=1e-5),
        "sum_0": lambda x: ops.sum(x, axis=0),
        "sum_1": lambda x: ops.sum(x, axis=1),
        "sum_2": lambda x: ops.sum(x, axis=2),
        "sum_all": ops.sum,
        "cumsum_0": lambda x: ops.cumsum(x, axis=0),
        "cumsum_1": lambda x: ops.cumsum(x, axis=1),
        "take": lambda x, i: ops.take(x, i, axis=0),
        "max_pool": lambda x: ops.max_pool(x, 2),
        "average_pool": lambda x: ops.average_pool(x, 2),
        "top_k": lambda x: ops.top_k(x, K)[0],
        "normal": lambda x: mg.random.normal(x.shape, seed=seed),
    }

    def make(name, arrays):
        if "conv" in name:
            convolve = ops.depthwise_conv if name == "depthwise_conv" else ops.conv

            def function(x, k):
                return convolve(x, k, padding=PADDING.get(name, "valid"))

        else:
            function = functions[name]
        plain = [mg.Tensor(one) for one in arrays]
        watched = [mg.Tensor(one, requires_grad=one.dtype.kind == "f") for one in arrays]
        upstream = mg.Tensor(np.ones(function(*plain).shape, "float32"))

        def both():
            for one in watched:
                if one.requires_grad:
                    one.grad = None
            function(*watched).backward(upstream)

        return {"forward": lambda: function(*plain), "both": both}

    return make


def torch_engine(threads):
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    functions = {
        "tanh": torch.tanh,
        "exp": torch.exp,
        "gelu": lambda x: F.gelu(x, approximate="tanh"),
        "softmax": lambda x: torch.softmax(x, -1),
        "layer_normalization": lambda x, a, b: F.layer_norm(x, x.shape[1:], a, b, 1e-5),
        "sum_0": lambda x: x.sum(0),
        "sum_1": lambda x: x.sum(1),
        "sum_2": lambda x: x.sum(2),
        "sum_all": torch.sum,
        "cumsum_0": lambda x: x.cumsum(0),
        "cumsum_1": lambda x: x.cumsum(1),
        "take": lambda x, i: F.embedding(i, x),
        "max_pool": lambda x: F.max_pool2d(x, 2),
        "average_pool": lambda x: F.avg_pool2d(x, 2),
        "conv_cnn_1": F.conv2d,
        "conv_cnn_2": F.conv2d,
        "conv_64": lambda x, k: F.conv2d(x, k, padding=1),
        "depthwise_conv": lambda x, k: F.conv2d(x, k, padding=1, groups=x.shape[1]),
        "top_k": lambda x: torch.topk(x, K)[0],
        "normal": lambda x: torch.randn(x.shape),
    }

    def make(name, arrays):
        # Images and kernels as PyTorch has them by default: channels first.
        turned = [one.transpose(0, 3, 1, 2) if one.ndim == 4 else one for one in arrays]
        if name == "depthwise_conv":
            turned[1] = arrays[1].transpose(2, 3, 0, 1)
        elif "conv" in name:
            turned[1] = arrays[1].transpose(3, 2, 0, 1)
        plain = [torch.from_numpy(one.copy()) for one in turned]
        watched = [one.clone().requires_grad_(one.is_floating_point()) for one in plain]
        function = functions[name]
        with torch.no_grad():
            upstream = torch.ones(function(*plain).shape)

        def forward():
            with torch.no_grad():
                function(*plain)

        def both():
            for one in watched:
                one.grad = None
            function(*watched).backward(upstream)

        return {"forward": forward, "both": both}

    return make


def jax_engine():
    import jax
    import jax.numpy as jnp
    from jax import lax

    def pooled(x, start, operation):
        return lax.reduce_window(x, start, operation, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def normalized(x, a, b):
        centred = x - x.mean(-1, keepdims=True)
        return centred * lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * a + b

    def convolved(x, k, groups=1, padding="VALID"):
        return lax.conv_general_dilated(
            x,
            k,
            (1, 1),
            padding,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )

    functions = {
        "tanh": jnp.tanh,
        "exp": jnp.exp,
        "gelu": jax.nn.gelu,
        "softmax": jax.nn.softmax,
        "layer_normalization": normalized,
        "sum_0": lambda x: x.sum(0),
        "sum_1": lambda x: x.sum(1),
        "sum_2": lambda x: x.sum(2),
        "sum_all": jnp.sum,
        "cumsum_0": lambda x: x.cumsum(0),
        "cumsum_1": lambda x: x.cumsum(1),
        "take": lambda x, i: jnp.take(x, i, axis=0),
        "max_pool": lambda x: pooled(x, -jnp.inf, lax.max),
        "average_pool": lambda x: pooled(x, 0.0, lax.add) / 4,
        "conv_cnn_1": convolved,
        "conv_cnn_2": convolved,
        "conv_64": lambda x, k: convolved(x, k, padding="SAME"),
        "depthwise_conv": lambda x, k: convolved(
            x, k.reshape(*k.shape[:2], 1, -1), groups=x.shape[-1], padding="SAME"
        ),
        "top_k": lambda x: lax.top_k(x, K)[0],
    }

    def make(name, arrays):
        if name == "normal":
            draw = jax.jit(lambda key: jax.random.normal(key, arrays[0].shape))
            key = jax.random.key(0)
            return {"forward": lambda: draw(key).block_until_ready()}
        function = functions[name]
        given = [jnp.asarray(one) for one in arrays]
        places = [i for i, one in enumerate(arrays) if one.dtype.kind == "f"]

        def pair(upstream, *values):
            def of_floats(*floats):
                filled = list(values)
                for place, one in zip(places, floats, strict=True):
                    filled[place] = one
                return function(*filled)

            y, back = jax.vjp(of_floats, *[values[place] for place in places])
            return y, back(upstream)

        forward, both = jax.jit(function), jax.jit(pair)
        upstream = jnp.ones(forward(*given).shape)
        return {
            "forward": lambda: forward(*given).block_until_ready(),
            "both": lambda: jax.block_until_ready(both(upstream, *given)),
        }

    return make


def numpy_engine():
    import numpy as np

    def softmax(x):
        y = np.exp(x - x.max(-1, keepdims=True))
        return y / y.sum(-1, keepdims=True)

    def gelu(x):
        return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))

    def normalized(x, a, b):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * a + b

    def tanh_both(x, g):
        y = np.tanh(x)
        return y, g * (1 - y * y)

    def exp_both(x, g):
        y = np.exp(x)
        return y, g * y

    def softmax_both(x, g):
        y = softmax(x)
        return y, y * (g - (g * y).sum(-1, keepdims=True))

    def top(x):
        return -np.sort(np.partition(-x, K, axis=-1)[:, :K], axis=-1)

    def pool(x, reduce):
        batch, height, width, channels = x.shape
        return reduce(x.reshape(batch, height // 2, 2, width // 2, 2, channels), (2, 4))

    rng = np.random.default_rng(0)
    forward = {
        "tanh": np.tanh,
        "exp": np.exp,
        "gelu": gelu,
        "softmax": softmax,
        "layer_normalization": normalized,
        "sum_0": lambda x: x.sum(0),
        "sum_1": lambda x: x.sum(1),
        "sum_2": lambda x: x.sum(2),
        "sum_all": np.sum,
        "cumsum_0": lambda x: x.cumsum(0),
        "cumsum_1": lambda x: x.cumsum(1),
        "take": lambda x, i: np.take(x, i, axis=0),
        "max_pool": lambda x: pool(x, np.max),
        "average_pool": lambda x: pool(x, np.mean),
        "top_k": top,
        "normal": lambda x: rng.standard_normal(x.shape, "float32"),
    }
    both = {"tanh": tanh_both, "exp": exp_both, "softmax": softmax_both}

    def make(name, arrays):
        made = {}
        if name in forward:
            made["forward"] = lambda: forward[name](*arrays)
        if name in both:
            upstream = np.ones(arrays[0].shape, "float32")
            made["both"] = lambda: both[name](*arrays, upstream)
        return made

    return make


def serve(engine, threads):
    """Answer lines [name, size] with the times of both ways, in µs, until input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        make = torch_engine(threads) if engine == "torch" else globals()[f"{engine}_engine"]()
    except ImportError:
        print("null", file=answers, flush=True)
        return
    print("true", file=answers, flush=True)
    for line in sys.stdin:
        name, size = json.loads(line)
        functions = make(name, arrays_of(name, size))
        if name in WITHOUT_GRADIENT:
            functions.pop("both", None)
        times = {way: median_time(function) for way, function in functions.items()}
        print(json.dumps(times), file=answers, flush=True)


def median_time(function):
    """The median of single calls in µs, as many as fit into the time."""
    for _ in range(3):
        function()
    times = []
    end = time.perf_counter() + PATIENCE
    while len(times) < 5 or (time.perf_counter() < end and len(times) < 1000):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


def started(engine, threads):
    """The process of an engine; None if it is not installed."""
    count = str(threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, count) | {"JAX_PLATFORMS": "cpu"}
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        # One processor for all: JAX's loops take no notice of how many threads they are asked for.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", engine, "--threads", count],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    return process if process.stdout.readline() == "true\n" else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", help="parts of names of operations")
    parser.add_argument("--size", nargs="+", default=SIZES, choices=SIZES)
    parser.add_argument("--engine", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--markdown", action="store_true", help="print rows of a table")
    parser.add_argument("--serve", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.threads)
        return
    processes = {engine: started(engine, options.threads) for engine in options.engine}
    processes = {engine: process for engine, process in processes.items() if process}
    wanted = [
        name for name in CASES if not options.names or any(one in name for one in options.names)
    ]
    columns = [*processes, "peer/us", "torch/us"]
    if options.markdown:
        print(f"| operation | size | way | {' | '.join(columns)} |\n|{'---|' * (3 + len(columns))}")
    else:
        print(f"{'µs':32s}" + "".join(f"{one:>11s}" for one in columns))
    for name in wanted:
        for size in options.size:
            times = {}
            for engine, process in processes.items():
                process.stdin.write(json.dumps([name, size]) + "\n")
                process.stdin.flush()
                times[engine] = json.loads(process.stdout.readline())
            report(name, size, times, options.markdown)
    for process in processes.values():
        process.stdin.close()
        process.wait()


def report(name, size, times, markdown):
    for way in ("forward", "both"):
        row = {engine: one[way] for engine, one in times.items() if way in one}
        if not row:
            continue
        cells = [f"{row[engine]:.1f}" if engine in row else "–" for engine in times]
        peers = [value for engine, value in row.items() if engine != "minigrad"]
        ours = row.get("minigrad")
        best = f"{min(peers) / ours:.2f}" if peers and ours else "–"
        torch = f"{row['torch'] / ours:.2f}" if "torch" in row and ours else "–"
        cells += [best, torch]
        if markdown:
            print(f"| {name} | {size} | {way} | {' | '.join(cells)} |", flush=True)
        else:
            label = f"{name} {size} {way}"
            print(f"{label:32s}" + "".join(f"{cell:>11s}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

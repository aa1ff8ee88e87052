"""What the tape costs: 100 chained operations forward and backward, beside PyTorch.

    python tests/benchmarks/eager.py

On such small arrays nothing but the overhead of an operation counts. Both engines run in this
process on one thread, in turns, and the best of many rounds is taken. Needs PyTorch (the group
`peers`); without it, minigrad's own times are printed. Also times `import minigrad`.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import subprocess
import sys
import time

import numpy as np

import minigrad as mg

STEPS = 100
ROUNDS = 60


def chains(tanh):
    """Chains of 100 operations from one watched tensor."""

    def mixed(x):
        y = x
        for _ in range(STEPS // 4):
            y = tanh(y * x + x) - x
        return y

    def products(x):
        y = x
        for _ in range(STEPS):
            y = y * x
        return y

    def sums(x):
        y = x
        for _ in range(STEPS):
            y = y + x
        return y

    def layers(x):
        y = x
        for _ in range(STEPS // 2):
            y = tanh(y * 0.5)
        return y

    return {"x*y, +, tanh, -": mixed, "products": products, "sums": sums, "tanh(y * 0.5)": layers}


def minigrad_engine():
    def start(value):
        return mg.Tensor(value, dtype="float32", requires_grad=True)

    return start, chains(mg.ops.tanh), lambda y, g: y.backward(g), mg.Tensor


def torch_engine():
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)

    def start(value):
        return torch.tensor(value, dtype=torch.float32, requires_grad=True)

    return start, chains(torch.tanh), lambda y, g: y.backward(g), torch.from_numpy


def time_once(engine, name, value):
    """Microseconds per operation, forward and backward."""
    start, functions, backward, _ = engine
    x = start(value)
    upstream = engine[3](np.ones(np.shape(value), "float32"))
    function = functions[name]
    begin = time.perf_counter()
    y = function(x)
    backward(y, upstream)
    return (time.perf_counter() - begin) / STEPS * 1e6


def import_time():
    """Seconds for `import minigrad` beyond starting Python and importing NumPy."""

    def seconds(code):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - begin

    bare = min(seconds("import numpy") for _ in range(5))
    full = min(seconds("import minigrad") for _ in range(5))
    return full - bare, bare


def main():
    engines = {"minigrad": minigrad_engine(), "PyTorch": torch_engine()}
    engines = {name: engine for name, engine in engines.items() if engine}
    print(
        f"{'microseconds per operation':34s}" + "".join(f"{name:>10s}" for name in engines), end=""
    )
    print("     ratio" if len(engines) > 1 else "   (PyTorch is not installed)")
    for kind, value in (("scalars", np.float32(0.3)), ("vectors of 8", np.full(8, 0.3, "float32"))):
        ratios = []
        for name in chains(None):
            best = dict.fromkeys(engines, float("inf"))
            for _ in range(ROUNDS):
                for label, engine in engines.items():
                    best[label] = min(best[label], time_once(engine, name, value))
            line = f"{kind + ': ' + name:34s}" + "".join(f"{one:10.2f}" for one in best.values())
            if len(engines) > 1:
                ratios.append(best["minigrad"] / best["PyTorch"])
                line += f"{ratios[-1]:10.2f}"
            print(line)
        if ratios:
            print(f"{kind + ': mean':34s}{'':20s}{statistics.mean(ratios):10.2f}")
    extra, bare = import_time()
    print(f"import minigrad: {extra:.2f} s beyond the {bare:.2f} s of Python and NumPy")


if __name__ == "__main__":
    main()

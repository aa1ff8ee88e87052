"""A step of training with and without minigrad.inspect imported: the difference should be noise.

    python tests/benchmarks/inspect_import.py [--rounds N] [--steps N]

Each measurement is a process of its own, in turns: plain, with the toolkit imported, and plain once
more. Times are medians of steps; the third tells how large the noise is.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time


def measure(imported, steps):
    """Microseconds per step, eager and compiled."""
    import numpy as np

    import minigrad as mg

    if "minigrad.inspect" in sys.modules:
        raise RuntimeError("import minigrad loads minigrad.inspect")
    if imported:
        import minigrad.inspect
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(32, 64)).astype("float32"), rng.integers(0, 10, 32)
    result = {}
    for name, jit_compile in (("eager", False), ("compiled", True)):
        mg.utils.set_random_seed(0)
        layers = mg.layers
        model = mg.Sequential([layers.Input((64,)), layers.Dense(128, "relu"), layers.Dense(10)])
        loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, jit_compile=jit_compile)
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            model.train_on_batch(x, y)
            times.append(time.perf_counter() - start)
        result[name] = 1e6 * statistics.median(times[steps // 4 :])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--measure", choices=("plain", "imported"))
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure == "imported", options.steps)))
        return
    found = {}
    for _ in range(options.rounds):
        for label in ("plain", "imported", "plain again"):
            words = [sys.executable, __file__, "--measure", label.split()[0]]
            done = subprocess.run(
                [*words, "--steps", str(options.steps)], capture_output=True, text=True, check=True
            )
            for name, time_of_step in json.loads(done.stdout.splitlines()[-1]).items():
                found.setdefault((name, label), []).append(time_of_step)
    print(f"{'':10}{'plain':>12}{'imported':>12}{'plain again':>14}   ratio to plain")
    for name in ("eager", "compiled"):
        plain, imported, again = (
            statistics.median(found[name, label]) for label in ("plain", "imported", "plain again")
        )
        ratios = f"{imported / plain:.3f}, {again / plain:.3f}"
        print(f"{name:10}{plain:9.0f} µs{imported:9.0f} µs{again:11.0f} µs   {ratios}")


if __name__ == "__main__":
    main()

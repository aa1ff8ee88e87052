"""What several processes gain, and what part of their time goes into messages.

    mpiexec -n 2 -env OMP_NUM_THREADS 1 -env OPENBLAS_NUM_THREADS 1 -env NUMBA_NUM_THREADS 1 \
        python tests/benchmarks/data_parallel.py

Run it with one process first: both have the same batches in all. The table in docs/outgrowing.md is
made of its lines: model, processes, milliseconds a step, megabytes of a message, share of messages.
"""

import time

import numpy as np

import minigrad as mg
from minigrad import layers

BATCHES = 20


def dense(*widths):
    return lambda: [mg.Input((784,)), *(layers.Dense(n, activation="relu") for n in widths)]


def convolutional():
    return [
        mg.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ]


MODELS = {
    "784-128-10, batch 64": (dense(128), 64, (784,)),
    "784-1024-1024-10, batch 512": (dense(1024, 1024), 512, (784,)),
    "two convolutions, batch 128": (convolutional, 128, (28, 28, 1)),
}


def measure(parts, batch_size, shape):
    """(seconds a step, megabytes of gradients, share of communication) after a warm-up."""
    parallel = mg.distribution.DataParallel()
    mg.distribution.set_distribution(parallel)
    model = mg.Sequential([*parts(), layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch_size * BATCHES, *shape)).astype("float32")
    y = rng.integers(0, 10, len(x))
    model.fit(x, y, batch_size, epochs=2, verbose=0)
    best = (float("inf"), 0.0)
    for _ in range(5):
        before = parallel._seconds_training, parallel._seconds_communicating
        begun = time.perf_counter()
        model.fit(x, y, batch_size, epochs=2, verbose=0)
        seconds = (time.perf_counter() - begun) / (2 * BATCHES)
        training = parallel._seconds_training - before[0]
        share = (parallel._seconds_communicating - before[1]) / training
        best = min(best, (seconds, share))
    megabytes = sum(one.size for one in model.trainable_variables) * 4 / 1e6
    return best[0], megabytes, best[1], parallel


if __name__ == "__main__":
    for name, (parts, batch_size, shape) in MODELS.items():
        seconds, megabytes, share, parallel = measure(parts, batch_size, shape)
        if parallel.process == 0:
            print(
                f"| {name} | {parallel.processes} | {seconds * 1e3:.2f} | {megabytes:.2f} "
                f"| {share:.0%} |",
                flush=True,
            )

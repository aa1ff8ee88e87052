"""What 16 bits cost and save: steps of training under each policy, and the conversions themselves.

    python tests/benchmarks/precision.py [model …] [--steps N] [--repeats R]
    python tests/benchmarks/precision.py conversions

For each model the policies take turns, an epoch each, and the ratio of two policies is the median
over the rounds. Beside it stands what a compiled step keeps in its arena: activations, gradients
and the float32 operands of products. Only an idle machine tells.
"""

import argparse
import functools
import statistics
import time

import ml_dtypes
import numpy as np

import minigrad as mg
from minigrad.kernels import halves

POLICIES = ["float32", "mixed_float16", "mixed_bfloat16"]
BATCH = 32


def mlp():
    layers = mg.layers
    return [layers.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10)]


def mlp_wide():
    layers = mg.layers
    hidden = [layers.Dense(1024, activation="gelu") for _ in range(2)]
    return [layers.Input((1024,)), *hidden, layers.Dense(10)]


def cnn():
    layers = mg.layers
    return [
        layers.Input((28, 28, 1)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(10),
    ]


def gpt(vocabulary=65, length=64, width=64, heads=4):
    layers = mg.layers
    ids = layers.Input((length,), dtype="int32")
    places = layers.Embedding(length, width)(mg.ops.arange(length))
    h = layers.Embedding(vocabulary, width)(ids) + places
    for _ in range(2):
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        h = h + layers.MultiHeadAttention(heads, width // heads)(z, z, use_causal_mask=True)
        z = layers.LayerNormalization(epsilon=1e-5)(h)
        h = h + layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(z))
    h = layers.LayerNormalization(epsilon=1e-5)(h)
    return mg.Model(ids, layers.Dense(vocabulary)(h))


MODELS = {"mlp": mlp, "mlp-wide": mlp_wide, "cnn": cnn, "gpt": gpt}


def data_of(model, steps):
    rng, n = np.random.default_rng(0), BATCH * steps
    if model == "gpt":
        x = rng.integers(0, 65, size=(n, 64)).astype("int32")
        return x, np.roll(x, 1, axis=1)
    shape = {"cnn": (28, 28, 1), "mlp-wide": (1024,)}.get(model, (784,))
    x = rng.normal(size=(n, *shape)).astype("float32")
    return x, x.reshape(n, -1)[:, :10].argmax(1).astype("int32")


def model_of(name, policy):
    mg.config.set_dtype_policy(policy)
    mg.utils.set_random_seed(0)
    made = MODELS[name]()
    model = made if isinstance(made, mg.Model) else mg.Sequential(made)
    loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss)
    mg.config.set_dtype_policy("float32")
    return model


def arena_of(model):
    """Bytes in which the compiled step keeps what lives only during a step."""
    return model.explain_step().plan.arena.nbytes


def steps(name, count, repeats):
    """Print the times of a step, their ratios, and the memory, for each policy."""
    x, y = data_of(name, count)
    models = {policy: model_of(name, policy) for policy in POLICIES}

    def epoch(policy):
        start = time.perf_counter()
        history = models[policy].fit(x, y, batch_size=BATCH, epochs=1, verbose=0, shuffle=False)
        return (time.perf_counter() - start) / count * 1e6, history.history["loss"][-1]

    losses = {policy: [epoch(policy)[1]] for policy in POLICIES}  # compiled in this epoch
    times = {policy: [] for policy in POLICIES}
    for _ in range(repeats):
        for policy in POLICIES:
            took, loss = epoch(policy)
            times[policy].append(took)
            losses[policy].append(loss)
    base = times["float32"]
    for policy in POLICIES:
        ratio = statistics.median(a / b for a, b in zip(times[policy], base, strict=True))
        print(
            f"{name:10}{policy:16}{statistics.median(times[policy]):9.0f} µs"
            f"{ratio:7.2f} × float32{arena_of(models[policy]) / 1024:9.0f} KB"
            f"   loss {losses[policy][0]:.4f} → {losses[policy][-1]:.4f}",
            flush=True,
        )


def best(function, rounds=60):
    function()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def conversions(size=1_000_000):
    """Print the times to convert a million numbers, beside NumPy's and ml_dtypes' `astype`."""
    x = np.random.default_rng(0).normal(size=size).astype("float32")
    out = np.empty_like(x)
    copy = best(lambda: np.copyto(out, x))
    print(f"copy of {size} float32: {copy:.0f} µs, {8 * size / copy / 1e3:.1f} GB/s")
    for dtype in ("float16", "bfloat16"):
        kind = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
        for array, to in ((x, kind), (x.astype(kind), x.dtype)):
            theirs = best(functools.partial(array.astype, to))
            ours = best(functools.partial(halves.converted, array, to))
            print(
                f"{array.dtype.name:>8} to {to.name:9}{ours:7.0f} µs{6 * size / ours / 1e3:7.1f} "
                f"GB/s, {6 * copy / 8 / ours:.2f} of a copy's   "
                f"astype {theirs:7.0f} µs, {theirs / ours:.1f} ×"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", nargs="*", default=["conversions", *MODELS])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    for name in arguments.what:
        if name == "conversions":
            conversions()
        else:
            steps(name, arguments.steps, arguments.repeats)


if __name__ == "__main__":
    main()

"""A step of training beside its peers and its floor, in one run.

    python tests/benchmarks/train_step.py [model …] [--steps N] [--repeats R]
        [--engine NAME …] [--torch PYTHON]
    python tests/benchmarks/train_step.py --growth

For each model: minigrad compiled and eager, every peer that is installed, and the floor, which is
the matrix products of the step by `np.matmul(out=)` and one pass over the bytes that the optimizer
must move. Each engine runs in a process of its own, one after the other; times are medians of
epochs. `--torch` names a Python in which PyTorch lives, if that is another one. `--growth` prints
what a step costs by width, depth and batch. A model may also be called "WIDTHxDEPTH@BATCH": so many
hidden layers on inputs of that width. Only an idle machine tells.
"""

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import toy_models

TOYS = ["cnn", "lstm", "gpt"]
MODELS = {  # name: (widths, activation, batch)
    "mlp@32": ([784, 128, 10], "relu", 32),
    "mlp@256": ([784, 128, 10], "relu", 256),
    "mlp-wide": ([1024, 1024, 1024, 10], "gelu", 32),
    "deep": ([32] * 65 + [10], "tanh", 32),
    "autoencoder": ([784, 128, 32, 128, 784], "relu", 64),
    "bn-dropout": ([784, 256, 256, 10], "relu", 64),
}
GROWTH = {  # what grows: (its values, the model for a value)
    "width (2 hidden layers, batch 32)": ([32, 64, 128, 256, 512, 1024], "{}x2@32"),
    "depth (width 64, batch 32)": ([1, 2, 4, 8, 16, 32, 64], "64x{}@32"),
    "batch (width 128, 2 hidden layers)": ([8, 32, 128, 512, 2048], "128x2@{}"),
}
ENGINES = ["minigrad", "minigrad-eager", "keras-jax", "keras-torch", "keras-tensorflow"]
ENGINES += ["torch", "torch-compile"]


def layers_of(model):
    """Widths, activation and batch size of a model of dense layers."""
    if model in MODELS:
        return MODELS[model]
    shape, batch = model.split("@")
    width, depth = map(int, shape.split("x"))
    return [width] * (depth + 1) + [10], "relu", int(batch)


def data_of(model, steps):
    if model in TOYS:
        return toy_models.data_of(model, steps)
    widths, _, batch = layers_of(model)
    x = np.random.default_rng(0).normal(size=(batch * steps, widths[0])).astype("float32")
    return x, (x if model == "autoencoder" else x[:, :10].argmax(1).astype("int32"))


def keras_epoch(engine, model, x, y):
    """A function that trains one epoch, by the Keras API."""
    if engine.startswith("minigrad"):
        import minigrad as keras
    else:
        os.environ["KERAS_BACKEND"] = engine.split("-")[1]
        import keras
    keras.utils.set_random_seed(0)
    if model in TOYS:
        net, batch = toy_models.keras_model(keras, model), toy_models.BATCH
    else:
        net, batch = keras_mlp(keras, model), layers_of(model)[2]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(
        optimizer="adam",
        loss="mse" if model == "autoencoder" else loss,
        **({"run_eagerly": True} if engine.endswith("eager") else {}),
    )
    return lambda: net.fit(x, y, batch_size=batch, epochs=1, verbose=0, shuffle=False)


def keras_mlp(keras, model):
    """A model of dense layers."""
    widths, activation, _ = layers_of(model)
    net = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        if model == "bn-dropout":
            net.add(keras.layers.Dense(width, use_bias=False))
            net.add(keras.layers.BatchNormalization())
            net.add(keras.layers.Activation(activation))
            net.add(keras.layers.Dropout(0.3))
        else:
            net.add(keras.layers.Dense(width, activation=activation))
    net.add(keras.layers.Dense(widths[-1]))
    return net


def torch_epoch(engine, model, x, y):
    """The same by hand in PyTorch."""
    import torch
    from torch import nn

    inputs = torch.from_numpy(x)
    targets = inputs if model == "autoencoder" else torch.from_numpy(y.astype("int64")).flatten()
    if model in TOYS:
        net, prepared = toy_models.torch_model(model)
        inputs, batch = prepared(inputs), toy_models.BATCH
    else:
        net, batch = torch_mlp(nn, model), layers_of(model)[2]
    judge = nn.MSELoss() if model == "autoencoder" else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    rows = len(targets) // len(x)  # of a target, for each example

    def loss_of(a, b):
        return judge(net(a), b)

    if engine == "torch-compile":
        loss_of = torch.compile(loss_of)

    def epoch():
        total = 0.0
        for i in range(0, len(x), batch):
            optimizer.zero_grad()
            loss = loss_of(inputs[i : i + batch], targets[i * rows : (i + batch) * rows])
            loss.backward()
            optimizer.step()
            total += loss.item()

    return epoch


def torch_mlp(nn, model):
    """A model of dense layers."""
    widths, activation, _ = layers_of(model)
    kind = {"relu": nn.ReLU, "gelu": lambda: nn.GELU("tanh"), "tanh": nn.Tanh}[activation]
    parts = []
    for a, b in itertools.pairwise(widths[:-1]):
        parts.append(nn.Linear(a, b, bias=model != "bn-dropout"))
        parts += [nn.BatchNorm1d(b)] if model == "bn-dropout" else []
        parts.append(kind())
        parts += [nn.Dropout(0.3)] if model == "bn-dropout" else []
    return nn.Sequential(*parts, nn.Linear(*widths[-2:]))


def floor_step(model):
    """A function that does no more than a step must."""
    if model in TOYS:
        return toy_models.floor_step(model)
    widths, _, batch = layers_of(model)
    pairs = list(itertools.pairwise(widths))
    values = [np.ones((batch, width), "float32") for width in widths]
    weights = [np.full(pair, 1e-3, "float32") for pair in pairs]
    slopes = [np.ones(pair, "float32") for pair in pairs]
    size = sum(weight.size for weight in weights)
    # Adam reads four arrays of this size and writes three; a copy reads one and writes one.
    source, target = np.ones(size * 7 // 2, "float32"), np.zeros(size * 7 // 2, "float32")

    def step():
        for i, weight in enumerate(weights):
            np.matmul(values[i], weight, out=values[i + 1])
        for i in reversed(range(len(weights))):
            np.matmul(values[i].T, values[i + 1], out=slopes[i])
            if i:
                np.matmul(values[i + 1], weights[i].T, out=values[i])
        np.copyto(target, source)

    return step


def measure(engine, model, steps, repeats):
    """Times of one engine, in this process."""
    if engine == "floor":
        step = floor_step(model)

        def epoch():
            for _ in range(steps):
                step()
    else:
        make = torch_epoch if engine.startswith("torch") else keras_epoch
        epoch = make(engine, model, *data_of(model, steps))
    start = time.perf_counter()
    epoch()
    first = time.perf_counter() - start
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        epoch()
        times.append((time.perf_counter() - start) / steps * 1e6)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"first": first, "median": statistics.median(times), "best": min(times), "peak": peak}


def run(engine, model, arguments):
    """The same in a process of its own; None where the engine is not installed."""
    python = arguments.torch if engine.startswith("torch") else sys.executable
    command = [python, __file__, model, "--only", engine]
    command += ["--steps", str(arguments.steps), "--repeats", str(arguments.repeats)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode:
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def growth(arguments):
    """Print what a step costs by width, depth and batch, as tables of Markdown."""
    for title, (values, name) in GROWTH.items():
        times = [run("minigrad", name.format(value), arguments)["best"] for value in values]
        print(f"| {title} | " + " | ".join(map(str, values)) + " |")
        print("|---" * (len(values) + 1) + "|")
        print("| µs | " + " | ".join(f"{one:.0f}" for one in times) + " |\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", default=[*MODELS, *TOYS], metavar="model")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--engine", nargs="+", default=ENGINES)
    parser.add_argument("--torch", default=sys.executable)
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        (model,) = arguments.models
        print(json.dumps(measure(arguments.only, model, arguments.steps, arguments.repeats)))
        return
    if arguments.growth:
        growth(arguments)
        return
    for model in arguments.models:
        found = {name: run(name, model, arguments) for name in ["floor", *arguments.engine]}
        found = {name: times for name, times in found.items() if times}
        ours, floor = found.get("minigrad"), found["floor"]
        print(
            f"{model:16}{'median µs':>11}{'best µs':>10}{'÷ floor':>9}{'first s':>9}{'peak MB':>9}"
        )
        for name, times in found.items():
            ratio = times["median"] / floor["median"]
            print(
                f"  {name:14}{times['median']:11.0f}{times['best']:10.0f}{ratio:9.2f}"
                f"{times['first']:9.2f}{times['peak']:9}"
            )
        peers = [
            t["median"] for name, t in found.items() if "minigrad" not in name and name != "floor"
        ]
        if ours and peers:
            print(f"  minigrad ÷ the fastest peer: {ours['median'] / min(peers):.2f}")
        print(flush=True)


if __name__ == "__main__":
    main()

"""Trainings for tests, on as many processes as mpiexec starts: `training.py OPTIONS FOLDER CASE …`.

The first process writes `CASE.npz` into the folder: weights, what the optimizer keeps, logs.
Several cases are trained one after the other: processes take longer to start than to train.
"""

import json
import os
import signal
import sys
import time

import numpy as np

import minigrad as mg
from minigrad import layers
from minigrad.callbacks import BackupAndRestore, Callback, EarlyStopping

rng = np.random.default_rng(0)
X = rng.normal(size=(70, 6)).astype("float32")
Y = rng.normal(size=(70, 2)).astype("float32")

CASES = {
    "dense": {},
    "uneven": {"batch_size": 23},  # and a last batch with one row: fewer than processes
    "eager": {"jit_compile": False},
    "clipped": {"optimizer": {"global_clipnorm": 0.1}},
    "accumulated": {"optimizer": {"gradient_accumulation_steps": 2}},
    "several steps at once": {"steps_per_execution": 2},
    "mixed": {"dtype": "mixed_float16"},
    "stopped": {"callbacks": lambda: [EarlyStopping("val_loss", patience=0, min_delta=10.0)]},
}


class Trouble(Callback):
    """What goes wrong in the second process, in its fourth step."""

    def __init__(self, kind):
        super().__init__()
        self.kind, self.steps = kind, 0

    def on_train_batch_end(self, batch, logs=None):
        active = mg.distribution.distribution()
        self.steps += 1
        if self.steps != 4 or active.process != 1:
            return
        if self.kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == "hangs":
            time.sleep(60)
        raise ValueError("something is wrong with the data")


def train(
    path,
    batch_size=16,
    jit_compile="auto",
    optimizer=None,
    steps_per_execution=1,
    dtype=None,
    callbacks=list,
    trouble=None,
    backup=False,
):
    active = mg.distribution.distribution()
    process = 0 if active is None else active.process
    mg.utils.set_random_seed(0 if backup or process == 0 else 100 + process)  # fit makes it one
    model = mg.Sequential(
        [
            mg.Input((6,)),
            layers.Dense(8, activation="tanh", kernel_regularizer="l2", dtype=dtype),
            layers.Dense(2, dtype="float32" if dtype else None),
        ]
    )
    model.compile(
        mg.optimizers.Adam(0.01, **optimizer or {}),
        "mse",
        metrics=["mae"],
        jit_compile=jit_compile,
        steps_per_execution=steps_per_execution,
    )
    made = callbacks()
    if backup:
        backups = os.path.join(os.path.dirname(path), "backup")
        made.append(BackupAndRestore(backups, save_freq=1))
    if trouble:
        made.append(Trouble(trouble))
    history = model.fit(
        X, Y, batch_size, epochs=4, verbose=0, validation_data=(X[:9], Y[:9]), callbacks=made
    )
    logs = {**history.history, "evaluated": model.evaluate(X, Y, batch_size=16, verbose=0)}
    if process == 0:
        arrays = {f"weight {i}": value for i, value in enumerate(model.get_weights())}
        arrays |= {f"log {name}": np.array(values) for name, values in logs.items()}
        share = 0.0 if active is None else active.share_of_communication
        np.savez(path, share=share, **arrays)


if __name__ == "__main__":
    options, folder, *names = sys.argv[1:]
    options = json.loads(options)
    parallel = mg.distribution.DataParallel(timeout=options.pop("timeout", 60))
    mg.distribution.set_distribution(parallel)
    for name in names:
        train(os.path.join(folder, f"{name}.npz"), **CASES[name], **options)

"""A training that was killed and goes on ends with the weights of one that was not, bit for bit."""

import hashlib
import os
import random
import tempfile
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.callbacks import (
    BackupAndRestore,
    Callback,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from tests.killing import Forks

rng = np.random.default_rng(0)
X = rng.normal(size=(22, 3)).astype("float32")
Y = rng.normal(size=(22, 1)).astype("float32")


class Crash(Callback):
    """Breaks off after so many batches, or at the end of so many epochs."""

    def __init__(self, batches=0, epochs=0):
        super().__init__()
        self.batches, self.epochs = batches, epochs

    def on_train_batch_end(self, batch, logs=None):
        self.batches -= 1
        if self.batches == 0:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        self.epochs -= 1
        if self.epochs == 0:
            raise KeyboardInterrupt


class Numbered(mg.utils.PyDataset):
    """Batches with noise from NumPy's generator."""

    def __len__(self):
        return 6

    def __getitem__(self, index):
        rows = slice(index * 4, index * 4 + 4)
        return X[rows] + np.random.normal(size=X[rows].shape).astype("float32"), Y[rows]


def model(seed=0, steps_per_execution=1, jit_compile="auto", schedule=True):
    mg.utils.set_random_seed(seed)
    rate = mg.optimizers.schedules.CosineDecay(0.1, 40) if schedule else 0.1
    made = mg.Sequential(
        [
            mg.Input((3,)),
            layers.GaussianNoise(0.1),
            layers.Dense(4, activation="tanh"),
            layers.Dropout(0.3),
            layers.BatchNormalization(),
            layers.Dense(1),
        ]
    )
    made.compile(
        mg.optimizers.Adam(rate, use_ema=True, ema_overwrite_frequency=7),
        "mse",
        metrics=["mae"],
        steps_per_execution=steps_per_execution,
        jit_compile=jit_compile,
    )
    return made


CASES = {
    "at epochs": {},
    "after a batch": {"save_freq": 1},
    "every third batch": {"save_freq": 3},
    "before the first epoch ends": {"save_freq": 2, "crash": {"batches": 3}},
    "at the last batch of an epoch": {"save_freq": 1, "crash": {"batches": 12}},
    "as an epoch ends": {"save_freq": 4, "crash": {"epochs": 2}},
    "several batches at once": {"save_freq": 2, "steps_per_execution": 2},
    "passes that last for several epochs": {"save_freq": 1, "steps_per_epoch": 3},
    "the same, at epochs": {"steps_per_epoch": 3},
    "shuffled within batches": {"save_freq": 1, "shuffle": "batch"},
    "without a compiler": {"save_freq": 1, "jit_compile": False},
    "a PyDataset": {"save_freq": 1, "x": Numbered},
    "callbacks with a memory": {
        "save_freq": 1,
        "schedule": False,
        "callbacks": lambda: [
            LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05),
            EarlyStopping("mae", patience=2, min_delta=0.02, restore_best_weights=True),
        ],
    },
}


def run(folder, case, seed, crash=None):
    """A training, from its backup if there is one; the weights it ends with, or None."""
    case = dict(case)
    made = model(
        seed, *(case.get(name, default) for name, default in [
            ("steps_per_execution", 1), ("jit_compile", "auto"), ("schedule", True)
        ])
    )  # fmt: skip
    dataset = case.get("x")
    data = {"x": dataset()} if dataset else {"x": X, "y": Y, "batch_size": 4}
    passed = {name: case[name] for name in ("steps_per_epoch", "shuffle") if name in case}
    callbacks = [BackupAndRestore(folder, case.get("save_freq", "epoch"))]
    callbacks += case.get("callbacks", list)()
    if crash:
        callbacks.append(Crash(**crash))
    try:
        made.fit(**data, epochs=5, verbose=0, callbacks=callbacks, **passed)
    except KeyboardInterrupt:
        return None
    return made.get_weights() + [one.numpy() for one in made.optimizer.variables]


@pytest.mark.parametrize("name", CASES)
def test_a_resumed_training_ends_with_the_same_bits(tmp_path, name):
    case = dict(CASES[name])
    crash = case.pop("crash", {"batches": 15})
    whole = run(tmp_path / "whole", case, seed=1)
    assert run(tmp_path / "broken", case, seed=1, crash=crash) is None
    # A new process has other random numbers: another seed.
    resumed = run(tmp_path / "broken", case, seed=2)
    for mine, theirs in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_training_may_break_off_many_times(tmp_path):
    whole = run(tmp_path / "whole", {"save_freq": 1}, seed=1)
    seed, resumed = 1, None
    while resumed is None:
        crash = {"batches": 1 + seed % 3}
        resumed = run(tmp_path / "broken", {"save_freq": 1}, seed, crash)
        seed += 1
    assert seed > 10
    for mine, theirs in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_logs_of_a_resumed_epoch_are_those_of_the_whole_epoch(tmp_path):
    whole = model().fit(X, Y, 4, epochs=2, verbose=0).history
    backup = BackupAndRestore(tmp_path / "b", save_freq=1)
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, 4, epochs=2, verbose=0, callbacks=[backup, Crash(batches=9)])
    backup = BackupAndRestore(tmp_path / "b", save_freq=1)
    resumed = model(seed=5).fit(X, Y, 4, epochs=2, verbose=0, callbacks=[backup]).history
    assert resumed == {name: values[1:] for name, values in whole.items()}


def test_a_model_of_a_checkpoint_goes_on_with_the_same_bits(tmp_path):
    """The file has the seeds too; epochs that are seeded by their number shuffle the same."""

    def callbacks(*more):
        reseed = LambdaCallback(on_epoch_begin=lambda epoch, logs: mg.utils.set_random_seed(epoch))
        return [reseed, ModelCheckpoint(tmp_path / "m.keras"), *more]

    whole = model()
    whole.fit(X, Y, 4, epochs=4, verbose=0, callbacks=callbacks())
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, 4, epochs=4, verbose=0, callbacks=callbacks(Crash(batches=15)))
    resumed = mg.saving.load_model(tmp_path / "m.keras")
    resumed.fit(X, Y, 4, epochs=4, initial_epoch=2, verbose=0, callbacks=callbacks())
    for mine, theirs in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_backup_whose_weights_were_exchanged_is_refused(tmp_path):
    backup = BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, 4, epochs=4, verbose=0, callbacks=[backup, Crash(batches=15)])
    other = model(seed=9)
    other.optimizer.build(other.trainable_variables)
    other.save_weights(tmp_path / "latest.weights.h5")
    with pytest.raises(ValueError, match="one of the files was changed"):
        model().fit(X, Y, 4, epochs=4, verbose=0, callbacks=[BackupAndRestore(tmp_path)])


def test_a_backup_without_the_state_of_a_training_counts_its_epochs(tmp_path):
    made = model()
    made.optimizer.build(made.trainable_variables)
    made.save_weights(tmp_path / "latest.weights.h5")
    (tmp_path / "training_metadata.json").write_text('{"epoch": 3, "batch": 0}')
    history = made.fit(X, Y, 4, epochs=5, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert history.epoch == [3, 4]


# Real kills


def train_and_tell(folder, seed):
    """What the process does that is killed: train, and print a digest of the weights."""
    weights = run(folder, {"save_freq": 1, "jit_compile": False}, int(seed))
    os.write(1, f"{digest_of(weights)}\n".encode())


def warm_up():
    with tempfile.TemporaryDirectory() as folder:
        run(folder, {"save_freq": 1, "jit_compile": False}, 0)


def digest_of(weights):
    return hashlib.sha256(b"".join(one.tobytes() for one in weights)).hexdigest()


def kill_until_it_ends(folder, delays):
    """Kill trainings at random moments until one ends: (its digest, how many were killed)."""
    kills = 0
    with Forks("tests.callbacks.test_resuming", "train_and_tell", folder) as forks:
        while True:
            # Weights are drawn anew until there is a backup, always the same.
            begun = (folder / "latest.weights.h5").exists()
            forks.start(kills + 2 if begun else 1)
            if kills < 300:
                time.sleep(delays.uniform(0.02, 0.3))
                forks.kill()
            lines = forks.rest()
            if lines:
                return lines[-1], kills
            kills += 1


@pytest.mark.slow
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_bits(tmp_path):
    case = {"save_freq": 1, "jit_compile": False}
    whole = run(tmp_path / "whole", case, seed=1)
    delays = random.Random(3)
    total = 0
    for number in range(2):
        digest, kills = kill_until_it_ends(tmp_path / str(number), delays)
        assert digest == digest_of(whole)
        total += kills
    assert total >= 6

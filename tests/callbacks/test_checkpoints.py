"""Models in files, and going on after a crash."""

import json
import os

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers
from minigrad.callbacks import BackupAndRestore, Callback, LambdaCallback, ModelCheckpoint
from minigrad.callbacks.batch_counter import BatchCounter


class Saves(mg.Sequential):
    """Writes its weights as text, so that these tests need no file format."""

    def save_weights(self, filepath, overwrite=True):
        with open(filepath, "w") as file:
            json.dump([weight.tolist() for weight in self.get_weights()], file)

    save = save_weights

    def load_weights(self, filepath):
        with open(filepath) as file:
            try:
                self.set_weights([np.array(weight) for weight in json.load(file)])
            except json.JSONDecodeError as error:
                raise OSError("broken file") from error


X, Y = np.random.default_rng(0).normal(size=(2, 8, 1)).astype("float32")


def model():
    made = Saves([layers.Input((1,)), layers.Dense(1)])
    made.compile("sgd", "mse")
    return made


def fit(trained, *callbacks, **arguments):
    return trained.fit(X, Y, 2, verbose=0, callbacks=[*callbacks], **arguments)


@pytest.mark.parametrize(
    ("every", "batches", "due"),
    [
        (2, [0, 1, 2, 3], [1, 3]),
        (3, [0, 1, 0, 1, 0, 1], [2, 5]),
        (3, [1, 3, 5], [1]),  # two steps at once
        ("epoch", [0, 1], []),
        (False, [0, 1], []),
    ],
)
def test_batches_are_counted_over_epochs(every, batches, due):
    counter = BatchCounter(every)
    assert [i for i, batch in enumerate(batches) if counter.is_due(batch)] == due


# ModelCheckpoint


def test_a_file_per_epoch_named_after_its_logs(tmp_path):
    path = tmp_path / "sub" / "{epoch:02d}-{loss:.1f}.keras"
    history = fit(model(), ModelCheckpoint(path), epochs=2).history
    expected = [f"{i:02d}-{loss:.1f}.keras" for i, loss in enumerate(history["loss"], 1)]
    assert sorted(os.listdir(tmp_path / "sub")) == expected


def test_a_file_every_so_many_batches(tmp_path):
    path = tmp_path / "{epoch}-{batch}.weights.h5"
    fit(model(), ModelCheckpoint(path, save_freq=3, save_weights_only=True), epochs=3)
    names = ["1-3", "2-2", "3-1", "3-4"]
    assert sorted(os.listdir(tmp_path)) == [f"{name}.weights.h5" for name in names]


@pytest.mark.parametrize(
    ("arguments", "values", "saved"),
    [
        ({"monitor": "loss"}, [3.0, 2.0, 2.5, 1.0], [1, 2, 4]),
        ({"monitor": "m", "mode": "max"}, [3.0, 2.0, 3.5], [1, 3]),
        ({"monitor": "loss", "initial_value_threshold": 2.2}, [3.0, 2.0, 2.1], [2]),
        ({"monitor": "loss", "save_best_only": False}, [1.0, 2.0], [1, 2]),
    ],
)
def test_only_the_best_is_saved(tmp_path, arguments, values, saved):
    path = tmp_path / "{epoch}.keras"
    checkpoint = ModelCheckpoint(path, **{"save_best_only": True, **arguments})
    checkpoint.set_model(model())
    for epoch, value in enumerate(values):
        checkpoint.on_epoch_begin(epoch)
        checkpoint.on_epoch_end(epoch, {arguments["monitor"]: value})
    assert sorted(os.listdir(tmp_path)) == [f"{epoch}.keras" for epoch in saved]


def test_a_quantity_that_is_not_there_is_warned_of_and_the_model_saved(tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "m.keras", "m", save_best_only=True, mode="min")
    with pytest.warns(UserWarning, match="Can save best model only with m available"):
        fit(model(), checkpoint)
    assert os.listdir(tmp_path) == ["m.keras"]


def test_it_says_what_it_saves(tmp_path, capsys):
    checkpoint = ModelCheckpoint(tmp_path / "m.keras", "loss", verbose=1, save_best_only=True)
    checkpoint.set_model(model())
    for epoch, loss in enumerate([2.0, 3.0]):
        checkpoint.on_epoch_end(epoch, {"loss": loss})
    out = capsys.readouterr().out
    assert f"Epoch 1: loss improved from None to 2.00000, saving model to {tmp_path}" in out
    assert "Epoch 1: finished saving model" in out
    assert "Epoch 2: loss did not improve from 2.00000" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": "m.txt"}, "must end in `.keras`"),
        ({"filepath": "m.keras", "save_weights_only": True}, r"must end in `.weights.h5`"),
        ({"filepath": "m.keras", "save_freq": "batch"}, "Unrecognized save_freq"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        ModelCheckpoint(**arguments)


def test_paths_are_checked(tmp_path):
    (tmp_path / "m.keras").mkdir()
    with pytest.raises(OSError, match="specify a non-directory filepath"):
        fit(model(), ModelCheckpoint(tmp_path / "m.keras"))
    with pytest.raises(KeyError, match="Failed to format this callback filepath"):
        fit(model(), ModelCheckpoint(tmp_path / "{mape}.keras"))


# BackupAndRestore


class Crash(Callback):
    """Breaks off after so many batches."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise RuntimeError("crash")


@pytest.mark.parametrize(
    ("save_freq", "after", "resumed_at"), [("epoch", 10, 2), (1, 10, 2), (2, 3, 0), ("epoch", 3, 0)]
)
def test_training_goes_on_with_the_epoch_that_broke_off(tmp_path, save_freq, after, resumed_at):
    folder = tmp_path / "backup"
    with pytest.raises(RuntimeError, match="crash"):
        fit(model(), BackupAndRestore(folder, save_freq), Crash(after), epochs=5)
    history = fit(model(), BackupAndRestore(folder, save_freq), epochs=5)
    assert history.epoch == list(range(resumed_at, 5))
    assert not folder.exists()


@pytest.mark.parametrize(("arguments", "steps"), [({"epochs": 3}, 4), ({"steps_per_epoch": 2}, 2)])
def test_another_training_begins_the_epoch_that_broke_off_again(tmp_path, arguments, steps):
    """As in Keras: a position is one in the same number of epochs and steps."""
    trained, seen = model(), []
    with pytest.raises(RuntimeError, match="crash"):
        fit(trained, BackupAndRestore(tmp_path / "b", 1), Crash(6), epochs=2)
    count = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    history = fit(trained, BackupAndRestore(tmp_path / "b", 1), count, **{"epochs": 2, **arguments})
    assert seen == list(range(steps)) * len(history.epoch)
    assert history.epoch[0] == 1


def test_the_weights_are_those_of_the_backup(tmp_path):
    whole, broken = model(), model()
    broken.set_weights(whole.get_weights())
    fit(whole, epochs=3, shuffle=False)
    backup = BackupAndRestore(tmp_path / "backup")
    with pytest.raises(RuntimeError, match="crash"):
        fit(broken, backup, Crash(6), epochs=3, shuffle=False)
    again = model()
    fit(again, backup, epochs=3, shuffle=False)
    np.testing.assert_allclose(again.get_weights()[0], whole.get_weights()[0], rtol=1e-6)


def test_a_later_training_begins_at_its_beginning(tmp_path):
    trained = model()
    backup = BackupAndRestore(tmp_path / "backup")
    with pytest.raises(RuntimeError, match="crash"):
        fit(trained, backup, Crash(6), epochs=3)
    assert fit(trained, backup, epochs=3).epoch == [1, 2]
    assert fit(trained, backup, epochs=2).epoch == [0, 1]


def test_a_broken_backup_is_replaced_by_the_one_before(tmp_path):
    folder = tmp_path / "backup"
    backup = BackupAndRestore(folder, double_checkpoint=True)
    with pytest.raises(RuntimeError, match="crash"):
        fit(model(), backup, Crash(13), epochs=5)
    (folder / "latest.weights.h5").write_text("broken")
    assert fit(model(), backup, epochs=5).epoch == [2, 3, 4]
    with pytest.raises(RuntimeError, match="crash"):
        fit(model(), BackupAndRestore(folder), Crash(5), epochs=5)
    (folder / "latest.weights.h5").write_text("broken")
    with pytest.raises(OSError, match="broken file"):
        fit(model(), BackupAndRestore(folder), epochs=5)


def test_a_backup_can_be_kept(tmp_path):
    folder = tmp_path / "backup"
    fit(model(), BackupAndRestore(folder, delete_checkpoint=False))
    assert sorted(os.listdir(folder)) == ["latest.weights.h5", "training_metadata.json"]


def test_a_model_that_cannot_be_built_beforehand_is_refused(tmp_path):
    class Branching(mg.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, x):
            return self.dense(x) if float(x[0, 0]) > 0 else self.dense(-x)

    unbuilt = Branching()
    unbuilt.compile("sgd", "mse", run_eagerly=True)
    with pytest.raises(ValueError, match="your model must be built before"):
        fit(unbuilt, BackupAndRestore(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_dir": ""}, "Empty `backup_dir` argument passed"),
        ({"backup_dir": None}, "Empty `backup_dir` argument passed"),
        ({"backup_dir": "b", "save_freq": "batch"}, "Invalid value for argument `save_freq`"),
        ({"backup_dir": "b", "save_freq": 0.5}, "Invalid value for argument `save_freq`"),
    ],
)
def test_arguments_of_a_backup_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        BackupAndRestore(**arguments)

"""Going on after a crash."""

import hashlib
import json
import os
import shutil

from minigrad.callbacks.batch_counter import BatchCounter
from minigrad.callbacks.callback import Callback
from minigrad.callbacks.training_state import training_state
from minigrad.kernels.jit import load_numba
from minigrad.saving.files import replacing, write_bytes


class BackupAndRestore(Callback):
    """Keeps a backup of the training, from which the next `fit` goes on if this one breaks off.

    The next `fit`, of a model that is built and made as the one that broke off was, ends with bit
    for bit the weights of a training without the interruption: a backup holds the weights, the
    state of the optimizer, of metrics and of all random generators, the position in the data, and
    what callbacks keep (their `kept_in_backups`). A process may be killed at any moment, also while
    it writes the backup. What Python generators have given is not asked for again: data that is to
    be taken up in the middle of an epoch must be arrays, a PyDataset, or something that can be
    iterated over anew.

    A `fit` for another number of epochs, or with another number of steps in one, is another
    training: where it finds a backup from the middle of an epoch, it begins that epoch again.

    The backup is deleted when `fit` ends well.

    Args:
        backup_dir: A folder for this backup alone.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: Keep the backup before the last as well, for the case that the last
            cannot be read.
        delete_checkpoint: Whether the backup is deleted in the end.

    Raises:
        ValueError: no folder, or another `save_freq`.
    """

    first_process_only = True

    def __init__(
        self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError(
                f"Empty `backup_dir` argument passed. Received: backup_dir={backup_dir!r}"
            )
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                "Invalid value for argument `save_freq`. Expected either 'epoch' or an integer "
                f"value. Received: save_freq={save_freq}"
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = BatchCounter(save_freq)
        self._current_epoch = 0
        self._last_batch_seen = 0
        self._weights_path = os.path.join(self.backup_dir, "latest.weights.h5")
        self._training_metadata_path = os.path.join(self.backup_dir, "training_metadata.json")
        self._prev_weights_path = f"{self._weights_path}.bkp"
        self._prev_training_metadata_path = f"{self._training_metadata_path}.bkp"

    @property
    def _files(self):
        """The files of a backup, each with the place it had as the backup before the last."""
        return (
            (self._weights_path, self._prev_weights_path),
            (self._training_metadata_path, self._prev_training_metadata_path),
        )

    def on_train_begin(self, logs=None):
        load_numba()  # kernels and their twins round differently: the same from the first step on
        try:
            self._load()
        except (OSError, ValueError):
            if not os.path.exists(self._prev_weights_path):
                raise
            for path, previous in self._files:
                if os.path.exists(previous):
                    shutil.copy(previous, path)
            self._load()

    def _load(self):
        model = self.model
        if not model.built:
            raise ValueError(
                "To use the BackupAndRestore callback, your model must be built before you call "
                "`fit()`: call it on a batch of data. "
                f"Received: model {getattr(model, 'name', model)}, unbuilt"
            )
        if os.path.exists(self._weights_path):
            if model.optimizer is not None and not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)  # its state is in the file too
            model.load_weights(self._weights_path)
        state = self._read_metadata()
        if state is not None:
            model._initial_epoch = state["epoch"]
            model._resumption = self._as_far_as_usable(state.get("training"))

    def _as_far_as_usable(self, training):
        """The state of a training, without its position in the epoch if this is another one."""
        same = training is None or training.get("plan", self._plan) == self._plan
        if same or not training["step"]:
            return training
        return {**training, "step": 0, "data": None}

    @property
    def _plan(self):
        """What a position within an epoch is a position in."""
        return {name: (self.params or {}).get(name) for name in ("epochs", "steps")}

    def _read_metadata(self):
        """The state that belongs to the weights: a crash may have come between the two files."""
        if not os.path.exists(self._training_metadata_path):
            return None
        if not os.path.exists(self._weights_path):
            return None  # the very first backup broke off between its two files
        with open(self._training_metadata_path, encoding="utf-8") as file:
            state = json.load(file)
        if "weights" not in state:  # a backup of Keras, or of an older minigrad
            return state
        digest = _digest(self._weights_path)
        for one in (state, state.get("previous") or {}):
            if one.get("weights") == digest:
                return one
        raise ValueError(
            "The weights of the backup are not those that its training_metadata.json was written "
            f"for: one of the files was changed. Received: backup_dir={self.backup_dir}"
        )

    def on_train_batch_end(self, batch, logs=None):
        self._last_batch_seen = batch
        if self._batches.is_due(batch):
            self._save(batch + 1, logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch = epoch + 1
        self._last_batch_seen = 0
        if self.save_freq == "epoch":
            self._save(0, None)

    def _save(self, step, logs):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path, previous in reversed(self._files):
                if os.path.exists(path):
                    _copy(path, previous)
        fresh = os.path.join(self.backup_dir, "new.weights.h5")
        self.model.save_weights(fresh, overwrite=True)
        # Both files change by a rename each. The state comes first, with the one before: whichever
        # weights a crash leaves, the state that belongs to them is there, and known by their hash.
        previous = self._read_metadata()
        state = {
            "epoch": self._current_epoch,
            "batch": self._last_batch_seen,
            "weights": _digest(fresh),
            "training": {**training_state(self.model, step, logs), "plan": self._plan},
        }
        if previous is not None and "weights" in previous:
            previous.pop("previous", None)
            state["previous"] = previous
        write_bytes(self._training_metadata_path, json.dumps(state).encode())
        os.replace(fresh, self._weights_path)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            if os.path.exists(self._weights_path):
                os.remove(self._weights_path)  # first: half a backup must not look like one
            shutil.rmtree(self.backup_dir)


def _digest(path):
    """The sha256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(path, target):
    with open(path, "rb") as source, replacing(target) as file:
        shutil.copyfileobj(source, file)

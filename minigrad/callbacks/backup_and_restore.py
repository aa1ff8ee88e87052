"""Going on after a crash."""

import json
import os
import shutil

from minigrad.callbacks.batch_counter import BatchCounter
from minigrad.callbacks.callback import Callback


class BackupAndRestore(Callback):
    """Keeps a backup of the training, from which the next `fit` goes on if this one breaks off.

    The backup (weights, state of the optimizer, number of the epoch) is deleted when `fit` ends
    well. The model must be built, and made as the one that broke off was.

    Args:
        backup_dir: A folder for this backup alone.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: Keep the backup before the last as well, for the case that the last
            cannot be read.
        delete_checkpoint: Whether the backup is deleted in the end.

    Raises:
        ValueError: no folder, or another `save_freq`.
    """

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
        if os.path.exists(self._training_metadata_path):
            with open(self._training_metadata_path, encoding="utf-8") as file:
                model._initial_epoch = json.load(file)["epoch"]

    def on_train_batch_end(self, batch, logs=None):
        self._last_batch_seen = batch
        if self._batches.is_due(batch):
            self._save()

    def on_epoch_end(self, epoch, logs=None):
        self._current_epoch = epoch + 1
        self._last_batch_seen = 0
        if self.save_freq == "epoch":
            self._save()

    def _save(self):
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path, previous in self._files:
                if os.path.exists(path):
                    os.replace(path, previous)
        # A crash while a file is written must leave the file before it.
        fresh = os.path.join(self.backup_dir, "new.weights.h5")
        self.model.save_weights(fresh, overwrite=True)
        os.replace(fresh, self._weights_path)
        state = {"epoch": self._current_epoch, "batch": self._last_batch_seen}
        fresh = f"{self._training_metadata_path}.new"
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(fresh, self._training_metadata_path)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)

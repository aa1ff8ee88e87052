"""The model in files, as training goes on."""

import os
import warnings

import numpy as np

from minigrad.callbacks.batch_counter import BatchCounter
from minigrad.callbacks.monitor_callback import MonitorCallback
from minigrad.kernels.jit import load_numba
from minigrad.messages import print_msg


class ModelCheckpoint(MonitorCallback):
    """Saves the model or its weights after every epoch, or every so many batches.

    Args:
        filepath: Of the file: `.keras` (or `.h5`), for weights alone `.weights.h5`. `{epoch}`,
            `{batch}` and the names of the logs are filled in: "{epoch:02d}-{val_loss:.2f}.keras".
        monitor: The name of the quantity in the logs that tells which model is the best.
        verbose: 1 says on the screen what is saved.
        save_best_only: Save only what is better than all before.
        save_weights_only: Save the weights alone.
        mode: "min", "max", or "auto".
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: What the first model must be better than.

    Raises:
        ValueError: another ending of the file or another `save_freq`.
    """

    first_process_only = True
    kept_in_backups = ("best",)

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer "
                f"values. Received: save_freq={save_freq!r}"
            )
        self.save_freq = save_freq
        self._batches = BatchCounter(save_freq)
        self._current_epoch = 0
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(endings):
            raise ValueError(
                f"The filepath provided must end in {' or '.join(f'`{one}`' for one in endings)} "
                f"(with save_weights_only={save_weights_only}). Received: filepath={self.filepath}"
            )

    def on_train_begin(self, logs=None):
        load_numba()  # kernels and their twins round differently: the same from the first step on

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self._batches.is_due(batch):
            self._save(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch, batch, logs):
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        if not self._is_wanted(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise OSError(
                "Please specify a non-directory filepath for ModelCheckpoint. "
                f"Received: an existing directory, filepath={path}"
            )
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)
        self._say(epoch, f"finished saving model to {path}")

    def _path(self, epoch, batch, logs):
        numbers = {} if batch is None else {"batch": batch + 1}
        try:
            return self.filepath.format(epoch=epoch + 1, **{**numbers, **logs})
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". The logs hold '
                f"{sorted(logs)}, but not {error}"
            ) from None

    def _is_wanted(self, epoch, logs, path):
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        if self.monitor_op is None:
            self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None or np.ndim(current):
            warnings.warn(
                f"Can save best model only with {self.monitor} available, a single number. "
                f"Received: {self.monitor}={current}",
                stacklevel=5,
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._say(
            epoch, f"{self.monitor} improved from {best} to {current:.5f}, saving model to {path}"
        )
        self.best = current
        return True

    def _say(self, epoch, text):
        if self.verbose > 0:
            print_msg(f"\nEpoch {epoch + 1}: {text}")

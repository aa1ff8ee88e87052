"""Stopping when nothing gets better any more."""

import warnings

from minigrad.callbacks.monitor_callback import MonitorCallback
from minigrad.messages import print_msg


class EarlyStopping(MonitorCallback):
    """Ends the training when a quantity has not improved for a number of epochs.

    Args:
        monitor: The name of the quantity in the logs.
        min_delta: How much better counts as an improvement.
        patience: Epochs without improvement after which training ends.
        verbose: 1 says so on the screen.
        mode: "min", "max", or "auto".
        baseline: Training ends too if this is not reached within `patience` epochs.
        restore_best_weights: Whether the model gets back the weights of its best epoch.
        start_from_epoch: Epochs at the beginning that do not count.
    """

    kept_in_backups = ("wait", "stopped_epoch", "best", "best_weights", "best_epoch")

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._note_weights(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self._note_weights(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _note_weights(self, epoch):
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_msg(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose > 0:
                best = self.best_epoch + 1
                print_msg(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs):
        """The quantity in the logs; a warning and None if it is not there."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}",
                stacklevel=3,
            )
        return value

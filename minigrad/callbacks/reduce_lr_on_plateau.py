"""Smaller steps when nothing gets better any more."""

import warnings

import numpy as np

from minigrad.callbacks.monitor_callback import MonitorCallback
from minigrad.callbacks.optimizers_of import log_learning_rates, optimizers_of
from minigrad.messages import print_msg


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a quantity has not improved for a number of epochs.

    Args:
        monitor: The name of the quantity in the logs.
        factor: What the learning rate is multiplied by, less than 1.
        patience: Epochs without improvement after which that happens.
        verbose: 1 says so on the screen.
        mode: "min", "max", or "auto".
        min_delta: How much better counts as an improvement.
        cooldown: Epochs after a reduction that do not count.
        min_lr: The learning rate does not go below this.

    Raises:
        ValueError: a factor of 1 or more.
    """

    kept_in_backups = ("best", "cooldown_counter", "wait")

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        super().__init__(monitor, mode, min_delta=min_delta)
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau does not support a factor >= 1.0. Received: factor={factor}"
            )
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self):
        """Whether the last reduction is so recent that epochs do not count."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        logs = {} if logs is None else logs
        log_learning_rates(self.model, logs)
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}.",
                stacklevel=3,
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch):
        """Lower the learning rates; whether there was one to lower."""
        reduced = False
        several = hasattr(self.model.optimizer, "optimizers")
        for optimizer in optimizers_of(self.model).values():
            rate = float(optimizer.learning_rate)
            if rate <= np.float32(self.min_lr):
                continue
            reduced = True
            rate = optimizer.learning_rate = max(rate * self.factor, self.min_lr)
            if self.verbose > 0:
                whose = f" {optimizer.name}" if several else ""
                print_msg(
                    f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{whose} learning rate to "
                    f"{rate}."
                )
        return reduced

"""A learning rate for every epoch."""

import numpy as np

from minigrad.callbacks.callback import Callback
from minigrad.callbacks.optimizers_of import log_learning_rates, optimizers_of
from minigrad.messages import print_msg


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch, and logs it at the end.

    Args:
        schedule: `f(epoch, learning rate so far)` (or `f(epoch)`) that returns a float.
        verbose: 1 says so on the screen.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        several = hasattr(self.model.optimizer, "optimizers")
        for optimizer in optimizers_of(self.model).values():
            rate = optimizer.learning_rate = self._next_rate(optimizer, epoch)
            if self.verbose > 0:
                whose = f"{optimizer.name} " if several else ""
                print_msg(
                    f"\nEpoch {epoch + 1}: LearningRateScheduler setting {whose}learning rate to "
                    f"{rate}."
                )

    def _next_rate(self, optimizer, epoch):
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError(
                f'Optimizer must have a "learning_rate" attribute. Received: {optimizer}'
            )
        try:
            rate = self.schedule(epoch, float(optimizer.learning_rate))
        except TypeError:  # a function of the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, float | np.floating):
            raise ValueError(
                "The output of the `schedule` function should be a float. "
                f"Received: {rate!r} of type {type(rate)}"
            )
        return rate

    def on_epoch_end(self, epoch, logs=None):
        log_learning_rates(self.model, {} if logs is None else logs)

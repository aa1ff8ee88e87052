"""Epochs: how many steps one takes, and where in the data it begins."""

import itertools
import warnings

from minigrad import settings
from minigrad.training.data import adapter_for


class EpochIterator:
    """The batches of one epoch after the other; each iteration is an epoch.

    It yields `(first step, last step, [batches])`: as many batches as one execution takes. Without
    `steps_per_epoch` an epoch is a pass over the data. With it, an epoch takes so many steps and
    the next one goes on where it stopped; where the data ends before that, the epoch ends too, and
    a warning says so.

    Args:
        x, y, sample_weight, batch_size, shuffle, class_weight: The data, see `adapter_for`.
        steps_per_epoch: Batches in an epoch; by default those of a pass.
        steps_per_execution: Batches in an execution.
    """

    def __init__(
        self,
        x,
        y=None,
        sample_weight=None,
        batch_size=None,
        steps_per_epoch=None,
        shuffle=False,
        class_weight=None,
        steps_per_execution=1,
    ):
        limit = settings.max_steps_per_epoch()
        if limit and (not steps_per_epoch or limit < steps_per_epoch):
            warnings.warn(f"Limiting steps_per_epoch to {limit}", stacklevel=4)
            steps_per_epoch = limit
        self.steps_per_epoch = steps_per_epoch
        self.steps_per_execution = steps_per_execution
        self._adapter = adapter_for(
            x, y, sample_weight, batch_size, steps_per_epoch, shuffle, class_weight
        )
        self._counted = None  # batches in a pass, where that is known only after the first
        self._pass = None  # the pass in progress; it may last for several epochs
        self._ahead = []  # a batch that was looked at before the first epoch

    @property
    def num_batches(self):
        """Batches in an epoch, None as long as that is unknown."""
        return self.steps_per_epoch or self._adapter.num_batches or self._counted

    def peek(self):
        """The first batch, which the first epoch will have all the same; None if there is none."""
        if not self._ahead:
            self._start_pass()
            self._ahead = self._take(1)
        return self._ahead[0] if self._ahead else None

    def __iter__(self):
        self._adapter.on_epoch_begin()
        try:
            yield from self._executions()
        finally:
            self._adapter.on_epoch_end()

    def _executions(self):
        if not self._ahead and (self._pass is None or not self.steps_per_epoch):
            self._start_pass()
        size = self.steps_per_execution
        done = 0
        for step in self._steps():
            batches = self._take(size)
            if not batches and not step:
                # The pass before ended together with its epoch.
                self._start_pass()
                batches = self._take(size)
            if not batches:
                self.close()
                if not self.steps_per_epoch and step:
                    self._counted = done
                else:
                    self._warn_of_the_end()
                return
            done += len(batches)
            yield step, step + size - 1, batches

    def _steps(self):
        size = self.steps_per_execution
        if self.steps_per_epoch:
            return range(0, self.steps_per_epoch, size)
        return itertools.count(0, size)

    def _start_pass(self):
        self.close()
        self._pass = iter(self._adapter.batches())

    def _take(self, count):
        taken, self._ahead = self._ahead, []
        taken += itertools.islice(self._pass, count - len(taken))
        return taken

    def _warn_of_the_end(self):
        warnings.warn(
            "Your input ran out of data; interrupting training. Make sure that your dataset or "
            "generator can generate at least `steps_per_epoch * epochs` batches.",
            stacklevel=5,
        )

    def close(self):
        """End the pass in progress; workers that make batches for it are stopped."""
        close = getattr(self._pass, "close", None)
        if close is not None:
            close()
        self._pass, self._ahead = None, []

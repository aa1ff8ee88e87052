"""Epochs: how many steps one takes, and where in the data it begins."""

import itertools
import warnings

from minigrad import settings
from minigrad.callbacks.training_state import random_states, set_random_states
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
        self._taken = 0  # batches of the pass that were handed out
        self._states = None  # of the random generators, when the pass began
        self._first_step = 0  # of the next epoch, after `resume`

    @property
    def num_batches(self):
        """Batches in an epoch, None as long as that is unknown."""
        return self.steps_per_epoch or self._adapter.num_batches or self._counted

    def peek(self):
        """The first batch, which the first epoch will have all the same; None if there is none."""
        if not self._ahead:
            self._start_pass()
            self._ahead = self._take(1)
            self._taken = 0
        return self._ahead[0] if self._ahead else None

    def __iter__(self):
        self._adapter.on_epoch_begin()
        try:
            yield from self._executions()
        finally:
            self._adapter.on_epoch_end()

    def unpeek(self):
        """Let the first epoch begin its pass itself, where a batch that was looked at comes again.

        The random generators stand as they did before.
        """
        if self._ahead and self._adapter.starts_again:
            set_random_states(self._states)
            self.close()

    def position(self):
        """Where the pass in progress stands, for `resume`; None if the next epoch starts one."""
        if self._pass is None:
            return None
        return {"taken": self._taken, "states": self._states}

    def resume(self, position, step=0):
        """Go on where another iterator over the same data stood.

        The batches before are made once more, from the random numbers that they were made from.
        What a generator has given is over: there the step alone is counted.

        Args:
            position: What its `position()` was.
            step: The first step of the next epoch.
        """
        self._first_step = step
        if not self._adapter.starts_again:
            if self._pass is None:
                self._start_pass()
            return
        self.close()
        if position is not None and (step or self.steps_per_epoch):
            set_random_states(position["states"])
            self._start_pass()
            while self._taken < position["taken"] and self._take(1):
                pass

    def _executions(self):
        first, self._first_step = self._first_step, 0
        if not first and not self._ahead and (self._pass is None or not self.steps_per_epoch):
            self._start_pass()
        size = self.steps_per_execution
        done = first
        for step in self._steps(first):
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

    def _steps(self, first):
        size = self.steps_per_execution
        if self.steps_per_epoch:
            return range(first, self.steps_per_epoch, size)
        return itertools.count(first, size)

    def _start_pass(self):
        self.close()
        self._states = random_states()
        self._pass = iter(self._adapter.batches())

    def _take(self, count):
        taken, self._ahead = self._ahead, []
        taken += itertools.islice(self._pass, count - len(taken))
        self._taken += len(taken)
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
        self._pass, self._ahead, self._taken = None, [], 0

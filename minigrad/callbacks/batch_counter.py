"""Counting batches over epochs, for what is done every so many of them."""


class BatchCounter:
    """Tells when `every` more batches are done.

    Args:
        every: A number of batches. Anything else ("epoch", False) is never due.

    >>> counter = BatchCounter(3)
    >>> [counter.is_due(batch) for batch in (0, 1, 0, 1, 2)]  # two batches, then a new epoch
    [False, False, True, False, False]
    """

    def __init__(self, every):
        self.every = every if isinstance(every, int) else 0
        self.last_batch = -1
        self._waiting = 0

    def is_due(self, batch):
        """Whether it is time, now that this batch of the epoch (and those before) are done."""
        if not self.every:
            return False
        # With `steps_per_execution`, several batches end at once.
        new_epoch = batch <= self.last_batch
        self._waiting += batch + 1 if new_epoch else batch - self.last_batch
        self.last_batch = batch
        if self._waiting < self.every:
            return False
        self._waiting = 0
        return True

"""Batches of numbered samples, in an order of its own for each pass if wanted."""

import itertools

import numpy as np

from minigrad.utils.py_dataset import PyDataset


class Batches(PyDataset):
    """Batches of samples that are known by number; a subclass makes them in `batch`.

    It has what scripts most often ask of a dataset: a length, a loop, `take`, `map`; `cache` and
    `prefetch` change nothing here.

    Args:
        count: Of samples.
        batch_size: Samples in a batch; None gives them one by one, without an axis for them.
        shuffle: Whether each pass has an order of its own.
        seed: Of these orders.
    """

    def __init__(self, count, batch_size, shuffle=False, seed=None):
        super().__init__()
        self.batch_size = batch_size
        self._order = np.arange(count)
        self._random = np.random.RandomState(seed) if shuffle else None
        self.on_epoch_end()

    def batch(self, numbers):
        """The samples of these numbers, along a first axis."""
        raise NotImplementedError(f"{type(self).__name__} must implement `batch(numbers)`.")

    def __len__(self):
        return -(-len(self._order) // (self.batch_size or 1))

    def __getitem__(self, index):
        if self.batch_size:
            return self.batch(self._order[index * self.batch_size :][: self.batch_size])
        sample = self.batch(self._order[index : index + 1])
        return tuple(x[0] for x in sample) if isinstance(sample, tuple) else sample[0]

    def __iter__(self):
        self.on_epoch_end()  # here, for a pass may be left before its end
        return super().__iter__()

    def on_epoch_end(self):
        """Draw the order of the next pass."""
        if self._random is not None:
            self._order = self._random.permutation(self._order)

    def take(self, count):
        """The first batches of a pass, as an iterator."""
        return itertools.islice(iter(self), count)

    def map(self, function, num_parallel_calls=None):
        """A dataset of `function(batch)`, or `function(inputs, targets)`, for each batch.

        `num_parallel_calls`, a number above 1, is how many batches `fit` makes at the same time.
        """
        return Mapped(self, function, num_parallel_calls)

    def cache(self, *_, **__):
        """The dataset itself."""
        return self

    def prefetch(self, *_, **__):
        """The dataset itself."""
        return self


class Mapped(Batches):
    """The batches of another dataset, each handed to a function."""

    def __init__(self, dataset, function, num_parallel_calls=None):
        super().__init__(len(dataset), None)
        self.dataset, self.function = dataset, function
        if isinstance(num_parallel_calls, int) and num_parallel_calls > 1:
            self.workers = num_parallel_calls

    def __getattr__(self, name):
        if name in ("class_names", "file_paths"):
            return getattr(self.dataset, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __getitem__(self, index):
        batch = self.dataset[index]
        return self.function(*batch) if isinstance(batch, tuple) else self.function(batch)

    def on_epoch_end(self):
        """Let the other dataset draw its order."""
        if hasattr(self, "dataset"):
            self.dataset.on_epoch_end()

"""PyDataset: batches by number, made by Python code, on several workers if wanted."""

import itertools
import warnings


class PyDataset:
    """Base of data that comes in batches: `dataset[i]` is the batch of number i.

    A subclass defines `__getitem__(index)`, which returns `(inputs,)`, `(inputs, targets)` or
    `(inputs, targets, sample_weight)`, and `__len__()` (or the property `num_batches`): how many
    batches there are; None for data without an end.

    Args:
        workers: How many batches `fit` makes at the same time.
        use_multiprocessing: Make them in other processes instead of threads. The dataset is copied
            to each of them, so it must be possible to pickle it.
        max_queue_size: How many batches are made ahead.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return (index, index**2)
    >>> list(Squares())
    [(0, 0), (1, 1), (2, 4)]
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self._workers = workers
        self._use_multiprocessing = use_multiprocessing
        self._max_queue_size = max_queue_size

    def _setting(self, name, default):
        try:
            return self.__dict__[name]
        except KeyError:
            warnings.warn(
                f"`{type(self).__name__}` should call `super().__init__(**kwargs)` in its "
                "constructor; `kwargs` can include `workers`, `use_multiprocessing` and "
                "`max_queue_size`.",
                stacklevel=4,
            )
            PyDataset.__init__(self)
            return default

    @property
    def workers(self):
        """How many batches are made at the same time."""
        return self._setting("_workers", 1)

    @workers.setter
    def workers(self, value):
        self._workers = value

    @property
    def use_multiprocessing(self):
        """Whether the workers are processes."""
        return self._setting("_use_multiprocessing", False)

    @use_multiprocessing.setter
    def use_multiprocessing(self, value):
        self._use_multiprocessing = value

    @property
    def max_queue_size(self):
        """How many batches are made ahead."""
        return self._setting("_max_queue_size", 10)

    @max_queue_size.setter
    def max_queue_size(self, value):
        self._max_queue_size = value

    @property
    def num_batches(self):
        """The number of batches; None if there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} must implement `__len__()`, or the property `num_batches`, "
            "which is None for a dataset without an end."
        )

    def __getitem__(self, index):
        """The batch of this number. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} must implement `__getitem__(index)`.")

    def __iter__(self):
        try:
            count = self.num_batches
        except NotImplementedError:
            count = None
        for index in itertools.count() if count is None else range(count):
            yield self[index]

    def on_epoch_begin(self):
        """Called before every epoch of `fit`."""

    def on_epoch_end(self):
        """Called after every epoch of `fit`: the place to shuffle."""


Sequence = PyDataset

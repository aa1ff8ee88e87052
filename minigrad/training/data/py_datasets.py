"""Batches of a PyDataset, made ahead by threads or processes if it asks for workers."""

import itertools
import random
from collections import deque

import numpy as np

from minigrad.training.data.adapter import DataAdapter, as_batch
from minigrad.training.data.class_weight import class_weight_to_sample_weights

_in_worker = None  # the dataset, in the worker processes


class PyDatasetAdapter(DataAdapter):
    """The batches of a PyDataset.

    Args:
        dataset: The PyDataset.
        class_weight: `{class: weight}`, where its batches have no sample weights.
        shuffle: Whether each pass takes the batches in an order of its own.

    Raises:
        ValueError: a batch that is neither a dict nor a tuple of one to three parts.
    """

    def __init__(self, dataset, class_weight=None, shuffle=False):
        self._dataset = dataset
        self._class_weight = class_weight
        self._shuffle = shuffle
        self._next_index = itertools.count()  # of a dataset without an end: never starts again

    @property
    def num_batches(self):
        return self._dataset.num_batches

    @property
    def starts_again(self):
        return self._dataset.num_batches is not None

    def on_epoch_begin(self):
        self._dataset.on_epoch_begin()

    def on_epoch_end(self):
        self._dataset.on_epoch_end()

    def batches(self):
        dataset = self._dataset
        workers = dataset.workers
        if workers > 1 or (workers > 0 and dataset.use_multiprocessing):
            made = _made_ahead(dataset, self._indices())
        else:
            made = map(dataset.__getitem__, self._indices())
        for batch in made:
            yield as_batch(self._standardized(batch))

    def _indices(self):
        count = self._dataset.num_batches
        if count is None:
            return self._next_index
        indices = list(range(count))
        if self._shuffle:
            random.shuffle(indices)  # Python's global generator, as in Keras
        return indices

    def _standardized(self, batch):
        if isinstance(batch, dict):
            return batch
        if isinstance(batch, np.ndarray):
            batch = (batch,)
        if not isinstance(batch, list | tuple) or len(batch) not in (1, 2, 3):
            raise ValueError(
                "PyDataset.__getitem__() must return a tuple or a dict. If a tuple, it must be "
                "ordered either (input,) or (inputs, targets) or (inputs, targets, "
                f"sample_weights). Received: {str(batch)[:100]}... of type {type(batch)}"
            )
        batch = tuple(batch)
        if self._class_weight is not None and len(batch) > 1:
            if len(batch) == 3:
                raise ValueError(
                    "You cannot pass `class_weight` with data that has sample weights. "
                    f"Received: class_weight={self._class_weight}"
                )
            batch += (class_weight_to_sample_weights(batch[1], self._class_weight),)
        return batch


def _made_ahead(dataset, indices):
    """Batches in the order of `indices`, several in the making while one is used."""
    if dataset.use_multiprocessing:
        # The dataset goes to each process once, a batch is asked for by its number.
        from concurrent.futures import ProcessPoolExecutor

        pool = ProcessPoolExecutor(dataset.workers, initializer=_remember, initargs=(dataset,))
        make = _batch_in_worker
    else:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(dataset.workers, thread_name_prefix="minigrad_batches")
        make = dataset.__getitem__
    ahead = max(dataset.max_queue_size, dataset.workers)
    waiting = deque()
    try:
        for index in indices:
            waiting.append(pool.submit(make, index))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also when training stops early, or is interrupted
        pool.shutdown(wait=True, cancel_futures=True)


def _remember(dataset):
    global _in_worker
    _in_worker = dataset


def _batch_in_worker(index):
    return _in_worker[index]

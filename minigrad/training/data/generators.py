"""Data from generators, and from the datasets of other frameworks."""

import itertools

from minigrad.training.data.adapter import DataAdapter, as_batch, type_comes_from


class GeneratorAdapter(DataAdapter):
    """A generator of batches: it goes on where it was, and there is no second pass.

    Raises:
        ValueError: a generator that yields nothing, or no tuples.
    """

    starts_again = False

    def __init__(self, generator):
        first = list(itertools.islice(generator, 1))
        if not first:
            raise ValueError(
                "When passing a Python generator to a model, the generator must yield at least one "
                "batch. Received an empty generator."
            )
        if not isinstance(first[0], tuple):
            raise ValueError(
                "When passing a Python generator to a model, the generator must yield tuples, "
                "either (input,) or (inputs, targets) or (inputs, targets, sample_weights). "
                f"Received: {first[0]}"
            )
        self._rest = itertools.chain(first, generator)

    def batches(self):
        return map(as_batch, self._rest)


class IterableAdapter(DataAdapter):
    """A dataset that can be iterated over again and again, such as PyTorch's DataLoader."""

    def __init__(self, dataset, num_batches=None):
        self._dataset = dataset
        self.num_batches = num_batches

    def batches(self):
        for batch in self._dataset:
            yield as_batch(tuple(batch) if isinstance(batch, list) else batch)


def is_torch_loader(x):
    """Whether x is a DataLoader of PyTorch."""
    return type_comes_from(x, "torch.utils.data", "DataLoader")


def torch_loader_adapter(loader):
    """An adapter for a DataLoader; its length is unknown where its dataset has none."""
    return IterableAdapter(loader, len(loader) if hasattr(loader.dataset, "__len__") else None)


def is_tf_dataset(x):
    """Whether x is a `tf.data.Dataset`."""
    return type_comes_from(x, "tensorflow", "DatasetV2")


def tf_dataset_adapter(dataset):
    """An adapter for a `tf.data.Dataset`, which tells an unknown length by a negative number."""
    count = int(dataset.cardinality())
    return IterableAdapter(dataset, count if count >= 0 else None)


def is_grain_dataset(x):
    """Whether x is a dataset or a loader of Grain."""
    return type_comes_from(x, "grain", "MapDataset", "IterDataset", "DataLoader")


def grain_dataset_adapter(dataset):
    """An adapter for a dataset of Grain, of which some have a length."""
    return IterableAdapter(dataset, len(dataset) if hasattr(dataset, "__len__") else None)

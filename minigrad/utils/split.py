"""A dataset in two parts, such as one to train and one to test on."""

import numpy as np

from minigrad import tree
from minigrad.utils.py_dataset import PyDataset


class ArrayDataset:
    """Samples that lie in arrays: sample i is entry i of each array.

    Args:
        arrays: A structure (tuple, list, dict) of arrays of the same length.

    >>> dataset = ArrayDataset((np.arange(3), np.eye(3)))
    >>> len(dataset), dataset[1][0].item(), [len(x) for x, y in dataset.batch(2)]
    (3, 1, [2, 1])
    """

    def __init__(self, arrays):
        self.arrays = arrays

    def __len__(self):
        return len(tree.flatten(self.arrays)[0])

    def __getitem__(self, index):
        return tree.map_structure(lambda array: array[index], self.arrays)

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def batch(self, batch_size):
        """The same samples in batches, as a PyDataset for `fit`."""
        return _Batches(self, batch_size)


class _Batches(PyDataset):
    def __init__(self, samples, batch_size):
        super().__init__()
        self.samples, self.batch_size = samples, batch_size

    def __len__(self):
        return -(-len(self.samples) // self.batch_size)

    def __getitem__(self, index):
        return self.samples[index * self.batch_size : (index + 1) * self.batch_size]


def split_dataset(
    dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None
):
    """A dataset as two datasets: its first samples and its last ones.

    Args:
        dataset: An array, a tuple, list or dict of arrays of the same length, or anything with a
            length that gives samples (a PyTorch Dataset, a list of samples).
        left_size: How many samples go left: a number, or as a float a fraction of all; by default
            what `right_size` leaves.
        right_size: The same for the right side.
        shuffle: Whether samples are put in random order first.
        seed: Of that order; by default drawn from NumPy's random numbers.
        preferred_backend: Kept for Keras's sake: samples are NumPy arrays in any case.

    Returns:
        Two ArrayDatasets: iterate over them for samples, `.batch(size)` for `fit`, `.arrays` for
        the arrays themselves.

    Raises:
        TypeError: something else than a dataset; sizes that are neither numbers nor fractions.
        ValueError: no size, sizes out of range, arrays of different lengths.

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), right.arrays
    (8, array([8, 9]))
    """
    arrays = _as_arrays(dataset)
    lengths = {len(array) for array in tree.flatten(arrays)}
    if len(lengths) != 1:
        raise ValueError(
            "split_dataset: all arrays must have the same length. "
            f"Received: lengths={sorted(lengths)}"
        )
    (total,) = lengths
    left_size, right_size = _sizes(left_size, right_size, total)
    if shuffle:
        random = np.random if seed is None else np.random.RandomState(seed)
        order = random.permutation(total)
    else:
        order = np.arange(total)
    return tuple(
        ArrayDataset(tree.map_structure(lambda array, part=part: array[part], arrays))
        for part in (order[:left_size], order[total - right_size :])
    )


def _as_arrays(dataset):
    leaves = tree.flatten(dataset)
    if leaves and all(hasattr(leaf, "__array__") for leaf in leaves):
        return tree.map_structure(np.asarray, dataset)
    if hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__"):
        samples = [dataset[index] for index in range(len(dataset))]
    elif hasattr(dataset, "__iter__"):
        samples = list(dataset)
    else:
        raise TypeError(
            "split_dataset: expected arrays (alone or in a tuple, list or dict) or a dataset of "
            f"samples. Received: dataset={dataset} of type {type(dataset)}"
        )
    if not samples:
        raise ValueError(f"split_dataset: the dataset is empty. Received: dataset={dataset}")
    return tree.map_structure(lambda *values: np.stack([*map(np.asarray, values)]), *samples)


def _sizes(left, right, total):
    if left is None and right is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. "
            "Received: left_size=None and right_size=None"
        )
    left_count, right_count = _count("left_size", left, total), _count("right_size", right, total)
    if right_count is None:
        right_count = total - left_count
    if left_count is None:
        left_count = total - right_count
    if left_count + right_count > total:
        raise ValueError(
            f"split_dataset: the two sizes are more than the {total} samples there are. "
            f"Received: left_size={left}, right_size={right}"
        )
    if not left_count or not right_count:
        raise ValueError(
            f"split_dataset: with {total} samples, one of the two parts would be empty. "
            f"Received: left_size={left}, right_size={right}"
        )
    return left_count, right_count


def _count(name, size, total):
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int | float | np.integer | np.floating):
        raise TypeError(
            f"Invalid `{name}` type. Expected an integer or a float. "
            f"Received: {name}={size!r} of type {type(size)}"
        )
    is_fraction = isinstance(size, float | np.floating)
    if not 0 < size <= (1 if is_fraction else total):
        raise ValueError(
            f"`{name}` should be a number of samples, at most {total}, or a fraction between 0 and "
            f"1. Received: {name}={size}"
        )
    return round(size * total) if is_fraction else int(size)

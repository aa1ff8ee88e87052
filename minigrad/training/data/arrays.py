"""Data in arrays: shuffled, cut into batches, split into two parts."""

import math

import numpy as np

from minigrad import dtypes, settings, tree
from minigrad.autograd.tensor import wrap
from minigrad.training.data.adapter import NUMBERS, DataAdapter, as_array
from minigrad.training.data.class_weight import class_weight_to_sample_weights
from minigrad.utils.sample_weight import pack_x_y_sample_weight

DEFAULT_BATCH_SIZE = 32


def is_array(x):
    """Whether x is something that rows can be taken from, or None."""
    return x is None or hasattr(x, "__array__") or hasattr(x, "tocoo")


def are_arrays(structure):
    """Whether a structure consists of arrays (and None) alone."""
    return all(map(is_array, tree.flatten(structure)))


class Rows:
    """An array from which batches are taken as Tensors.

    Floats are cast to `floatx()` once for all. Text stays NumPy's. A slice of rows is a view: the
    user may change the array while somebody keeps the batch, so who hands it on makes it `owned`.
    """

    def __init__(self, x):
        self.sparse = hasattr(x, "tocsr")
        array = x.tocsr() if self.sparse else as_array(x)
        if not array.shape:
            raise ValueError(
                "Data must have an axis for the samples, but one of the arrays is a scalar. "
                f"Received: {x!r}"
            )
        floatx = settings.floatx()
        self.is_number = array.dtype.kind in NUMBERS
        if self.is_number and not array.dtype.isnative:
            array = array.astype(array.dtype.newbyteorder("="))
        if self.is_number and dtypes.is_float(array.dtype) and array.dtype != floatx:
            array = array.astype(dtypes.to_numpy_dtype(floatx))
        self.array = array

    def __call__(self, rows):
        """The rows of a slice, or of an array of numbers."""
        if self.sparse:
            return wrap(self.array[rows].toarray())
        batch = self.array[rows] if type(rows) is slice else self.array.take(rows, axis=0)
        return wrap(batch) if self.is_number else batch


class ArrayAdapter(DataAdapter):
    """Arrays whose first axis counts the samples, alone or in structures.

    Args:
        x, y, sample_weight: Structures of arrays.
        batch_size: Samples in a batch; by default 32, or what makes `steps` batches.
        steps: The number of batches, where there is no `batch_size`.
        shuffle: True: each pass has its own order; "batch": an order within each batch.
        class_weight: `{class: weight}`, instead of `sample_weight`.

    Raises:
        ValueError: arrays of different lengths, weights that fit no output.
    """

    def __init__(
        self,
        x,
        y=None,
        sample_weight=None,
        batch_size=None,
        steps=None,
        shuffle=False,
        class_weight=None,
    ):
        sample_weight = _weights(y, sample_weight, class_weight)
        _check_lengths(x, y, sample_weight)
        data = pack_x_y_sample_weight(x, y, sample_weight)
        self._rows = tree.map_structure(Rows, data, none_is_leaf=False)
        sources = [rows for rows in tree.flatten(self._rows) if rows is not None]
        self.num_samples = sources[0].array.shape[0]
        self.batch_size = batch_size or (
            math.ceil(self.num_samples / steps) if steps else DEFAULT_BATCH_SIZE
        )
        self.num_batches = math.ceil(self.num_samples / self.batch_size)
        self._shuffle = shuffle

    def batches(self):
        # NumPy's global generator, which `utils.set_random_seed` seeds, as in Keras.
        order = None
        if self._shuffle and self._shuffle != "batch":
            order = np.random.permutation(self.num_samples)
        # Most data is one array for x and one for y: then a batch is a plain tuple.
        flat = self._rows if type(self._rows) is tuple else None
        if flat is not None and not all(type(rows) is Rows for rows in flat):
            flat = None
        for start in range(0, self.num_samples, self.batch_size):
            stop = min(start + self.batch_size, self.num_samples)
            if order is not None:
                at = order[start:stop]
            elif self._shuffle:
                at = start + np.random.permutation(stop - start)
            else:
                at = slice(start, stop)
            if flat is not None:
                yield tuple([rows(at) for rows in flat])
            else:
                yield tree.map_structure(
                    lambda rows, at=at: rows(at), self._rows, none_is_leaf=False
                )


def _weights(y, sample_weight, class_weight):
    """The weights of the samples, one array for each output."""
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError(
                "You cannot pass `class_weight` and `sample_weight` at the same time. "
                f"Received: class_weight={class_weight} and sample_weight"
            )
        if tree.is_nested(y):
            raise ValueError(
                "`class_weight` is only supported for Models with a single output. Pass a "
                f"`sample_weight` for each output. Received: class_weight={class_weight}"
            )
        return class_weight_to_sample_weights(y, class_weight)
    if sample_weight is None or not tree.is_nested(y):
        return sample_weight
    if tree.is_nested(sample_weight):
        try:
            tree.assert_same_structure(y, sample_weight)
        except ValueError as error:
            raise ValueError(
                "You should provide one `sample_weight` array per output in `y`. The two "
                f"structures did not match: {error}"
            ) from None
        return sample_weight
    shape = tuple(sample_weight.shape)
    if len(shape) != 1 and shape[1:] != (1,):
        raise ValueError(
            "For a model with multiple outputs, when providing a single `sample_weight` array, it "
            "should only have one scalar score per sample (i.e. shape `(num_samples,)`). For other "
            "weights, pass one array per output. "
            f"Received: sample_weight of shape {shape}"
        )
    return tree.map_structure(lambda _: sample_weight, y)


def _check_lengths(*parts):
    lengths = {
        name: [_length(x) for x in tree.flatten(part) if x is not None]
        for name, part in zip(("x", "y", "sample_weight"), parts)
    }
    found = {length for part in lengths.values() for length in part}
    if not found:
        raise ValueError("There is no data. Received: x=None")
    if len(found) > 1:
        listed = ", ".join(f"'{name}' sizes: {sizes}" for name, sizes in lengths.items() if sizes)
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            f"samples. Received: {listed}"
        )
    if found == {0}:
        raise ValueError("The data holds no samples: the first axis has length 0.")


def _length(x):
    shape = x.shape if hasattr(x, "shape") else np.shape(x)
    return int(shape[0]) if shape else None


def train_validation_split(arrays, validation_split):
    """A structure of arrays as two: the first samples, and the last ones to validate with.

    Args:
        arrays: The structure; None in it stays None.
        validation_split: The fraction of the samples that goes into the second.

    Raises:
        ValueError: something that is no array, or one of the two would be empty.

    >>> train_validation_split((np.arange(5), None), 0.4)
    ((array([0, 1, 2]), None), (array([3, 4]), None))
    """
    leaves = tree.flatten(arrays)
    wrong = [type(x) for x in leaves if not is_array(x)]
    if wrong:
        raise ValueError(
            "Argument `validation_split` is only supported for tensors or NumPy arrays. Pass "
            f"`validation_data` instead. Received: x, y or sample_weight of type {wrong}"
        )
    count = next(_length(x) for x in leaves if x is not None)
    at = math.floor(count * (1.0 - validation_split))
    if not 0 < at < count:
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it into a "
            "validation and training set. Provide more data, or another value. "
            f"Received: validation_split={validation_split}"
        )

    def part(rows):
        return tree.map_structure(lambda x: _cut(x, rows), arrays, none_is_leaf=False)

    return part(slice(at)), part(slice(at, count))


def _cut(x, rows):
    if hasattr(x, "iloc"):  # pandas
        return x.iloc[rows]
    return x.tocsr()[rows] if hasattr(x, "tocsr") else x[rows]

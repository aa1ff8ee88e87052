"""HashedCrossing: combinations of categories into a number of bins."""

import numpy as np

from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import checked_mode, dense_only, encoded
from minigrad.layers.preprocessing.fingerprints import as_bytes, farmhash64, joined

_KEY = 956888297470  # TensorFlow's, so that bins are the same


class HashedCrossing(Layer):
    """The bin of each combination of categories, found by a hash.

    Args:
        num_bins: Number of bins.
        output_mode: "int": the index; "one_hot": a vector for each.
        sparse: Only False is possible.

    It is called on a list of arrays of strings or whole numbers, of equal shapes `()`, `(batch,)`
    or `(batch, 1)`.

    >>> from minigrad import layers
    >>> layers.HashedCrossing(num_bins=5)([["A", "B", "A"], [101, 101, 102]]).numpy()
    array([1, 4, 3])
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        if output_mode == "int" and dtype is None:
            dtype = "int64"
        super().__init__(name=name, dtype=dtype)
        dense_only(sparse)
        self.output_mode = checked_mode("HashedCrossing", output_mode, ("int", "one_hot"))
        self.num_bins = num_bins
        self.sparse = sparse
        self._allow_non_tensor_positional_args = True
        self._convert_input_args = False
        self.supports_jit = False
        self._build_at_init()

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(
                "`HashedCrossing` should be called on a list or tuple of at least two inputs. "
                f"Received: inputs={inputs}"
            )
        columns = [np.asarray(x) for x in inputs]
        shape = columns[0].shape
        if len(shape) > 2 or shape[1:] not in ((), (1,)):
            raise ValueError(
                "All `HashedCrossing` inputs should have shape `()`, `(batch_size)` or "
                f"`(batch_size, 1)`. Received: inputs={inputs}"
            )
        if any(x.shape != shape for x in columns):
            raise ValueError(
                f"All `HashedCrossing` inputs should have equal shape. Received: inputs={inputs}"
            )
        if any(x.dtype.kind not in "iuUSO" for x in columns):
            raise ValueError(
                "All `HashedCrossing` inputs should have an integer or string dtype. "
                f"Received: inputs={inputs}"
            )
        bins = [self._bin(row) for row in zip(*(x.ravel().tolist() for x in columns))]
        indices = np.array(bins, "int64").reshape(shape)
        return encoded(indices, self.output_mode, self.num_bins, self.compute_dtype)

    def _bin(self, values):
        result = _KEY
        for value in values:
            number = value & (2**64 - 1) if isinstance(value, int) else farmhash64(as_bytes(value))
            result = joined(result, number)
        return result % self.num_bins

    def compute_output_shape(self, input_shape):
        shape, *others = (tuple(one) for one in input_shape)
        if not others or any(one != shape for one in others):
            raise ValueError(
                "Expected as input a list/tuple of at least 2 tensors of identical shapes. "
                f"Received: input_shape={input_shape}"
            )
        if self.output_mode == "int":
            return shape
        return (*(shape[:-1] if shape[-1:] == (1,) and len(shape) > 1 else shape), self.num_bins)

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape([x.shape for x in inputs])
        return KerasTensor(shape, self.compute_dtype)

    def get_config(self):
        return {
            "num_bins": self.num_bins,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

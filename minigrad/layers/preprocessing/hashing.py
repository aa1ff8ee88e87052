"""Hashing: categories into a number of bins, without a vocabulary."""

import numpy as np

from minigrad import settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import (
    checked_mode,
    dense_only,
    encoded,
    encoded_shape,
)
from minigrad.layers.preprocessing.fingerprints import as_bytes, farmhash64, siphash64


class Hashing(Layer):
    """The bin of each string or whole number, found by a hash of its text.

    Args:
        num_bins: Number of bins.
        mask_value: What goes into bin 0 instead, alone.
        salt: One or two ints: then the hash is SipHash64 with this key, else FarmHash64.
        output_mode: "int": the index; "one_hot", "multi_hot", "count": see `CategoryEncoding`.
        sparse: Only False is possible.

    >>> from minigrad import layers
    >>> layers.Hashing(num_bins=3)([["A"], ["B"], ["C"]]).numpy()
    array([[1],
           [0],
           [1]])
    """

    def __init__(
        self, num_bins, mask_value=None, salt=None, output_mode="int", sparse=False, **kwargs
    ):
        dense_only(sparse)
        if kwargs.get("dtype") is None:
            kwargs["dtype"] = "int64" if output_mode == "int" else settings.floatx()
        super().__init__(**kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                "The `num_bins` for `Hashing` cannot be `None` or non-positive values. "
                f"Received: num_bins={num_bins}."
            )
        self.output_mode = checked_mode(
            "Hashing", output_mode, ("int", "one_hot", "multi_hot", "count")
        )
        if output_mode == "int" and self.dtype_policy.name not in ("int32", "int64"):
            raise ValueError(
                'When `output_mode="int"`, `dtype` should be an integer type, "int32" or "int64". '
                f"Received: dtype={kwargs['dtype']}"
            )
        self.num_bins = num_bins
        self.mask_value = mask_value
        self.salt = checked_salt("Hashing", salt)
        self.sparse = sparse
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = False
        self._build_at_init()

    def call(self, inputs):
        return encoded(
            self._bins(np.asarray(inputs)), self.output_mode, self.num_bins, self.compute_dtype
        )

    def _bins(self, values):
        bins, first = self.num_bins, 0
        if self.mask_value is not None and bins > 1:
            bins, first = bins - 1, 1
        if values.dtype.kind == "f":
            hashed = values.astype("int64")
        else:
            hashed = values
        found = [hashed_to(one, bins, self.salt) + first for one in hashed.ravel().tolist()]
        found = np.array(found, "int64").reshape(values.shape)
        return np.where(values == self.mask_value, 0, found) if first else found

    def compute_output_shape(self, input_shape):
        return encoded_shape(input_shape, self.output_mode, self.num_bins)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)


def hashed_to(value, bins, salt=None):
    """The bin of a string or a number."""
    data = as_bytes(value)
    return (farmhash64(data) if salt is None else siphash64(data, salt)) % bins


def checked_salt(name, salt):
    """`salt` as a list of two ints, or None."""
    if salt is None:
        return None
    if isinstance(salt, int):
        return [salt, salt]
    if isinstance(salt, (tuple, list)) and len(salt) == 2:
        return list(salt)
    raise ValueError(
        f"The `salt` argument for `{name}` can only be a tuple of size 2 integers, or a single "
        f"integer. Received: salt={salt}."
    )

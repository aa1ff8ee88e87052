"""Discretization: numbers as the bins that they fall into."""

import numpy as np

from minigrad import ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import (
    checked_mode,
    dense_only,
    encoded,
    encoded_shape,
)


class Discretization(Layer):
    """The index of the bin between two boundaries that each number is in.

    Args:
        bin_boundaries: Numbers that rise: bin i reaches from one up to, not including, the next.
        num_bins: Instead of them, how many bins of equal shares `adapt` is to find.
        epsilon: How exactly it finds them, as a share of the data.
        output_mode: "int": the index; "one_hot", "multi_hot", "count": see `CategoryEncoding`.
        sparse: Only False is possible.

    >>> from minigrad import layers, ops
    >>> layers.Discretization(bin_boundaries=[0.0, 1.0])(ops.array([-1.0, 0.5, 1.0])).numpy()
    array([0, 1, 2], dtype=int32)
    """

    def __init__(
        self,
        bin_boundaries=None,
        num_bins=None,
        epsilon=0.01,
        output_mode="int",
        sparse=False,
        dtype=None,
        name=None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.output_mode = checked_mode(
            "Discretization", output_mode, ("int", "one_hot", "multi_hot", "count")
        )
        dense_only(sparse)
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                f"`num_bins` must be greater than or equal to 0. Received: num_bins={num_bins}"
            )
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                "You need to set either `num_bins` or `bin_boundaries`, and not both. "
                f"Received: num_bins={num_bins} and bin_boundaries={bin_boundaries}"
            )
        self.bin_boundaries = bin_boundaries
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.sparse = sparse
        self.summary = _nothing()
        self._allow_non_tensor_positional_args = True
        self._build_at_init()

    @property
    def input_dtype(self):
        return settings.floatx()

    @property
    def output_dtype(self):
        """int32 for indices, else `compute_dtype`."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def adapt(self, data, steps=None):
        """Find boundaries between `num_bins` equal shares of the data.

        Args:
            data: An array, or anything that yields batches.
            steps: How many batches to take, None for all.
        """
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with "
                "`bin_boundaries`, use `num_bins` instead. "
                f"Received: bin_boundaries={self.bin_boundaries}"
            )
        self.reset_state()
        if isinstance(data, (np.ndarray, Tensor)) or not hasattr(data, "__iter__"):
            data = [data]
        for step, batch in enumerate(data):
            if step == steps:
                break
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Take more data into account; `finalize_state` then finds the boundaries."""
        values = np.sort(np.asarray(data, "float32").ravel())
        width = max(values.size * self.epsilon, 1)  # how many values one of the summary stands for
        chosen = values[int(width - 1) :: int(width)]
        new = np.stack([chosen, np.full_like(chosen, width)])
        both = np.concatenate([new, self.summary], axis=1)
        self.summary = _compressed(both[:, np.argsort(both[0])], self.epsilon)

    def finalize_state(self):
        """Find the boundaries in the data that was seen."""
        if self.num_bins is not None:
            found = _compressed(self.summary, 1 / self.num_bins)
            self.bin_boundaries = found[0, :-1].tolist()

    def reset_state(self):
        """Forget the data that was seen."""
        if self.num_bins is not None:
            self.summary = _nothing()

    def call(self, inputs):
        if self.bin_boundaries is None:
            raise ValueError(
                f"{self.name}: pass the `bin_boundaries` argument, or call `adapt(data)`, before "
                f"the layer is called. Received: bin_boundaries={self.bin_boundaries}"
            )
        indices = ops.digitize(ops.convert_to_tensor(inputs), self.bin_boundaries)
        depth = len(self.bin_boundaries) + 1
        return encoded(indices, self.output_mode, depth, self.output_dtype)

    def compute_output_shape(self, input_shape):
        known = self.bin_boundaries is not None
        depth = len(self.bin_boundaries) + 1 if known else self.num_bins
        return encoded_shape(input_shape, self.output_mode, depth)

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape(inputs.shape), self.output_dtype)

    def get_config(self):
        return {
            "bin_boundaries": self.bin_boundaries,
            "num_bins": self.num_bins,
            "epsilon": self.epsilon,
            "output_mode": self.output_mode,
            "sparse": self.sparse,
            "name": self.name,
            "dtype": self.dtype,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        found = None
        if config.get("num_bins") is not None:  # an adapted layer has both
            found = config.pop("bin_boundaries", None)
        layer = cls(**config)
        if found is not None:
            layer.bin_boundaries = found
        return layer


def _nothing():
    return np.zeros((2, 0), "float32")


def _compressed(summary, epsilon):
    """A summary of about 1/epsilon values that rise, each with how many it stands for.

    The values are the quantiles epsilon, 2 · epsilon, …, interpolated.
    """
    if summary.shape[1] * epsilon < 1:
        return summary
    values, counts = summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    totals = counts.cumsum()
    at = totals / totals[-1]
    totals = np.interp(shares, at, totals)
    return np.stack([np.interp(shares, at, values), np.diff(totals, prepend=0)]).astype("float32")

"""Random matrices that keep lengths."""

from math import prod

import numpy as np

from minigrad import ops, random
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.distributions import RandomInitializer


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal columns (rows, if it is wider than high) times `gain`.

    Of a weight with more than two axes, all but the last are flattened into one.

    Raises ValueError for fewer than two axes.

    Source: Saxe et al. 2014, https://arxiv.org/abs/1312.6120.

    >>> from minigrad import ops
    >>> q = Orthogonal(seed=1)((4, 2))
    >>> ops.round(q.T @ q, 3).numpy() + 0.0
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        rows, columns = prod(shape[:-1]), shape[-1]
        high = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(np.asarray(random.normal(high, dtype="float64", seed=self.seed)))
        q = q * np.sign(np.diagonal(r))  # without this, q is not evenly distributed
        if rows < columns:
            q = q.T
        return ops.convert_to_tensor(self.gain * q.reshape(shape), standardize_dtype(dtype))

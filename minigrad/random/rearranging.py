"""What chance does to a tensor: dropout and shuffle."""

from minigrad import dtypes
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.axes import normalize_axis
from minigrad.ops.indexing import take
from minigrad.ops.random_numbers import dropout_mask, random_permutation
from minigrad.random.seed_generator import SEED_DTYPE, draw_seed


def _seed_for(x, seed):
    # What has no values uses up no seeds.
    return KerasTensor((2,), SEED_DTYPE) if isinstance(x, KerasTensor) else draw_seed(seed)


def dropout(inputs, rate, noise_shape=None, seed=None):
    """`inputs` with a share of about `rate` set to 0, and the rest multiplied by 1 / (1 - rate).

    Args:
        rate: From 0 to 1.
        noise_shape: The shape of the random mask, which is broadcast; None in it stands for the
            length of `inputs`.
        seed: An int, a SeedGenerator or None.

    Source: Srivastava et al., "Dropout" (2014).
    """
    x = as_tensor(inputs)
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: `rate` must be within [0, 1]. Received: rate={rate}")
    if rate == 0:
        return x
    shape = tuple(x.shape)
    if noise_shape is not None:
        if len(noise_shape) != len(shape):
            raise ValueError(
                "dropout: `noise_shape` must have as many axes as `inputs`. "
                f"Received: noise_shape={noise_shape}, inputs.shape={shape}"
            )
        shape = tuple(b if a is None else int(a) for a, b in zip(noise_shape, shape, strict=True))
    dtype = dtypes.as_float(x.dtype)
    return x * dropout_mask(_seed_for(x, seed), shape=shape, dtype=dtype, rate=float(rate))


def shuffle(x, axis=0, seed=None):
    """`x` in a random order along `axis`; what has the same index stays together.

    >>> from minigrad import random
    >>> sorted(random.shuffle([1, 2, 3], seed=0).tolist())
    [1, 2, 3]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, x.ndim)
    order = random_permutation(_seed_for(x, seed), shape=(x.shape[axis],), dtype="int32")
    return take(x, order, axis=axis)

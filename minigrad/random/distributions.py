"""Random numbers of the usual distributions.

`seed` is everywhere an int (the same numbers at every call), a SeedGenerator (new ones at every
call), or None: the global generator, which `utils.set_random_seed` resets.
"""

from minigrad import dtypes, settings
from minigrad.autograd.primitive import apply
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops import random_numbers as primitives
from minigrad.ops.casting import cast
from minigrad.ops.elementwise import maximum
from minigrad.random.seed_generator import SEED_DTYPE, draw_seed


def _prepared(name, shape, dtype, seed):
    """Shape, dtype and seed of floats to be drawn. An unknown length draws nothing."""
    dtype = dtypes.standardize_dtype(dtype or settings.floatx())
    if not dtypes.is_float(dtype):
        raise ValueError(
            f"`keras.random.{name}` requires a floating point `dtype`. Received: dtype={dtype} "
        )
    return *_shape_and_seed(shape, seed), dtype


def _shape_and_seed(shape, seed):
    shape = (shape,) if isinstance(shape, int) else shape
    shape = tuple([None if length is None else int(length) for length in shape])
    seed = KerasTensor((2,), SEED_DTYPE) if None in shape else draw_seed(seed)
    return shape, seed


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Floats from `minval` up to, but not including, `maxval`, all equally likely.

    >>> from minigrad import random
    >>> random.uniform((2, 3), seed=1).shape
    (2, 3)
    """
    shape, seed, dtype = _prepared("uniform", shape, dtype, seed)
    u = primitives.random_uniform(seed, shape=shape, dtype=dtype)
    if type(minval) in (int, float) and (minval, maxval) == (0, 1):
        return u
    low, high = _like(minval, dtype), _like(maxval, dtype)
    return maximum(low, u * (high - low) + low)


def _like(x, dtype):
    """A number as it is, a tensor in `dtype`."""
    return x if type(x) in (int, float) else cast(as_tensor(x), dtype)


def _scaled(z, mean, stddev, dtype):
    if not (type(stddev) in (int, float) and stddev == 1):
        z = z * _like(stddev, dtype)
    if not (type(mean) in (int, float) and mean == 0):
        z = z + _like(mean, dtype)
    return z


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Floats of the normal distribution, by the transform of Box and Muller (1958).

    >>> from minigrad import ops, random
    >>> bool(abs(ops.mean(random.normal((10000,), mean=3.0, seed=1)) - 3.0) < 0.05)
    True
    """
    shape, seed, dtype = _prepared("normal", shape, dtype, seed)
    z = apply(primitives.random_normal, seed, shape=shape, dtype=dtype)
    return _scaled(z, mean, stddev, dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal floats; those more than two `stddev` from `mean` are drawn anew."""
    shape, seed, dtype = _prepared("truncated_normal", shape, dtype, seed)
    z = primitives.random_truncated_normal(seed, shape=shape, dtype=dtype)
    return _scaled(z, mean, stddev, dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Whole numbers from `minval` up to `maxval` - 1, all equally likely."""
    dtype = dtypes.standardize_dtype(dtype or "int32")
    if not dtypes.is_int(dtype):
        raise ValueError(
            f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype} "
        )
    primitives.check_range(minval, maxval)
    shape, seed = _shape_and_seed(shape, seed)
    low, high = (
        cast(as_tensor(one, "int64" if isinstance(one, int) else None), "int64")
        for one in (minval, maxval)
    )
    return primitives.random_integers(seed, low, high, shape=shape, dtype=dtype)


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Classes drawn with the probabilities softmax(logits).

    Args:
        logits: (rows, classes): log probabilities, up to a constant in each row.
        num_samples: How many to draw for each row.

    Returns:
        Whole numbers, (rows, num_samples).
    """
    logits = as_tensor(logits)
    if logits.ndim != 2:
        raise ValueError(
            "`logits` should be a 2-D tensor with shape [batch_size, num_classes]. "
            f"Received: logits.shape={tuple(logits.shape)}"
        )
    shape, seed = _shape_and_seed((logits.shape[0], num_samples), seed)
    dtype = dtypes.standardize_dtype(dtype)
    return primitives.random_categorical(seed, logits, shape=shape, dtype=dtype)


def gamma(shape, alpha, dtype=None, seed=None):
    """Floats of the gamma distribution of shape `alpha` > 0 and scale 1.

    The gradient by `alpha` is implicit: each number moves as its quantile does.

    Sources: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); Figurnov,
    Mohamed and Mnih, "Implicit reparameterization gradients" (2018).
    """
    shape, seed, dtype = _prepared("gamma", shape, dtype, seed)
    return primitives.random_gamma(seed, as_tensor(alpha), shape=shape, dtype=dtype)


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Floats of the beta distribution, within [0, 1], made of two of the gamma distribution.

    The gradients by `alpha` and `beta` are those of the two, as in `gamma`.
    """
    shape, seed, dtype = _prepared("beta", shape, dtype, seed)
    return primitives.random_beta(seed, as_tensor(alpha), as_tensor(beta), shape=shape, dtype=dtype)


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of `counts` trials succeed, each with its probability, as floats."""
    shape, seed, dtype = _prepared("binomial", shape, dtype, seed)
    return primitives.random_binomial(
        seed, as_tensor(counts), as_tensor(probabilities), shape=shape, dtype=dtype
    )

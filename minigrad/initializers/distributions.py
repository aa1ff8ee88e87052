"""Initializers that draw every weight from one distribution."""

from minigrad import random
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.initializer import Initializer
from minigrad.random.seed_generator import make_default_seed
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class RandomInitializer(Initializer):
    """The base of initializers that draw random numbers.

    Args:
        seed: An int: every call draws the same numbers. None: the same, with a seed that is drawn
            when the initializer is made. A `random.SeedGenerator`: other numbers at each call.

    Attributes:
        seed: The int or SeedGenerator that is drawn from.
    """

    def __init__(self, seed=None):
        self._init_seed = seed
        if seed is None:
            seed = make_default_seed()
        elif isinstance(seed, dict):
            seed = deserialize_keras_object(seed)
        elif not isinstance(seed, int | random.SeedGenerator):
            raise ValueError(
                "`seed` argument should be an instance of `keras.random.SeedGenerator()` or an "
                f"integer. Received: seed={seed}"
            )
        self.seed = seed

    def get_config(self):
        # Without a seed, a copy draws one of its own.
        return {**super().get_config(), "seed": serialize_keras_object(self._init_seed)}


class RandomNormal(RandomInitializer):
    """Numbers from a normal distribution.

    >>> RandomNormal(stddev=0.05, seed=1)((3, 2)).shape
    (3, 2)
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape, dtype=None):
        return random.normal(shape, self.mean, self.stddev, standardize_dtype(dtype), self.seed)


class TruncatedNormal(RandomInitializer):
    """Numbers from a normal distribution, those beyond two standard deviations drawn again."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = mean
        self.stddev = stddev

    def __call__(self, shape, dtype=None):
        return random.truncated_normal(
            shape, self.mean, self.stddev, standardize_dtype(dtype), self.seed
        )


class RandomUniform(RandomInitializer):
    """Numbers evenly distributed over [minval, maxval)."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = minval
        self.maxval = maxval

    def __call__(self, shape, dtype=None):
        return random.uniform(shape, self.minval, self.maxval, standardize_dtype(dtype), self.seed)

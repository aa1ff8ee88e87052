"""GaussianNoise: adds normal noise in training."""

from minigrad import random
from minigrad.layers.regularization.noise import NoiseLayer


class GaussianNoise(NoiseLayer):
    """Adds normal noise of mean 0 in training.

    Args:
        stddev: Its standard deviation, from 0 to 1.
        seed: An int, for the same noise every time.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._prepare(stddev, "stddev", seed)

    def _noisy(self, inputs):
        return inputs + random.normal(
            inputs.shape, stddev=self.stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )

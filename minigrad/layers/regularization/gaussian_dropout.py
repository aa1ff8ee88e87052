"""GaussianDropout: multiplies by normal noise in training."""

from minigrad import random
from minigrad.layers.regularization.noise import NoiseLayer


class GaussianDropout(NoiseLayer):
    """Multiplies by normal noise of mean 1 in training (Srivastava et al. 2014, section 10).

    Args:
        rate: As of Dropout: the noise has the variance `rate / (1 - rate)`.
        seed: An int, for the same noise every time.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._prepare(rate, "rate", seed)

    def _noisy(self, inputs):
        stddev = (self.rate / (1.0 - self.rate)) ** 0.5
        return inputs * random.normal(
            inputs.shape, 1.0, stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )

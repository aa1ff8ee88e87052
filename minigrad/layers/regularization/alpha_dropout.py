"""AlphaDropout: dropout that keeps mean and variance, for networks of SELUs."""

from minigrad import ops, random
from minigrad.layers.regularization.noise import NoiseLayer

# SELU's limit for x → -∞ is -scale · alpha.
_DROPPED = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717


class AlphaDropout(NoiseLayer):
    """Sets a share of its inputs to SELU's lower limit in training, then scales and shifts all, so
    that mean 0 and variance 1 stay (Klambauer et al. 2017).

    Args:
        rate: Share that is dropped, from 0 to 1.
        noise_shape: Shape of the mask, broadcast to the inputs; None for that of the inputs.
        seed: An int, for the same masks every time.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._prepare(rate, "rate", seed)
        self.noise_shape = noise_shape

    def _noisy(self, inputs):
        shape = inputs.shape
        if self.noise_shape is not None:
            shape = [
                length if wanted is None else wanted
                for wanted, length in zip(self.noise_shape, shape, strict=True)
            ]
        kept = ops.cast(random.uniform(shape, seed=self.seed_generator) >= self.rate, inputs.dtype)
        scale = ((1 - self.rate) * (1 + self.rate * _DROPPED**2)) ** -0.5
        shift = -scale * _DROPPED * self.rate
        return scale * (inputs * kept + _DROPPED * (1 - kept)) + shift

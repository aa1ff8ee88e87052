"""What the layers with noise share: a rate, a seed, and that they act in training only."""

from minigrad.layers.layer import Layer
from minigrad.random import SeedGenerator


def check_share(value, name):
    """Raise a ValueError unless 0 ≤ value ≤ 1."""
    if not 0 <= value <= 1:
        raise ValueError(
            f"Invalid value received for argument `{name}`. Expected a float value between 0 and "
            f"1. Received: {name}={value}"
        )
    return value


class NoiseLayer(Layer):
    """A layer that changes its inputs at random, in training only; subclasses define `_noisy`."""

    def _prepare(self, strength, name, seed):
        """Keep the checked strength of the noise as an attribute, and the seed."""
        setattr(self, name, check_share(strength, name))
        self.seed = seed
        self._acts = strength > 0
        if self._acts:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs, training=False):
        return self._noisy(inputs) if training and self._acts else inputs

    def _noisy(self, inputs):
        raise NotImplementedError(f"{type(self).__name__} must define `_noisy(inputs)`.")

    def compute_output_shape(self, input_shape):
        return input_shape

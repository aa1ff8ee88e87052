"""Dropout: in training, leave some numbers out at random."""

from minigrad import random
from minigrad.layers.layer import Layer
from minigrad.random import SeedGenerator


class Dropout(Layer):
    """Sets a share of its inputs to 0 during training and scales the rest up, so that the sum
    stays the same on average (Srivastava et al. 2014).

    Args:
        rate: Share that is dropped, from 0 to 1.
        noise_shape: Shape of the mask, broadcast to the inputs; None for that of the inputs.
        seed: An int, for the same masks every time.

    >>> from minigrad import layers, ops
    >>> y = layers.Dropout(0.5, seed=1)(ops.ones((2, 4)), training=True)
    >>> sorted(set(y.numpy().ravel().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate <= 1:
            raise ValueError(
                "Invalid value received for argument `rate`. Expected a float value between 0 "
                f"and 1. Received: rate={rate}"
            )
        self.rate = rate
        self.seed = seed
        self.noise_shape = self._checked_noise_shape(noise_shape)
        if rate > 0:
            self.seed_generator = SeedGenerator(seed)
        self.supports_masking = True
        self._build_at_init()

    @staticmethod
    def _checked_noise_shape(noise_shape):
        if noise_shape is None:
            return None
        if not isinstance(noise_shape, (tuple, list)):
            raise ValueError(
                "Invalid value received for argument `noise_shape`. Expected a tuple or list of "
                f"integers. Received: noise_shape={noise_shape}"
            )
        for length in noise_shape:
            if length is not None and not isinstance(length, int):
                raise ValueError(
                    "Invalid value received for argument `noise_shape`. Expected all elements to "
                    f"be integers or None. Received: noise_shape={noise_shape}"
                )
            if length is not None and length <= 0:
                raise ValueError(
                    "Invalid value received for argument `noise_shape`. Expected all dimensions to "
                    f"be positive integers or None. Received: noise_shape={noise_shape}"
                )
        return tuple(noise_shape)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        noise_shape = self.noise_shape
        if noise_shape is not None:
            if len(noise_shape) != len(inputs.shape):
                raise ValueError(
                    "Argument `noise_shape` must have one length per axis of the inputs. "
                    f"Received: noise_shape={noise_shape}, inputs.shape={inputs.shape}"
                )
            noise_shape = tuple(
                length if wanted is None else wanted
                for wanted, length in zip(noise_shape, inputs.shape, strict=True)
            )
        return random.dropout(inputs, self.rate, noise_shape=noise_shape, seed=self.seed_generator)

    def compute_output_shape(self, input_shape):
        return input_shape

"""SpatialDropout: drops whole feature maps, whose neighbouring values tell the same."""

from minigrad import random, settings
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.regularization.dropout import Dropout


class _SpatialDropout(Dropout):
    """Dropout with one decision per example and channel (Tompson et al. 2015)."""

    def __init__(self, rate, rank, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, seed=seed, name=name, dtype=dtype)
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=rank + 2)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        channels = 1 if self.data_format == "channels_first" else len(inputs.shape) - 1
        shape = [length if axis in (0, channels) else 1 for axis, length in enumerate(inputs.shape)]
        return random.dropout(inputs, self.rate, noise_shape=shape, seed=self.seed_generator)

    def get_config(self):
        return {
            "rate": self.rate,
            "seed": self.seed,
            "name": self.name,
            "dtype": self.dtype,
            "data_format": self.data_format,
        }


class SpatialDropout1D(_SpatialDropout):
    """Drops whole channels of sequences `(batch, steps, channels)` in training.

    Args:
        rate: Share that is dropped, from 0 to 1.
        seed: An int, for the same masks every time.
    """

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, 1, "channels_last", seed, name, dtype)

    def get_config(self):
        config = super().get_config()
        del config["data_format"]
        return config


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images `(batch, rows, columns, channels)` in training.

    Args:
        rate: Share that is dropped, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: An int, for the same masks every time.
    """

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, 2, data_format, seed, name, dtype)


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes `(batch, depth, rows, columns, channels)` in training.

    Args:
        rate: Share that is dropped, from 0 to 1.
        data_format: "channels_last" or "channels_first".
        seed: An int, for the same masks every time.
    """

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None):
        super().__init__(rate, 3, data_format, seed, name, dtype)

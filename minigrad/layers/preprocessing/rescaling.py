"""Rescaling: another unit and another zero."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.saving.serialization import deserialize_keras_object
from minigrad.settings import image_data_format


class Rescaling(Layer):
    """`inputs * scale + offset`.

    Args:
        scale: A number, or one per channel.
        offset: A number, or one per channel.

    >>> from minigrad import layers, ops
    >>> layers.Rescaling(1 / 127.5, offset=-1)(ops.array([0.0, 255.0])).numpy()
    array([-1.,  1.], dtype=float32)
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        inputs = ops.cast(inputs, self.compute_dtype)
        scale, offset = (self._by_channel(one) for one in (self.scale, self.offset))
        return inputs * scale + offset

    def _by_channel(self, factors):
        factors = ops.convert_to_tensor(factors, self.compute_dtype)
        if factors.ndim == 1 and image_data_format() == "channels_first":
            return ops.reshape(factors, (-1, 1, 1))
        return factors

    def compute_output_shape(self, input_shape):
        return input_shape

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("scale", "offset"):
            config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)

"""Rescaling: another unit and another zero."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.saving.serialization import deserialize_keras_object


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
        dtype = self.compute_dtype
        inputs = ops.cast(inputs, dtype)
        scale = ops.convert_to_tensor(self.scale, dtype)
        return inputs * scale + ops.convert_to_tensor(self.offset, dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("scale", "offset"):
            config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)

"""Layers to configs and back."""

from minigrad.layers.layer import Layer
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


def serialize(layer):
    """A layer as a config in Keras's format.

    >>> from minigrad import layers
    >>> layers.serialize(layers.Flatten())["class_name"]
    'Flatten'
    """
    return serialize_keras_object(layer)


def deserialize(config, custom_objects=None):
    """The layer that a config stands for.

    Raises:
        ValueError: the config is that of something else.
    """
    layer = deserialize_keras_object(config, custom_objects=custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(
            "`keras.layers.deserialize` was passed a `config` object that is not a `keras.Layer`. "
            f"Received: {config}"
        )
    return layer

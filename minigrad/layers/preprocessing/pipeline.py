"""Pipeline: layers one after the other, to prepare data with."""

from minigrad import tree
from minigrad.layers.layer import Layer
from minigrad.masking import get_keras_mask
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """Applies layers one after the other; unlike a Sequential it is not built on symbols.

    Args:
        layers: A list of layers.

    >>> from minigrad import layers, ops
    >>> pipeline = layers.Pipeline([layers.Rescaling(1 / 255), layers.CenterCrop(4, 4)])
    >>> pipeline(ops.ones((2, 8, 8, 3))).shape
    (2, 4, 4, 3)
    """

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self._pipeline_layers = layers
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    @property
    def layers(self):
        """The layers, in their order."""
        return self._pipeline_layers

    def call(self, inputs, training=True, mask=None):
        for layer in self._pipeline_layers:
            parameters = layer._call_signature.parameters
            more = {}
            if "mask" in parameters:
                more["mask"] = mask
            if "training" in parameters and training is not None:
                more["training"] = training
            inputs = layer(inputs, **more)
            mask = tree.map_structure(get_keras_mask, inputs)
        return inputs

    def get_config(self):
        return {"layers": serialize_keras_object(self._pipeline_layers), "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "`Pipeline` config must contain a `layers` key mapping to a list of serialized "
                f"layers. Received config with layers={layers}."
            )
        made = [deserialize_keras_object(one, custom_objects=custom_objects) for one in layers]
        return cls(**{**config, "layers": made})

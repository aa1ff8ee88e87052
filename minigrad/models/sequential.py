"""Sequential: layers one after the other."""

import inspect

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor, standardize_shape, unnoted
from minigrad.layers.core.input_layer import InputLayer
from minigrad.layers.layer import Layer
from minigrad.masking import get_keras_mask
from minigrad.models.functional import Functional
from minigrad.models.model import Model
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class Sequential(Model):
    """A model in which the output of each layer is the input of the next.

    Args:
        layers: A list of layers, which may begin with an `Input`.
        trainable: Whether an optimizer may change it.
        name: Its name.

    >>> from minigrad import Input, Sequential, layers
    >>> model = Sequential([Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(2)])
    >>> model.output_shape, model.count_params()
    ((None, 2), 26)
    """

    _saved_first = ("layers",)
    _not_saved = ("_functional",)

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(trainable=trainable, name=name)
        self._functional = None
        for layer in layers or ():
            self.add(layer, rebuild=False)
        if layers:
            self._maybe_rebuild()

    def add(self, layer, rebuild=True):
        """Put a layer (or an `Input`) behind the last one."""
        if not self._layers and getattr(layer, "_input_shape_arg", None) is not None:
            self.add(InputLayer(shape=layer._input_shape_arg))
        if isinstance(layer, KerasTensor) and layer.node is not None:
            origin = layer.node.operation
            layer = origin if isinstance(origin, InputLayer) else layer
        if not isinstance(layer, Layer):
            raise ValueError(
                "Only instances of `keras.Layer` can be added to a Sequential model. "
                f"Received: {layer} (of type {type(layer)})"
            )
        if any(layer.name == other.name and layer is not other for other in self._layers):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )
        if isinstance(layer, InputLayer) and self._starts_with_input():
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._layers[0].batch_shape}. You cannot add a different Input layer to it."
            )
        self._layers.append(layer)
        self._forget()
        if rebuild:
            self._maybe_rebuild()

    def pop(self, rebuild=True):
        """Take the last layer away and return it."""
        layer = self._layers.pop()
        self._forget()
        if rebuild:
            self._maybe_rebuild()
        return layer

    def _forget(self):
        self.built = False
        self._functional = None

    def _starts_with_input(self):
        return bool(self._layers) and isinstance(self._layers[0], InputLayer)

    def _maybe_rebuild(self):
        self._forget()
        if len(self._layers) > 1:
            first = self._layers[0]
            if isinstance(first, InputLayer):
                self.build(first.batch_shape)
            elif isinstance(first, Model) and hasattr(first, "input_shape"):
                self.build(first.input_shape)

    def __setattr__(self, name, value):
        if name == "_functional":  # the same layers in another coat
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def build(self, input_shape=None):
        """Make the variables of all layers, for inputs of a shape with the batch axis."""
        try:
            shape = standardize_shape(input_shape)
        except ValueError:
            return  # a structure of inputs: the first call builds
        if not self._layers:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        if not self._starts_with_input():
            dtype = self._layers[0].compute_dtype
            self._layers.insert(0, InputLayer(batch_shape=shape, dtype=dtype))
        elif self._layers[0].batch_shape != shape:
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._layers[0].batch_shape}. You cannot build it with input_shape {shape}"
            )
        x = inputs = self._layers[0].output
        with unnoted(noting=True):  # also where somebody only wants to know the output's shape
            for layer in self._layers[1:]:
                try:
                    x = layer(x)
                except NotImplementedError:
                    return  # its shapes cannot be told without data
                except TypeError:
                    _check_takes_one_input(layer)
                    raise
        self._functional = Functional(inputs, x)

    def _lock_state(self):
        """Layers can be added and taken away at any time."""

    def call(self, inputs, training=None, mask=None, **kwargs):
        if self._functional is not None:
            return self._functional.call(inputs, training=training, mask=mask, **kwargs)
        for layer in self.layers:
            parameters = layer._call_signature.parameters
            given = {name: kwargs[name] for name in layer._call_context_args if name in kwargs}
            if "mask" in parameters:
                given["mask"] = mask
            if training is not None and "training" in parameters:
                given["training"] = training
            inputs = layer(inputs, **given)
            mask = tree.map_structure(get_keras_mask, inputs)
        return inputs

    @property
    def layers(self):
        """The layers, without the `Input`."""
        return self._layers[1:] if self._starts_with_input() else self._layers[:]

    @layers.setter
    def layers(self, _):
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and should not be used. Use `add()` and "
            "`pop()` to change the layers in this model."
        )

    def compute_output_spec(self, inputs, training=None, mask=None, **kwargs):
        if self._functional is not None:
            return self._functional.compute_output_spec(inputs, training=training, mask=mask)
        return self._trace(inputs, training=training, **kwargs)

    def compute_output_shape(self, input_shape):
        if self._functional is not None:
            return self._functional.compute_output_shape(input_shape)
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def _of_functional(self, what):
        if self._functional is None:
            raise AttributeError(
                f"Sequential model '{self.name}' has no defined {what.replace('_', ' ')} yet. "
                "Begin it with an `Input`, or call it on data."
            )
        return getattr(self._functional, what)

    @property
    def input_shape(self):
        """The shape of the inputs, once it is known."""
        return self._of_functional("input_shape")

    @property
    def output_shape(self):
        """The shape of the outputs, once it is known."""
        return self._of_functional("output_shape")

    @property
    def inputs(self):
        """The symbolic inputs as a list, once the shape of the inputs is known."""
        return self._of_functional("inputs")

    @property
    def outputs(self):
        """The symbolic outputs as a list, once the shape of the inputs is known."""
        return self._of_functional("outputs")

    @property
    def input(self):
        return self._of_functional("input")

    @property
    def output(self):
        return self._of_functional("output")

    @property
    def input_dtype(self):
        return self._layers[0].dtype if self._starts_with_input() else super().input_dtype

    def get_config(self):
        config = Layer.get_config(self)
        config["name"] = self.name
        config["layers"] = [serialize_keras_object(layer) for layer in self._layers]
        if self._functional is not None:
            config["build_input_shape"] = self._layers[0].batch_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if "name" not in config or "layers" not in config:
            raise ValueError(
                "A Sequential model configuration must be a dictionary containing the 'name' and "
                f"'layers' keys. Received: config={config}"
            )
        model = cls(name=config["name"])
        for layer in config["layers"]:
            if isinstance(layer, dict) and "config" not in layer:
                raise ValueError(
                    "The layers of a Sequential model must have configs. Expected a dictionary "
                    f"containing a 'config' key. Received: {layer}"
                )
            model.add(deserialize_keras_object(layer, custom_objects=custom_objects))
        shape = config.get("build_input_shape")
        if model._functional is None and shape and isinstance(shape, (tuple, list)):
            model.build(tuple(shape))
        return model


def _check_takes_one_input(layer):
    parameters = [
        one
        for one in inspect.signature(layer.call).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
    ]
    required = [one for one in parameters if one.default is one.empty]
    if not parameters:
        raise ValueError(
            "Layers added to a Sequential model should have a single positional argument, the "
            f"input tensor. Layer {type(layer).__name__} has no positional arguments."
        )
    if len(required) > 1:
        raise ValueError(
            "Layers added to a Sequential model can only have a single required positional "
            f"argument, the input tensor. Layer {type(layer).__name__} has multiple required "
            f"positional arguments: {required}"
        )

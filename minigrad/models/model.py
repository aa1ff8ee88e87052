"""Model: a layer that can be trained, looked at as a whole, and saved."""

import inspect
import json
import warnings

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor, unnoted
from minigrad.layers.layer import Layer
from minigrad.models.saving import Saving
from minigrad.models.summary import print_summary
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.training.trainer import Trainer


def is_functional_call(args, kwargs):
    """Whether the arguments of a constructor are `(inputs, outputs)`."""
    return len(args) == 2 or "outputs" in kwargs or (len(args) == 1 and "inputs" in kwargs)


class Model(Trainer, Saving, Layer):
    """A layer with `fit`, `evaluate` and `predict`.

    There are three ways to make one: `Model(inputs, outputs)` from symbolic tensors, a subclass
    with `call`, and `Sequential`.

    >>> import minigrad as mg
    >>> class Twice(mg.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = mg.layers.Dense(3)
    ...     def call(self, x):
    ...         return self.dense(x) * 2
    >>> Twice()(mg.ops.ones((2, 4))).shape
    (2, 3)
    """

    # Set by the module that defines it, which imports this one.
    _functional_class = None

    def __new__(cls, *args, **kwargs):
        if cls is Model and is_functional_call(args, kwargs):
            cls = Model._functional_class
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args, **kwargs):
        Trainer.__init__(self)
        functional = Model._functional_class
        if is_functional_call(args, kwargs) and not isinstance(self, functional):
            # A subclass that calls `super().__init__(inputs, outputs)` is a functional model.
            _make_functional(type(self))
            functional.__init__(self, *args, **kwargs)
        else:
            Layer.__init__(self, *args, **kwargs)

    def call(self, *args, **kwargs):
        """Compute the outputs. To be overridden."""
        raise NotImplementedError(
            f"Model {type(self).__name__} does not have a `call()` method implemented."
        )

    @property
    def layers(self):
        """The layers directly inside this model, in order."""
        return self._flatten_layers(include_self=False, recursive=False)

    @layers.setter
    def layers(self, _):
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def get_layer(self, name=None, index=None):
        """The layer of a name, or at a place in `layers`.

        Raises:
            ValueError: there is none, or not just one of the arguments is given.
        """
        if (name is None) == (index is None):
            raise ValueError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
                if name is not None
                else "Provide either a layer name or layer index at `get_layer`."
            )
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self.layers)} layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"No such layer: {name}. Existing layers are: {[layer.name for layer in self.layers]}."
        )

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print the layers, their output shapes and the number of their parameters.

        Args:
            line_length: Width of the table in characters.
            positions: Where columns end, as shares of the width or in characters.
            print_fn: Takes each line; printed if None.
            expand_nested: Whether to list the layers of models inside.
            show_trainable: Whether to say which layers are trainable.
            layer_range: Names (or regular expressions) of the first and last layer to list.
        """
        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    # Building

    def _assert_built_as_asked(self, done):
        if not done:
            warnings.warn(
                f"Model '{self.name}' had a build config, but the model cannot be built "
                "automatically in `build_from_config(config)`. You should implement "
                "`build_from_config(self, config)`, and perhaps `get_build_config(self)`, which "
                "makes that config.",
                stacklevel=3,
            )

    def build_from_config(self, config):
        if not config:
            return
        shapes = config.get("shapes_dict") or {"input_shape": config.get("input_shape")}
        done = False
        if not self._has_default("build"):
            try:
                self.build(**shapes) if "shapes_dict" in config else self.build(*shapes.values())
                done = True
            except Exception:
                done = False
        else:
            done = self._build_by_tracing(shapes)
        self._assert_built_as_asked(done)

    def _build_by_tracing(self, shapes):
        """Build the layers inside by running `call` on shapes alone; whether that went well."""
        tensors = {
            name.removesuffix("_shape"): tree.map_shape_structure(KerasTensor, shape)
            for name, shape in shapes.items()
        }
        try:
            with unnoted():  # else the calls of a graph around it would be miscounted
                if len(tensors) == 1:
                    self(*tensors.values())
                else:
                    self(**tensors)
        except Exception:
            return False
        return True

    def build(self, input_shape):
        """Make the variables of all layers inside, for inputs of a shape.

        Args:
            input_shape: A shape with the batch axis, or a structure of them.
        """
        if any(not layer.built for layer in self._flatten_layers(include_self=False)):
            tensors = tree.map_shape_structure(
                lambda shape: KerasTensor(shape, self.input_dtype), input_shape
            )
            try:
                self._trace(tensors)
            except NotImplementedError:
                raise
            except Exception as error:
                raise ValueError(
                    f"Model '{self.name}' could not be built for inputs of shape {input_shape}: "
                    f"its `call()` failed on symbolic tensors. Call it on real data instead. "
                    f"The error was: {error}"
                ) from error

    def _has_default(self, method):
        if method == "build" and type(self).build is Model.build:
            return True
        return super()._has_default(method)

    # Config

    def to_json(self, **kwargs):
        """The config as JSON, for `models.model_from_json`. `kwargs` go to `json.dumps`."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make a model from what `get_config` returned."""
        functional = Model._functional_class
        if {"name", "layers", "input_layers", "output_layers"} <= config.keys():
            own = inspect.getfullargspec(cls.__init__)
            if (
                cls is Model
                or own.args[1:] == inspect.getfullargspec(functional.__init__).args[1:]
                or (own.varargs is not None and own.varkw is not None)
            ):
                return functional.graph_from_config(cls, config, custom_objects)
        try:
            return cls(**config)
        except TypeError as error:
            raise TypeError(
                f"Unable to revive model from config. The config that `get_config()` of "
                f"{cls.__name__} returns must contain all arguments of its constructor, or the "
                "class must define `from_config(cls, config)`.\n\n"
                f"Received config={config}\n\nError encountered during deserialization: {error}"
            ) from error

    # All variables as one nested dict

    def get_state_tree(self, value_format="backend_tensor"):
        """All variables as nested dicts along their paths.

        Args:
            value_format: "backend_tensor" or "numpy_array".
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ValueError(
                "Invalid `value_format` argument. Expected one of {'numpy_array', "
                f"'backend_tensor'}}. Received: value_format={value_format}"
            )
        return {
            kind: _nested(variables, value_format)
            for kind, variables in self._state_kinds().items()
        }

    def _state_kinds(self):
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": self.optimizer.variables if self.optimizer else [],
            "metrics_variables": self.metrics_variables,
        }

    def set_state_tree(self, state_tree):
        """Give variables the values of a tree like that of `get_state_tree`."""
        kinds = self._state_kinds()
        for kind, nested in state_tree.items():
            if kind not in kinds:
                raise ValueError(f"Unknown variable name: {kind}")
            by_path = {variable.path: variable for variable in kinds[kind]}
            for path, value in _flattened(nested):
                if path not in by_path:
                    raise ValueError(f"Unknown variable path: {path}")
                by_path[path].assign(value)


def _nested(variables, value_format):
    result = {}
    seen = set()
    for variable in variables:
        if variable.path in seen:
            raise ValueError(
                "The following variable path is found twice in the model: "
                f"'{variable.path}'. `get_state_tree()` can only be called when all variable paths "
                "are unique. Make sure to give unique names to your layers (and other objects)."
            )
        seen.add(variable.path)
        *parents, name = variable.path.split("/")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = variable.numpy() if value_format == "numpy_array" else variable.value
    return result


def _flattened(nested, prefix=""):
    for name, value in nested.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value


def _make_functional(cls):
    """Put Functional in the place of Model among the bases of a class."""
    if cls is Model:
        return
    cls.__bases__ = tuple(
        Model._functional_class if base is Model else base for base in cls.__bases__
    )
    for base in cls.__bases__:
        if issubclass(base, Model) and base is not Model._functional_class:
            _make_functional(base)


def model_from_json(json_string, custom_objects=None):
    """Make a model from what `model.to_json()` returned; its weights are new."""
    return deserialize_keras_object(json.loads(json_string), custom_objects=custom_objects)

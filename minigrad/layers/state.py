"""The state of a layer: its variables, and those of the layers inside it."""

import inspect
import threading
from math import prod

from minigrad import constraints, dtypes, initializers, naming, regularizers
from minigrad.layers.tracker import Tracker
from minigrad.metrics import Metric
from minigrad.random import SeedGenerator
from minigrad.variable import Variable

_thread = threading.local()


class tracking_off:
    """Inside, assigning to an attribute of a layer tracks nothing."""

    def __enter__(self):
        self._outer = getattr(_thread, "tracking_off", False)
        _thread.tracking_off = True

    def __exit__(self, *exc_info):
        _thread.tracking_off = self._outer


def _is_trainable_variable(x):
    return isinstance(x, Variable) and x.trainable


def _is_variable(x):
    return isinstance(x, Variable)


def _is_metric(x):
    return isinstance(x, Metric)


def _is_layer(x):
    return isinstance(x, LayerState)


def _is_seed_generator(x):
    return isinstance(x, SeedGenerator)


class LayerState:
    """Everything of `Layer` that is about its variables."""

    def _track_from_now(self):
        """Make the lists of what is tracked; also before `__init__`, if attributes come first."""
        tracker = Tracker(
            {
                "trainable_variables": _is_trainable_variable,
                "non_trainable_variables": _is_variable,
                "metrics": _is_metric,
                "layers": _is_layer,
                "seed_generators": _is_seed_generator,
            }
        )
        self.__dict__["_tracker"] = tracker

    def __setattr__(self, name, value):
        tracker = self.__dict__.get("_tracker")
        if tracker is None:
            self._track_from_now()
            tracker = self.__dict__["_tracker"]
        if not getattr(_thread, "tracking_off", False):
            value = tracker.track(value)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        value = getattr(self, name)
        if isinstance(value, Variable):
            self._untrack_variable(value)
        super().__delattr__(name)

    @property
    def _trainable_variables(self):
        return self._tracker.lists["trainable_variables"]

    @property
    def _non_trainable_variables(self):
        return self._tracker.lists["non_trainable_variables"]

    @property
    def _layers(self):
        return self._tracker.lists["layers"]

    @_layers.setter
    def _layers(self, layers):
        self._tracker.lists["layers"] = layers

    @property
    def _metrics(self):
        return self._tracker.lists["metrics"]

    @property
    def _seed_generators(self):
        return self._tracker.lists["seed_generators"]

    def _track_variable(self, variable):
        kind = "trainable_variables" if variable.trainable else "non_trainable_variables"
        self._tracker.add(kind, variable)
        if not self.trainable:
            variable.trainable = False

    def _untrack_variable(self, variable):
        self._tracker.untrack(variable)

    def _flatten_layers(self, include_self=True, recursive=True):
        """This layer and those inside it, each once, outer before inner."""
        found = [self] if include_self else []
        seen, todo = {id(self)}, list(reversed(self._layers))
        while todo:
            layer = todo.pop()
            if id(layer) not in seen:
                seen.add(id(layer))
                found.append(layer)
                if recursive:
                    todo.extend(reversed(layer._layers))
        return found

    # Making variables

    def add_weight(
        self,
        *args,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Make a variable of this layer.

        `shape`, `initializer` and `dtype` may also be positional, in this order.

        Args:
            shape: Tuple of ints, () if None.
            initializer: A function, a value, or a name; by default "glorot_uniform" for floats,
                "zeros" for the rest.
            dtype: By default `variable_dtype` of the layer.
            trainable: Whether the optimizer changes it.
            autocast: Whether it is read in `compute_dtype` inside of `call`.
            regularizer: A function of it that is added to the loss.
            constraint: A function that is applied to it after each update.
            aggregation: See `Variable`.
            overwrite_with_gradient: See `Variable`.
            name: Its name.

        Returns:
            The Variable.
        """
        self._check_super_called()
        for keyword, value in zip(("shape", "initializer", "dtype"), args):
            if keyword == "shape" and isinstance(value, str):
                raise ValueError(
                    "`name` must be passed as a keyword argument. "
                    f"Received: add_weight('{value}', ...). "
                    f"Use: add_weight(shape=..., name='{value}')."
                )
            if {"shape": shape, "initializer": initializer, "dtype": dtype}[keyword] is not None:
                raise ValueError(
                    f"`{keyword}` was passed both positionally and as a keyword argument."
                )
        if len(args) > 3:
            raise TypeError(
                f"add_weight() takes at most 3 positional arguments but {len(args)} were given."
            )
        shape, initializer, dtype = (
            *args,
            *(shape, initializer, dtype)[len(args) :],
        )
        dtype = self.variable_dtype if dtype is None else dtypes.standardize_dtype(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(dtype) else "zeros"
        with naming.name_scope(self.name, caller=self):
            variable = Variable(
                initializer=initializers.get(initializer),
                shape=() if shape is None else shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._track_variable(variable)
        return variable

    def add_variable(
        self,
        shape,
        initializer,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
    ):
        """Make a variable of this layer: `add_weight` by its other name."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    # Listing them

    def _collect(self, of_layer):
        """The variables that `of_layer` names for this layer, then the layers inside, each once."""
        found, seen = [], set()
        for layer in self._flatten_layers():
            for variable in of_layer(layer):
                if id(variable) not in seen:
                    seen.add(id(variable))
                    found.append(variable)
        return found

    @property
    def weights(self):
        """All variables but those of metrics and seeds: trainable before non-trainable ones."""
        return self._collect(lambda layer: layer._own_weights())

    def _own_weights(self):
        return self._trainable_variables + self._non_trainable_variables

    @property
    def variables(self):
        """All variables but those of metrics: `weights`, and the states of seed generators."""
        return self._collect(
            lambda layer: layer._own_weights() + [one.state for one in layer._seed_generators]
        )

    @property
    def trainable_weights(self):
        """The weights that an optimizer changes."""
        return [v for v in self.weights if v.trainable] if self.trainable else []

    @property
    def non_trainable_weights(self):
        """The weights that no optimizer changes."""
        return [v for v in self.weights if not (self.trainable and v.trainable)]

    @property
    def trainable_variables(self):
        """The variables that an optimizer changes."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self):
        """The variables that no optimizer changes, seeds included."""
        return [v for v in self.variables if not (self.trainable and v.trainable)]

    @property
    def metrics(self):
        """The metrics of this layer and of those inside it."""
        return [metric for layer in self._flatten_layers() for metric in layer._metrics]

    @property
    def metrics_variables(self):
        """The variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    @property
    def trainable(self):
        """Whether an optimizer may change this layer; setting it sets all layers inside it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        value = bool(value)
        self._trainable = value
        for variable in self._trainable_variables:
            variable.trainable = value
        for layer in self._layers:
            layer.trainable = value

    # Values

    def get_weights(self):
        """The values of `weights` as NumPy arrays."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights):
        """Give `weights` values from a list of arrays.

        Raises:
            ValueError: another number of arrays, or another shape; nothing is changed then.
        """
        variables = self.weights
        if len(variables) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(variables)} weights."
            )
        for variable, value in zip(variables, weights, strict=True):
            if variable.shape != tuple(value.shape):
                raise ValueError(
                    f"Layer {self.name} weight shape {variable.shape} is not compatible with "
                    f"provided weight shape {tuple(value.shape)} (weight {variable.path})."
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def zero_grad(self):
        """Forget the gradients of all weights: those of several `backward()` add up.

        >>> from minigrad import layers, ops
        >>> dense = layers.Dense(1, use_bias=False)
        >>> for _ in range(3):
        ...     dense.zero_grad()
        ...     ops.sum(dense(ops.ones((2, 1)))).backward()
        >>> print(dense.kernel.grad)
        [[2.]]
        """
        for weight in self.weights:
            weight.grad = None

    def count_params(self):
        """The number of numbers in `weights`."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                "built. You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(prod(variable.shape) for variable in self.weights)

    def save_own_variables(self, store):
        """Put the variables of this layer alone into `store`, under "0", "1", …"""
        for index, variable in enumerate(self._own_weights()):
            store[f"{index}"] = variable

    def load_own_variables(self, store):
        """Give the variables of this layer alone the values that `store` holds."""
        variables = self._own_weights()
        if len(store.keys()) != len(variables):
            if not variables and not self.built:
                raise ValueError(
                    f"Layer '{self.name}' was never built and thus it doesn't have any variables. "
                    f"However the weights file lists {len(store.keys())} variables for this layer. "
                    "Either the layer around it has a `build()` that does not build this one, or "
                    "this layer needs `get_build_config()` and `build_from_config()`, which make "
                    "its variables when it is loaded."
                )
            raise ValueError(
                f"Layer '{self.name}' expected {len(variables)} variables, but received "
                f"{len(store.keys())} variables during loading. "
                f"Expected: {[variable.name for variable in variables]}"
            )
        for index, variable in enumerate(variables):
            variable.assign(store[f"{index}"])

    # Building

    def get_build_config(self):
        """What `build_from_config` needs to make the same variables again."""
        shapes = self._build_shapes_dict
        if shapes is None:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": dict(shapes)}

    def build_from_config(self, config):
        """Build with what `get_build_config` returned."""
        if config:
            if "input_shape" in config:
                self.build(config["input_shape"])
            elif "shapes_dict" in config:
                self.build(**config["shapes_dict"])

    def _note_build(self, build, args, kwargs):
        bound = build.__get__(self)  # without the layer, which would be found inside itself
        self._build_shapes_dict = dict(inspect.signature(bound).bind(*args, **kwargs).arguments)

"""Layer: a computation and the variables it needs."""

import functools
import warnings

from minigrad import dtype_policies, naming, regularizers, tree
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.layers.call_arguments import CallArguments, shapes_for
from minigrad.layers.calling import LayerCalls, one_builds
from minigrad.layers.own_losses import LayerLosses
from minigrad.layers.state import LayerState
from minigrad.recomputing import get_current_remat_mode
from minigrad.saving.configurable import Configurable, accepts, constructor_config
from minigrad.stateless_scope import StatelessScope


def _building(build):
    """`build` with what belongs around it: the name scope, and noting that it was done."""

    @functools.wraps(build)
    def wrapped(self, *args, **kwargs):
        with one_builds():
            if self.__dict__.get("_inside_build"):  # super().build(…)
                return build(self, *args, **kwargs)
            self._check_super_called()
            object.__setattr__(self, "_inside_build", True)
            try:
                with self._open_name_scope():
                    self._path = naming.current_path()
                    build(self, *args, **kwargs)
            finally:
                object.__setattr__(self, "_inside_build", False)
            self._note_build(build, args, kwargs)
            self.built = True
            self._post_build()
            self._lock_state()

    return wrapped


class Layer(LayerState, LayerCalls, LayerLosses, Configurable):
    """A computation with its variables, the base of all layers.

    Subclasses define `call(inputs)`, which computes, and `build(input_shape)`, which makes the
    variables when the shape of the first input is known; variables that do not depend on it can be
    made in `__init__`. Layers and variables in attributes are found by themselves.

    Args:
        activity_regularizer: A function of the output that is added to the loss.
        trainable: Whether an optimizer may change the variables.
        dtype: Name of a dtype or a DTypePolicy; `config.dtype_policy()` if None.
        autocast: Whether floating inputs are cast to `compute_dtype`.
        name: Made up from the class if None.

    >>> import minigrad as mg
    >>> class SimpleDense(mg.Layer):
    ...     def __init__(self, units=32):
    ...         super().__init__()
    ...         self.units = units
    ...     def build(self, input_shape):
    ...         self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
    ...         self.bias = self.add_weight(shape=(self.units,), initializer="zeros")
    ...     def call(self, inputs):
    ...         return inputs @ self.kernel + self.bias
    >>> layer = SimpleDense(4)
    >>> layer(mg.ops.ones((2, 3))).shape, len(layer.weights)
    ((2, 4), 2)
    """

    # Before `__init__` of this class has run.
    _initialized = built = False
    _name = _remat_mode = None
    _not_in_config = ()

    @staticmethod
    def _plainest():
        """What has only the attributes that saving does not look into."""
        return Layer(name="plainest")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _building(vars(cls)["build"])

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        **kwargs,
    ):
        if "_tracker" not in self.__dict__:
            self._track_from_now()
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. "
                f"Received: name={name} (of type {type(name)})"
            )
        if not isinstance(trainable, bool):
            raise ValueError(
                "Expected `trainable` to be a boolean. "
                f"Received: trainable={trainable} (of type {type(trainable)})"
            )
        self._initialized = True
        mode = get_current_remat_mode()
        if mode is not None:
            self._remat_mode = mode
        self._name = name or naming.auto_name(type(self).__name__)
        self._dtype_policy = dtype_policies.get(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._take_input_shape(kwargs)
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}"
            )
        self._trainable = trainable
        self.autocast = autocast
        self.built = False
        self.supports_jit = True
        self._path = self._parent_path = self._input_spec = None
        self._called = False
        self._losses = []
        self._losses_override = []
        self._build_shapes_dict = None
        self._supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._convert_input_args = True
        self._allow_non_tensor_positional_args = False
        self._call_context_args = {"training"}
        self._inbound_nodes = []

    def _take_input_shape(self, kwargs):
        shape = kwargs.pop("input_shape", None)
        if "input_dim" in kwargs:
            shape = (kwargs.pop("input_dim"),)
        if shape is not None:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using "
                "Sequential models, prefer using an `Input(shape)` object as the first layer in "
                "the model instead.",
                stacklevel=3,
            )
            self._input_shape_arg = shape

    def _check_super_called(self):
        if not self._initialized:
            raise RuntimeError(
                f"In layer '{type(self).__name__}', you forgot to call `super().__init__()` as the "
                "first statement in the `__init__()` method. Go add it!"
            )

    # What it is

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, value):
        self._name = value

    @property
    def path(self):
        """Its name behind those of the layers around it; None until it is built."""
        return self._path

    @property
    def input_spec(self):
        """InputSpec, or a structure of them, that the inputs are checked against."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value):
        self._input_spec = value
        object.__setattr__(self, "_shape_seen", None)

    @property
    def supports_masking(self):
        """Whether a mask of the input is passed on with the output."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value):
        self._supports_masking = value

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # Dtypes

    @property
    def dtype_policy(self):
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = dtype_policies.get(value)
        if isinstance(self._dtype_policy, dtype_policies.DTypePolicyMap) and self.path:
            if self.path in self._dtype_policy:
                del self._dtype_policy[self.path]
            self._dtype_policy[self.path] = policy
        else:
            self._dtype_policy = policy

    def _policy(self):
        policy = self._dtype_policy
        if isinstance(policy, dtype_policies.DTypePolicyMap) and self.path:
            return policy[self.path]
        return policy

    @property
    def variable_dtype(self):
        """The dtype of the variables."""
        return self._policy().variable_dtype

    @property
    def dtype(self):
        """The dtype of the variables: `variable_dtype` by its short name."""
        return self.variable_dtype

    @property
    def compute_dtype(self):
        """The dtype of the computation, to which floating inputs are cast."""
        return self._policy().compute_dtype

    @property
    def input_dtype(self):
        return self.compute_dtype

    @property
    def quantization_mode(self):
        return self._policy().quantization_mode

    # Building

    @_building
    def build(self, input_shape):
        """Make the variables that depend on the shape of the inputs. To be overridden."""
        if any(not layer.built for layer in self._layers):
            warnings.warn(
                f"`build()` was called on layer '{self.name}', however the layer does not have a "
                "`build()` method implemented and it looks like it has unbuilt state. This will "
                "cause the layer to be marked as built, despite not being actually built. Make "
                "sure to implement a proper `build()` method.",
                stacklevel=3,
            )

    def _has_default(self, method):
        """Whether `method` is the one of Layer."""
        found = getattr(type(self), method)
        return found is getattr(Layer, method)

    def _build_at_init(self):
        """Count as built from the start, where there is nothing to build."""
        if self._has_default("build"):
            self.built = True
            self._post_build()
            self._lock_state()

    def _post_build(self):
        """Called when `build` is done. To be overridden."""

    def _lock_state(self):
        """From now on, new variables and layers in attributes are an error."""
        self._tracker.lock()

    def _open_name_scope(self):
        if self._parent_path is None:
            self._parent_path = naming.current_path()
        return naming.name_scope(self.name, caller=self)

    def _maybe_build(self, arguments):
        if not self._has_default("build"):
            self.build(**shapes_for(self.build, arguments, type(self).__name__))
            self._assert_input_compatibility(arguments.first)
            return
        if any(not layer.built for layer in self._layers):
            # No `build`, but layers inside: running `call` on shapes alone builds them.
            try:
                self._trace(**arguments.all)
            except Exception as error:
                if all(isinstance(x, Tensor) for x in tree.flatten(arguments.tensors)):
                    return  # the call itself, on values, will build them or say what is wrong
                warnings.warn(
                    f"Layer '{self.name}' looks like it has unbuilt state, but its `call()` could "
                    "not be traced in order to build it. Either `call()` fails (try it on real "
                    "data), or the layer needs a `build(self, input_shape)` method that creates "
                    f"all variables, also of the layers inside. Exception: {error!r}",
                    stacklevel=4,
                )
                return
        self.build(next(iter(arguments.shapes().values()), None))

    def _trace(self, *args, **kwargs):
        """What `call` gives for tensors without values, changing no variable."""
        return compute_output_spec(self.call, *args, **kwargs)

    # Shapes

    def compute_output_shape(self, *args, **kwargs):
        """The shape of the outputs for inputs of a shape; found by tracing `call`."""
        if self._has_default("call"):
            raise self._not_implemented("compute_output_shape")
        names = list(self._call_signature.parameters)
        shapes = dict(zip(names, args, strict=False)) | {
            name.removesuffix("_shape"): shape for name, shape in kwargs.items()
        }
        if len(shapes) == 1:  # the one shape is that of the first argument, whatever its name
            shapes = {names[0]: next(iter(shapes.values()))}
        inputs = {
            name: tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape)
            for name, shape in shapes.items()
        }
        return tree.map_structure(lambda x: x.shape, self._trace(**inputs))

    def compute_output_spec(self, *args, **kwargs):
        """The outputs as KerasTensors, for inputs that are KerasTensors."""
        if self._has_default("compute_output_shape"):
            return self._trace(*args, **kwargs)
        arguments = CallArguments(self._call_signature, args, kwargs)
        shapes = shapes_for(self.compute_output_shape, arguments, type(self).__name__)
        shape = self.compute_output_shape(**shapes)
        if isinstance(shape, list) and shape and isinstance(shape[0], (int, type(None))):
            shape = tuple(shape)
        if not isinstance(shape, (list, tuple, dict)):
            raise ValueError(
                f"Method `compute_output_shape()` of layer {type(self).__name__} is returning a "
                "type that cannot be interpreted as a shape. It should return a shape tuple. "
                f"Received: {shape}"
            )
        return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape)

    def symbolic_call(self, *args, **kwargs):
        """`compute_output_spec` by its other name."""
        return self.compute_output_spec(*args, **kwargs)

    def _not_implemented(self, method):
        return NotImplementedError(
            f"Layer {type(self).__name__} does not have a `{method}` method implemented."
        )

    # As a function of its variables

    def stateless_call(
        self,
        trainable_variables,
        non_trainable_variables,
        *args,
        return_losses=False,
        **kwargs,
    ):
        """Call the layer with other values of its variables, leaving these as they are.

        Args:
            trainable_variables: Values for `trainable_variables`, in their order.
            non_trainable_variables: Values for `non_trainable_variables`, in their order.
            args, kwargs: Of `call`.
            return_losses: Whether to return `losses` too.

        Returns:
            `(outputs, new values of non_trainable_variables)`, and `losses` if asked for.
        """
        self._check_super_called()
        if not self.built:
            raise ValueError(
                f"To call stateless_call, {type(self).__name__} must be built (i.e. its variables "
                "must have been already created). You can build it by calling it on some data."
            )
        mapping = []
        for kind, values in (
            ("trainable_variables", trainable_variables),
            ("non_trainable_variables", non_trainable_variables),
        ):
            variables = getattr(self, kind)
            if len(values) != len(variables):
                raise ValueError(
                    f"Argument `{kind}` must be a list of tensors corresponding 1:1 to "
                    f"{type(self).__name__}().{kind}. Received list with length {len(values)}, but "
                    f"expected {len(variables)} variables."
                )
            mapping += zip(variables, values, strict=True)
        with StatelessScope(mapping, collect_losses=return_losses) as scope:
            outputs = self.call(*args, **kwargs)
            losses = self.losses if return_losses else None
        state = [scope.get_current_value(v) for v in self.non_trainable_variables]
        return (outputs, state, losses) if return_losses else (outputs, state)

    # Symbolic inputs and outputs

    @property
    def input(self):
        """The symbolic tensors that the layer was first called on: one, or a list."""
        return self._of_first_call("input", lambda node: node.inputs)

    @property
    def output(self):
        """The symbolic tensors that the layer gave when it was first called: one, or a list."""
        return self._of_first_call("output", lambda node: node.outputs)

    def _of_first_call(self, what, read):
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {what}."
            )
        tensors = read(self._inbound_nodes[0])
        return tensors[0] if len(tensors) == 1 else tensors

    def _register_call_context_args(self, *names):
        """Arguments that, like `training`, reach the layers inside this one by themselves."""
        if self._called:
            raise RuntimeError("Cannot add call-context args after the layer has been called.")
        self._call_context_args = self._call_context_args | set(names)

    # Config and copies

    def get_config(self):
        """The arguments that make an equal layer, as plain values."""
        self._check_super_called()
        config = constructor_config(self, Layer, without=self._not_in_config)
        base = {"name": self.name, "trainable": self.trainable}
        base["dtype"] = dtype_policies.serialize(self._dtype_policy)
        if self.activity_regularizer is not None:
            base["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        cls = type(self)
        if config.get("activity_regularizer", True) is None:
            del config["activity_regularizer"]
        base = {name: value for name, value in base.items() if accepts(cls, name)}
        return {**base, **config, **base}  # what a user's class was given may say less: "float32"

    def __getstate__(self):
        state = dict(self.__dict__)
        for cached in ("_call_signature", "_takes_training", "_training_by_default"):
            state.pop(cached, None)
        state["_inbound_nodes"] = []
        state["_losses"] = []
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)

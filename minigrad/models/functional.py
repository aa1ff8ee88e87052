"""Functional: a model made of the calls between its inputs and its outputs."""

import inspect
import warnings

import numpy as np

from minigrad import ops, tree
from minigrad.autograd.symbolic import KerasTensor, Node
from minigrad.autograd.tensor import Tensor
from minigrad.layers.call_arguments import is_text
from minigrad.layers.core.input_layer import Input, InputLayer
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.state import tracking_off
from minigrad.masking import get_keras_mask, set_keras_mask
from minigrad.models.graph import Graph, flattened_graph, rebuilt_graph
from minigrad.models.graph_config import graph_config, graph_from_config
from minigrad.models.model import Model


class Functional(Model):
    """A model made of the calls between its inputs and its outputs.

    `Model(inputs, outputs)` makes one.

    Args:
        inputs: Symbolic tensors, in any structure; intermediate ones cut a model out of another.
        outputs: Symbolic tensors that depend on them.
        name: Its name.
        trainable: Whether an optimizer may change it.

    Raises:
        ValueError: something else than KerasTensors, or outputs that the inputs do not lead to.

    >>> from minigrad import Input, Model, layers
    >>> x = Input((3,), name="x")
    >>> model = Model(x, layers.Dense(2, name="y")(x))
    >>> [layer.name for layer in model.layers], model.output_shape
    (['x', 'y'], (None, 2))
    """

    keras_name = ("keras.src.models.functional", "Functional")  # not public there
    _saved_first = ("layers",)
    _not_saved = ("operations", "_operations")

    def __init__(self, inputs, outputs, name=None, **kwargs):
        trainable = kwargs.pop("trainable", None)
        _check_tensors("inputs", inputs)
        _check_tensors("outputs", outputs)
        if isinstance(inputs, dict):
            _check_names(inputs)
        if not all(x.node is not None and x.node.is_input for x in tree.flatten(inputs)):
            inputs, outputs = _cut_out(inputs, outputs)
        super().__init__(name=name, **kwargs)
        self._connect(inputs, outputs)
        for layer in self.layers:
            self._tracker.track(layer)
        if trainable is not None:
            self.trainable = trainable
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.output_names = [x._keras_history[0].name for x in self.outputs]
        self.built = True
        self._single = isinstance(inputs, KerasTensor) or (
            isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], KerasTensor)
        )

    def _connect(self, inputs, outputs):
        """Find the graph between symbolic inputs and outputs."""
        paths = [".".join(map(str, path)) for path, _ in tree.flatten_with_path(outputs)]
        with tracking_off():
            self._inputs_struct, self._outputs_struct = inputs, outputs
            self._graph = Graph(inputs, outputs, paths)
        # A functional model counts as called once, on its own inputs.
        Node(self, (inputs,), {}, [KerasTensor(x.shape, x.dtype) for x in self.outputs])

    def _lock_state(self):
        """Attributes with more layers may be added at any time."""

    # What it is made of

    @property
    def operations(self):
        """The layers and ops, in order."""
        return list(self._graph.operations)

    @property
    def _operations(self):
        return self._graph.operations

    @property
    def layers(self):
        return [one for one in self._graph.operations if isinstance(one, Layer)]

    @layers.setter
    def layers(self, _):
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    @property
    def inputs(self):
        """The symbolic inputs as a flat list."""
        return self._graph.inputs

    @property
    def outputs(self):
        """The symbolic outputs as a flat list."""
        return self._graph.outputs

    @property
    def input(self):
        return self._inputs_struct

    @property
    def output(self):
        return self._outputs_struct

    @property
    def input_shape(self):
        """The shapes of the inputs."""
        return _one_or_all([x.shape for x in self.inputs])

    @property
    def output_shape(self):
        """The shapes of the outputs."""
        return _one_or_all([x.shape for x in self.outputs])

    @property
    def input_spec(self):
        """What each input must look like."""
        if self._input_spec is None:
            self._input_spec = self._spec_of_inputs()
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value):
        self._input_spec = value

    def _spec_of_inputs(self):
        struct = self._inputs_struct
        if isinstance(struct, dict):
            if not all(isinstance(x, KerasTensor) for x in struct.values()):
                return []  # deeper structures are checked by their order alone
            return [_spec_of(struct[name], name) for name in sorted(struct)]
        return [_spec_of(x, x._keras_history[0].name) for x in self.inputs]

    def build(self, input_shape):
        """A functional model is built from the start."""

    # Calling

    def _assert_input_compatibility(self, inputs):
        for x, expected in zip(tree.flatten(inputs), self.inputs):
            if x is None:
                self._refuse_none(expected)
        super()._assert_input_compatibility(inputs)

    def _refuse_none(self, expected):
        layer = expected._keras_history[0]
        if isinstance(layer, InputLayer) and not layer.optional:
            raise ValueError(
                f"The input '{expected.name}' is not optional, but None was passed. Please "
                "provide a valid tensor."
            )

    def call(self, inputs, training=None, mask=None, **kwargs):
        inputs = self._standardize_inputs(inputs)
        if mask is not None:
            for x, one in zip(inputs, tree.flatten(mask)):
                if one is not None:
                    set_keras_mask(x, one)
        context = {"training": training, **kwargs}
        context = {name: value for name, value in context.items() if value is not None}

        def call(operation, args, kwargs):
            for name, value in context.items():
                if name in getattr(operation, "_call_context_args", ()):
                    kwargs = {**kwargs, name: value}
            return operation(*args, **kwargs)

        return self._packed(self._graph.run(inputs, call))

    def _packed(self, outputs):
        if isinstance(self._outputs_struct, KerasTensor):
            return outputs[0]
        packed = tree.pack_sequence_as(self._outputs_struct, outputs)
        return packed[0] if isinstance(packed, (list, tuple)) and len(packed) == 1 else packed

    def compute_output_spec(self, inputs, training=None, mask=None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the call itself has warned, or will
            flat = self._standardize_inputs(inputs)
        if all(x is not None and x.shape == y.shape for x, y in zip(flat, self.inputs)):
            return self._packed([KerasTensor(x.shape, x.dtype) for x in self.outputs])
        return self._trace(inputs)

    def compute_output_shape(self, input_shape):
        inputs = tree.map_shape_structure(KerasTensor, input_shape)
        flat = [
            KerasTensor(x.shape, y.dtype)
            for x, y in zip(tree.flatten(inputs), self.inputs, strict=True)
        ]
        spec = self._trace(tree.pack_sequence_as(inputs, flat))
        return tree.map_structure(lambda x: x.shape, spec)

    def _standardize_inputs(self, inputs):
        """The inputs as a flat list, in the order, dtype and number of axes of the model's."""
        if self._single and isinstance(inputs, Tensor):
            return [self._adjusted(inputs, self.inputs[0], 0)]
        inputs = self._by_name(inputs)
        flat = tree.flatten(inputs)
        return [
            self._adjusted(x, expected, index)
            for index, (x, expected) in enumerate(zip(flat, self.inputs, strict=False))
        ]

    def _by_name(self, inputs):
        struct = self._inputs_struct
        refuse = False
        if self._single and not isinstance(inputs, (list, tuple, dict)):
            return [inputs]
        if isinstance(inputs, dict) and not isinstance(struct, dict):
            expected = [struct] if isinstance(struct, KerasTensor) else struct
            refuse = not all(isinstance(x, KerasTensor) and x.name in inputs for x in expected)
            if not refuse:
                return [inputs[x.name] for x in expected]
        if isinstance(struct, dict) and not isinstance(inputs, dict):
            # A list fits a dict only where the order of its keys is beyond doubt.
            refuse = list(struct) != sorted(struct)
        if isinstance(inputs, dict) and isinstance(struct, dict) and not refuse:
            extra = inputs.keys() - struct.keys()
            if extra and not struct.keys() - inputs.keys():
                self._mismatch(inputs, refuse)
                return {name: inputs[name] for name in struct}
        try:
            tree.assert_same_structure(tree.lists_to_tuples(inputs), tree.lists_to_tuples(struct))
        except (ValueError, TypeError):
            self._mismatch(inputs, refuse)
        return inputs

    def _mismatch(self, inputs, refuse):
        expected = tree.map_structure(lambda x: x.name, self._inputs_struct)
        received = tree.map_structure(
            lambda x: "None" if x is None else f"Tensor(shape={getattr(x, 'shape', None)})", inputs
        )
        message = (
            "The structure of `inputs` doesn't match the expected structure.\n"
            f"Expected: {expected}\nReceived: inputs={received}"
        )
        if refuse:
            raise ValueError(message)
        warnings.warn(message, stacklevel=6)

    def _adjusted(self, x, expected, index):
        if x is None:
            self._refuse_none(expected)
            return x
        mask = get_keras_mask(x)
        given = x
        numpy_or_ops = np if is_text(x) else ops
        if numpy_or_ops is ops:
            if expected.dtype == "string" and not isinstance(x, KerasTensor):
                raise ValueError(
                    f"The input '{expected.name}' takes text: a NumPy array of strings. "
                    f"Received: an array of dtype {getattr(x, 'dtype', None)}"
                )
            x = ops.convert_to_tensor(x, dtype=expected.dtype)
        rank, wanted = len(x.shape), len(expected.shape)
        if rank == wanted + 1 and x.shape[-1] == 1:
            x = numpy_or_ops.squeeze(x, axis=-1)
        elif rank == wanted - 1 and expected.shape[-1] == 1:
            x = numpy_or_ops.expand_dims(x, axis=-1)
        elif rank != wanted:
            path = tree.flatten_with_path(self._inputs_struct)[index][0]
            raise ValueError(
                f"Invalid input shape for input {given} with name '{expected.name}' and path "
                f"'{'.'.join(map(str, path))}'. Expected shape {expected.shape}, but input has "
                f"incompatible shape {x.shape}"
            )
        if mask is not None and x is not given:
            set_keras_mask(x, mask)
        return x

    # Copies and config

    def __getstate__(self):
        state = super().__getstate__()
        del state["_graph"]
        state["_inputs_struct"], state["_outputs_struct"], state["_calls"] = flattened_graph(
            self._inputs_struct, self._outputs_struct, self._graph.nodes
        )
        return state

    def __setstate__(self, state):
        inputs, outputs, calls = (
            state.pop(name) for name in ("_inputs_struct", "_outputs_struct", "_calls")
        )
        super().__setstate__(state)
        self._connect(*rebuilt_graph(inputs, outputs, calls))

    def get_config(self):
        if not has_functional_constructor(type(self)):
            return super().get_config()
        return graph_config(self)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        if has_functional_constructor(cls) and "layers" in config:
            return graph_from_config(cls, config, custom_objects)
        return super().from_config(config)


def has_functional_constructor(cls):
    """Whether a class is made like Functional is, so that its config may be the graph."""
    own = inspect.getfullargspec(cls.__init__)
    same = own.args[1:] == inspect.getfullargspec(Functional.__init__).args[1:]
    return same or (own.varargs is not None and own.varkw is not None)


def _check_tensors(what, tensors):
    flat = tree.flatten(tensors)
    for x in flat:
        if not isinstance(x, KerasTensor):
            raise ValueError(
                f"All `{what}` values must be KerasTensors. Received: {what}={tensors} including "
                f"invalid value {x} of type {type(x)}"
            )
    if not flat:
        raise ValueError(f"`{what}` argument cannot be empty. Received: {what}={tensors}")


def _check_names(inputs):
    for name, x in inputs.items():
        if isinstance(x, KerasTensor) and name != x.name:
            warnings.warn(
                "When providing `inputs` as a dict, all keys in the dict must match the names of "
                f"the corresponding tensors. Received key '{name}' mapping to value {x} which has "
                f"name '{x.name}'. Change the tensor name to '{name}' (via "
                f"`Input(..., name='{name}')`)",
                stacklevel=4,
            )


def _spec_of(x, name):
    layer = x._keras_history[0]
    return InputSpec(
        shape=(None, *x.shape[1:]) if x.shape else (),
        allow_last_axis_squeeze=True,
        name=name,
        optional=isinstance(layer, InputLayer) and layer.optional,
    )


def _one_or_all(items):
    return items[0] if len(items) == 1 else items


def _cut_out(inputs, outputs):
    """Symbolic inputs and outputs of a copy of the graph between intermediate tensors."""
    graph = Graph(inputs, outputs, ["outputs"] * len(tree.flatten(outputs)))
    new = {}
    for x in graph.inputs:
        if x.node is not None and x.node.is_input:
            new[id(x)] = x
        else:
            new[id(x)] = Input(batch_shape=x.shape, dtype=x.dtype, name=f"{x.name}CLONE")

    def swapped(x):
        return new.get(id(x), x)

    for node in graph.nodes:
        if node.is_input or all(id(x) in new for x in node.outputs):
            continue
        copies = [KerasTensor(x.shape, x.dtype, name=f"{x.name}_clone") for x in node.outputs]
        args, kwargs = tree.map_structure(swapped, (node.args, node.kwargs))
        Node(node.operation, args, kwargs, copies)
        new.update(zip(map(id, node.outputs), copies, strict=True))
    return tree.map_structure(swapped, inputs), tree.map_structure(swapped, outputs)


Functional.graph_from_config = staticmethod(graph_from_config)
Model._functional_class = Functional

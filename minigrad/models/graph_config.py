"""The config of a functional model: its layers, and which call takes what from which."""

import inspect

from minigrad import layers, ops, tree
from minigrad.autograd.operators import OPS
from minigrad.autograd.symbolic import FunctionOperation, KerasTensor
from minigrad.models.op_classes import OP_CLASSES
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_FUNCTIONS = {row[:2]: name for name, row in OP_CLASSES.items()}


class _Reference(KerasTensor):
    """A tensor as a config names it: by the operation that made it and by which of its calls."""

    def __init__(self, x, call):
        super().__init__(x.shape, x.dtype, name=x.name)
        self.node, self.node_index = x.node, x.node_index
        self.call = call

    @property
    def _keras_history(self):
        return self.node.operation, self.call, self.node_index


def graph_config(model):
    """The config of a functional model, in Keras's format."""
    calls = {}  # node of this model: its number among the calls of its operation
    for operation in model.operations:
        # The first call of a functional model is the one on its own inputs.
        own = [node for node in operation._inbound_nodes if node in model._graph.own]
        calls.update((node, index) for index, node in enumerate(own, _calls_before(operation)))

    def reference(x):
        if not isinstance(x, KerasTensor):
            return x
        # Among arguments, Keras counts the calls inside of this model alone.
        return _Reference(x, calls[x.node] - _calls_before(x.node.operation))

    def address(x):
        return [x.node.operation.name, calls[x.node], x.node_index]

    configs = []
    for operation in model.operations:
        nodes = [node for node in operation._inbound_nodes if node in calls and not node.is_input]
        arguments = [tree.map_structure(reference, (node.args, node.kwargs)) for node in nodes]
        if isinstance(operation, FunctionOperation):
            config, arguments = _op_config(operation, *arguments)
        else:
            config = serialize_keras_object(operation)
        inbound = [
            {"args": serialize_keras_object(args), "kwargs": serialize_keras_object(kwargs)}
            for args, kwargs in arguments
        ]
        config.update(name=operation.name, inbound_nodes=inbound)  # no copy: it may be shared
        configs.append(config)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": configs,
        "input_layers": tree.map_structure(address, model._inputs_struct),
        "output_layers": tree.map_structure(address, model._outputs_struct),
    }


def _calls_before(operation):
    return 1 if hasattr(operation, "_graph") else 0


def _op_config(operation, arguments):
    """An op as the class that Keras keeps it in, and the arguments of its call."""
    args, kwargs = arguments
    name = {"getitem": "get_item"}.get(operation.function.__name__, operation.function.__name__)
    if name not in OP_CLASSES:
        raise ValueError(
            f"The op '{name}' is minigrad's own, so a model that calls it between layers cannot be "
            "written to a file. Put it into a layer's `call`, or use ops of keras.ops."
        )
    module, cls, in_call = OP_CLASSES[name]
    signature = inspect.signature(getattr(ops, name))
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    config = {"name": operation.name}
    if inspect.Parameter.VAR_POSITIONAL not in kinds:  # einsum, meshgrid: all is in the call
        bound = signature.bind(*args, **kwargs).arguments
        config |= {
            key: serialize_keras_object(one) for key, one in bound.items() if key not in in_call
        }
        args, kwargs = tuple(one for key, one in bound.items() if key in in_call), {}
    written = {
        "module": f"keras.src.ops.{module}",
        "class_name": cls,
        "config": config,
        "registered_name": cls,
    }
    return written, [(args, kwargs)]


class _LoadedOp(FunctionOperation):
    """An op with the arguments that its config holds."""

    def __init__(self, function, name, arguments):
        super().__init__(function, name)
        self.arguments = arguments

    def __call__(self, *args, **kwargs):
        if not self.arguments:
            return self.function(*args, **kwargs)
        # What the config holds may stand before the tensors: vectorized_map(function, elements).
        named = self.arguments | kwargs
        names = inspect.signature(self.function).parameters
        free = [name for name in names if name not in named]
        return self.function(**dict(zip(free, args)), **named)


def _operation_from(config, custom_objects):
    module = config.get("module") or ""
    if module.startswith("keras.src.ops."):
        key = module.rpartition(".")[2], config["class_name"]
        if key not in _FUNCTIONS:
            raise ValueError(
                f"The model calls an op that minigrad does not have: {module}.{key[1]}. "
                f"Received: config={config}"
            )
        arguments = dict(config["config"])
        name = arguments.pop("name", None)
        arguments = {key: deserialize_keras_object(one) for key, one in arguments.items()}
        return _LoadedOp(OPS[_FUNCTIONS[key]], name, arguments)
    if not module and hasattr(layers, config["class_name"]):  # as Keras 2 wrote it
        return getattr(layers, config["class_name"]).from_config(config["config"])
    return deserialize_keras_object(config, custom_objects=custom_objects)


def graph_from_config(cls, config, custom_objects=None):
    """Make a functional model from what `graph_config` returned.

    Raises:
        ValueError: calls that need each other's results, or that of a layer which is not there.
    """
    config = dict(config)
    created, waiting = {}, []
    for layer in config.pop("layers"):
        operation = _operation_from(
            {key: one for key, one in layer.items() if key != "inbound_nodes"}, custom_objects
        )
        if not hasattr(operation, "_inbound_nodes"):
            raise ValueError(
                "Unexpected object from deserialization, expected a layer or operation, got a "
                f"{type(operation)}"
            )
        created[layer["name"]] = operation
        waiting += [(operation, call) for call in layer.get("inbound_nodes", ())]
    while waiting:
        waiting_still, stuck = [], set()
        for operation, call in waiting:
            # The calls of one operation keep their order: they are referred to by number.
            arguments = None if operation.name in stuck else _arguments_of(call, created)
            if arguments is None:
                stuck.add(operation.name)
                waiting_still.append((operation, call))
            else:
                _call(operation, *arguments)
        if len(waiting_still) == len(waiting):
            raise ValueError(
                "Invalid Functional model configuration. The graph of the Functional model either "
                "has loops or disconnected nodes. The following nodes failed to be resolved: "
                f"{ {operation.name: call for operation, call in waiting} }"
            )
        waiting = waiting_still
    inputs = _tensors_at(config.pop("input_layers"), created)
    outputs = _tensors_at(config.pop("output_layers"), created)
    return cls(inputs=inputs, outputs=outputs, **config)


def _call(operation, args, kwargs):
    if isinstance(operation, FunctionOperation):
        if operation.function.__name__ == "get_item" and isinstance(args[1], list):
            args = (args[0], tuple(args[1]))  # a file knows no tuples
        # The op makes a node of an operation of its own; the loaded one takes its place.
        result = operation(*args, **kwargs)
        node = next(x.node for x in tree.flatten(result) if isinstance(x, KerasTensor))
        node.operation, node.index = operation, len(operation._inbound_nodes)
        operation._inbound_nodes.append(node)
    else:
        operation(*args, **kwargs)


def _arguments_of(call, created):
    """The arguments of a call, or None if one of them has not been made yet."""
    if isinstance(call, list):  # Keras 2: [[layer, call, output, kwargs], …]
        references = [row[:3] for row in call]
        kwargs = call[0][3] if len(call[0]) > 3 else {}
        tensors = [_tensor_at(*reference, created) for reference in references]
        if any(x is None for x in tensors):
            return None
        return (tensors[0] if len(tensors) == 1 else tensors,), kwargs
    missing = False

    def found(x):
        nonlocal missing
        history = getattr(x, "_pre_serialization_keras_history", None)
        if history is None:
            return x
        name, call, index = history
        if name in created:
            call += _calls_before(created[name])
        tensor = _tensor_at(name, call, index, created)
        missing |= tensor is None
        return tensor

    args = tree.map_structure(found, deserialize_keras_object(call["args"]))
    kwargs = tree.map_structure(found, deserialize_keras_object(call["kwargs"]))
    return None if missing else (args, kwargs)


def _tensor_at(name, call, index, created):
    """An output of a call, None if that call has not been made."""
    if name not in created:
        raise ValueError(f"Invalid Functional model configuration. Missing node: {name}")
    nodes = created[name]._inbound_nodes
    return nodes[call].outputs[index] if call < len(nodes) else None


def _tensors_at(addresses, created):
    if isinstance(addresses, dict):
        return {key: _tensors_at(one, created) for key, one in addresses.items()}
    if len(addresses) == 3 and isinstance(addresses[0], str):
        tensor = _tensor_at(*addresses, created)
        if tensor is None:
            raise ValueError(
                f"Invalid Functional model configuration. Missing node: {addresses[0]}, call "
                f"{addresses[1]}"
            )
        return tensor
    return type(addresses)(_tensors_at(one, created) for one in addresses)

"""clone_model: a model of the same shape with weights of its own."""

from minigrad import tree
from minigrad.autograd.symbolic import FunctionOperation, KerasTensor
from minigrad.layers.core.input_layer import Input, InputLayer
from minigrad.layers.layer import Layer
from minigrad.models.functional import Functional, has_functional_constructor
from minigrad.models.model import Model
from minigrad.models.sequential import Sequential


def clone_model(
    model,
    input_tensors=None,
    clone_function=None,
    call_function=None,
    recursive=False,
    **kwargs,
):
    """A model with the same layers, made anew, and with new weights.

    Args:
        model: A functional or Sequential model, or one of a class with a config.
        input_tensors: Symbolic tensors for the new model to start from; new ones if None.
        clone_function: `f(layer)` that gives the new layer; by default one of the same config.
        call_function: `f(layer, *args, **kwargs)` that calls a new layer; for functional models.
        recursive: Whether `clone_function` is also applied to the layers of models inside.

    >>> import minigrad as mg
    >>> model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(2)])
    >>> mg.models.clone_model(model).count_params() == model.count_params()
    True
    """
    cache = kwargs.pop("cache", None)
    cache = {} if cache is None else cache
    if kwargs:
        raise ValueError(f"Unexpected keyword argument(s): {tuple(kwargs)}")

    def clone(layer):
        if id(layer) not in cache:
            if recursive and isinstance(layer, (Functional, Sequential)):
                cache[id(layer)] = clone_model(
                    layer,
                    clone_function=clone_function,
                    call_function=call_function if isinstance(layer, Functional) else None,
                    recursive=True,
                    cache=cache,
                )
            else:
                cache[id(layer)] = (clone_function or _same_config)(layer)
        return cache[id(layer)]

    if isinstance(model, Sequential):
        if call_function is not None:
            raise ValueError(
                "`call_function` argument is not supported with Sequential models. In a Sequential "
                f"model, layers aren't called at model-construction time (they're merely listed). "
                f"Received: call_function={call_function}"
            )
        return _clone_sequential(model, clone, input_tensors)
    if isinstance(model, Functional) and has_functional_constructor(type(model)):
        return _clone_functional(model, clone, input_tensors, call_function)
    for name, value in (
        ("clone_function", clone_function),
        ("input_tensors", input_tensors),
        ("call_function", call_function),
    ):
        if value is not None:
            raise ValueError(
                f"`{name}` can only be used with Sequential or Functional models. Received model "
                f"of type '{type(model).__name__}', with {name}={value}"
            )
    if recursive:
        raise ValueError(
            "Argument `recursive` is only supported with Sequential or Functional models. "
            f"Received model of type '{type(model).__name__}'"
        )
    copy = _same_config(model)
    copy.build_from_config(model.get_build_config() or {})
    return copy


def _same_config(layer):
    return type(layer).from_config(layer.get_config())


def _clone_sequential(model, clone, input_tensors):
    new_layers = [clone(layer) for layer in model.layers]
    old_input = model._layers[0] if model._starts_with_input() else None
    if input_tensors is not None:
        tensors = tree.flatten(input_tensors)
        if len(tensors) != 1:
            raise ValueError(
                "Argument `input_tensors` must contain a single tensor. "
                f"Received: input_tensors={input_tensors}"
            )
        start = tensors[0]
        if not (
            isinstance(start, KerasTensor)
            and start.node is not None
            and isinstance(start.node.operation, InputLayer)
        ):
            start = Input(batch_shape=start.shape, dtype=start.dtype, tensor=None)
        new_layers = [start, *new_layers]
    elif old_input is not None:
        new_layers = [
            InputLayer(
                batch_shape=old_input.batch_shape,
                dtype=old_input.dtype,
                optional=old_input.optional,
                name=old_input.name,
            ),
            *new_layers,
        ]
    copy = type(model)(new_layers, name=model.name, trainable=model.trainable)
    return _compiled_like(model, copy)


def _same_structure(input_tensors, model):
    if len(model.inputs) == 1:  # alone, or in a list of one
        return len(tree.flatten(input_tensors)) == 1
    try:
        tree.assert_same_structure(
            tree.lists_to_tuples(input_tensors), tree.lists_to_tuples(model.input)
        )
    except (ValueError, TypeError):
        return False
    return True


def _clone_functional(model, clone, input_tensors, call_function):
    if input_tensors is None:
        inputs = [
            Input(
                batch_shape=x.shape,
                dtype=x.dtype,
                name=x.node.operation.name,
                optional=getattr(x.node.operation, "optional", False),
            )
            for x in model.inputs
        ]
    else:
        inputs = tree.flatten(input_tensors)
        if not _same_structure(input_tensors, model) or not all(
            isinstance(x, KerasTensor) for x in inputs
        ):
            raise ValueError(
                "`input_tensors` must have the same structure as model.input, of symbolic tensors. "
                f"Expected: {model.input}. Received: input_tensors={input_tensors}"
            )

    def call(operation, args, kwargs):
        if isinstance(operation, FunctionOperation):
            return operation(*args, **kwargs)
        layer = clone(operation) if isinstance(operation, Layer) else operation
        if call_function is not None:
            return call_function(layer, *args, **kwargs)
        return layer(*args, **kwargs)

    outputs = tree.pack_sequence_as(model._outputs_struct, model._graph.run(inputs, call))
    inputs = tree.pack_sequence_as(model._inputs_struct, inputs)
    cls = Functional if type(model) in (Model, Functional) else type(model)
    copy = cls(inputs, outputs, name=model.name, trainable=model.trainable)
    return _compiled_like(model, copy)


def _compiled_like(model, copy):
    if getattr(model, "compiled", False):
        copy.compile_from_config(model.get_compile_config())
    return copy

"""The table that `model.summary()` prints."""

import re
from math import prod

from minigrad import dtypes
from minigrad.autograd.symbolic import FunctionOperation
from minigrad.layers.layer import Layer
from minigrad.messages import print_msg
from minigrad.models.op_classes import OP_CLASSES


def print_summary(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Print the layers of a model; see `Model.summary` for the arguments."""
    from_where = _has_branches(model)
    header = ["Layer (type)", "Output Shape", "Param #"]
    if from_where:
        header.append("Connected to")
    if show_trainable:
        header.append("Trainable")
    rows = [
        _row(layer, level, model, from_where, show_trainable)
        for layer, level in _listed(model, expand_nested, layer_range)
    ]
    widths = _widths([header, *rows], line_length, positions)
    lines = [f'Model: "{model.name}"', *_table(header, rows, widths), *_totals(model)]
    for line in lines:
        (print_fn or print_msg)(line)


def _has_branches(model):
    graph = getattr(model, "_graph", None)  # a Sequential has none of its own
    return graph is not None and any(
        len(node.inputs) > 1 or len(graph.inputs) > 1 for node in graph.nodes
    )


def _listed(model, expand_nested, layer_range):
    """The layers (of a graph, also the ops) to be shown, with how deeply they are nested."""
    layers = getattr(model, "operations", model.layers)
    if layer_range is not None:
        layers = _within(layers, layer_range)
    found = []
    for layer in layers:
        found.append((layer, 0))
        if expand_nested and hasattr(layer, "layers"):
            inner = _listed(layer, True, None)
            found += [(one, level + 1) for one, level in inner]
    return found


def _within(layers, layer_range):
    if len(layer_range) != 2:
        raise ValueError(
            "layer_range must be a list or tuple of length 2. Received: "
            f"layer_range = {layer_range} of length {len(layer_range)}"
        )
    if not all(isinstance(one, str) for one in layer_range):
        raise ValueError(f"layer_range should contain string type only. Received: {layer_range}")
    names = [layer.name for layer in layers]
    first = [i for i, name in enumerate(names) if re.match(layer_range[0], name)]
    last = [i for i, name in enumerate(names) if re.match(layer_range[1], name)]
    if not first or not last:
        raise ValueError(
            f"Passed layer_names do not match the layer names in the model. Received: {layer_range}"
        )
    start, stop = min(first[0], last[-1]), max(first[0], last[-1])
    return layers[start : stop + 1]


def _row(layer, level, model, from_where, show_trainable):
    mark = "└ " * bool(level)
    row = [f"{'  ' * max(level - 1, 0)}{mark}{layer.name} ({_class_name(layer)})"]
    row.append(_output_shape(layer))
    is_layer = isinstance(layer, Layer)
    if is_layer and not layer.built:
        row.append("0 (unbuilt)")
    else:
        row.append(f"{layer.count_params():,}" if is_layer else "0")
    if from_where:
        row.append(_connections(layer, model))
    if show_trainable:
        learns = is_layer and layer.trainable and layer.trainable_weights
        row.append("Y" if learns else "N" if is_layer and layer.weights else "-")
    return row


def _class_name(operation):
    """Of an op, the name that it has in files: "NotEqual"."""
    if isinstance(operation, FunctionOperation):
        name = operation.function.__name__
        return OP_CLASSES[name][1] if name in OP_CLASSES else name
    return type(operation).__name__


def _output_shape(layer):
    for node in getattr(layer, "_inbound_nodes", ()):
        shapes = [str(x.shape) for x in node.outputs if hasattr(x, "shape")]
        if shapes:
            return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"
    try:
        return str(layer.output_shape)
    except AttributeError:
        return _shape_since_build(layer)


def _shape_since_build(layer):
    """The output shape of a layer that is in no graph, if its rule of shapes is known."""
    shapes = getattr(layer, "_build_shapes_dict", None)
    if not shapes or layer._has_default("compute_output_shape"):
        return "?"
    return str(layer.compute_output_shape(**shapes))


def _connections(layer, model):
    own = model._graph.own
    found = []
    for node in layer._inbound_nodes:
        if node in own:
            for x in node.inputs:
                operation, call, index = x._keras_history
                # Numbered are the calls in this model, as in its config.
                number = sum(earlier in own for earlier in operation._inbound_nodes[:call])
                found.append(f"{operation.name}[{number}][{index}]")
    return ", ".join(found) or "-"


def _widths(rows, line_length, positions):
    columns = list(zip(*rows, strict=True))
    natural = [max(map(len, column)) for column in columns]
    if positions is not None:
        total = line_length or 88
        ends = [int(total * one) if one <= 1 else int(one) for one in positions[: len(columns)]]
        ends += [total] * (len(columns) - len(ends))
        starts = [0, *ends[:-1]]
        return [max(end - start - 3, 4) for start, end in zip(starts, ends, strict=True)]
    if line_length is not None:
        spare = line_length - sum(natural) - 3 * len(natural) - 1
        natural[0] += max(spare, 0)
        for _ in range(-spare):  # the widest gives way
            widest = natural.index(max(natural))
            natural[widest] = max(natural[widest] - 1, 4)
    return natural


def _table(header, rows, widths):
    def rule(left, middle, right, line):
        return left + middle.join(line * (width + 2) for width in widths) + right

    def cells(row):
        # Numbers stand to the right.
        cut = [
            one if len(one) <= width else one[: width - 1] + "…" for one, width in zip(row, widths)
        ]
        return (
            "│"
            + "│".join(
                f" {one:>{width}} " if index == 2 else f" {one:<{width}} "
                for index, (one, width) in enumerate(zip(cut, widths, strict=True))
            )
            + "│"
        )

    yield rule("┌", "┬", "┐", "─")
    yield cells(header)
    yield rule("├", "┼", "┤", "─")
    for row in rows:
        yield cells(row)
    yield rule("└", "┴", "┘", "─")


def count(variables):
    """The number of numbers in variables, and of bytes."""
    numbers = sum(prod(variable.shape) for variable in variables)
    size = sum(
        prod(variable.shape) * dtypes.to_numpy_dtype(variable.dtype).itemsize
        for variable in variables
    )
    return numbers, size


def _totals(model):
    optimizer = getattr(model, "optimizer", None)
    state = optimizer.variables if optimizer is not None and optimizer.built else []
    yield _total("Total params", model.weights + state)  # as in Keras, the optimizer's too
    yield _total("Trainable params", model.trainable_weights)
    yield _total("Non-trainable params", model.non_trainable_weights)
    if state:
        yield _total("Optimizer params", state)


def _total(label, variables):
    numbers, size = count(variables)
    return f" {label}: {numbers:,} ({readable_size(size)})"


def readable_size(size):
    """A number of bytes for people.

    >>> readable_size(2048)
    '2.00 KB'
    """
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024 or unit == "TB":
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} TB"

"""The graph of a functional model: its nodes in an order in which they can be computed."""

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor, Node
from minigrad.layers.call_arguments import TENSORS
from minigrad.layers.core.input_layer import InputLayer


class Graph:
    """All calls on the way from inputs to outputs.

    Attributes:
        nodes: The calls, each behind those it needs.
        operations: The layers and ops that are called, inputs first, by their distance from the
            outputs; this is the order of `model.layers` and of its weights.

    Raises:
        ValueError: an output does not depend on the inputs, something on the way depends on other
            inputs, or two operations have one name.
    """

    def __init__(self, inputs, outputs, paths):
        self.inputs = tree.flatten(inputs)
        self.outputs = tree.flatten(outputs)
        ends = {id(x) for x in self.inputs}
        ordered, seen_at = _sorted_nodes(self.outputs, ends)
        depths, of_operation = _depths(ordered, seen_at, self.inputs)
        # Equal depths stay in the order in which they were found.
        self.nodes = sorted(depths, key=lambda node: -depths[node])
        self.operations = sorted(
            of_operation, key=lambda operation: (-of_operation[operation], seen_at[operation])
        )
        self._check(ends, paths)
        self.own = set(self.nodes)
        self.steps = [
            _Step(node)
            for node in self.nodes
            if not node.is_input and not all(id(x) in ends for x in node.outputs)
        ]

    def _check(self, given, paths):
        # What can be computed, if also the inputs that were not given were there.
        known, computable, done = set(given), set(given), []
        for node in self.nodes:
            needed = [x for x in node.inputs if id(x) not in known]
            if needed and not all(id(x) in given for x in node.outputs):
                raise ValueError(
                    f"Graph disconnected: cannot find parent for tensor {needed[0]} at operation "
                    f"'{node.operation}'. Pass it as one of the inputs. The following previous "
                    f"operations were accessed without issue: {done}"
                )
            known.update(id(x) for x in node.outputs)
            if not node.is_input and all(id(x) in computable for x in node.inputs):
                computable.update(id(x) for x in node.outputs)
            done.append(node.operation.name)
        for path, x in zip(paths, self.outputs):
            if id(x) not in computable:
                raise ValueError(f"Output with path `{path}` is not connected to `inputs`")
        names = [operation.name for operation in self.operations]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All '
                    "operation names should be unique. Give one of them another `name`."
                )

    def run(self, inputs, call):
        """The outputs (a flat list) for `inputs` (a flat list).

        `call(operation, args, kwargs)` computes a step.
        """
        values = {id(x): y for x, y in zip(self.inputs, inputs, strict=True)}
        for step in self.steps:
            outputs = call(step.operation, *step.arguments(values))
            if len(step.outputs) == 1 and isinstance(outputs, TENSORS):
                values[step.outputs[0]] = outputs
            else:
                values.update(zip(step.outputs, tree.flatten(outputs), strict=True))
        return [values[id(x)] for x in self.outputs]


class _Step:
    """A node, prepared for being run often."""

    def __init__(self, node):
        self.operation = node.operation
        self.args, self.kwargs = node.args, node.kwargs
        self.outputs = [id(x) for x in node.outputs]
        self.inputs = {id(x) for x in node.inputs}
        # Most layers are called on one tensor.
        single = len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], KerasTensor)
        self.single = id(node.args[0]) if single else None

    def arguments(self, values):
        """The arguments with values in the place of symbolic tensors."""
        if self.single is not None:
            return (values[self.single],), {}
        return tree.map_structure(
            lambda x: values[id(x)] if id(x) in self.inputs else x, (self.args, self.kwargs)
        )


def _sorted_nodes(outputs, ends):
    """The nodes that lead to `outputs`, each behind those it needs; {operation: when first seen}.

    The search goes depth first and stops at the tensors whose ids are in `ends`. It keeps a stack
    of its own, so that a model may be deeper than Python's recursion limit.
    """
    ordered, finished, seen_at = [], set(), {}
    for output in outputs:
        stack = [(output, None)]
        while stack:
            tensor, rest = stack.pop()
            node = tensor.node
            if node is None:
                continue
            if rest is None:
                if node in finished or (id(tensor) in ends and not node.is_input):
                    continue
                seen_at.setdefault(node.operation, len(seen_at))
                rest = iter(node.inputs)
            following = next(rest, None)
            if following is not None:
                stack += [(tensor, rest), (following, None)]
            elif node not in finished:
                finished.add(node)
                ordered.append(node)
    return ordered, seen_at


def _depths(ordered, seen_at, inputs):
    """The distance of each node, and of each operation, from the outputs."""
    depths, of_operation = {}, {}
    inside = set(ordered)
    for node in reversed(ordered):
        depth = max(depths.get(node, 0), of_operation.get(node.operation, 0))
        depths[node] = of_operation[node.operation] = depth
        for x in node.inputs:
            if x.node in inside:
                depths[x.node] = max(depth + 1, depths.get(x.node, 0))
    for x in inputs:  # inputs that nothing uses
        node = x.node
        if node is not None and node.is_input and node.operation not in of_operation:
            depths[node] = of_operation[node.operation] = 0
            seen_at[node.operation] = -1
    return depths, of_operation


class _Place:
    """Stands for the tensor of a number, in a graph that is being copied."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


def flattened_graph(inputs, outputs, nodes):
    """A graph as a list of calls, so that copying a deep one needs no deep recursion.

    Returns:
        `inputs` and `outputs` with places for the tensors, and a row for each call:
        `(operation, args, kwargs, [(number, tensor)])`.
    """
    numbers, calls = {}, []

    def place(x):
        return _Place(numbers[id(x)]) if id(x) in numbers else x

    for node in nodes:
        arguments = tree.map_structure(place, (node.args, node.kwargs))
        made = [(numbers.setdefault(id(x), len(numbers)), x) for x in node.outputs]
        calls.append((node.operation, *arguments, made))
    return tree.map_structure(place, inputs), tree.map_structure(place, outputs), calls


def rebuilt_graph(inputs, outputs, calls):
    """Symbolic inputs and outputs of the graph that `flattened_graph` wrote down."""
    tensors = {}

    def tensor(x):
        return tensors[x.number] if isinstance(x, _Place) else x

    for operation, args, kwargs, made in calls:
        if isinstance(operation, InputLayer):
            tensors[made[0][0]] = operation.output
            continue
        tensors.update(made)
        Node(
            operation,
            *tree.map_structure(tensor, (args, kwargs)),
            [one for _, one in made],
        )
    return tree.map_structure(tensor, inputs), tree.map_structure(tensor, outputs)

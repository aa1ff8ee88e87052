"""Function: the computation between symbolic tensors, to be made again on other ones."""

from minigrad import tree
from minigrad.autograd.symbolic import KerasTensor, unnoted
from minigrad.models.graph import Graph
from minigrad.operation import Operation


class Function(Operation):
    """A graph of ops as a function. It has no variables of its own; `Model` is for those.

    Args:
        inputs: KerasTensors, in any structure.
        outputs: KerasTensors that are computed from them.
        name: Made up from the class if None.

    Raises:
        ValueError: no inputs, no outputs, or outputs that the inputs do not lead to.

    >>> import minigrad as mg
    >>> x, y = mg.KerasTensor((None, 2)), mg.KerasTensor((None, 2))
    >>> f = mg.Function([x, y], mg.ops.square(x + y))
    >>> f([mg.ops.ones((1, 2)), mg.ops.ones((1, 2))]).numpy()
    array([[4., 4.]], dtype=float32)
    """

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        for what, tensors in (("inputs", inputs), ("outputs", outputs)):
            if not tree.flatten(tensors):
                raise ValueError(
                    f"`{what}` argument cannot be empty. Received:\ninputs={inputs}\n"
                    f"outputs={outputs}"
                )
        # Structures of their own: nobody's later changes reach them.
        self._inputs_struct, self._outputs_struct = (
            tree.map_structure(lambda x: x, tensors) for tensors in (inputs, outputs)
        )
        paths = [".".join(map(str, path)) for path, _ in tree.flatten_with_path(outputs)]
        self._graph = Graph(inputs, outputs, paths)

    @property
    def operations(self):
        """The layers and ops, in order."""
        return list(self._graph.operations)

    @property
    def inputs(self):
        """The symbolic inputs as a flat list."""
        return self._graph.inputs

    @property
    def outputs(self):
        """The symbolic outputs as a flat list."""
        return self._graph.outputs

    def call(self, inputs):
        """Compute the outputs for `inputs`, in the structure of those it was made with."""
        self._assert_compatible(inputs)
        outputs = self._graph.run(
            tree.flatten(inputs), lambda operation, args, kwargs: operation(*args, **kwargs)
        )
        return tree.pack_sequence_as(self._outputs_struct, outputs)

    def compute_output_spec(self, inputs):
        self._assert_compatible(inputs)
        flat = tree.flatten(inputs)
        if all(x.shape == y.shape for x, y in zip(flat, self.inputs)):
            return tree.map_structure(lambda x: KerasTensor(x.shape, x.dtype), self._outputs_struct)
        with unnoted():
            return self.call(inputs)

    def compute_output_shape(self, input_shape):
        """The shapes of the outputs for inputs of these shapes."""
        inputs = tree.map_shape_structure(KerasTensor, input_shape)
        flat = [
            KerasTensor(x.shape, y.dtype)
            for x, y in zip(tree.flatten(inputs), self.inputs, strict=True)
        ]
        spec = self.compute_output_spec(tree.pack_sequence_as(inputs, flat))
        return tree.map_structure(lambda x: x.shape, spec)

    def _assert_compatible(self, inputs):
        try:
            tree.assert_same_structure(inputs, self._inputs_struct)
        except (ValueError, TypeError):
            raise ValueError(
                f"{self.name} was called with an invalid input structure. "
                f"Expected: {self._inputs_struct}. Received: inputs={inputs}"
            ) from None
        for x, expected in zip(tree.flatten(inputs), self.inputs):
            shape = getattr(x, "shape", ())
            fits = len(shape) == len(expected.shape) and all(
                None in (a, b) or a == b for a, b in zip(shape, expected.shape)
            )
            if not fits:
                raise ValueError(
                    f"{self.name} was called with incompatible inputs. Expected a tensor of shape "
                    f"{expected.shape} for '{expected.name}'. Received: an input of shape {shape}"
                )

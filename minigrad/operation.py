"""Operation: a step of one's own in a symbolic graph, without variables."""

from minigrad import naming
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.symbolic import Node, is_symbolic, noting
from minigrad.recomputing import get_current_remat_mode, rematerialized
from minigrad.saving.configurable import Configurable, accepts, constructor_config


class Operation(Configurable):
    """A computation with a name, the plainest thing that can be a step of a functional model.

    Subclasses define `call`, and `compute_output_spec` if trying `call` out on shapes does not do.
    What has variables is a `Layer`.

    Args:
        name: Made up from the class if None.

    >>> import minigrad as mg
    >>> class Twice(mg.Operation):
    ...     def call(self, x):
    ...         return 2 * x
    >>> Twice()(mg.ops.ones(2)).numpy()
    array([2., 2.], dtype=float32)
    >>> Twice()(mg.KerasTensor((None, 3))).shape
    (None, 3)
    """

    def __init__(self, name=None):
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. "
                f"Received: name={name} (of type {type(name)})"
            )
        self.name = name or naming.auto_name(type(self).__name__)
        self._inbound_nodes = []
        self._remat_mode = get_current_remat_mode()

    def __call__(self, *args, **kwargs):
        if is_symbolic((args, kwargs)):
            return self.symbolic_call(*args, **kwargs)
        return self.rematerialized_call(self.call, *args, **kwargs)(*args, **kwargs)

    def rematerialized_call(self, fn, *args, **kwargs):
        """`fn`, or `remat(fn)` if the RematScope in which this was made asks for it.

        Args:
            fn: What computes, `call` mostly.
            args, kwargs: What it will be called with.
        """
        return rematerialized(self, fn, args, kwargs)

    def call(self, *args, **kwargs):
        """Compute: what a subclass must define."""
        raise NotImplementedError(
            f"{type(self).__name__} does not define `call(self, ...)`, which computes."
        )

    def symbolic_call(self, *args, **kwargs):
        """The result for arguments without values, noted as a step of the graph."""
        outputs = self.compute_output_spec(*args, **kwargs)
        if noting():
            Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args, **kwargs):
        """The shapes and dtypes of the result, as KerasTensors."""
        return compute_output_spec(self.call, *args, **kwargs)

    def get_config(self):
        """The arguments that make an operation like this one, as plain values."""
        config = constructor_config(self, Operation)
        return {**config, "name": self.name} if accepts(type(self), "name") else config

    @property
    def input(self):
        """The symbolic tensors that it was first called on: one, or a list."""
        return self._of_first_call("input", lambda node: node.inputs)

    @property
    def output(self):
        """The symbolic tensors that it gave when it was first called: one, or a list."""
        return self._of_first_call("output", lambda node: node.outputs)

    def _of_first_call(self, what, read):
        if not self._inbound_nodes:
            raise AttributeError(
                f"The operation {self.name} has never been called on a symbolic tensor and thus "
                f"has no {what}."
            )
        tensors = read(self._inbound_nodes[0])
        return tensors[0] if len(tensors) == 1 else tensors

    def __repr__(self):
        return f"<Operation name={self.name}>"

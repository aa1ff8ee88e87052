"""Penalties on weights or activations, which are added to the loss."""

from math import isfinite

from minigrad import ops
from minigrad.saving.configurable import Configurable
from minigrad.saving.identifiers import interpret, table_of
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class Regularizer(Configurable):
    """A penalty: `regularizer(x)` returns a scalar Tensor.

    A subclass implements `__call__`; its config comes from its constructor's arguments.

    >>> from minigrad import ops
    >>> class MaxPenalty(Regularizer):
    ...     def __call__(self, x):
    ...         return ops.max(ops.abs(x))
    >>> float(MaxPenalty()(ops.convert_to_tensor([1.0, -3.0])))
    3.0
    """

    def __call__(self, x):
        """The penalty for `x`."""
        return 0.0


class L1L2(Regularizer):
    """l1 · Σ|x| + l2 · Σx².

    Raises ValueError for a factor that is negative or not a finite number.

    >>> from minigrad import ops
    >>> float(L1L2(l1=1.0, l2=2.0)(ops.convert_to_tensor([1.0, -3.0])))
    24.0
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = validate_float_arg(0.0 if l1 is None else l1, "l1")
        self.l2 = validate_float_arg(0.0 if l2 is None else l2, "l2")

    def __call__(self, x):
        x = ops.convert_to_tensor(x)
        penalty = ops.cast(0.0, x.dtype)
        if self.l1:
            penalty = penalty + self.l1 * ops.sum(ops.abs(x))
        if self.l2:
            penalty = penalty + self.l2 * ops.sum(ops.square(x))
        return penalty


class L1(Regularizer):
    """l1 · Σ|x|: draws weights to exactly 0."""

    def __init__(self, l1=0.01):
        self.l1 = validate_float_arg(0.01 if l1 is None else l1, "l1")

    def __call__(self, x):
        return self.l1 * ops.sum(ops.abs(x))


class L2(Regularizer):
    """l2 · Σx²: draws weights towards 0, the large ones most."""

    def __init__(self, l2=0.01):
        self.l2 = validate_float_arg(0.01 if l2 is None else l2, "l2")

    def __call__(self, x):
        return self.l2 * ops.sum(ops.square(x))


class OrthogonalRegularizer(Regularizer):
    """factor times the mean of |cos| of the angles between all pairs of rows (or columns).

    Args:
        factor: A number ≥ 0.
        mode: "rows" or "columns": which vectors are to become orthogonal.

    Raises ValueError for another factor or mode, and for a tensor that is not a matrix.

    >>> from minigrad import ops
    >>> float(OrthogonalRegularizer(1.0)(ops.convert_to_tensor([[1.0, 0.0], [0.0, 3.0]])))
    0.0
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor = validate_float_arg(factor, "factor")
        if mode not in ("rows", "columns"):
            raise ValueError(
                'Invalid value for argument `mode`. Expected one of {"rows", "columns"}. '
                f"Received: mode={mode}"
            )
        self.mode = mode

    def __call__(self, x):
        if len(x.shape) != 2:
            raise ValueError(
                "Inputs to OrthogonalRegularizer must have rank 2. "
                f"Received: inputs.shape={x.shape}"
            )
        vectors = x if self.mode == "rows" else ops.transpose(x)
        vectors = ops.normalize(vectors, axis=1)
        cosines = ops.abs(ops.matmul(vectors, ops.transpose(vectors)))
        count = x.shape[0 if self.mode == "rows" else 1]
        pairs = count * (count - 1) / 2
        between = ops.sum(cosines * (1.0 - ops.eye(count, dtype=x.dtype)))  # each pair twice
        return self.factor * 0.5 * between / pairs


def validate_float_arg(value, name):
    """`value` as a float; ValueError if it is negative or not a finite number."""
    if not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError(
            f"Invalid value for argument {name}: expected a non-negative float. "
            f"Received: {name}={value}"
        )
    return float(value)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer
_TABLE = table_of(Regularizer, L1, L2, L1L2, OrthogonalRegularizer, l1_l2=L1L2)


def serialize(regularizer):
    """A regularizer as a config in Keras's format."""
    return serialize_keras_object(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer that a config or a name stands for."""
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The regularizer that a name, config, class or callable stands for; None for None.

    Raises ValueError for what means nothing.

    >>> get("l2").get_config()
    {'l2': 0.01}
    """
    return interpret(identifier, "regularizer", deserialize)

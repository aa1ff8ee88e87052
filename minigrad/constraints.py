"""Where weights are put back after each step of an optimizer."""

from minigrad import ops, settings
from minigrad.saving.configurable import Configurable
from minigrad.saving.identifiers import interpret, table_of
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object


class Constraint(Configurable):
    """A projection: `constraint(weights)` returns weights that satisfy it.

    >>> from minigrad import ops
    >>> class AtMostOne(Constraint):
    ...     def __call__(self, w):
    ...         return ops.minimum(w, 1.0)
    >>> AtMostOne()(ops.convert_to_tensor([0.5, 2.0])).numpy()
    array([0.5, 1. ], dtype=float32)
    """

    def __call__(self, w):
        """The weights nearest to `w` that are allowed."""
        return w


def _norms(w, axis):
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Shortens the weights of each unit to a length of at most `max_value`.

    Args:
        max_value: The greatest length.
        axis: The axis or axes over which lengths are taken: 0 for a Dense kernel, `(0, 1, 2)` for
            a Conv2D kernel, so that all the weights into one unit are a vector.

    Source: Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html, section 5.1.

    >>> from minigrad import ops
    >>> MaxNorm(1.0)(ops.convert_to_tensor([[3.0, 0.3], [4.0, 0.4]])).numpy().round(3)
    array([[0.6, 0.3],
           [0.8, 0.4]], dtype=float32)
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        desired = ops.clip(norms, 0, self.max_value)
        return w * (desired / (settings.epsilon() + norms))


class NonNeg(Constraint):
    """Sets negative weights to 0."""

    def __call__(self, w):
        return ops.maximum(ops.convert_to_tensor(w), 0)


class UnitNorm(Constraint):
    """Makes the weights of each unit a vector of length 1. `axis` as in MaxNorm."""

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        return w / (settings.epsilon() + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """Brings the length of each unit's weights between two bounds.

    Args:
        min_value, max_value: The bounds.
        rate: 1 does so at once; less moves that part of the way.
        axis: As in MaxNorm.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        nearest = ops.clip(norms, self.min_value, self.max_value)
        desired = self.rate * nearest + (1 - self.rate) * norms
        return w * (desired / (settings.epsilon() + norms))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
_TABLE = table_of(Constraint, MaxNorm, NonNeg, UnitNorm, MinMaxNorm)


def serialize(constraint):
    """A constraint as a config in Keras's format."""
    return serialize_keras_object(constraint)


def deserialize(config, custom_objects=None):
    """The constraint that a config or a name stands for."""
    return deserialize_keras_object(config, module_objects=_TABLE, custom_objects=custom_objects)


def get(identifier):
    """The constraint that a name, config, class or callable stands for; None for None.

    Raises ValueError for what means nothing.

    >>> get("non_neg")(-1.0).item()
    0.0
    """
    return interpret(identifier, "constraint", deserialize)

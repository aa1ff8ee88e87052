"""The tape as a function: its records run again on other values, in float64.

A gradient check needs the loss at many nearby points, and more digits than training has. Running
the records again gives both: whatever Python did to choose them (branches, random seeds) stays as
it was.
"""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.backward import reachable, walk
from minigrad.autograd.record import Leaf, Record, TupleRecord, no_grad
from minigrad.autograd.tensor import Tensor, as_tensor, wrap

RECORDS = (Record, TupleRecord)


class ReplayedTape:
    """The records behind a scalar, as a function of the leaves they start from.

    Attributes:
        records: In the order in which they were made.
        leaves: `{leaf: its value, a float64 array}`.
    """

    def __init__(self, result):
        self.result = result
        self.records = reachable([result._record])
        self.leaves = {}
        for record in self.records:
            for x in record.inputs:
                if type(x) is Tensor and type(x._record) is Leaf:
                    self.leaves[x._record] = in_float64(x._value)

    def used_outputs(self):
        """`{record: numbers of its outputs that the result depends on}`."""
        used = {self.result._record: {self.result._index}}
        for record in self.records:
            for x in record.inputs:
                if type(x) is Tensor and type(x._record) in RECORDS:
                    used.setdefault(x._record, set()).add(x._index)
        return used

    def value(self, changed):
        """The scalar with other values for some leaves: `{leaf: array}`."""
        with no_grad():
            tensors = {leaf: wrap(value) for leaf, value in {**self.leaves, **changed}.items()}
            return float(self._run(tensors))

    def gradients(self):
        """The gradient by every leaf, by the rules of the primitives, in float64."""
        fresh = {leaf: Leaf() for leaf in self.leaves}
        with no_grad(recording=True):
            result = self._run({leaf: wrap(self.leaves[leaf], fresh[leaf]) for leaf in fresh})
        found = walk([result], [wrap(np.ones_like(result._value))], list(fresh.values()))
        return {
            leaf: found[one].numpy() if one in found else np.zeros_like(self.leaves[leaf])
            for leaf, one in fresh.items()
        }

    def _run(self, leaves):
        made = {}
        for record in self.records:
            inputs = [_operand(x, leaves, made) for x in record.inputs]
            made[record] = run_again(record, inputs)
        result = made[self.result._record]
        return result[self.result._index] if isinstance(result, tuple) else result


def _operand(x, leaves, made):
    if type(x) is not Tensor:
        return x
    record = x._record
    if type(record) in RECORDS:
        found = made[record]
        return found[x._index] if isinstance(found, tuple) else found
    return leaves[record] if record in leaves else wrap(in_float64(x._value))


def run_again(record, inputs):
    """What the primitive of a record makes of other inputs."""
    primitive, params = record.primitive, record.params
    again = getattr(primitive, "again", None)
    if (
        again is not None
    ):  # a custom_gradient: its arguments come first, what it computed is dropped
        return again(inputs[: len(inputs) - _outputs_of(record)])
    if primitive.name == "cast" and dtypes.is_float(dtypes.standardize_dtype(params["dtype"])):
        params = {**params, "dtype": "float64"}
    return primitive(*inputs, **params)


def _outputs_of(record):
    return len(record.output) if type(record) is TupleRecord else 1


def in_float64(array):
    """Floats in float64; whole numbers and booleans as they are."""
    array = np.asarray(array)
    if array.dtype.kind in "fV":
        return array.astype(np.float64)
    return array


def float_inputs(record):
    """The places of the inputs of a record that a gradient is wanted of."""
    return [
        place
        for place, x in enumerate(record.inputs)
        if type(x) is Tensor and x._record is not None and "float" in x.dtype
    ]


class OneRecord:
    """A single record as a scalar function of its inputs: its output, weighed at random.

    Attributes:
        places: Of the inputs that it is differentiated by.
        points: Their values, in float64.

    Only outputs with a number in `used` count: a rule may leave out others.
    """

    def __init__(self, record, used, rng):
        self.record = record
        self.places = float_inputs(record)
        if record.primitive.again is not None:
            count = len(record.inputs) - _outputs_of(record)
            self.places = [place for place in self.places if place < count]
        values = [x._value if type(x) is Tensor else x for x in record.inputs]
        self.inputs = [
            in_float64(x) if isinstance(x, (np.ndarray, np.generic)) else x for x in values
        ]
        self.points = [self.inputs[place] for place in self.places]
        outputs = record.output if type(record) is TupleRecord else (record.output,)
        self.weights = [
            rng.uniform(0.5, 1.5, np.shape(out)) if i in used else None
            for i, out in enumerate(outputs)
        ]

    def value(self, points, weights=None):
        """The weighed sum of the outputs."""
        with no_grad():
            outputs = self._outputs([wrap(np.asarray(point)) for point in points])
        weights = self.weights if weights is None else weights
        return sum(
            float((np.asarray(out) * weight).sum())
            for out, weight in zip(outputs, weights, strict=True)
            if weight is not None
        )

    def pulled(self, weights=None):
        """The gradients by the rule of the primitive, before anything is summed or checked.

        Raises whatever the rule raises.
        """
        leaves = [Leaf() for _ in self.places]
        with no_grad(recording=True):
            outputs = self._outputs(
                [wrap(np.asarray(x), leaf) for x, leaf in zip(self.points, leaves, strict=True)]
            )
        weights = self.weights if weights is None else weights
        pairs = [
            (out, wrap(np.asarray(weight)))
            for out, weight in zip(outputs, weights, strict=True)
            if weight is not None and out._record is not None
        ]
        found = walk([out for out, _ in pairs], [weight for _, weight in pairs], leaves)
        return [
            found[leaf].numpy() if leaf in found else np.zeros_like(point)
            for leaf, point in zip(leaves, self.points, strict=True)
        ]

    def _outputs(self, points):
        inputs = [as_tensor(x) if isinstance(x, np.ndarray) else x for x in self.inputs]
        for place, point in zip(self.places, points, strict=True):
            inputs[place] = point
        made = run_again(self.record, inputs)
        return made if isinstance(made, tuple) else (made,)

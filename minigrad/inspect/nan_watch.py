"""nan_watch: where the first NaN or infinity comes from, forward or backward."""

import numpy as np

from minigrad import tree
from minigrad.autograd.record import THREAD, Record, TupleRecord
from minigrad.autograd.tensor import Tensor, as_tensor
from minigrad.autograd.user_code import user_line
from minigrad.compile.trace import GradientCell, VariableCell
from minigrad.inspect.nan_report import NonFiniteError, NonFiniteReport

_MOST_LINES = 200_000


class nan_watch:
    """Inside the block the first value that is no finite number is found, and raised as an error.

    Every operation is looked at, forward and backward. A value that a `where` hides again is let
    pass as long as it does no harm; what becomes of it in the gradient is told with its origin. A
    compiled step runs as it is: if it ends in a NaN, its variables are put back and it is run once
    more in Python, where the operation can be found.

    With a LossScaleOptimizer gradients overflow by design: such a step is left out and the scale is
    lowered. That is let pass; what is not finite in the forward pass or in a weight is reported.

    `MINIGRAD_DEBUG=nan` watches a whole program, in the thread that imports minigrad.

    Attributes:
        report: The NonFiniteReport of what was found, or None.

    Raises:
        NonFiniteError: a RuntimeError whose message is the report; `.report` has it as a View.

    >>> from minigrad import Tensor, inspect, ops
    >>> with inspect.nan_watch():
    ...     ops.log(Tensor([1.0, 0.0]))
    Traceback (most recent call last):
    minigrad.inspect.nan_report.NonFiniteError: The first value that is no finite number: -inf...
    """

    watches = True
    wants_equations = False  # of optimizers: steps stay bit for bit what they are without it

    def __init__(self):
        self.report = None
        self._tainted = {}  # id of an array: (the array, its NonFiniteReport)
        self._results = set()  # ids of tainted arrays that nothing has been computed from
        self._lines = {}  # number of a record: the user's line that made it
        self._record = None  # whose rule is under way
        self._consumers = {}  # record: the record that the walk came from
        self._outer = None
        self._scaled = False  # whether the loss has been scaled up: gradients may overflow

    def __enter__(self):
        mode = THREAD.mode
        self._outer = mode.listeners, mode.tracer
        mode.listeners, mode.tracer = (*mode.listeners, self), self
        return self

    def __exit__(self, kind, *exc_info):
        THREAD.mode.listeners, THREAD.mode.tracer = self._outer
        if kind is None and self._results:
            first = next(iter(self._results))
            self._raise(self._tainted[first][1])

    # What the door tells

    def __call__(self, primitive, inputs, params, outputs):
        outputs = outputs if type(outputs) is tuple else (outputs,)
        arrays = [x._value for x in inputs if type(x) is Tensor]
        tainted = [self._tainted[id(a)][1] for a in arrays if id(a) in self._tainted]
        for array in arrays:
            self._results.discard(id(array))
        bad = [out._value for out in outputs if not is_finite(out._value)]
        record = outputs[0]._record
        if record is not None and self._record is None:
            if len(self._lines) > _MOST_LINES:
                self._lines.clear()
            self._lines[record.number] = user_line()
        if not bad:
            for origin in tainted:
                origin.hidden_by = origin.hidden_by or primitive.name
            return
        if tainted:
            origin = tainted[0]
        else:
            origin = self._new_report(primitive, inputs, bad[0])
        for array in bad:
            self._tainted[id(array)] = array, origin
            self._results.add(id(array))
        if self._record is not None and not self._scaled:
            self._note_trap(origin, bad[0])
            self._raise(origin)

    def _new_report(self, primitive, inputs, array):
        record = self._record
        given = [x for x in inputs if type(x) is Tensor and not is_finite(x._value)]
        if record is None:
            where, line = THREAD.mode.where, user_line()
        else:
            where, line = record.where, self._lines.get(record.number) or user_line()
        return NonFiniteReport(
            op=primitive.name if record is None else record.primitive.name,
            phase="forward" if record is None else "backward",
            layer="/".join(where),
            line=line,
            inputs=tuple(x._value if type(x) is Tensor else x for x in inputs),
            names=primitive.inputs,
            rule=None if record is None else primitive.name,
            value=given[0]._value if given else array,
            given=_name_of(given[0]) if given else None,
        )

    def _note_trap(self, origin, array):
        """Whether a `where` took the other branch, at the entries that went wrong."""
        consumer = self._consumers.get(self._record)
        hidden = origin.phase == "forward" and origin.hidden_by == "where"
        if consumer is not None and consumer.primitive.name == "where":
            condition, *branches = consumer.inputs
            branch = next((i for i, x in enumerate(branches) if _made_by(x, self._record)), None)
            chosen = np.asarray(as_tensor(condition)._value, bool)
            if branch == 1:
                chosen = ~chosen
            try:
                at = np.broadcast_to(chosen, array.shape)[~np.isfinite(_plain(array))]
                hidden = hidden or not at.any()
            except ValueError:
                return
        origin.trap = origin.trap or hidden
        if hidden and origin.phase == "forward":
            origin.reached = f"the gradient of {self._record.primitive.name}"

    # What else there is to hear

    def walking(self, record):
        """What comes now is the rule of this record, or, if None, the walk back is over."""
        if record is None:
            self._record = None
            self._consumers.clear()
            self._lines.clear()
            return
        if self._record is None and not self._scaled:
            outputs = record.output if type(record.output) is tuple else (record.output,)
            for array in outputs:
                if id(array) in self._tainted:
                    origin = self._tainted[id(array)][1]
                    origin.reached = "the loss"
                    self._raise(origin)
        self._record = record
        for x in record.inputs:
            if type(x) is Tensor and isinstance(x._record, (Record, TupleRecord)):
                self._consumers[x._record] = record

    def variable_written(self, variable, tensor):
        """A Variable gets a value."""
        array = tensor._value
        if is_finite(array):
            return
        if id(array) in self._tainted:
            origin = self._tainted[id(array)][1]
            origin.reached = f"the variable {variable.path}"
        else:
            origin = NonFiniteReport("assign", "forward", "", user_line(), array, given="it")
            origin.reached = f"the variable {variable.path}"
        self._raise(origin)

    def reveal(self, tensor, how):
        """Somebody looks at a value."""
        if id(tensor._value) in self._tainted:
            self._raise(self._tainted[id(tensor._value)][1])

    def loss_scaled(self):
        """A LossScaleOptimizer has scaled a loss: it looks at the gradients itself."""
        self._scaled = True

    def scaled_gradients_checked(self):
        """It has left out the gradients that are not finite."""
        self._scaled = False

    def variable_read(self, variable):
        """Nothing to be done."""

    def gradient_read(self, leaf):
        """Nothing to be done."""

    def gradient_written(self, leaf, value):
        """Nothing to be done."""

    def _raise(self, report):
        self.report = report
        self._results.clear()
        self._record = None
        raise NonFiniteError(report)

    # Compiled steps

    def replayed(self, compiled, recording, arrays, args, kwargs):
        """Run a compiled step; if it ends in a NaN, undo it and run it in Python."""
        cells = [cell for cell, _ in recording.program.updates]
        variables = [cell.variable for cell in cells if isinstance(cell, VariableCell)]
        leaves = [cell.leaf for cell in cells if isinstance(cell, GradientCell) and cell.leaf]
        before = [variable.numpy() for variable in variables], [leaf.grad for leaf in leaves]
        result = recording(arrays)
        ends = [x._value for x in tree.flatten(result) if type(x) is Tensor]
        ends += [variable._current()._value for variable in variables]
        ends += [leaf.grad._value for leaf in leaves if leaf.grad is not None]
        bad = [array for array in ends if not is_finite(array)]
        if not bad:
            return result
        tracer, THREAD.mode.tracer = THREAD.mode.tracer, None
        try:
            for variable, value in zip(variables, before[0], strict=True):
                variable.assign(value)
            for leaf, gradient in zip(leaves, before[1], strict=True):
                leaf.grad = gradient
        finally:
            THREAD.mode.tracer = tracer
        args, kwargs = tree.map_structure(_as_input, (args, kwargs), none_is_leaf=True)
        result = compiled._run(args, kwargs)
        for x in tree.flatten(result):
            if type(x) is Tensor:
                self.reveal(x, "the result")
        report = NonFiniteReport("a compiled step", "forward", "", None, bad[0])
        report.only_compiled = True
        self._raise(report)


def _as_input(x):
    return as_tensor(x) if isinstance(x, (np.ndarray, np.generic)) else x


def _made_by(x, record):
    return type(x) is Tensor and x._record is record


def _name_of(x):
    name = getattr(x._record, "name", None)
    return f"the weight {name}" if name else "an input"


def _plain(array):
    return np.asarray(array, np.float32) if array.dtype.kind == "V" else np.asarray(array)


def is_finite(array):
    """Whether all values of an array are finite numbers; other dtypes always are."""
    kind = array.dtype.kind
    if kind not in "fVc":
        return True
    return bool(np.isfinite(_plain(array)).all())

"""Backprop, stepped: what arrives at each operation, its local derivatives, what it sends on."""

import numpy as np

from minigrad.autograd.record import TupleRecord, run_bare
from minigrad.autograd.tensor import Tensor
from minigrad.inspect import chain_rule
from minigrad.inspect.formulas import RULES
from minigrad.inspect.numbers import number, shape_text, short, summary
from minigrad.inspect.tape import Tape
from minigrad.inspect.walk import pulls, result_of

DIGITS = str.maketrans("", "", "0123456789.−")


def backward_steps(y, gradient=None):
    """Walk back from a result, an operation at a time.

    Args:
        y: A scalar Tensor, usually the loss.
        gradient: The upstream gradient, for a result that is no scalar.

    Returns:
        An iterator of Steps, from the result to the inputs. Nothing changes: no `.grad` is filled.

    Raises ValueError where nothing was recorded, or for a result that is no scalar.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0, requires_grad=True)
    >>> for step in mg.inspect.backward_steps(mg.ops.sin(x * x)):
    ...     print(step)
    #2 = sin(#1) = 0.4121. Its gradient is 1.
      #1: local derivative cos(#1) = −0.9111; 1 · (−0.9111) = −0.9111 is added, makes −0.9111
    #1 = x1 · x1 = 9. Its gradient is −0.9111.
      x1: local derivative x1 = 3; −0.9111 · 3 = −2.733 is added, makes −2.733
      x1: local derivative x1 = 3; −0.9111 · 3 = −2.733 is added, makes −5.467
    """
    y = result_of(y, "inspect.backward_steps")
    namer, totals = Tape(y), {}
    for pull in pulls(y, gradient):
        yield Step(pull, namer, totals)


class Share:
    """What a Step adds to the gradient of one input.

    Attributes:
        name: Of the input: "#3" is the result of record 3.
        value, added, total: Arrays: the input, what is added to its gradient, the sum so far.
        local: The local derivative as numbers, for what works element by element; else None.
        formula: The Formula of what is added, None where none is declared.
    """

    def __init__(self, name, x, added, total, local, formula):
        self.name, self.value, self.added, self.total = name, x._value, added, total
        self.local, self.formula = local, formula
        self.target = x._record


class Step:
    """One operation of the walk back.

    Attributes:
        number: Of its record on the tape.
        op, layer: Names.
        name: Of its output, "#3".
        inputs: Names of its inputs.
        output, upstream: Arrays: its result, and the gradient of the final result by it.
        shares: A Share for each input that a gradient is sent to.
    """

    def __init__(self, pull, namer, totals):
        record = pull.record
        self.record = record
        self.number = namer._number[record]
        self.op, self.layer = record.primitive.name, "/".join(record.where)
        self.name = f"#{self.number}"
        self.inputs = tuple(namer._name(x) for x in record.inputs)
        self.output, self.upstream = record.output, pull.upstream
        self.rule = RULES.get(self.op)
        self._names = self._inputs_of_formula()
        locals_ = _local_derivatives(record)
        self.shares = []
        for place, (x, added) in enumerate(zip(record.inputs, pull.sent)):
            if added is None:
                continue
            key = x._record, x._index
            total = totals[key] = totals[key] + added if key in totals else added
            vjps = self.rule.vjps if self.rule else ()
            formula = vjps[place] if place < len(vjps) else None
            self.shares.append(Share(self.inputs[place], x, added, total, locals_[place], formula))

    def _inputs_of_formula(self):
        """The names of the inputs in the formulas of the table."""
        given = self.rule.inputs if self.rule else None
        return given or self.record.primitive.inputs

    # In words

    @property
    def is_scalar(self):
        return not isinstance(self.output, tuple) and self.output.ndim == 0

    def equation(self):
        """What the operation computed, such as "#2 = sin(#1)"."""
        if self.rule is None or len(self._names) != len(self.inputs):
            return f"{self.name} = {self.op}({', '.join(self.inputs)})"
        return f"{self.name} = {self.rule.forward.text_with(self.words(bracketed))}"

    def words(self, write):
        """What stands for the names in a formula: inputs of the tape, and parameters."""
        words = {
            name: write(value)
            for name, value in zip(self._names, self.inputs)
            if not value.startswith("const")
        }
        for name, value in self.record.params.items():
            if isinstance(value, (int, float, tuple)) and len(str(value)) < 20:
                words[name] = _parameter(value)
        return words

    def _formula(self):
        """The names that a formula speaks of, in our words."""
        return {"y": self.name, "g": f"∇{self.name}"} | self.words(bracketed)

    def sentence(self):
        """The chain rule in words and numbers."""
        arriving = f"Its gradient is {value_text(self.upstream)}."
        lines = [f"{self.equation()} = {value_text(self.output)}. {arriving}"]
        lines += [f"{share.name}: {self._share_text(share)}" for share in self.shares]
        if not self.shares:
            lines.append("nothing is sent on: no slope, or no gradient is wanted")
        return "\n  ".join(lines)

    def _share_text(self, share):
        makes = f"is added, makes {summary(share.total)}"
        if share.local is not None:
            where = ""
            if share.formula is not None:
                local = share.formula.local().text_with(self._formula())
                where = "" if local == value_text(share.local) else f"{local} = "
            text = f"local derivative {where}{value_text(share.local)}"
            if where and share.local.ndim and local.translate(DIGITS) == "":
                text = f"local derivative {local}"
            if self.is_scalar and share.value.ndim == 0:
                product = f"{value_text(self.upstream)} · {bracketed(value_text(share.local))}"
                return f"{text}; {product} = {value_text(share.added)} {makes}"
            if share.value.shape != self.output.shape:
                text += f"; summed to {shape_text(share.value.shape)}, since it was broadcast"
            return f"{text}; ∇{self.name} times that, {value_text(share.added)}, {makes}"
        if share.formula is not None:
            formula = share.formula.text_with(self._formula())
            return f"{formula} = {value_text(share.added)} {makes}"
        return f"{value_text(share.added)} {makes}"

    def __str__(self):
        return self.sentence()

    # In formulas

    @property
    def latex(self):
        """The chain rule in LaTeX, an equation for each input."""
        return " \\\\\n".join(chain_rule.latex(self, share) for share in self.shares)

    def mathml(self, share):
        """The chain rule for one input in MathML, which HTML pages draw by themselves."""
        return chain_rule.mathml(self, share)

    def _repr_latex_(self):
        return "$$\\begin{aligned}\n" + self.latex + "\n\\end{aligned}$$"


def _local_derivatives(record):
    """Per input: the derivative of each element of the output by the element it comes from."""
    primitive = record.primitive
    if (
        primitive.shape is not None
        or primitive.vjp is None
        or isinstance(record, TupleRecord)
        or len(primitive.vjp) != len(record.inputs)
    ):
        return [None] * len(record.inputs)
    ones = np.ones_like(record.output)
    found = []
    for x, rule in zip(record.inputs, primitive.vjp):
        local = None
        if isinstance(x, Tensor) and x._record is not None:
            local = run_bare(lambda: rule(ones, record.output, *record.values, **record.params))  # noqa: B023
        found.append(None if local is None else np.asarray(local))
    return found


def value_text(array):
    if isinstance(array, tuple):
        return "; ".join(map(value_text, array))
    array = np.asarray(array)
    if array.ndim == 0:
        return number(array[()])
    return f"{shape_text(array.shape)} {short(array)}"


def _parameter(value):
    """An axis or a shape, as it stands in a formula."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) if len(value) < 2 else str(value)
    return str(value)


def bracketed(text):
    return f"({text})" if text.startswith("−") else text

"""The tape, printed: every computation behind a result, a line each."""

import numpy as np

from minigrad.autograd.record import Leaf, Record
from minigrad.autograd.tensor import NAME_OF, Tensor
from minigrad.inspect.formulas import RULES
from minigrad.inspect.numbers import number, shape_text, summary
from minigrad.inspect.shown import Shown
from minigrad.inspect.table import Markup, figure_table, html_table, text_table
from minigrad.inspect.walk import (
    gradients_of,
    leaf_name,
    leaves_of,
    records_of,
    result_of,
    was_walked,
)

HEADER = ["#", "layer", "op", "inputs", "shape", "dtype", "value", "VJP", "gradient"]
LIMIT = 60
LEAF_COLOUR, RESULT_COLOUR = "#fff6e0", "#f3ecfd"


def tape(y, gradient=None):
    """The tape behind a result: print it, filter it, show it in a notebook.

    Args:
        y: A Tensor that was computed from something watched.
        gradient: The upstream gradient, for a result that is no scalar.

    Returns:
        A Tape; `print(tape)` is a table in a terminal, a notebook draws it as HTML.

    Raises ValueError where nothing was recorded.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0, requires_grad=True)
    >>> y = x * x + 2.0 * x
    >>> y.backward()
    >>> print(mg.inspect.tape(y))
    #   op        inputs  shape  dtype    value  VJP             gradient
    ──  ────────  ──────  ─────  ───────  ─────  ──────────────  ────────
    x1  watched           ()     float32  3                      8
    1   multiply  x1, x1  ()     float32  9      g · x₂, g · x₁  1
    2   multiply  2, x1   ()     float32  6      g · x₂, g · x₁  1
    3   add       #1, #2  ()     float32  15     g, g            1
    """
    return Tape(y, gradient)


def tape_of_records(records, asked):
    """The Tape of a GradientTape: of the records in its block, and what they were asked for.

    Args:
        records: The records that are in use, in any order.
        asked: The numbers of those that were differentiated.
    """
    records = sorted(records, key=lambda record: record.number)
    within, found = set(records), {}
    for record in records:
        if record.number in asked and not isinstance(record.output, tuple):
            y = Tensor(record.output)
            y._record = record
            for key, g in gradients_of(y, np.ones_like(record.output), within).items():
                found[key] = found[key] + g if key in found and type(g) is not list else g
    made = object.__new__(Tape)
    made._tell(records, found, bool(found))
    return made


class Line:
    """One line of the tape."""

    def __init__(self, name, where, op, inputs, value, formulas, gradient, record=None):
        self.name, self.where, self.op, self.inputs = name, where, op, inputs
        self.value, self.formulas, self.gradient, self.record = value, formulas, gradient, record

    @property
    def layer(self):
        return "/".join(self.where)

    def cells(self):
        """Texts for the columns of HEADER."""
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        gradients = self.gradient if isinstance(self.gradient, list) else [self.gradient]
        markup = ", ".join(one.mathml if one else "–" for one in self.formulas)
        text = ", ".join(one.text if one else "–" for one in self.formulas)
        return [
            self.name,
            self.layer,
            self.op,
            ", ".join(self.inputs),
            " ".join(shape_text(one.shape) for one in values),
            values[0].dtype if isinstance(values[0].dtype, str) else NAME_OF[values[0].dtype],
            "; ".join(map(summary, values)),
            Markup(text, markup) if text else "",
            "; ".join("" if one is None else summary(one) for one in gradients),
        ]


class Tape(Shown):
    """The computations behind a result; `inspect.tape` makes one.

    Attributes:
        lines: A Line each: first what was watched, then the records in order.
    """

    def __init__(self, y, gradient=None):
        y = result_of(y, "inspect.tape")
        found, records = {}, records_of(y)
        walked = was_walked(records)
        if walked and (y.size == 1 or gradient is not None):
            found = gradients_of(y, gradient)
        self._tell(records, found, walked)

    def _tell(self, records, found, walked):
        """Make the lines of records, with the gradients {record or leaf: array} that are known."""
        self._records = records
        self._number = {record: index for index, record in enumerate(self._records, 1)}
        leaves = leaves_of(self._records)
        self._names, unnamed = {}, 0
        for leaf, (_, record) in leaves.items():
            unnamed += leaf.name is None
            name = leaf_name(leaf, record, unnamed)
            taken = set(self._names.values())
            self._names[leaf] = name if name not in taken else f"{name}_{len(taken)}"
        self.walked = walked
        self.lines = [
            self._leaf_line(leaf, x, record, found) for leaf, (x, record) in leaves.items()
        ] + [self._line(record, found.get(record)) for record in self._records]
        self._skipped = 0
        self.title = f"the tape of {len(self._records)} operations"

    def _leaf_line(self, leaf, x, record, found):
        grad = found.get(leaf) if leaf.grad is None else leaf.grad._value
        kind = "watched" if leaf.name is None else "weight"
        where = record.where if leaf.name is not None else ()
        return Line(self._names[leaf], where, kind, (), x._value, (), grad)

    def _line(self, record, gradient):
        known = RULES.get(record.primitive.name)
        vjps = known.vjps if known else ()
        return Line(
            str(self._number[record]),
            record.where,
            record.primitive.name,
            tuple(self._name(x) for x in record.inputs),
            record.output,
            vjps,
            gradient,
            record,
        )

    def _name(self, x):
        """What an input is called in the lines that use it."""
        if not isinstance(x, Tensor):
            return "None" if x is None else number(x)
        if isinstance(x._record, Record):
            if x._record not in self._number:
                return "before"  # it was computed before the block of a GradientTape
            several = isinstance(x._record.output, tuple)
            return f"#{self._number[x._record]}" + (f".{x._index}" if several else "")
        if isinstance(x._record, Leaf):
            return self._names[x._record]
        return number(x._value[()]) if x.ndim == 0 else f"const {shape_text(x.shape)}"

    def select(self, op=None, layer=None, first=None, last=None, where=None):
        """Some of the lines, as a Tape.

        Args:
            op: The name of an op, or several.
            layer: A part of the path of layers.
            first, last: Numbers of the first and the last record to be shown.
            where: `where(line)` tells whether a Line is wanted.
        """
        names = {op} if isinstance(op, str) else None if op is None else set(op)
        chosen = []
        for line in self.lines:
            index = self._number.get(line.record)
            if names is not None and line.op not in names:
                continue
            if layer is not None and layer not in line.layer:
                continue
            if (first is not None or last is not None) and (
                index is None or not (first or 1) <= index <= (last or len(self._records))
            ):
                continue
            if where is None or where(line):
                chosen.append(line)
        made = object.__new__(Tape)
        made.__dict__.update(self.__dict__, lines=chosen)
        made._skipped = self._skipped + len(self.lines) - len(chosen)
        return made

    def show(self, limit=LIMIT, **filters):
        """Print at most `limit` lines (None: all) of those that `select(**filters)` leaves."""
        print(self.select(**filters).text(limit))

    def _rows(self, limit):
        lines = self.lines
        cut = 0
        if limit is not None and len(lines) > limit:
            cut = len(lines) - limit
            lines = lines[: limit // 2] + lines[len(lines) - limit + limit // 2 :]
        rows = [line.cells() for line in lines]
        if cut:
            rows.insert(limit // 2, ["…", "", f"{cut} more", *[""] * (len(HEADER) - 3)])
        kept = [
            place
            for place in range(len(HEADER))
            if HEADER[place] not in ("layer",) or any(row[place] for row in rows)
        ]
        if not self.walked:
            kept.remove(len(HEADER) - 1)
        return [HEADER[i] for i in kept], [[row[i] for i in kept] for row in rows]

    def _notes(self):
        notes = [] if self.walked else ["no gradient yet: call backward() on the result"]
        return notes + [f"{self._skipped} lines left out"] * bool(self._skipped)

    def text(self, limit=LIMIT):
        """The table as text."""
        return "\n".join([text_table(*self._rows(limit)), *(f"({one})" for one in self._notes())])

    def _repr_html_(self, limit=400):
        header, rows = self._rows(limit)
        colours = [_colour(row) for row in rows]
        title = "; ".join([self.title, *self._notes()])
        return html_table(header, rows, title, colours)

    def _figure(self, limit=LIMIT):
        header, rows = self._rows(limit)
        return figure_table(header, rows, self.title, [_colour(row) for row in rows])

    def __len__(self):
        return len(self.lines)


def _colour(row):
    return LEAF_COLOUR if {"weight", "watched"} & set(row[1:3]) else None

"""Why a gradient rule is wrong: the mistakes that people make, told apart by what they return."""

from typing import NamedTuple

import numpy as np

from minigrad.autograd.record import run_bare
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.finite_differences import along, difference, unit
from minigrad.inspect.replayed_tape import OneRecord

MOST_ENTRIES = 400
TOLERANCE = 1e-4


class WrongOp(NamedTuple):
    """A record of the tape whose rule disagrees with differences.

    Attributes:
        record: The record.
        argument: The place of the input whose gradient is wrong.
        cause: A word: "factor", "sign", "transpose", "broadcast", "upstream", "missing", "extra",
            "shape" or "unknown".
        explanation: What is likely wrong, and what to do, in words.
        ratio: What the rule says, divided by what differences say; None if that is no constant.
    """

    record: object
    argument: int
    cause: str
    explanation: str
    ratio: float | None

    @property
    def name(self):
        """The op, and the layer in whose call it was."""
        where = "/".join(self.record.where)
        name = self.record.primitive.name
        return f"{name} in {where}" if where else name


def find_wrong_ops(tape, seed=0):
    """Check the rule of every record of a ReplayedTape by itself; returns the WrongOps."""
    rng = np.random.default_rng(seed)
    found, known, used = [], {}, tape.used_outputs()
    for record in tape.records:
        name = record.primitive.name
        if known.get(name, 0) < 3:  # the same mistake need not be told for every time step
            wrong = check_record(record, used[record], rng)
            found += wrong
            known[name] = known.get(name, 0) + bool(wrong)
    return found


def check_record(record, used, rng):
    """The WrongOps of one record, judged by the outputs whose numbers are in `used`."""
    one = OneRecord(record, used, rng)
    try:
        said = one.pulled()
    except Exception as error:
        return [_failed(record, one, error)]
    return [
        wrong
        for k, gradient in enumerate(said)
        if (wrong := _check_input(record, one, k, gradient, rng)) is not None
    ]


def _check_input(record, one, k, said, rng):
    point = one.points[k]
    direction = rng.standard_normal(point.shape)
    f = _line(one, k, direction)
    scale = max(float(np.abs(said * direction).sum()), 1e-8)
    whole = float((said * direction).sum())
    if difference(f, whole, TOLERANCE, scale).agrees(whole, TOLERANCE, scale):
        return None
    entries = list(np.ndindex(*point.shape))
    if len(entries) > MOST_ENTRIES:
        entries = [entries[i] for i in rng.choice(len(entries), MOST_ENTRIES, replace=False)]
    scale = max(float(np.abs(said).max(initial=0)), 1e-8)
    rows = [
        difference(_line(one, k, unit(point.shape, at)), said[at], 1e-5, scale) for at in entries
    ]
    keep = [i for i, (at, row) in enumerate(zip(entries, rows, strict=True)) if not row.kink]
    if all(
        rows[i].agrees(said[entries[i]], TOLERANCE, max(scale, abs(rows[i].central))) for i in keep
    ):
        return None
    entries, rows = [entries[i] for i in keep], [rows[i] for i in keep]
    tape = np.array([said[at] for at in entries])
    numeric = np.array([row.central for row in rows])
    return WrongOp(record, one.places[k], *_cause(one, k, said, entries, tape, numeric))


def _line(one, k, direction, weights=None):
    path = along(one.points[k], direction)

    def f(t):
        return one.value([*one.points[:k], path(t), *one.points[k + 1 :]], weights)

    return f


def _cause(one, k, said, entries, tape, numeric):
    """(cause, explanation, ratio)."""
    name = one.record.primitive.name
    shape = one.points[k].shape
    if not np.isfinite(tape).all():
        return "unknown", f"The rule of {name} returns NaN or infinity.", None
    if np.abs(tape).max() < 1e-8:
        return (
            "missing",
            "No gradient comes back, though the result depends on this input. The rule is None, or "
            "returns zeros: write it, or use `ops.stop_gradient` if that is meant.",
            0.0,
        )
    if np.abs(numeric).max() < 1e-7:
        return (
            "extra",
            "The function is flat here, but a gradient comes back. If that is meant (a "
            "straight-through estimator), all is well; otherwise the rule belongs to another "
            "function.",
            None,
        )
    ratio = float(tape @ numeric / (numeric @ numeric))
    weights = next(weight for weight in one.weights if weight is not None)
    out = np.shape(weights)
    spread = _broadcast_count(shape, out)
    if close(tape, ratio * numeric):
        return _constant_factor(ratio, spread, out, shape)
    if len(shape) == 2 and shape[0] == shape[1] and len(entries) == said.size:
        full = np.zeros(shape)
        for at, value in zip(entries, numeric, strict=True):
            full[at] = value
        if close(said, full.T):
            return (
                "transpose",
                "The gradient is the transpose of what it should be. Of `y = x @ w` the rules are "
                "`g @ wᵀ` for x and `xᵀ @ g` for w.",
                None,
            )
    if spread > 1 and len(one.weights) == 1 and _one_slice(one, k, entries, tape):
        return (
            "broadcast",
            f"This input of shape {shape} was broadcast to {out}, and every place it went to sends "
            "a gradient back. The rule returns that of the first place alone: sum over the "
            "broadcast axes, `ops.sum(g, axis=0)`.",
            None,
        )
    if out == shape:
        weight = np.array([weights[at] for at in entries])
        if close(tape * weight, numeric):
            return (
                "upstream",
                "The rule returns the local derivative alone. The chain rule multiplies it by the "
                "upstream gradient: `g * …`.",
                None,
            )
    return (
        "unknown",
        "The two are in no simple relation: compare the rule with the derivative on paper, factor "
        "by factor.",
        None,
    )


def _constant_factor(ratio, spread, out, shape):
    size = abs(ratio)
    if close(ratio, -1.0):
        return "sign", "The sign is wrong: the rule has a minus too many, or one too few.", ratio
    for factor in (2.0, 0.5):
        if close(size, factor):
            sign = " and the sign is wrong" if ratio < 0 else ""
            hint = (
                "a square gives 2x, and 1/2 · x² gives x"
                if factor == 2.0
                else "d(x²)/dx is 2x, or a branch was counted once instead of twice"
            )
            return (
                "factor",
                f"It is {factor:g} times as large as it should be{sign}: {hint}.",
                ratio,
            )
    if spread > 1 and close(size, 1 / spread):
        return (
            "broadcast",
            f"It is too small by {spread}, the number of places that this input of shape {shape} "
            "was broadcast to: the rule takes the mean over the broadcast axes where it must sum.",
            ratio,
        )
    counts = {n for n in (*out, *shape, int(np.prod(out)), int(np.prod(shape))) if n > 1}
    for n in sorted(counts):
        if close(size, n) or close(size, 1 / n):
            way = "large" if size > 1 else "small"
            return (
                "factor",
                f"It is too {way} by {n}, the length of an axis: a mean divides by it, a sum does "
                "not.",
                ratio,
            )
    return "factor", f"It is {ratio:.4g} times what it should be, everywhere.", ratio


def _broadcast_count(shape, out):
    """To how many places of the output each element of an input went."""
    try:
        if np.broadcast_shapes(shape, out) != out:
            return 1
    except ValueError:
        return 1
    return int(np.prod(out)) // max(int(np.prod(shape)), 1)


def _one_slice(one, k, entries, tape):
    """Whether the rule returns what comes back from the first place along a broadcast axis."""
    shape, out = one.points[k].shape, np.shape(one.weights[0])
    padded = (1,) * (len(out) - len(shape)) + shape
    for axis, (length, wide) in enumerate(zip(padded, out, strict=True)):
        if length == wide:
            continue
        for place in (0, -1):
            weights = [np.zeros(out)]
            chosen = tuple(place if i == axis else slice(None) for i in range(len(out)))
            weights[0][chosen] = one.weights[0][chosen]
            numeric = [
                difference(_line(one, k, unit(shape, at), weights), 0.0, 1.0, 1.0).central
                for at in entries[:40]
            ]
            if close(tape[:40], np.array(numeric)):
                return True
    return False


def _failed(record, one, error):
    """The rule raised, or returned what has no place: look at the shapes it returns."""
    found = _raw_shapes(record)
    for place in one.places:
        expected = np.shape(record.inputs[place]._value)
        shape = found[place] if found is not None and place < len(found) else None
        if shape is None or shape == expected:
            continue
        hint = ""
        if shape == expected[::-1]:
            hint = " A transpose is missing: of `y = x @ w`, `g @ wᵀ` and `xᵀ @ g`."
        cause = "transpose" if hint else "shape"
        return WrongOp(
            record,
            place,
            cause,
            f"The rule returns a gradient of shape {shape} for an input of shape {expected}.{hint}",
            None,
        )
    place = one.places[0] if one.places else 0
    return WrongOp(
        record, place, "unknown", f"The rule fails: {type(error).__name__}: {error}", None
    )


def _raw_shapes(record):
    primitive, out = record.primitive, record.output
    g = tuple(map(np.ones_like, out)) if type(out) is tuple else np.ones_like(out)
    try:
        if primitive.joint is not None:
            made = run_bare(lambda: primitive.joint(g, out, *record.values, **record.params))
        else:
            made = [
                run_bare(lambda rule=rule: rule(g, out, *record.values, **record.params))
                if type(x) is Tensor and x._record is not None
                else None
                for x, rule in zip(record.inputs, primitive.vjp, strict=True)
            ]
    except Exception:
        return None
    return [None if one is None else np.shape(one) for one in made]


def close(a, b):
    """Whether two arrays are equal but for rounding and the error of differences."""
    a, b = np.asarray(a), np.asarray(b)
    return bool(np.abs(a - b).max(initial=0) <= 1e-3 * max(np.abs(b).max(initial=0), 1e-12))

"""Gradient checks: the tape's derivatives against differences of function values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigrad import tree
from minigrad.autograd.functional import vjp
from minigrad.autograd.tensor import Tensor, as_tensor


@dataclass(frozen=True)
class GradientReport:
    """The entry at which the tape and the differences disagree most.

    `error` is |tape - difference| / max(1, |tape|, |difference|).
    """

    error: float
    order: int
    argument: int
    index: tuple[int, ...]
    tape: float
    difference: float

    def __str__(self) -> str:
        where = f"argument {self.argument}" + (
            f"[{', '.join(map(str, self.index))}]" if self.index else ""
        )
        return (
            f"order {self.order}, d/d({where}): the tape says {self.tape:.12g}, "
            f"differences say {self.difference:.12g} (error {self.error:.2g})"
        )


def check_gradients(
    f: Callable,
    *inputs: Any,
    order: int = 2,
    step: float = 1e-3,
    tolerance: float = 1e-6,
    directions: int = 2,
    seed: int = 0,
) -> GradientReport:
    """Compare the gradients of `f` with finite differences, in float64.

    The result of `f` is first reduced to a scalar by random weights. Its gradient is compared along
    random directions, then entry by entry; for the second order the same is done with the gradient
    in the place of `f`. Differences are central, of fourth order in `step`:
    (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h.

    Args:
        f: A function of Tensors that returns a Tensor or a structure of them.
        inputs: Numbers or arrays; floating ones are differentiated by, in float64.
        order: 1, or 2 to check second derivatives as well.
        step: How far to step for the differences.
        tolerance: The largest error allowed, relative to values above 1.
        directions: How many random directions to try.
        seed: Of the random directions and weights.

    Returns:
        A report of the worst entry.

    Raises:
        AssertionError: an error is above `tolerance`; the message names the entry and both numbers.

    >>> from minigrad import ops
    >>> from minigrad.autograd import check_gradients
    >>> check_gradients(ops.tanh, [0.1, -2.0]).error < 1e-8
    True
    """
    rng = np.random.default_rng(seed)
    arrays = [_as_float64(x) for x in inputs]
    chosen = [position for position, x in enumerate(arrays) if np.issubdtype(x.dtype, np.floating)]

    def of_chosen(*xs: Any) -> Any:
        full = [as_tensor(x) for x in arrays]
        for position, x in zip(chosen, xs, strict=True):
            full[position] = as_tensor(x)
        return f(*full)

    worst = GradientReport(0.0, 1, 0, (), 0.0, 0.0)
    function, points = of_chosen, [arrays[position] for position in chosen]
    for level in range(1, order + 1):
        report = _check_once(function, points, chosen, level, step, directions, rng, tolerance)
        worst = max(worst, report, key=lambda one: one.error)
        function = _gradient_function(function, points, rng)
    return worst


def _as_float64(x: Any) -> np.ndarray:
    array = np.asarray(as_tensor(x))
    return array.astype(np.float64) if array.dtype.kind in "fV" else array


def _weights(f: Callable, points: Sequence, rng: np.random.Generator) -> list[np.ndarray | None]:
    """Random weights for the outputs of `f`, None for those that have no gradient."""
    outputs = [as_tensor(y) for y in tree.flatten(f(*points))]
    return [rng.uniform(0.5, 1.5, y.shape) if y.dtype == "float64" else None for y in outputs]


def _scalar(f: Callable, weights: list) -> Callable:
    def weighted(*xs: Any) -> Tensor:
        outputs = [as_tensor(y) for y in tree.flatten(f(*xs))]
        terms = [(y * w).sum() for y, w in zip(outputs, weights, strict=True) if w is not None]
        if not terms:
            raise TypeError(
                "check_gradients: the function must have a floating result, for others have no "
                f"gradient. Received: results of dtype {', '.join(y.dtype for y in outputs)}"
            )
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total

    return weighted


def _gradient_function(f: Callable, points: Sequence, rng: np.random.Generator) -> Callable:
    scalar = _scalar(f, _weights(f, points, rng))

    def gradient(*xs: Any) -> Any:
        _, pull = vjp(scalar, *xs)
        return pull(1.0)

    return gradient


def _check_once(
    f: Callable,
    points: Sequence[np.ndarray],
    names: Sequence[int],
    order: int,
    step: float,
    directions: int,
    rng: np.random.Generator,
    tolerance: float,
) -> GradientReport:
    scalar = _scalar(f, _weights(f, points, rng))
    _, pull = vjp(scalar, *points)
    tape = [np.asarray(g) for g in pull(1.0)]

    def difference(direction: list[np.ndarray]) -> float:
        def at(t: float) -> float:
            return float(scalar(*(x + t * d for x, d in zip(points, direction, strict=True))))

        h = step
        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)

    entries = [(k, index) for k, x in enumerate(points) for index in np.ndindex(*x.shape)]
    suspicious = False
    for _ in range(directions):
        direction = [rng.standard_normal(x.shape) for x in points]
        along = sum(float((g * d).sum()) for g, d in zip(tape, direction, strict=True))
        size = sum(float(np.abs(g * d).sum()) for g, d in zip(tape, direction, strict=True))
        # `not <=` rather than `>`: NaN is a disagreement too.
        suspicious |= not abs(along - difference(direction)) <= tolerance * max(1.0, size)
    if not suspicious and len(entries) > 24:
        picked = rng.choice(len(entries), 24, replace=False)
        entries = [entries[i] for i in picked]
    worst = GradientReport(0.0, order, 0, (), 0.0, 0.0)
    for k, index in entries:
        unit = [np.zeros(x.shape) for x in points]
        unit[k][index] = 1.0
        said, found = float(tape[k][index]), difference(unit)
        error = abs(said - found) / max(1.0, abs(said), abs(found))
        error = float("inf") if np.isnan(error) else error
        if error > worst.error:
            worst = GradientReport(error, order, names[k], index, said, found)
    if worst.error > tolerance:
        raise AssertionError(f"The gradient is wrong: {worst}")
    if suspicious:
        raise AssertionError(
            f"The gradient of order {order} is wrong along a random direction, though not by much "
            "in any single entry."
        )
    return worst

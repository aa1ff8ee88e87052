"""Finite differences of a function in float64, with an eye on kinks."""

import math
from typing import NamedTuple

import numpy as np

STEP = 1e-5
KINK_STEP = 1e-7


class Difference(NamedTuple):
    """What differences say of a derivative.

    Attributes:
        central, left, right: Central and one-sided differences.
        kink: Whether the two sides disagree however small the step is.
        doubt: How far two steps disagree, which no judgement can be finer than.
    """

    central: float
    left: float
    right: float
    kink: bool = False
    doubt: float = 0.0

    def agrees(self, said, tolerance, scale):
        """Whether a derivative of `said` fits; at a kink, anything between the two sides does."""
        if not np.isfinite(said):
            return False
        if abs(said - self.central) <= tolerance * scale + self.doubt:
            return True
        low, high = sorted((self.left, self.right))
        return self.kink and low - tolerance * scale <= said <= high + tolerance * scale


def difference(f, said, tolerance, scale):
    """The derivative of `f(t)` at 0, looked at more closely where `said` does not fit.

    Central differences, (f(h) - f(-h)) / 2h. If they disagree with `said`, a kink may lie between
    the two points, so a much smaller step is taken; if the one-sided differences differ there too,
    the kink is at 0 itself.
    """
    found = _sides(f, STEP)
    if found.agrees(said, tolerance, scale):
        return found
    closer = _sides(f, KINK_STEP)
    if closer.agrees(said, tolerance, scale):
        return closer  # the function bends sharply, or a kink lies near
    if not math.isfinite(found.central):  # the larger step leaves the domain of the function
        found = _sides(f, 10 * KINK_STEP)
    gap, gap_closer = abs(found.right - found.left), abs(closer.right - closer.left)
    # The two sides of a smooth function approach each other as fast as the step shrinks.
    kink = gap_closer > max(0.3 * gap, 1e-4 * scale)
    better = closer if gap > 1e-3 * scale and not kink else found
    doubt = 2 * abs(found.central - closer.central)
    doubt = doubt if doubt < 1e-2 * scale and not kink else 0.0
    return Difference(better.central, closer.left, closer.right, kink, doubt)


def _sides(f, step):
    ahead, here, behind = f(step), f(0.0), f(-step)
    central = (ahead - behind) / (2 * step)
    return Difference(central, (here - behind) / step, (ahead - here) / step)


def along(point, direction):
    """The line `t -> point + t * direction`."""
    return lambda t: point + t * direction


def unit(shape, index):
    """The direction of one entry."""
    direction = np.zeros(shape)
    direction[index] = 1.0
    return direction

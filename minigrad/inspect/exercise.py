"""Exercises that check themselves: `check(answer, expected)` says whether an answer is right."""

import numpy as np

from minigrad.autograd.tensor import Tensor


def check(answer, expected, hint="", tolerance=1e-4):
    """Compare an answer with what it should be, and say in a line how it went.

    Args:
        answer: A number, an array, a Tensor, text or a truth value; or `...`, not answered yet.
        expected: The right one, or a function of the answer that tells whether it is right.
        hint: Shown with a wrong answer.
        tolerance: How far a number may lie from the right one, absolutely and relatively.

    Returns:
        True, False, or None for `...`.

    >>> from minigrad.inspect import check
    >>> check(..., 6.0)
    … not answered yet
    >>> check(5.0, 6.0, hint="the derivative of x² is 2x")
    ✗ not yet: 5.0 (the derivative of x² is 2x)
    False
    >>> check(6.0, 6.0)
    ✓ right
    True
    """
    if answer is ...:
        print("… not answered yet")
        return None
    right = expected(answer) if callable(expected) else _equal(answer, expected, tolerance)
    if right:
        print("✓ right")
        return True
    print(f"✗ not yet: {answer!r}" + (f" ({hint})" if hint else ""))
    return False


def _equal(answer, expected, tolerance):
    answer, expected = (x.numpy() if isinstance(x, Tensor) else x for x in (answer, expected))
    if isinstance(expected, (str, bool)):
        return type(answer) is type(expected) and answer == expected
    try:
        answer = np.asarray(answer, "float64")
    except (TypeError, ValueError):
        return False
    expected = np.asarray(expected, "float64")
    return answer.shape == expected.shape and bool(
        np.allclose(answer, expected, rtol=tolerance, atol=tolerance)
    )

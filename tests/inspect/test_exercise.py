"""check: what counts as right, as wrong, and as not answered."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.inspect import check


@pytest.mark.parametrize(
    "answer, expected, right",
    [
        (6, 6.0, True),
        (6.00001, 6.0, True),
        (6.1, 6.0, False),
        (1e6 + 1, 1e6, True),
        (mg.Tensor([1.0, 2.0]), np.array([1.0, 2.0]), True),
        ([1.0, 2.0], mg.Tensor([1.0, 2.0]), True),
        ([1.0], 1.0, False),
        (np.ones((2, 1)), np.ones((1, 2)), False),
        ("b", "b", True),
        ("a", "b", False),
        (1, True, False),
        (False, False, True),
        ("six", 6.0, False),
        (None, 6.0, False),
        (float("nan"), 6.0, False),
        (7, lambda answer: answer % 2 == 1, True),
        (8, lambda answer: answer % 2 == 1, False),
    ],
)
def test_an_answer_is_right_or_wrong(answer, expected, right, capsys):
    assert check(answer, expected, hint="look again") is right
    shown = capsys.readouterr().out
    assert shown.startswith("✓" if right else "✗") and ("look again" in shown) is not right


def test_a_question_may_stay_open(capsys):
    assert check(..., 6.0) is None
    assert "not answered yet" in capsys.readouterr().out

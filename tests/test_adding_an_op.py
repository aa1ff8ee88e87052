"""docs/adding_an_op.md does what it says."""

import numpy as np
import pytest

from minigrad import Tensor, ops
from minigrad.autograd import check_gradients
from minigrad.autograd.operators import OPS
from minigrad.autograd.primitive import PRIMITIVES
from tests.markdown_code import ROOT, script

PAGE = ROOT / "docs" / "adding_an_op.md"


@pytest.fixture
def page():
    """The names that the code blocks of the page define, run in order."""
    names = {}
    try:
        exec(compile(script(PAGE), str(PAGE), "exec"), names)
        yield names
    finally:
        OPS.pop("my_softsign", None)
        OPS.pop("fast_softsign", None)
        PRIMITIVES.pop("fast_softsign", None)


def test_both_ways_equal_the_op_that_exists(page):
    x = Tensor(np.linspace(-3, 3, 13), dtype="float64")
    for name in ("my_softsign", "fast_softsign"):
        np.testing.assert_allclose(page[name](x), ops.softsign(x), rtol=1e-12)


def test_the_case_of_the_page_is_right_to_second_order(page):
    case = page["CASE"]
    assert check_gradients(case.f, *case.inputs).error < 1e-6
    assert page["report"].error < 1e-6

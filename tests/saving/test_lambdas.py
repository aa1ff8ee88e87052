"""Functions as bytecode."""

import pytest

from minigrad.saving.lambdas import func_dump, func_load


def test_defaults_and_closure_survive():
    factor = 3
    dumped = func_dump(lambda x, n=2: factor * x + n)
    assert func_load(dumped)(1) == 5
    assert func_load(list(dumped))(1, 0) == 3


def test_numpy_is_among_the_globals():
    assert func_load(func_dump(lambda x: np.abs(x)))(-2) == 2  # noqa: F821


def test_text_that_is_no_bytecode_is_refused():
    with pytest.raises(ValueError, match="cannot be read by Python"):
        func_load("aGVsbG8=\n")

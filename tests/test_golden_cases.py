"""The reader of the golden files reports what differs, and nothing else."""

import numpy as np
import pytest

from tests.golden.cases.spec import Case, layer, normal
from tests.golden_cases import difference, load, mismatches, stored

CASE = layer("Dense", normal(3, 4), units=5)


def expected(dtype):
    return stored("layers_core", CASE).results[dtype]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_results_have_no_mismatch(dtype):
    assert mismatches(CASE, dict(expected(dtype)), expected(dtype), dtype) == []


@pytest.mark.parametrize(("dtype", "error"), [("float32", 3e-5), ("float64", 3e-10)])
def test_an_error_above_the_tolerance_is_reported(dtype, error):
    actual = dict(expected(dtype))
    wrong = actual["d w0"].copy()
    wrong.flat[np.abs(wrong).argmax()] *= 1 + error
    lines = mismatches(CASE, actual | {"d w0": wrong}, expected(dtype), dtype)
    assert len(lines) == 1
    assert lines[0].startswith("d w0: off by")


@pytest.mark.parametrize(
    ("change", "report"),
    [
        (lambda x: x.T, "shape"),
        (lambda x: x.astype("float64"), "dtype float64, expected float32"),
        (lambda x: np.where(x == x.max(), np.nan, x), "off by nan"),
    ],
)
def test_shapes_dtypes_and_nan_are_compared(change, report):
    actual = expected("float32") | {"d w0": change(expected("float32")["d w0"])}
    (line,) = mismatches(CASE, actual, expected("float32"), "float32")
    assert report in line


def test_missing_and_surplus_results_are_reported():
    actual = dict(expected("float32"))
    actual["d w9"] = actual.pop("d w0")
    lines = mismatches(CASE, actual, expected("float32"), "float32")
    assert lines == ["d w0: missing", "d w9: not expected"]


def test_zeros_are_compared_absolutely():
    assert difference(np.full(3, 1e-6), np.zeros(3)) == 1e-6


def test_a_case_without_results_names_the_command():
    with pytest.raises(LookupError, match=r"generate.py layers_core"):
        stored("layers_core", Case("layers.Dense", {"units": 77}, (), {}))


def test_upstream_gradients_and_inputs_are_the_same_in_both_precisions():
    for entry in load("layers_core").values():
        assert all(a.dtype != np.float64 for a in entry.given.values())

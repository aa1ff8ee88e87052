"""Every gradient against finite differences, to second order, in float64."""

import numpy as np
import pytest

from minigrad.autograd import check_gradients
from minigrad.autograd.primitive import PRIMITIVES
from minigrad.autograd.record import listening
from tests.gradient_cases import all_cases

CASES = all_cases()


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.differences], ids=lambda case: case.name
)
def test_gradient_equals_finite_differences(case):
    check_gradients(case.f, *case.inputs, order=case.order, tolerance=case.tolerance)


def test_names_of_cases_are_unique():
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


def test_every_differentiable_primitive_has_a_case():
    reached = set()

    def note(primitive, inputs, params, outputs):
        reached.add(primitive.name)

    with listening(note):
        for case in CASES:
            tolerance = 1.0 if case.differences else np.inf
            check_gradients(case.f, *case.inputs, order=1, directions=1, tolerance=tolerance)
    wanted = {name for name, primitive in PRIMITIVES.items() if primitive.differentiable}
    assert not wanted - reached

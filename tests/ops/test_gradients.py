"""Every gradient against finite differences, to second order, in float64."""

import pytest

from minigrad.autograd import check_gradients
from minigrad.autograd.primitive import PRIMITIVES
from minigrad.autograd.record import listening
from tests.gradient_cases import all_cases

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
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
            check_gradients(case.f, *case.inputs, order=1, directions=1, tolerance=1.0)
    wanted = {name for name, primitive in PRIMITIVES.items() if primitive.differentiable}
    assert not wanted - reached

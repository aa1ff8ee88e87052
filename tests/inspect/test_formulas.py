"""The table of formulas: no holes, and every formula equals kernel and rule in numbers."""

import numpy as np
import pytest

from minigrad.autograd.primitive import PRIMITIVES
from minigrad.inspect.formulas import RULES, Formula
from minigrad.inspect.formulas.functions import FUNCTIONS
from tests.inspect.formula_checks import (
    WITHOUT_SECOND,
    compared,
    forward_of,
    names_of,
    samples,
)

IN_THE_CHECK = {"transpose_of", "spread", "count", "shares", "gammas"}


@pytest.fixture(scope="module")
def records():
    # A function that is computed again is a primitive of its own, without a formula.
    return {one: found for one, found in samples().items() if one.name in RULES}


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):  # in what `where` leaves out
        yield


def test_every_primitive_has_a_formula():
    import minigrad.layers  # noqa: F401  declares some

    declared = {
        name
        for name, one in PRIMITIVES.items()
        if not getattr(one.kernel, "__module__", "").startswith("tests")
    }
    assert declared == RULES.keys()


def test_every_vjp_has_a_formula():
    for name, rule in RULES.items():
        primitive = PRIMITIVES[name]
        if primitive.vjp is not None:
            rules = [getattr(one, "__name__", "") for one in primitive.vjp]
            for place, vjp in enumerate(rule.vjps):
                if rules[place] == "no_gradient":
                    assert vjp is None, (name, place)
            assert len(rule.vjps) == len(primitive.vjp), name
        assert bool(rule.vjps) == primitive.differentiable, name


def test_vjps_speak_of_nothing_that_is_not_computed():
    for name, rule in RULES.items():
        for formula in filter(None, [*rule.vjps, *rule.let.values()]):
            assert names_of(formula) <= FUNCTIONS.keys() | IN_THE_CHECK, name


def test_vjps_are_those_of_the_rules(records):
    rng, wrong, checked = np.random.default_rng(0), [], set()
    for primitive, found in records.items():
        for record in found:
            for place, by_rule, by_formula in compared(record, rng):
                checked.add(primitive.name)
                scale = max(np.abs(by_rule).max(initial=0.0), 1.0)
                if not np.allclose(by_rule, by_formula, atol=2e-6 * scale, equal_nan=True):
                    wrong.append((primitive.name, place, by_rule, by_formula))
    assert not wrong, "\n".join(f"{a} {b}:\n{c}\n{d}" for a, b, c, d in wrong)
    wanted = {name for name, one in PRIMITIVES.items() if one.differentiable} & RULES.keys()
    assert not wanted - checked - WITHOUT_SECOND


def test_outputs_are_those_of_the_kernels(records):
    checked = set()
    for primitive, found in records.items():
        for record in found:
            by_formula = forward_of(record)
            if by_formula is None:
                continue
            checked.add(primitive.name)
            out = record.output[0] if isinstance(record.output, tuple) else record.output
            if isinstance(by_formula, tuple):
                by_formula = by_formula[0]
            by_formula = np.reshape(by_formula, out.shape)
            np.testing.assert_allclose(by_formula, out, atol=1e-9, err_msg=primitive.name)
    assert len(checked) > 80


@pytest.mark.parametrize(
    ("source", "text", "latex"),
    [
        ("g * (1 - y**2)", "g · (1 − y²)", r"\bar{y} \cdot \left(1 - y^{2}\right)"),
        ("-g * x1 / x2**2", "−g · x₁ / x₂²", r"\frac{-\bar{y} \cdot x_{1}}{x_{2}^{2}}"),
        ("g @ T(x2)", "g @ x₂ᵀ", r"\bar{y} \, {x_{2}}^{\top}"),
        ("x - (a - b)", "x − (a − b)", r"x - \left(a - b\right)"),
        ("sqrt(x + 1)", "√(x + 1)", r"\sqrt{x + 1}"),
        ("x**-1", "x^(−1)", "x^{-1}"),
    ],
)
def test_formulas_are_written_as_people_write(source, text, latex):
    assert (Formula(source).text, Formula(source).latex) == (text, latex)


def test_every_formula_can_be_written_in_every_way():
    import xml.etree.ElementTree as ElementTree

    for name, rule in RULES.items():
        for formula in filter(None, [rule.forward, *rule.vjps, *rule.let.values()]):
            assert formula.text and formula.latex.count("{") == formula.latex.count("}"), name
            ElementTree.fromstring(formula.mathml.replace("&nbsp;", " "))

"""Explanations: formula, example, source and peers of an operation."""

import json
from pathlib import Path

import numpy as np
import pytest

from minigrad import inspect, ops, tree
from minigrad.autograd.primitive import PRIMITIVES, Primitive
from minigrad.inspect.examples import EXAMPLES
from minigrad.inspect.formulas import RULES
from minigrad.inspect.peers import names_elsewhere
from minigrad.kernels import jit

GOLDEN = Path(__file__).parents[1] / "golden"
PUBLIC = [name for name in json.loads((GOLDEN / "public_api.json").read_text())["ops"]
          if callable(getattr(ops, name, None))]  # fmt: skip
# Compute nothing that is recorded: what is made of whole numbers or asks about a tensor, or changes
# nothing but the form.
UNRECORDED = set(
    "arange array bartlett blackman conj conjugate convert_to_numpy convert_to_tensor dtype empty "
    "eye hamming hanning identity is_tensor kaiser ndim nonzero ones real shape size tri unique "
    "zeros".split()
)


def test_the_example_has_the_numbers_of_the_operation():
    _, out, (gradient,) = inspect.explain(ops.tanh, [0.0, 1.0]).example
    np.testing.assert_allclose(out, np.tanh([0, 1]), rtol=1e-6)
    np.testing.assert_allclose(gradient, [1, 2] * (1 - np.tanh([0, 1]) ** 2), rtol=1e-5)


def test_softmax_shows_formula_kernel_and_twin():
    shown = inspect.explain(ops.softmax)
    assert shown.formulas()[0].startswith("softmax: y = exp(x) / Σ(exp(x); axes);  x̄ += y ·")
    kernel, twin = shown.kernels()["_softmax"]
    assert "prange" in kernel and "_softmax_numpy" in twin
    assert shown.peers()["TensorFlow"] == "tf.nn.softmax"
    assert set(shown.time(repeat=1)) == {"minigrad"}
    ((name, (fast, slow, size)),) = shown.kernel_times(repeat=1).items()
    assert name == "_softmax" and fast > 0 and slow > 0 and size >= 10_000
    assert f"kernel _softmax, {size} numbers: " in str(shown)
    # To look at the arguments changes nothing for others: the kernel is called as before.
    (kernel,) = [one for one in jit._kernels if one.__name__ == "_softmax"]
    known = [*kernel._ready.values(), *kernel._serial.values()]
    assert known and not any(one.__module__.startswith("minigrad.inspect") for one in known
                             if hasattr(one, "__module__"))  # fmt: skip


def test_what_is_derived_shows_the_primitives_that_it_is_made_of():
    names = [one.name for one in inspect.explain(ops.softsign).primitives]
    assert "absolute" in names and "true_divide" in names


@pytest.mark.parametrize("name", ["matmul", "relu", "sum", "logsumexp", "exp"])
def test_it_can_be_shown_in_every_way(name, tmp_path):
    shown = inspect.explain(name)
    assert shown.example is not None and shown.latex
    assert "formula" in str(shown) and "<math" in shown._repr_html_()


def test_what_is_no_operation_is_refused():
    with pytest.raises(ValueError, match=r"expected a function of ops.*op='nothing of that name'"):
        inspect.explain("nothing of that name")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_operation_is_explained_with_all_parts(name):
    shown = inspect.explain(name)
    assert shown.example is not None and shown.call
    recorded = [one for one in shown.primitives if one.name in RULES]
    assert bool(recorded) == (name not in UNRECORDED)
    assert len(shown.formulas()) == len(recorded)
    assert bool(shown.latex) == bool(recorded)
    assert all(twin for _, twin in shown.kernels().values())
    assert shown.source() or isinstance(shown.op, Primitive)
    sections = dict(shown._sections())
    assert [title.split(":")[0].split(" (")[0] for title in list(sections)[:4]] == [
        "what", "formula and VJP", "example", "elsewhere",
    ]  # fmt: skip
    assert all(sections.values())
    assert sections["time of the example"]
    assert f"ops.{name}" in shown._repr_html_()


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_every_primitive_is_explained(name):
    shown = inspect.explain(PRIMITIVES[name])
    assert name not in RULES or shown.formulas()
    assert shown.kernels()


def test_examples_with_a_gradient_show_it():
    _, out, (by_image, by_kernel) = inspect.explain(ops.conv).example
    assert out.shape == (1, 2, 2, 1) and by_image.shape == (1, 4, 4, 1) and by_kernel.any()
    # Each value of a maximum goes to one place: the upstream gradients 1 … 2 come through.
    (_, _, (by_image,)) = inspect.explain(ops.max_pool).example
    np.testing.assert_allclose(sorted(by_image[by_image != 0]), np.linspace(1, 2, 4), rtol=1e-6)


def test_examples_and_their_gradients_are_finite():
    for name in PUBLIC:
        _, out, gradients = inspect.explain(name).example
        arrays = [np.asarray(one) for one in [*tree.flatten(out), *gradients] if one is not None]
        assert all(np.isfinite(one).all() for one in arrays if one.dtype.kind == "f"), name


def test_examples_are_of_operations():
    assert set(EXAMPLES) <= set(PUBLIC)


def test_every_name_elsewhere_was_found_by_the_job():
    """`tests/interop/peers_job.py` writes the listing, where PyTorch and TensorFlow are."""
    listing = json.loads((GOLDEN / "peers.json").read_text())
    table = dict(names_elsewhere())
    notes = table.pop("notes")
    found = {kind: {op: name for op, (name, _) in names.items()} for kind, names in listing.items()}
    assert found == table
    compared = {
        kind: [op for op, (_, verdict) in names.items() if verdict == "compared"]
        for kind, names in listing.items()
    }
    assert {kind: len(ops) > 50 for kind, ops in compared.items() if kind != "modules"} == {
        "NumPy": True, "PyTorch": True, "TensorFlow": True,
    }  # fmt: skip
    for kind, ops_with_notes in notes.items():
        assert {op for op, (_, v) in listing[kind].items() if v == "differs"} <= set(ops_with_notes)
        assert set(ops_with_notes) <= set(table[kind])

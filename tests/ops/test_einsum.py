"""einsum against NumPy's, on written and on drawn subscripts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import KerasTensor, Tensor, ops

LENGTHS = {"a": 2, "b": 3, "c": 4, "d": 2, "e": 1}
RNG = np.random.default_rng(0)

WRITTEN = {
    "bij,bjk->bik": [(2, 3, 4), (2, 4, 5)],
    "bij,bjk": [(2, 3, 4), (2, 4, 5)],
    "aecd,abcd->acbe": [(2, 3, 4, 5), (2, 6, 4, 5)],
    "acbe,aecd->abcd": [(2, 4, 6, 3), (2, 3, 4, 5)],
    "...ij,...jk->...ik": [(5, 1, 3, 4), (2, 4, 5)],
    "...ij,kj->i...k": [(5, 2, 3, 4), (6, 4)],
    "...,...->...": [(2, 1), (3,)],
    "a...->...": [(2, 3, 4)],
    "ii": [(3, 3)],
    "ii->i": [(3, 3)],
    "iij,jj->ij": [(3, 3, 2), (2, 2)],
    "ij->": [(3, 2)],
    "ij,kl->": [(3, 2), (4, 5)],
    ",ij->ji": [(), (2, 3)],
    "i,i,i->i": [(3,), (3,), (3,)],
    "ij,jk,kl,lm->im": [(2, 3), (3, 4), (4, 2), (2, 5)],
    "ba,ac->cb": [(2, 3), (3, 4)],
    " a b , b -> a ": [(2, 3), (3,)],
    "ab,bc->ca": [(0, 3), (3, 2)],
    "ab,bc->ac": [(2, 0), (0, 3)],
}


@pytest.mark.parametrize("subscripts", WRITTEN)
def test_written_subscripts_equal_numpy(subscripts):
    xs = [RNG.normal(size=shape) for shape in WRITTEN[subscripts]]
    found = ops.einsum(subscripts, *xs)
    expected = np.einsum(subscripts, *xs)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    symbolic = ops.einsum(subscripts, *(KerasTensor(x.shape, "float64") for x in xs))
    assert symbolic.shape == expected.shape and symbolic.dtype == "float64"


@st.composite
def drawn(draw):
    term = st.text("abcde", max_size=4)
    terms = draw(st.lists(term, min_size=1, max_size=3))
    letters = sorted(set("".join(terms)))
    result = draw(st.permutations(letters))[: draw(st.integers(0, len(letters)))]
    return ",".join(terms) + "->" + "".join(result)


@settings(max_examples=150, deadline=None)
@given(drawn())
def test_drawn_subscripts_equal_numpy(subscripts):
    terms = subscripts.split("->")[0].split(",")
    xs = [RNG.normal(size=tuple(LENGTHS[letter] for letter in term)) for term in terms]
    expected = np.einsum(subscripts, *xs)
    np.testing.assert_allclose(ops.einsum(subscripts, *xs), expected, rtol=1e-10, atol=1e-12)


def test_unknown_lengths_stay_unknown():
    x, y = KerasTensor((None, 3, 4)), KerasTensor((None, 4, None))
    assert ops.einsum("bij,bjk->bik", x, y).shape == (None, 3, None)
    assert ops.einsum("bij,bjk->k", x, y).shape == (None,)


def test_int8_is_summed_in_int32():
    x = ops.full((2, 300), 100, "int8")
    found = ops.einsum("ij,kj->ik", x, x)
    assert found.dtype == "int32" and found[0, 1].item() == 3_000_000


def test_attention_takes_one_product_and_no_copies_besides():
    query = Tensor(RNG.normal(size=(2, 5, 3, 4)), requires_grad=True)
    scores = ops.einsum("btnh,bsnh->bnts", query, query)
    ops.sum(scores).backward()
    summed = np.broadcast_to(np.asarray(query).sum(1, keepdims=True), query.shape)
    np.testing.assert_allclose(query.grad, 2 * summed, rtol=1e-12)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "says"),
    [
        ("ij,jk->ik", [(2, 3)], "2 operands are described, and 1 were given"),
        ("ij->i", [(2, 3, 4)], "one letter for each of the 3 axes"),
        ("ijk...->i", [(2, 3)], "one letter for each of the 2 axes"),
        ("i1->i", [(2, 3)], "must have one letter"),
        ("ij,jk->ik", [(2, 3), (4, 5)], "'j' have the lengths 3 and 4"),
        ("ij->k", [(2, 3)], "must be in an operand"),
        ("ij->ii", [(2, 3)], "occur once in the result"),
    ],
)
def test_errors_say_what_is_wrong(subscripts, shapes, says):
    with pytest.raises(ValueError, match=says) as raised:
        ops.einsum(subscripts, *(np.ones(shape) for shape in shapes))
    assert f"subscripts={subscripts!r}" in str(raised.value)

"""compute_output_spec: shapes and dtypes without computing."""

import pytest

import minigrad as mg
from minigrad import KerasTensor, naming, ops
from minigrad.autograd import compute_output_spec
from minigrad.autograd.record import listening


@pytest.mark.parametrize(
    ("f", "shape", "expected"),
    [
        (lambda x: x + 1, (None, 3), (None, 3)),
        (lambda x: ops.stack([x, x], -1), (2, None), (2, None, 2)),
        (lambda x: ops.reshape(x, (x.shape[0] // 2, 2, 3)), (None, 3), (None, 2, 3)),
        (lambda x: ops.ones((x.shape[0], x.shape[1] + 1)), (None, 3), (None, 4)),
        (lambda x: x[:5], (None,), (5,)),
        (lambda x: x.shape[0] * 2, (None,), ()),
        (lambda x: ops.zeros(7), (None, 2), (7,)),
        (lambda x: ops.matmul(ops.transpose(x), x), (None, None), (None, None)),
        (lambda x: ops.concatenate([x, x], 0), (4, None), (8, None)),
    ],
)
def test_lengths_that_depend_on_unknown_ones_are_unknown(f, shape, expected):
    found = compute_output_spec(f, KerasTensor(shape))
    assert isinstance(found, KerasTensor) and found.shape == expected


def test_dtypes_and_structures_come_through():
    def f(x, scale=1, *, named):
        return {"a": ops.cast(x, "int8"), "b": [x * scale, None, named]}

    found = compute_output_spec(
        f, KerasTensor((2,), "float16"), 2.0, named=ops.ones((3, 1), "bool")
    )
    assert (found["a"].dtype, found["b"][0].dtype) == ("int8", "float16")
    assert found["b"][1] is None and found["b"][2].shape == (3, 1)


def test_nothing_is_computed_on_the_arguments():
    done = []
    with listening(lambda primitive, *_: done.append(primitive.name)):
        compute_output_spec(lambda x, y: ops.exp(x @ y), ops.ones((2, 3)), ops.ones((3, 2)))
    assert done == []


def test_no_names_are_used_up_and_no_graph_is_left():
    naming.reset()
    found = compute_output_spec(lambda x: ops.mean(x * 2 + 1), KerasTensor((None,), name="x"))
    assert found.node is None
    assert (KerasTensor(()) + 1).node.operation.name == "add"


def test_variables_keep_their_values():
    v = mg.Variable([1.0, 2.0])

    def f(x):
        v.assign(v * 2 + x)
        return v + x

    assert compute_output_spec(f, KerasTensor((2,))).shape == (2,)
    assert v.numpy().tolist() == [1, 2]


def test_a_rank_that_depends_on_a_length_is_an_error():
    with pytest.raises(ValueError, match="number of axes"):
        compute_output_spec(lambda x: ops.ones((1,) * (x.shape[0] // 20)), KerasTensor((None,)))
    with pytest.raises(ZeroDivisionError):
        compute_output_spec(lambda x: 1 / 0, KerasTensor((None,)))
    assert (KerasTensor(()) + 1).node is not None  # the error left nothing behind


def test_positions_counted_up_to_an_unknown_length_may_be_more_than_a_table_has():
    table = ops.ones((5, 2))  # of at most five positions

    def positions(x):
        return ops.arange(x.shape[-1])

    found = compute_output_spec(
        lambda x: ops.take(table, positions(x), axis=0), KerasTensor((None, None))
    )
    assert found.shape == (None, 2)
    assert compute_output_spec(lambda x: table[positions(x)], KerasTensor((None,))).shape == (
        None,
        2,
    )
    with pytest.raises(IndexError, match="index 5"):
        compute_output_spec(lambda x: ops.take(table, positions(x), axis=0), KerasTensor((9,)))

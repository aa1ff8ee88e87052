"""KerasTensor: shapes and dtypes without values, and the graph that calls leave behind."""

import pickle

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, naming, ops
from minigrad.autograd.symbolic import broadcast_shapes, is_symbolic, shape_equal, standardize_shape


def test_shape_dtype_and_name():
    x = KerasTensor([None, 3], "float16", name="x")
    assert (x.shape, x.dtype, x.ndim, x.name) == ((None, 3), "float16", 2, "x")
    assert x.sparse is False and x.ragged is False
    assert (
        repr(x)
        == "<KerasTensor shape=(None, 3), dtype=float16, sparse=False, ragged=False, name=x>"
    )
    naming.reset()
    assert [KerasTensor(()).name for _ in range(2)] == ["keras_tensor", "keras_tensor_1"]
    assert KerasTensor(np.array([2, 3])).shape == (2, 3)


@pytest.mark.parametrize(
    ("use", "error"),
    [
        (len, TypeError),
        (bool, TypeError),
        (float, TypeError),
        (int, TypeError),
        (list, NotImplementedError),
        (np.asarray, ValueError),
        (lambda x: Tensor(x), ValueError),
        (lambda x: setattr(x, "shape", (1,)), AttributeError),
        (lambda x: setattr(x, "dtype", "int8"), AttributeError),
        (lambda x: x + None, TypeError),
        (lambda x: setattr(x, "sparse", True), AttributeError),
        (lambda x: setattr(x, "ragged", True), AttributeError),
        (lambda x: KerasTensor((2,), sparse=True, ragged=True), ValueError),
    ],
)
def test_there_are_no_values_to_use(use, error):
    with pytest.raises(error):
        use(KerasTensor((2, 3)))


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (None, "Undefined"),
        ("23", "Cannot convert"),
        (5, "Cannot convert"),
        ((2, "a"), "invalid"),
        ((2, 1.5), "invalid"),
        ((2, -1), "Negative"),
    ],
)
def test_a_wrong_shape_is_a_value_error(shape, says):
    with pytest.raises(ValueError, match=says):
        standardize_shape(shape)


def test_shapes_of_numpy_ints_become_python_ints():
    assert [type(n) for n in standardize_shape((np.int64(2), None))] == [int, type(None)]


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([], ()),
        ([(2, 3)], (2, 3)),
        ([(2, 1), (3,)], (2, 3)),
        ([(None, 1), (4,)], (None, 4)),
        ([(None,), (1,)], (None,)),
        ([(None,), (4,)], (4,)),
        ([(1, None), (None, 1), (5,)], (None, 5)),
        ([(0,), (1,)], (0,)),
    ],
)
def test_broadcast_shapes(shapes, expected):
    assert broadcast_shapes(*shapes) == expected
    if not any(None in shape for shape in shapes):
        assert np.broadcast_shapes(*shapes) == expected


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2,\).*axis -1"):
        broadcast_shapes((2, 3), (2,))


def test_shape_equal_takes_unknown_lengths_for_equal():
    assert shape_equal((None, 2), (3, 2)) and shape_equal((), ())
    assert not shape_equal((None,), (3, 2)) and not shape_equal((2,), (3,))


def test_a_sparse_keras_tensor_gives_dense_results():
    x = KerasTensor((2, 3), sparse=True)
    assert x.sparse and "sparse=True" in repr(x) and not ops.exp(x).sparse
    assert pickle.loads(pickle.dumps(x)).sparse
    assert ops.convert_to_tensor(x).sparse and not ops.convert_to_tensor(x, sparse=False).sparse


def test_is_symbolic_looks_into_structures():
    k = KerasTensor(())
    assert is_symbolic(k) and is_symbolic([1, {"a": (k,)}])
    assert not is_symbolic([1, {"a": (Tensor(1),)}]) and not is_symbolic(None)


BINARY = ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="]


@pytest.mark.parametrize("sign", BINARY)
@pytest.mark.parametrize(
    "other", ["2", "2.5", "np.ones((4, 3), 'int8')", "Tensor([1.0, 2, 3])", "k"]
)
def test_operators_give_the_shape_and_dtype_that_values_would(sign, other):
    names = {"np": np, "Tensor": Tensor}
    for dtype in ("float32", "float16", "int32"):
        k, x = KerasTensor((None, 3), dtype), ops.ones((4, 3), dtype)
        for text in (f"a {sign} ({other})", f"({other}) {sign} a"):
            symbolic = eval(text, {**names, "a": k, "k": k})
            actual = eval(text, {**names, "a": x, "k": x})
            if sign == "==" and other == "k":
                assert symbolic is True  # a tensor is equal to itself, without values too
                continue
            assert isinstance(symbolic, KerasTensor) and symbolic.dtype == actual.dtype
            assert shape_equal(symbolic.shape, actual.shape)


def test_unary_operators_indexing_and_methods():
    k = KerasTensor((None, 4, 5))
    for found, shape in [
        (-k, k.shape),
        (abs(k), k.shape),
        (+k, k.shape),
        (~KerasTensor((2,), "bool"), (2,)),
        (k @ KerasTensor((5, 2)), (None, 4, 2)),
        (np.ones((2, 4)) @ k, (None, 2, 5)),
        (k[0], (4, 5)),
        (k[:, 1:3], (None, 2, 5)),
        (k[..., None], (None, 4, 5, 1)),
        (k[1:], (None, 4, 5)),
        (k[:, [0, 0, 1]], (None, 3, 5)),
        (k.T, (5, 4, None)),
        (k.reshape((-1, 20)), (None, 20)),
        (k.sum(axis=1), (None, 5)),
        (k.mean(), ()),
        (k.astype("int8"), k.shape),
    ]:
        assert isinstance(found, KerasTensor) and found.shape == shape
    assert (round(k, 1).shape, hash(k)) == (k.shape, hash(k))


def test_a_call_leaves_a_node():
    naming.reset()
    x, y = KerasTensor((2, 3), name="x"), KerasTensor((3,), name="y")
    z = ops.concatenate([x, x + y], axis=1)
    node = z.node
    assert node.operation.name == "concatenate" and node.outputs == [z]
    assert [one.shape for one in node.inputs] == [(2, 3), (2, 3)] and node.inputs[0] is x
    assert node.inputs[1].node.operation.name == "add" and x.node is None
    real = node.operation([Tensor(np.ones((2, 3))), Tensor(np.zeros((2, 3)))], axis=1)
    assert real.shape == (2, 6)


def test_a_derived_op_is_one_node_and_uses_one_name():
    naming.reset()
    x = KerasTensor((None, 3))
    y = ops.logsumexp(x, axis=1)
    assert y.node.operation.name == "logsumexp" and y.node.inputs == [x]
    assert ops.exp(x).node.operation.name == "exp"  # logsumexp uses exp, and no name for it


def test_an_op_with_several_results_has_one_node():
    x = KerasTensor((None, 3))
    values, indices = ops.top_k(x, 2)
    assert values.node is indices.node and (values.node_index, indices.node_index) == (0, 1)


def test_ops_refuse_symbolic_shapes_that_do_not_fit():
    for call in (
        lambda: KerasTensor((2, 3)) + KerasTensor((2,)),
        lambda: KerasTensor((2, 3)) @ KerasTensor((2, 3)),
        lambda: ops.concatenate([KerasTensor((2, 3)), KerasTensor((2, 4))], axis=0),
        lambda: ops.reshape(KerasTensor((2, 3)), (5,)),
        lambda: KerasTensor((2, 3))[2],
    ):
        with pytest.raises((ValueError, IndexError)):
            call()

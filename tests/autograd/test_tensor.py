"""Tensor: what it holds, its operators and indexing, how it prints, copies and talks to others."""

import copy
import operator
import pickle

import ml_dtypes
import numpy as np
import pytest

from minigrad import Tensor, autograd, dtypes, ops

DTYPES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64"
).split()
A = np.array([[7.0, -3.0, 2.0], [0.5, 4.0, -1.0]], np.float32)
B = np.array([[2.0, 5.0, -3.0], [1.5, -4.0, 3.0]], np.float32)


def numpy_dtype(name):
    return dtypes.to_numpy_dtype(name)


# Making one


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_holds_values(dtype):
    x = Tensor([[0, 1], [1, 3]], dtype)
    assert (x.dtype, x.shape, x.ndim, x.size) == (dtype, (2, 2), 2, 4)
    assert x.nbytes == 4 * numpy_dtype(dtype).itemsize
    expected = np.array([[0, 1], [1, 3]]).astype(numpy_dtype(dtype))
    assert x.numpy().dtype == numpy_dtype(dtype) and np.array_equal(x.numpy(), expected)
    assert Tensor(expected).dtype == dtype
    assert np.array_equal((x + x).numpy(), expected + expected)


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, "int32", ()),
        (1.0, "float32", ()),
        (True, "bool", ()),
        ([1, 2], "int32", (2,)),
        ([1, 2.0], "float32", (2,)),
        ([True, False], "bool", (2,)),
        ([[]], "float32", (1, 0)),
        ((1, (2)), "int32", (2,)),
        (range(3), "int32", (3,)),
        (2**40, "int64", ()),
        ([2**40], "int64", (1,)),
        (-(2**31), "int32", ()),
        ([-(2**31)], "int32", (1,)),
        ([-(2**63)], "int64", (1,)),
        (np.float64(1), "float64", ()),
        (np.arange(3), "int64", (3,)),
        (np.zeros((0, 3), ">f8"), "float64", (0, 3)),
        ([np.float64(1), np.float64(2)], "float32", (2,)),
        (ml_dtypes.bfloat16(1), "bfloat16", ()),
    ],
)
def test_the_dtype_follows_from_the_data(data, dtype, shape):
    x = Tensor(data)
    assert (x.dtype, x.shape) == (dtype, shape)


def test_tensors_are_made_of_tensors_and_nested_lists_of_them():
    x = Tensor([1.0, 2.0])
    assert Tensor(x, "int8").numpy().tolist() == [1, 2]
    assert ops.convert_to_tensor([x, [3.0, 4.0]]).shape == (2, 2)
    assert Tensor([x, x]).shape == (2, 2)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        ("text", TypeError, "numbers or booleans"),
        ([1, "text"], TypeError, "numbers or booleans"),
        (None, TypeError, "numbers or booleans"),
        ({"a": 1}, TypeError, "numbers or booleans"),
        (np.array(["2020-01-01"], "M8[D]"), TypeError, "numbers or booleans"),
        ([[1, 2], [3]], ValueError, "same length"),
    ],
)
def test_what_is_not_numbers_is_refused(data, error, says):
    with pytest.raises(error, match=says):
        Tensor(data)


def test_an_unknown_dtype_is_refused():
    with pytest.raises(ValueError, match="float31"):
        Tensor(1.0, "float31")
    with pytest.raises(TypeError, match="only floating tensors have gradients"):
        Tensor(1, requires_grad=True)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_floating_dtype_has_gradients_of_its_dtype(dtype):
    x = Tensor([1.0, 2.0], dtype, requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.dtype == dtype and np.asarray(x.grad, "float32").tolist() == [2, 4]


# Later edits of arrays


def test_later_edits_of_the_users_array_change_nothing():
    array = np.array([1.0, 2.0])
    x = Tensor(array, requires_grad=True)
    y = x * array  # the array is an operand that the tape keeps
    upstream = np.ones(2)
    array[:] = 100
    y.backward(upstream)
    upstream[:] = 100
    assert x.numpy().tolist() == [1, 2] and x.grad.numpy().tolist() == [1, 2]


def test_numpy_gives_a_copy_and_asarray_a_view_that_cannot_be_written():
    x = Tensor([1.0, 2.0])
    x.numpy()[0] = 9
    view = np.asarray(x)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 9
    np.array(x)[0] = 9
    assert x.numpy().tolist() == [1, 2]


def test_a_tensor_cannot_be_written():
    x = Tensor([1.0])
    with pytest.raises(TypeError, match="never change"):
        x[0] = 2.0
    before = x
    x += 1
    assert x is not before and before.item() == 1


# Operators

BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize(
    "kinds", ["tt", "ta", "at", "ts", "st", "tn", "nt"], ids=lambda k: k.translate({})
)
def test_operators_take_tensors_arrays_and_numbers_on_both_sides(name, kinds):
    make = {
        "t": Tensor,
        "a": np.array,
        "s": lambda x: float(x.flat[0]),
        "n": lambda x: x.ravel()[0],
    }
    left, right = make[kinds[0]](A), make[kinds[1]](B)
    found = BINARY[name](left, right)
    expected = BINARY[name](
        A if kinds[0] in "ta" else A.flat[0], B if kinds[1] in "ta" else B.flat[0]
    )
    assert isinstance(found, Tensor) and found.dtype == str(expected.dtype)
    assert np.allclose(found, expected)


def test_powers_and_matrix_products_with_all_kinds_of_operands():
    x = Tensor(np.abs(A))
    for other in (2, 2.0, np.float32(2), np.full((2, 3), 2.0, "f4"), Tensor(2.0)):
        assert np.allclose(x**other, A**2)
        assert np.allclose(other**x, 2 ** np.abs(A))
        assert (x**other).dtype == "float32"
    assert np.allclose(Tensor(A) @ B.T, A @ B.T) and np.allclose(A @ Tensor(B.T), A @ B.T)
    assert np.allclose(Tensor(A) @ Tensor(B[0]), A @ B[0])
    assert isinstance(A @ Tensor(B.T), Tensor)


def test_bitwise_and_logical_operators():
    x, y = Tensor([0b1100, 0b1010]), np.array([0b1010, 1], "int32")
    assert (x & y).numpy().tolist() == [0b1000, 0]
    assert (y | x).numpy().tolist() == [0b1110, 0b1011]
    assert (x ^ 1).numpy().tolist() == [0b1101, 0b1011]
    assert (~x).numpy().tolist() == [-13, -11]
    assert (x << 1).numpy().tolist() == [24, 20] and (1 << Tensor(3)).item() == 8
    assert (x >> 2).numpy().tolist() == [3, 2] and (64 >> Tensor(3)).item() == 8
    p, q = Tensor([True, True, False]), [True, False, False]
    assert (p & q).dtype == "bool" and (p & q).numpy().tolist() == [True, False, False]
    assert (p | q).numpy().tolist() == [True, True, False]
    assert (p ^ q).numpy().tolist() == [False, True, False]
    assert (~p).numpy().tolist() == [False, False, True]


def test_unary_operators():
    x = Tensor(A)
    assert np.array_equal(-x, -A) and np.array_equal(abs(x), abs(A)) and (+x) is x
    assert np.array_equal(round(Tensor([1.26, 2.5]), 1), np.array([1.3, 2.5], "f4"))
    assert [y.numpy().tolist() for y in divmod(7, Tensor([2, 3]))] == [[3, 2], [1, 1]]
    quotient, rest = divmod(x, 2.0)
    assert np.array_equal(quotient, A // 2) and np.array_equal(rest, A % 2)


@pytest.mark.parametrize("other", [None, "text", {}, {1}, ...])
def test_operators_refuse_what_is_not_a_number(other):
    x = Tensor([1.0])
    with pytest.raises(TypeError):
        x + other
    with pytest.raises(TypeError):
        other * x
    with pytest.raises(TypeError):
        x < other  # noqa: B015
    assert (x == other) is False and (x != other) is True


def test_python_scalars_are_weakly_typed():
    assert (Tensor([1], "int8") + 1).dtype == "int8"
    assert (Tensor([1], "int8") + 1.5).dtype == "float32"
    assert (Tensor([1], "float16") * 2.5).dtype == "float16"
    assert (2 - Tensor([1], "bfloat16")).dtype == "bfloat16"
    assert (Tensor([True]) + 1).dtype == "int32"
    assert (Tensor([1.0]) * np.float64(2)).dtype == "float32"  # what np.sqrt(2) gives


def test_augmented_assignment_makes_new_tensors():
    x = y = Tensor(2.0)
    for op in (operator.iadd, operator.imul, operator.isub, operator.itruediv, operator.ipow):
        y = op(y, 2.0)
    assert x.item() == 2 and y.item() == 9


# Indexing

CUBE = np.arange(60.0, dtype="float32").reshape(3, 4, 5)
KEYS = {
    "an int": 1,
    "a negative int": -1,
    "several ints": (2, 0, -2),
    "a slice": slice(1, None),
    "backwards": (slice(None, None, -1), slice(3, 0, -2)),
    "nothing": slice(0, 0),
    "an ellipsis": (..., 2),
    "an ellipsis in the middle": (0, ..., 1),
    "a new axis": (None, 1, None, slice(2)),
    "an empty tuple": (),
    "a list": [2, 0, 0],
    "an array of ints": np.array([[0, 2], [1, 1]]),
    "arrays side by side": (np.array([0, 2]), np.array([1, 3])),
    "arrays apart": (np.array([0, 2]), slice(None), np.array([1, 3])),
    "arrays that broadcast": (np.array([[0], [2]]), np.array([1, 3])),
    "an int and an array": (0, np.array([1, 3, 3])),
    "a uint8 array": np.array([2, 1], "uint8"),
    "an empty list": [],
    "a mask": CUBE > 30,
    "a mask of rows": np.array([True, False, True]),
    "a mask of rows and a column": (np.array([True, False, True]), 2),
    "a mask as a list": [True, False, True],
    "nothing masked": np.zeros((3, 4), bool),
    "a numpy int": np.int64(2),
    "a zero-d array": np.array(2),
    "numpy limits": slice(np.int64(0), np.int32(2)),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_indexing_and_its_gradient_equal_numpy(key):
    x = Tensor(CUBE, requires_grad=True)
    y = x[key]
    assert np.array_equal(y, CUBE[key]) and y.dtype == "float32"
    weights = np.arange(1.0, y.size + 1, dtype="f4").reshape(y.shape)
    y.backward(weights)
    expected = np.zeros_like(CUBE)
    np.add.at(expected, key, weights)
    assert np.array_equal(x.grad, expected)


def test_tensors_are_keys_too():
    x = Tensor(CUBE)
    assert np.array_equal(x[Tensor([2, 0])], CUBE[[2, 0]])
    assert np.array_equal(x[x > 30], CUBE[CUBE > 30])
    assert np.array_equal(x[Tensor(1), Tensor([True, False, True, True])], CUBE[1, [0, 2, 3]])
    assert np.array_equal(x[Tensor(0) : Tensor(2)], CUBE[:2])


@pytest.mark.parametrize(
    "key", [3, (0, 0, 0, 0), 1.5, [0, 3], np.array([0.5]), (..., ...), np.ones((2, 2), bool)]
)
def test_a_wrong_index_is_an_index_error(key):
    with pytest.raises(IndexError):
        Tensor(CUBE)[key]


def test_iteration_length_and_membership():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert len(x) == 2 and [row.numpy().tolist() for row in x] == [[1, 2], [3, 4]]
    assert 3.0 in x and 5.0 not in x
    assert 3.0 in x[1, 0] and 5.0 not in x[1, 0]
    first, second = x
    (first * second).sum().backward()
    assert x.grad.numpy().tolist() == [[3, 4], [1, 2]]
    with pytest.raises(TypeError, match="no axes"):
        len(Tensor(1.0))
    with pytest.raises(TypeError, match="no axes"):
        iter(Tensor(1.0))


# As a Python object


def test_scalars_become_python_numbers():
    x = Tensor(2.5)
    assert (float(x), int(x), complex(x), bool(x), x.item()) == (2.5, 2, 2.5 + 0j, True, 2.5)
    assert type(Tensor([[3]]).item()) is int and float(Tensor([[3]])) == 3.0
    assert [10, 20, 30][Tensor(1)] == 20 and list(range(Tensor(2))) == [0, 1]
    assert f"{Tensor(2.5):.2f}" == "2.50"
    assert not bool(Tensor([0.0])) and bool(Tensor([[1]]))


@pytest.mark.parametrize("convert", [float, int, complex])
def test_a_tensor_of_many_elements_is_no_number(convert):
    with pytest.raises(TypeError, match="one element"):
        convert(Tensor([1.0, 2.0]))


def test_truth_and_index_need_the_right_kind():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1, 2]))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([]))
    for x in (Tensor(1.0), Tensor(True)):
        with pytest.raises(TypeError):
            operator.index(x)


def test_tensors_are_hashable_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    assert len({x, y, x}) == 2 and {x: 1}[x] == 1


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Tensor([1.0, 2.5]), "Tensor([1. , 2.5], shape=(2,), dtype=float32)"),
        (Tensor(3), "Tensor(3, shape=(), dtype=int32)"),
        (Tensor([[True]]), "Tensor([[ True]], shape=(1, 1), dtype=bool)"),
        (Tensor(1.5, "bfloat16"), "Tensor(1.5, shape=(), dtype=bfloat16)"),
        (Tensor([]), "Tensor([], shape=(0,), dtype=float32)"),
    ],
)
def test_repr_shows_values_shape_and_dtype(x, text):
    assert repr(x) == text


def test_repr_names_the_op_that_made_it():
    x = Tensor([1.0], requires_grad=True)
    assert "requires_grad=True" in repr(x)
    assert "multiply" in repr(x * 2) and (x * 2).op == "multiply" and x.op is None
    assert "multiply" not in repr(x.detach() * 2)
    assert len(repr(ops.zeros(100_000))) < 500
    assert str(Tensor([1.0, 2.0])) == "[1. 2.]"


def test_methods_are_ops():
    x = Tensor(A)
    assert x.T.shape == (3, 2) and x.reshape(3, 2).shape == (3, 2) == x.reshape((3, -1)).shape
    assert np.isclose(x.sum(), A.sum()) and np.allclose(x.mean(axis=0), A.mean(0))
    assert np.allclose(x.max(axis=1, keepdims=True), A.max(1, keepdims=True))
    assert np.isclose(x.std(), A.std()) and np.isclose(x.var(), A.var())
    assert np.isclose(x.prod(), A.prod()) and x.min().item() == -3
    assert x.argmax().item() == 0 and x.argmin(axis=1).numpy().tolist() == [1, 2]
    assert (x > 100).any().item() is False and (x < 100).all().item() is True
    assert x.astype("int8").dtype == "int8" and x.transpose(1, 0).shape == (3, 2)
    assert x.flatten().shape == (6,) and x[None].squeeze().shape == (2, 3)
    assert np.allclose(x.clip(0, 2), A.clip(0, 2)) and np.allclose(x.cumsum(axis=1), A.cumsum(1))
    assert np.allclose(x.round(), A.round()) and np.allclose(x.dot(B.T), A @ B.T)
    assert x.swapaxes(0, 1).shape == (3, 2) and x.tolist() == A.tolist()
    assert np.array_equal(x.repeat(2, axis=0), A.repeat(2, 0))
    assert np.array_equal(x.argsort(), A.argsort()) and x.diagonal().shape == (2,)


# Copies


def test_copy_stays_on_the_tape_and_deepcopy_is_a_leaf_of_its_own():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    copy.copy(y).sum().backward()
    assert x.grad.numpy().tolist() == [3, 3]
    twin = copy.deepcopy(x)
    assert twin.requires_grad and twin.grad is None and twin is not x
    (twin * 2).sum().backward()
    assert x.grad.numpy().tolist() == [3, 3] and twin.grad.numpy().tolist() == [2, 2]
    with pytest.raises(RuntimeError, match="detach"):
        copy.deepcopy(y)
    assert not copy.deepcopy(Tensor(1.0)).requires_grad


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_values_dtype_and_requires_grad(dtype, protocol):
    x = Tensor([[0, 1], [1, 3]], dtype)
    found = pickle.loads(pickle.dumps(x, protocol))
    assert found.dtype == dtype and np.array_equal(found.numpy(), x.numpy())
    if dtypes.is_float(dtype):
        leaf = Tensor([1.0], dtype, requires_grad=True)
        assert pickle.loads(pickle.dumps(leaf, protocol)).requires_grad
        assert not pickle.loads(pickle.dumps(leaf * 2, protocol)).requires_grad


# Other libraries


def test_array_protocol_takes_dtype_and_copy():
    x = Tensor([1.5, 2.5])
    assert np.array(x, "float64").dtype == "float64" and np.asarray(x, int).tolist() == [1, 2]
    assert np.shares_memory(np.asarray(x), np.asarray(x))
    assert not np.shares_memory(np.array(x, copy=True), np.asarray(x))
    with pytest.raises(ValueError, match="only as a copy"):
        np.array(x, "float64", copy=False)


@pytest.mark.parametrize("dtype", [one for one in DTYPES if one != "bfloat16"])
def test_dlpack_gives_others_a_copy(dtype):
    x = Tensor([[0, 1], [1, 3]], dtype)
    found = np.from_dlpack(x)
    assert found.dtype == numpy_dtype(dtype) and np.array_equal(found, x.numpy())
    if found.flags.writeable:
        found[:] = 1
    assert x.numpy()[0, 0] == 0 and x.__dlpack_device__() == (1, 0)


def test_matplotlib_plots_tensors():
    plt = pytest.importorskip("matplotlib.pyplot")
    figure, axes = plt.subplots()
    x = Tensor([0.0, 1.0, 2.0], requires_grad=True)
    (line,) = axes.plot(x, x * x)
    assert np.array_equal(line.get_ydata(), [0, 1, 4])
    axes.scatter(x, x * 2)
    axes.hist(x)
    axes.imshow(Tensor(A))
    figure.canvas.draw()
    plt.close(figure)


def test_python_functions_take_tensors():
    x = Tensor([3.0, 1.0, 2.0])
    assert sum(x).item() == 6 and max(x).item() == 3 and sorted(x)[0].item() == 1
    assert [k for _, k in zip(x, [1, 2, 3], strict=True)] == [1, 2, 3]
    import math

    assert math.sqrt(Tensor(4.0)) == 2 and math.isfinite(Tensor(1.0))


def test_detach_cuts_the_tape():
    x = Tensor([2.0], requires_grad=True)
    y = (x * x).detach()
    assert not y.requires_grad and y.is_leaf and x.is_leaf and not (x * 2).is_leaf
    (x * y).backward()
    assert x.grad.item() == 4


def test_a_mask_travels_with_neither_copies_nor_results():
    x = Tensor([1.0])
    assert getattr(x * 2, "_keras_mask", None) is None
    assert isinstance(autograd.Tensor([1]), Tensor)

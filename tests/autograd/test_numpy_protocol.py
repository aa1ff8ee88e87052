"""NumPy's functions on tensors: they stay on the tape, or raise."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import KerasTensor, Tensor

X = np.array([[0.3, 0.8], [1.2, 0.1]], np.float32)


@pytest.mark.parametrize(
    "name",
    (
        "exp log sqrt sin cos tanh abs absolute negative square floor isnan sign expm1 log1p "
        "sum mean max min prod std var argmax cumsum transpose ravel squeeze flip"
    ).split(),
)
def test_functions_of_one_tensor_stay_on_the_tape(name):
    x = Tensor(X, requires_grad=True)
    found = getattr(np, name)(x)
    assert isinstance(found, Tensor)
    assert np.allclose(found.numpy(), getattr(np, name)(X), rtol=1e-6)
    if "float" in found.dtype and name not in ("floor", "sign"):
        found.sum().backward()
        assert x.grad is not None


def test_functions_of_several_tensors_stay_on_the_tape():
    x = Tensor(X, requires_grad=True)
    for f in (
        lambda v: np.concatenate([v, X, v]),
        lambda v: np.stack([v, v], axis=1),
        lambda v: np.where(v > 0.5, v, 0.0),
        lambda v: np.matmul(v, X),
        lambda v: np.dot(X, v),
        lambda v: np.einsum("ij,jk->k", v, v),
        lambda v: np.clip(v, 0.2, 1.0),
        lambda v: np.reshape(v, (4,)),
        lambda v: np.expand_dims(v, 0),
        lambda v: np.maximum(v, X.T),
        lambda v: np.power(v, 2),
        lambda v: np.multiply(2.0, v),
        lambda v: np.tensordot(v, X, 1),
        lambda v: np.take(v, [0, 1], axis=1),
        lambda v: np.broadcast_to(v, (3, 2, 2)),
        lambda v: np.split(v, 2)[1],
        lambda v: np.sum(v, axis=0, keepdims=True),
    ):
        x.grad = None
        found = f(x)
        assert isinstance(found, Tensor) and np.allclose(found.numpy(), f(X), rtol=1e-5)
        found.sum().backward()
        assert np.any(x.grad)


def test_arrays_on_the_left_do_not_swallow_tensors():
    x = Tensor(X, requires_grad=True)
    for found in (X * x, X + x, X - x, X / x, X @ x, X**x, x < X, np.float32(2) * x):
        assert isinstance(found, Tensor) and found.shape == (2, 2)
    (X * x).sum().backward()
    assert np.allclose(x.grad, X)


def test_variables_and_keras_tensors_speak_numpy_too():
    v = mg.Variable(X)
    assert isinstance(np.exp(v), Tensor) and isinstance(X * v, Tensor)
    np.sum(np.square(v)).backward()
    assert np.allclose(v.grad, 2 * X)
    k = KerasTensor((None, 2))
    for found in (np.exp(k), X[0] * k, np.concatenate([k, k], axis=-1)):
        assert isinstance(found, KerasTensor) and found.shape[0] is None


def test_other_names_of_numpy_are_understood():
    x = Tensor([1.5, -2.0])
    assert np.allclose(np.remainder(x, 2), np.remainder(x.numpy(), 2))
    assert np.amax(x).item() == 1.5 and np.fabs(x).numpy().tolist() == [1.5, 2]
    assert np.invert(Tensor([1, 2])).numpy().tolist() == [-2, -3]
    assert np.float_power(x, 2).numpy().tolist() == [2.25, 4]
    assert np.permute_dims(Tensor(X), (1, 0)).shape == (2, 2)


def test_queries_look_at_values():
    x = Tensor(X, requires_grad=True)
    assert np.shape(x) == (2, 2) and np.ndim(x) == 2 and np.size(x) == 4
    assert np.allclose(x, X) and np.array_equal(x, X)
    np.testing.assert_allclose(x, X)
    assert np.unique(Tensor([2, 1, 2])).tolist() == [1, 2]
    assert "0.3" in np.array_str(x)
    assert np.histogram(x, 3)[0].sum() == 4
    assert np.result_type(x, X) == np.float32


def test_dtype_of_a_ufunc_casts_the_result():
    assert np.add(Tensor([1.0]), 2.0, dtype="float64").dtype == "float64"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: np.add.reduce(x), "np.add.reduce is not available"),
        (lambda x: np.multiply.outer(x, x), "np.multiply.outer"),
        (lambda x: np.add(x, 1, out=np.zeros((2, 2))), "`out`"),
        (lambda x: np.exp(np.ones((2, 2)), out=x), "`out`"),
        (lambda x: np.add(x, 1, where=X > 0.5), "ops.where"),
        (lambda x: np.cbrt(np.spacing(x)), "np.spacing has no counterpart"),
        # What goes by the same name in `ops` and is something else.
        (lambda x: np.fft.fft(x), "np.fft has no counterpart"),
        (lambda x: np.convolve(x[0], x[1]), "np.convolve has no counterpart"),
        (lambda x: np.resize(x, (3, 3)), "np.resize has no counterpart"),
        (lambda x: np.linalg.cond(x), "np.cond has no counterpart"),
        (lambda x: np.nanmax(x, where=X > 0), "no argument 'where'"),
        (lambda x: np.sum(x, dtype="float64"), "no argument 'dtype'"),
        (lambda x: np.unwrap(x), "x.numpy()"),
        (lambda x: np.apply_along_axis(np.sum, 0, x), "no counterpart"),
    ],
)
def test_what_we_lack_raises_instead_of_leaving_the_tape(call, says):
    with pytest.raises((TypeError, ValueError), match=says):
        call(Tensor(X, requires_grad=True))


def test_an_inplace_operator_on_an_array_does_not_lose_the_tape():
    array = X.copy()
    with pytest.raises(TypeError, match="`out`"):
        array += Tensor(X, requires_grad=True)
    assert np.array_equal(array, X)


def test_a_limit_of_clip_may_be_missing():
    x = Tensor([1.0, 2.0, 3.0])
    assert np.clip(x, None, 2).numpy().tolist() == [1, 2, 2]
    assert np.clip(x, 2, None).numpy().tolist() == [2, 2, 3]
    assert np.clip(x, None, None).numpy().tolist() == [1, 2, 3]

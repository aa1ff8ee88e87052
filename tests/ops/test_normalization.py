"""Layer normalization: the same whether or not a gradient will be asked for."""

import numpy as np
import pytest

from minigrad import Tensor, no_grad, ops
from minigrad.autograd.record import listening
from minigrad.kernels import normalization as kernels


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    "shape, axis", [((5, 300), -1), ((4, 3, 20), -1), ((4, 3, 20), (1, 2)), ((0, 3), -1)]
)
def test_the_result_is_the_same_whether_a_gradient_will_come_or_not(shape, axis, dtype):
    values = np.random.default_rng(0).normal(size=shape).astype(dtype)
    x = Tensor(values, requires_grad=True)
    with no_grad():
        alone = ops.layer_normalization(x, axis=axis)
    recorded = ops.layer_normalization(x, axis=axis)
    plain = ops.layer_normalization(Tensor(values), axis=axis)
    assert recorded.requires_grad and not alone.requires_grad
    np.testing.assert_array_equal(alone, recorded)
    np.testing.assert_array_equal(plain, recorded)


def test_who_listens_hears_of_one_primitive_only():
    heard = []
    x = Tensor(np.ones((2, 3), "float32"))
    with listening(lambda primitive, *_: heard.append(primitive.name)):
        ops.layer_normalization(x)
    assert "layer_norm" in heard and "layer_norm_alone" not in heard


@pytest.mark.parametrize("run", [kernels._forward, kernels._forward.twin])
def test_kernel_and_twin_need_no_place_for_means(run):
    x = np.random.default_rng(1).normal(size=(6, 40)).astype("float32")
    scale, shift = np.full(40, 2, "float32"), np.full(40, 1, "float32")
    y, nothing = np.empty_like(x), np.empty((0, 1), "float32")
    run(x, scale, shift, 1e-3, y, nothing, nothing)
    wide = x.astype("float64")
    centred = wide - wide.mean(1, keepdims=True)
    expected = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-3) * 2 + 1
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)

"""Convolutions of images without channels; all else is in the tables of cases and of edges."""

import numpy as np

from minigrad import Tensor, grad, ops


def test_a_depthwise_convolution_of_no_channels_has_gradients():
    x, kernel = Tensor(np.zeros((2, 5, 6, 0))), Tensor(np.zeros((3, 3, 0, 2)))
    by_x, by_kernel = grad(lambda x, k: ops.sum(ops.depthwise_conv(x, k)), argnums=(0, 1))(
        x, kernel
    )
    assert ops.depthwise_conv(x, kernel).shape == (2, 3, 4, 0)
    assert by_x.shape == x.shape and by_kernel.shape == kernel.shape

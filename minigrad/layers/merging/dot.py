"""Dot: products of two tensors, summed over an axis of each, example by example."""

from math import prod

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.merging.merge import Merge


def batch_dot(x, y, axes):
    """The products of `x` and `y` summed over `axes`, one axis of each, for each example.

    Args:
        x, y: Tensors `(batch, …)`.
        axes: Two axes of equal length, counted with the batch axis.

    Returns:
        A tensor `(batch, other axes of x, other axes of y)`; `(batch, 1)` where none is left.

    >>> batch_dot(ops.ones((2, 20, 1)), ops.ones((2, 30, 20)), (1, 2)).shape
    (2, 1, 30)
    """
    a, b = axes
    batch = x.shape[0]
    rows = [length for axis, length in enumerate(x.shape) if axis not in (0, a)]
    columns = [length for axis, length in enumerate(y.shape) if axis not in (0, b)]
    x = ops.reshape(ops.moveaxis(x, a, -1), (batch, prod(rows), x.shape[a]))
    y = ops.reshape(ops.moveaxis(y, b, 1), (batch, y.shape[b], prod(columns)))
    return ops.reshape(ops.matmul(x, y), (batch, *rows, *columns) if rows + columns else (batch, 1))


class Dot(Merge):
    """The products of two tensors, summed over one axis of each, example by example.

    Args:
        axes: Which axes, batch axis counted: an int for both, or a pair.
        normalize: Whether to divide by the lengths first, which gives cosines.

    >>> from minigrad import layers, ops
    >>> layers.Dot(axes=1)([ops.array([[1.0, 2.0]]), ops.array([[3.0, 4.0]])]).numpy()
    array([[11.]], dtype=float32)
    """

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError(
                    "Invalid type for argument `axes`: it should be a list or an int. "
                    f"Received: axes={axes}"
                )
            if len(axes) != 2:
                raise ValueError(
                    "Invalid format for argument `axes`: it should contain two elements. "
                    f"Received: axes={axes}"
                )
            if not all(isinstance(axis, int) for axis in axes):
                raise ValueError(
                    "Invalid format for argument `axes`: list elements should be integers. "
                    f"Received: axes={axes}"
                )
        self.axes = axes
        self.normalize = normalize

    def _axes_of(self, *shapes):
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return [axis % len(shape) if axis < 0 else axis for axis, shape in zip(axes, shapes)]

    @staticmethod
    def _check_two(input_shape):
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) != 2:
            raise ValueError(
                "A `Dot` layer should be called on a list of 2 inputs. "
                f"Received: input_shape={input_shape}"
            )

    def build(self, input_shape):
        if not isinstance(input_shape[0], (tuple, list)):
            self._check_two(None)
        self._check_two(input_shape)
        first, second = input_shape
        a, b = self._axes_of(first, second)
        if first[a] != second[b] and None not in (first[a], second[b]):
            raise ValueError(
                f"Incompatible input shapes: axis values {first[a]} (at axis {a}) != {second[b]} "
                f"(at axis {b}). Full input shapes: {first}, {second}"
            )

    def call(self, inputs):
        return self._merge_function(inputs)

    def _merge_function(self, inputs):
        self._check_two(inputs)
        x, y = inputs
        axes = self._axes_of(x.shape, y.shape)
        if 0 in axes:
            raise ValueError(
                "Dot: the batch axis cannot be summed over. Name another one. "
                f"Received: axes={self.axes}"
            )
        if self.normalize:
            x = ops.normalize(x, axis=axes[0], epsilon=1e-12)
            y = ops.normalize(y, axis=axes[1], epsilon=1e-12)
        return batch_dot(x, y, axes)

    def compute_output_shape(self, input_shape):
        self._check_two(input_shape)
        a, b = self._axes_of(*input_shape)
        first = [length for axis, length in enumerate(input_shape[0]) if axis != a]
        second = [length for axis, length in enumerate(input_shape[1]) if axis not in (0, b)]
        shape = tuple(first + second)
        return shape if len(shape) > 1 else (*shape, 1)

    def compute_output_spec(self, inputs):
        shape = self.compute_output_shape([x.shape for x in inputs])
        return KerasTensor(shape, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return None


def dot(inputs, axes=-1, **kwargs):
    """The products of two tensors summed over one axis of each, by a `Dot` layer."""
    return Dot(axes=axes, **kwargs)(inputs)

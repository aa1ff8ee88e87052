"""Concatenate: tensors one behind the other."""

from minigrad import ops
from minigrad.layers.merging.merge import Merge


class Concatenate(Merge):
    """Puts a list of tensors one behind the other along an axis.

    Args:
        axis: Which one; all others must be equal.

    >>> from minigrad import layers, ops
    >>> layers.Concatenate()([ops.ones((2, 3)), ops.ones((2, 4))]).shape
    (2, 7)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape):
        if len(input_shape) < 1 or not isinstance(input_shape[0], (tuple, list)):
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 1 input. "
                f"Received: input_shape={input_shape}"
            )
        if all(shape is None for shape in input_shape):
            return
        others = [self._without_axis(shape) for shape in input_shape]
        fitting = all(
            len(other) == len(others[0])
            and all(
                None in (a, b) or a == b or (1 in (a, b) and a == b)
                for a, b in zip(other, others[0])
            )
            for other in others
        )
        if not fitting:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the "
                f"concatenation axis. Received: input_shape={input_shape}"
            )

    def _without_axis(self, shape):
        shape = list(shape)
        axis = self.axis % len(shape) if -len(shape) <= self.axis < len(shape) else None
        if axis is None:
            raise ValueError(
                f"The axis to concatenate along does not exist. Received: axis={self.axis}, input "
                f"shape {tuple(shape)}"
            )
        del shape[axis]
        return shape

    def call(self, inputs):
        return self._merge_function(inputs)

    def _merge_function(self, inputs):
        return ops.concatenate(inputs, axis=self.axis)

    def compute_output_shape(self, input_shape):
        if not isinstance(input_shape, (tuple, list)) or not isinstance(
            input_shape[0], (tuple, list)
        ):
            raise ValueError(
                "A `Concatenate` layer should be called on a list of inputs. "
                f"Received: input_shape={input_shape}"
            )
        result = list(input_shape[0])
        for shape in input_shape[1:]:
            result = [a if a is not None else b for a, b in zip(result, shape)]
        lengths = [shape[self.axis] for shape in input_shape]
        result[self.axis] = None if None in lengths else sum(lengths)
        return tuple(result)

    def compute_mask(self, inputs, mask=None):
        if mask is None:
            return None
        self._check_masks(inputs, mask)
        if all(one is None for one in mask):
            return None
        masks = []
        for x, one in zip(inputs, mask, strict=True):
            if one is None:
                masks.append(ops.ones_like(x, dtype="bool"))
            elif one.ndim < x.ndim:  # a mask of timesteps counts for all features
                missing = tuple(range(one.ndim, x.ndim))
                everywhere = ops.ones_like(x, dtype="bool")
                masks.append(ops.logical_and(ops.expand_dims(one, missing), everywhere))
            else:
                masks.append(one)
        joined = ops.concatenate(masks, axis=self.axis)
        return ops.any(joined, axis=-1)


def concatenate(inputs, axis=-1, **kwargs):
    """Tensors one behind the other, by a `Concatenate` layer."""
    return Concatenate(axis=axis, **kwargs)(inputs)

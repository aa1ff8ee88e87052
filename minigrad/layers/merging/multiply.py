"""Multiply: the product of several tensors."""

from minigrad import ops
from minigrad.layers.merging.merge import Merge
from minigrad.masking import get_keras_mask, set_keras_mask


class Multiply(Merge):
    """The product of a list of tensors; a masked timestep counts as 1.

    >>> from minigrad import layers, ops
    >>> layers.Multiply()([ops.array([[2.0]]), ops.array([[3.0]])]).numpy()
    array([[6.]], dtype=float32)
    """

    def _merge_function(self, inputs):
        masks = [get_keras_mask(x) for x in inputs]
        product, counts = None, None
        for x, mask in zip(inputs, masks, strict=True):
            if mask is not None:
                mask = ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x))
                x = ops.where(mask, x, 1)
                counts = mask if counts is None else ops.logical_or(counts, mask)
            product = x if product is None else product * x
        if all(mask is not None for mask in masks):
            # What no input has is 0, as masked values are.
            product = ops.where(counts, product, 0)
            set_keras_mask(product, ops.any(counts, axis=-1))
        return product


def multiply(inputs, **kwargs):
    """The product of a list of tensors, by a `Multiply` layer."""
    return Multiply(**kwargs)(inputs)

"""What Maximum and Minimum share: how masked timesteps stay out of the comparison."""

from minigrad import ops
from minigrad.layers.merging.merge import Merge
from minigrad.masking import get_keras_mask, set_keras_mask


class Extreme(Merge):
    """The greatest (smallest) of several tensors, element by element, of those that count."""

    def _either(self, x1, x2):
        raise NotImplementedError(f"{type(self).__name__} must define `_either(x1, x2)`.")

    def _merge_function(self, inputs):
        result = counts = None
        for x in inputs:
            mask = get_keras_mask(x)
            if mask is not None:
                mask = ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x))
            if result is None:
                result, counts = x, mask
                continue
            # There is no number that loses every comparison, so each stands in for the other.
            if mask is not None:
                x = ops.where(mask, x, result)
            if counts is not None:
                result = ops.where(counts, result, x)
            both = mask is not None and counts is not None
            counts = ops.logical_or(counts, mask) if both else None
            result = self._either(result, x)
        if counts is not None:
            set_keras_mask(result, ops.any(counts, axis=-1))
        return result

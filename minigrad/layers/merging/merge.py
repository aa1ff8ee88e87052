"""Merge: the base of layers that make one tensor of several, element by element."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor, broadcast_shapes
from minigrad.layers.layer import Layer


class Merge(Layer):
    """Takes a list of tensors; subclasses say what to do with them in `_merge_function`.

    Tensors with fewer axes get axes of length 1 behind the batch axis.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs):
        raise NotImplementedError(f"{type(self).__name__} must define `_merge_function(inputs)`.")

    def build(self, input_shape):
        if not isinstance(input_shape[0], (tuple, list)):
            raise ValueError(
                "A merge layer should be called on a list of inputs. "
                f"Received: input_shape={input_shape} (not a list of shapes)"
            )
        batches = {shape[0] for shape in input_shape if shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                "Cannot merge tensors with different batch sizes. "
                f"Received tensors with shapes {input_shape}"
            )
        self._merged_shape(input_shape)

    @staticmethod
    def _merged_shape(shapes):
        try:
            return broadcast_shapes(*(tuple(shape[1:]) for shape in shapes if shape is not None))
        except ValueError:
            listed = " and ".join(str(shape) for shape in shapes)
            raise ValueError(f"Inputs have incompatible shapes. Received shapes {listed}") from None

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(
                "A merge layer should be called on a list of inputs. "
                f"Received: inputs={inputs} (not a list of tensors)"
            )
        rank = max(len(x.shape) for x in inputs)
        return self._merge_function([self._with_rank(x, rank) for x in inputs])

    @staticmethod
    def _with_rank(x, rank):
        missing = rank - len(x.shape)
        return ops.expand_dims(x, tuple(range(1, missing + 1))) if missing else x

    def compute_output_shape(self, input_shape):
        batches = {shape[0] for shape in input_shape if shape} - {None}
        batch = next(iter(batches)) if len(batches) == 1 else None
        return (batch, *self._merged_shape(input_shape))

    def compute_output_spec(self, inputs):
        return KerasTensor(self.compute_output_shape([x.shape for x in inputs]), self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """A timestep counts if it counts in one of the inputs."""
        if mask is None:
            return None
        self._check_masks(inputs, mask)
        if any(one is None for one in mask):
            return None
        result = mask[0]
        for one in mask[1:]:
            result = ops.logical_or(result, one)
        return result

    @staticmethod
    def _check_masks(inputs, mask):
        for name, value in (("mask", mask), ("inputs", inputs)):
            if not isinstance(value, (tuple, list)):
                raise ValueError(f"`{name}` should be a list. Received: {name}={value}")
        if len(mask) != len(inputs):
            raise ValueError(
                "The lists `inputs` and `mask` should have the same length. Received: "
                f"inputs={inputs} of length {len(inputs)}, and mask={mask} of length {len(mask)}"
            )

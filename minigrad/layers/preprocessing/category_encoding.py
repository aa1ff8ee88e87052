"""CategoryEncoding: vectors of whole numbers that are categories."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import (
    checked_mode,
    dense_only,
    encoded,
    encoded_shape,
)


class CategoryEncoding(Layer):
    """Encodes categories 0 … num_tokens - 1 as vectors of this length.

    Args:
        num_tokens: Number of categories.
        output_mode: "one_hot": a vector for each category; "multi_hot": one for each sample, with
            a 1 for every category in it; "count": with how often it is in it.
        sparse: Only False is possible.

    `count_weights` of the call says how much each counts in "count" mode.

    >>> from minigrad import layers, ops
    >>> layers.CategoryEncoding(num_tokens=4)(ops.array([[0, 1], [3, 3]])).numpy()
    array([[1., 1., 0., 0.],
           [0., 0., 0., 1.]], dtype=float32)
    """

    _not_in_config = ("sparse",)

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        self.output_mode = checked_mode(
            "CategoryEncoding", output_mode, ("one_hot", "multi_hot", "count")
        )
        dense_only(sparse)
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known "
                f"beforehand, use the IntegerLookup layer instead. Received: {num_tokens=}"
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens = num_tokens
        self.sparse = sparse
        self._allow_non_tensor_positional_args = True
        self._convert_input_args = False
        self._build_at_init()

    def call(self, inputs, count_weights=None):
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    "`count_weights` is not used when `output_mode` is not `'count'`. "
                    f"Received: count_weights={count_weights}"
                )
            count_weights = ops.convert_to_tensor(count_weights, self.compute_dtype)
        inputs = ops.convert_to_tensor(inputs)
        return encoded(inputs, self.output_mode, self.num_tokens, self.compute_dtype, count_weights)

    def compute_output_shape(self, input_shape):
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def compute_output_spec(self, inputs, count_weights=None):
        return KerasTensor(self.compute_output_shape(inputs.shape), self.compute_dtype)

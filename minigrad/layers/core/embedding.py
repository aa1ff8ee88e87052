"""Embedding: a vector for each whole number."""

import warnings

from minigrad import constraints, initializers, ops, regularizers
from minigrad.autograd.symbolic import KerasTensor
from minigrad.dtypes import is_int
from minigrad.layers.layer import Layer
from minigrad.layers.low_rank import LowRank, adaptable


class Embedding(LowRank, Layer):
    """Looks up row `i` of a table for each index `i`.

    Args:
        input_dim: Number of rows: indices run from 0 to `input_dim - 1`.
        output_dim: Length of a row.
        embeddings_initializer: What the table starts from.
        embeddings_regularizer: What is added to the loss for it.
        embeddings_constraint: What is done to it after each update.
        mask_zero: Whether index 0 means "skip this timestep".
        weights: The table to start with, an array or a list of it.
        lora_rank, lora_alpha: Of `enable_lora`, which `build` calls then; None for not.
        quantization_config: Only None is possible: left out.

    Input of shape `(batch, …)`, output of shape `(batch, …, output_dim)`.

    >>> from minigrad import layers, ops
    >>> layers.Embedding(10, 4)(ops.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    # The initial table goes into the weights, and so into no config.
    _not_in_config = ("weights", "lora_rank", "lora_alpha", "quantization_config")

    _adaptable = "embeddings"
    embeddings = adaptable("embeddings")

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise ValueError(
                    f"`{name}` must be a positive integer. "
                    f"Received: {name}={value} (of type {type(value).__name__})."
                )
        if quantization_config is not None:
            raise ValueError(
                "Embedding: quantization is left out of minigrad. "
                f"Received: quantization_config={quantization_config}"
            )
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("Argument `input_length` is deprecated. Just remove it.", stacklevel=2)
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.autocast = False
        self._note_lora(lora_rank, lora_alpha)
        if weights is not None:
            self.build()
            self.set_weights(
                weights if isinstance(weights, list) and len(weights) == 1 else [weights]
            )

    def build(self, input_shape=None):
        if self.built:
            return
        self._embeddings = self.add_weight(
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self._maybe_enable_lora()

    def call(self, inputs):
        if not is_int(inputs.dtype):
            inputs = ops.cast(inputs, "int32")
        outputs = ops.take(self._embeddings, inputs, axis=0)
        if self.lora_enabled:  # for the rows that are taken alone
            a, b = self._low_rank()
            change = ops.matmul(ops.take(a, inputs, axis=0), b)
            outputs = outputs + change * (self.lora_alpha / self.lora_rank)
        return ops.cast(outputs, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs):
        return KerasTensor((*inputs.shape, self.output_dim), self.compute_dtype)

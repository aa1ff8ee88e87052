"""ReversibleEmbedding: an embedding that also turns vectors into scores of the tokens."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.core.embedding import Embedding
from minigrad.masking import set_keras_mask


class ReversibleEmbedding(Embedding):
    """`Embedding`, and with `reverse=True` the product with its transposed table.

    Language models use one table for both ends (Press & Wolf, arXiv:1608.05859).

    Args:
        input_dim, output_dim: Number of tokens, and length of a vector.
        tie_weights: Whether both directions share the table.
        embeddings_initializer, embeddings_regularizer, embeddings_constraint, mask_zero: As for
            `Embedding`.
        reverse_dtype: The dtype of the reverse product; `compute_dtype` if None.
        logit_soft_cap: If given, the scores become `cap · tanh(scores / cap)`.

    >>> from minigrad import layers, ops
    >>> layer = layers.ReversibleEmbedding(10, 4)
    >>> vectors = layer(ops.array([[1, 2, 3]]))
    >>> vectors.shape, layer(vectors, reverse=True).shape
    ((1, 3, 4), (1, 3, 10))
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )
        self.tie_weights = tie_weights
        self.reverse_dtype = reverse_dtype
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape=None):
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                name="reverse_embeddings",
                shape=(self.output_dim, self.input_dim),
                initializer=self.embeddings_initializer,
            )

    def call(self, inputs, reverse=False):
        if not reverse:
            outputs = super().call(inputs)
            if self.mask_zero:
                set_keras_mask(outputs, super().compute_mask(inputs))
            return outputs
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        dtype = self.reverse_dtype or self.compute_dtype
        scores = ops.matmul(ops.cast(inputs, dtype), ops.cast(kernel, dtype))
        cap = self.logit_soft_cap
        return scores if cap is None else ops.tanh(scores / cap) * cap

    def compute_mask(self, inputs, mask=None):
        """None: `call` attaches the mask, if it is not in reverse."""
        return None

    def compute_output_shape(self, input_shape, reverse=False):
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs, reverse=False):
        dtype = (self.reverse_dtype if reverse else None) or self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype)

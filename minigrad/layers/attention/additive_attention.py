"""AdditiveAttention: attention whose scores are sums over tanh(query + key)."""

from minigrad import ops
from minigrad.layers.attention.attention import Attention


class AdditiveAttention(Attention):
    """`softmax(Σ scale · tanh(query + key)) @ value` (Bahdanau et al. 2014).

    Args:
        use_scale: Whether the sum is weighted by numbers that are learned, one for each feature.
        dropout: Fraction of the weights to drop while training.

    It is called like `Attention`.

    >>> from minigrad import layers, ops
    >>> layers.AdditiveAttention()([ops.ones((2, 3, 4)), ops.ones((2, 5, 4))]).shape
    (2, 3, 4)
    """

    _not_in_config = ("score_mode",)

    def __init__(self, use_scale=True, dropout=0.0, **kwargs):
        super().__init__(use_scale=use_scale, dropout=dropout, **kwargs)

    def build(self, input_shape):
        self._check(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform"
            )

    def _calculate_scores(self, query, key):
        terms = ops.tanh(ops.expand_dims(query, -2) + ops.expand_dims(key, -3))
        return ops.sum(terms if self.scale is None else self.scale * terms, axis=-1)

"""Attention: means of values, weighted by how well their keys match queries."""

from minigrad import ops, random
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.random import SeedGenerator


class Attention(Layer):
    """`softmax(scores(query, key)) @ value` (Luong et al. 2015).

    Args:
        use_scale: Whether the scores are multiplied by a number that is learned.
        score_mode: "dot": `query · key`; "concat": `weight · Σ tanh(query + key)`.
        dropout: Fraction of the weights to drop while training.
        seed: Of dropout.

    The call takes `[query, value]` or `[query, value, key]`, of shapes `(batch, queries, dim)`,
    `(batch, keys, dim)`, `(batch, keys, dim)`; a `mask` for each of the first two: values that are
    False are not seen, queries that are False get zeros; `use_causal_mask`: whether query i sees
    values 0 … i only; and `return_attention_scores`: whether the weights are returned too.

    >>> from minigrad import layers, ops
    >>> y, weights = layers.Attention()(
    ...     [ops.ones((2, 3, 4)), ops.ones((2, 5, 4))], return_attention_scores=True
    ... )
    >>> y.shape, weights.shape
    ((2, 3, 4), (2, 3, 5))
    """

    def __init__(self, use_scale=False, score_mode="dot", dropout=0.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
                f"Received: score_mode={score_mode}"
            )
        self.use_scale = use_scale
        self.score_mode = score_mode
        self.dropout = dropout
        self.seed = seed
        if dropout > 0:
            self.seed_generator = SeedGenerator(seed=seed)
        self.scale = self.concat_score_weight = None

    def build(self, input_shape):
        self._check(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", shape=(), initializer="ones"
            )

    def _calculate_scores(self, query, key):
        """(batch, queries, keys)"""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        sums = ops.expand_dims(query, -2) + ops.expand_dims(key, -3)
        if self.scale is not None:
            sums = self.scale * sums
        return self.concat_score_weight * ops.sum(ops.tanh(sums), axis=-1)

    def _calculate_score_mask(self, scores, v_mask, use_causal_mask):
        """Where a query sees a value: (batch, keys), or with the queries before the keys."""
        if not use_causal_mask:
            return v_mask
        queries, keys = ops.shape(scores)[-2:]
        causal = ops.arange(queries)[:, None] >= ops.arange(keys)
        return causal[None] if v_mask is None else ops.expand_dims(v_mask, -2) & causal[None]

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        """The means of the values, and the weights."""
        if scores_mask is not None:
            if len(scores_mask.shape) == 2:
                scores_mask = ops.expand_dims(scores_mask, -2)
            # The difference from the others decides: if all are hidden, all have a weight.
            far = 65504.0 if scores.dtype == "float16" else 1e9
            scores = ops.where(scores_mask, scores, scores - far)
        weights = ops.softmax(scores, axis=-1)
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        return ops.matmul(weights, value), weights

    def call(
        self,
        inputs,
        mask=None,
        training=False,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        self._check(inputs, mask)
        query, value, key = (*inputs, inputs[1])[:3]
        query_mask, value_mask = mask[:2] if mask else (None, None)
        scores = self._calculate_scores(query, key)
        scores_mask = self._calculate_score_mask(scores, value_mask, use_causal_mask)
        outputs, weights = self._apply_scores(scores, value, scores_mask, training)
        if query_mask is not None:
            outputs = ops.where(ops.expand_dims(query_mask, -1), outputs, 0.0)
        return (outputs, weights) if return_attention_scores else outputs

    def compute_mask(self, inputs, mask=None):
        self._check(inputs, mask)
        if mask is None or mask[0] is None:
            return None
        return ops.convert_to_tensor(mask[0])

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self,
        inputs,
        mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        self._check(inputs, mask)
        query, value, key = (*inputs, inputs[1])[:3]
        outputs = KerasTensor(
            self.compute_output_shape([query.shape, value.shape]), self.compute_dtype
        )
        if not return_attention_scores:
            return outputs
        return outputs, KerasTensor((*query.shape[:-1], key.shape[-2]), self.compute_dtype)

    def _check(self, inputs, mask=None):
        name = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{name} layer must be called on a list of inputs, namely [query, value] or "
                f"[query, value, key]. Received: inputs={inputs}."
            )
        if not 2 <= len(inputs) <= 3:
            raise ValueError(
                f"{name} layer accepts inputs list of length 2 or 3, namely [query, value] or "
                f"[query, value, key]. Received length: {len(inputs)}."
            )
        if mask is None:
            return
        if not isinstance(mask, list):
            raise ValueError(
                f"{name} layer mask must be a list, namely [query_mask, value_mask]. "
                f"Received: mask={mask}."
            )
        if not 2 <= len(mask) <= 3:
            raise ValueError(
                f"{name} layer accepts mask list of length 2 or 3. "
                f"Received: inputs={inputs}, mask={mask}."
            )

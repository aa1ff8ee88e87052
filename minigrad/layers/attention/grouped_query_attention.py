"""GroupedQueryAttention: attention in which several heads share their keys and values."""

from minigrad import ops
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.attention.projected_attention import ProjectedAttention


class GroupedQueryAttention(ProjectedAttention):
    """Multi-headed attention with fewer keys and values than queries (arXiv:2305.13245).

    Args:
        head_dim: Length of a head's queries, keys and values.
        num_query_heads: Number of heads.
        num_key_value_heads: Number of keys and values, which so many groups of heads share.
        dropout, use_bias, sliding_window, flash_attention, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
            bias_constraint, use_gate, seed: As for `MultiHeadAttention`, as is the call.

    >>> from minigrad import layers, ops
    >>> attention = layers.GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2)
    >>> attention(ops.ones((3, 5, 8)), ops.ones((3, 7, 8))).shape
    (3, 5, 8)
    """

    _dot_product_equation = "bkuh,bquh->buqk"
    _combine_equation = "buqk,bkuh->bquh"

    keras_name = ("keras.layers", "GroupQueryAttention")
    # In files its parts have the names that Keras gives them, with an underscore.
    _not_saved = ("query_dense", "key_dense", "value_dense", "output_dense")

    def __init__(
        self,
        head_dim,
        num_query_heads,
        num_key_value_heads,
        dropout=0.0,
        use_bias=True,
        sliding_window=None,
        flash_attention=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        use_gate=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                "`num_query_heads` must be divisible by `num_key_value_heads`. Received: "
                f"num_query_heads={num_query_heads}, num_key_value_heads={num_key_value_heads}"
            )
        self._take(
            dropout=dropout,
            use_bias=use_bias,
            use_gate=use_gate,
            sliding_window=sliding_window,
            flash_attention=flash_attention,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            seed=seed,
        )
        self.head_dim = head_dim
        self.num_query_heads = num_query_heads
        self.num_key_value_heads = num_key_value_heads
        self._return_attention_scores = False
        self.num_repeats = num_query_heads // num_key_value_heads

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        queries, keys = self.num_query_heads, self.num_key_value_heads
        self._query_dense = self._into_heads("query", query_shape, queries)
        self._key_dense = self._into_heads("key", key_shape, keys)
        if self._use_gate:
            self._gate_dense = self._into_heads("gate", query_shape, queries, "sigmoid")
        self._value_dense = self._into_heads("value", value_shape, keys)
        self._make_softmax()
        features = query_shape[-1]
        self._output_dense = self._dense(
            "attention_output",
            "bquh,uhm->bqm",
            (None, features),
            "m",
            (None, None, queries, self.head_dim),
        )

    def _into_heads(self, name, shape, heads, activation=None):
        return self._dense(
            name, "bqm,muh->bquh", (None, heads, self.head_dim), "uh", shape, activation
        )

    def _heads_of(self, query, key, value):
        query, key, value = super()._heads_of(query, key, value)
        return (
            query,
            ops.repeat(key, self.num_repeats, axis=2),
            ops.repeat(value, self.num_repeats, axis=2),
        )

    def _asking_for_weights(self, return_attention_scores):
        # Not an argument, so that a subclass's `_compute_attention` may have Keras's parameters.
        self._return_attention_scores = return_attention_scores
        return {}

    def _compute_attention(
        self, query, key, value, attention_mask=None, training=None, use_causal_mask=False
    ):
        asked = self._return_attention_scores
        return super()._compute_attention(
            query, key, value, attention_mask, training, asked, use_causal_mask
        )

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        if query_shape[-1] != value_shape[-1]:
            raise ValueError(
                "The last dimension of `query_shape` and `value_shape` must be equal, but are "
                f"{query_shape[-1]}, {value_shape[-1]}. Received: query_shape={query_shape}, "
                f"value_shape={value_shape}"
            )
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                "All dimensions of `value` and `key`, except the last one, must be equal. "
                f"Received: value_shape={value_shape} and key_shape={key_shape}"
            )
        return query_shape

    def compute_output_spec(
        self,
        query,
        value,
        key=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=None,
        use_causal_mask=False,
    ):
        key = value if key is None else key
        shape = self.compute_output_shape(query.shape, value.shape, key.shape)
        outputs = KerasTensor(shape, self.compute_dtype)
        if not return_attention_scores:
            return outputs
        weights = (query.shape[0], self.num_query_heads, query.shape[1], key.shape[1])
        return outputs, KerasTensor(weights, self.compute_dtype)


GroupQueryAttention = GroupedQueryAttention

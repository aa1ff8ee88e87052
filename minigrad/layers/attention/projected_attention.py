"""ProjectedAttention: what attention layers with projections and several heads have in common."""

from minigrad import constraints, initializers, ops, regularizers, settings
from minigrad.layers.activations.softmax import Softmax
from minigrad.layers.core.einsum_dense import EinsumDense
from minigrad.layers.layer import Layer
from minigrad.layers.regularization.dropout import Dropout


class ProjectedAttention(Layer):
    """Projects query, key and value, lets heads attend, and projects what they found.

    A subclass makes the projections in `build`, and has the einsum equations of the product of
    queries and keys, and of weights and values, in `_dot_product_equation`, `_combine_equation`;
    `_attention_axes` are those along which it attends.
    """

    _attention_axes = (1,)
    _not_in_config = ("flash_attention",)

    def _take(
        self,
        *,
        dropout,
        use_bias,
        use_gate,
        sliding_window,
        flash_attention,
        kernel_initializer,
        bias_initializer,
        kernel_regularizer,
        bias_regularizer,
        activity_regularizer,
        kernel_constraint,
        bias_constraint,
        seed,
    ):
        """Keep the arguments that all such layers have."""
        if sliding_window is not None and (
            not isinstance(sliding_window, int) or sliding_window <= 0
        ):
            raise ValueError(
                "`sliding_window` must be `None` or a positive integer. "
                f"Received: sliding_window={sliding_window}"
            )
        self._flash_attention = flash_attention or settings.is_flash_attention_enabled()
        if self._flash_attention and dropout > 0:
            raise ValueError(
                "Dropout is not supported when flash attention is enabled. Please set dropout to "
                f"0.0 to use flash attention. Received: dropout={dropout}"
            )
        self.supports_masking = True
        self._dropout = dropout
        self._use_bias = use_bias
        self._use_gate = use_gate
        self._sliding_window = sliding_window
        self._kernel_initializer = initializers.get(kernel_initializer)
        self._bias_initializer = initializers.get(bias_initializer)
        self._kernel_regularizer = regularizers.get(kernel_regularizer)
        self._bias_regularizer = regularizers.get(bias_regularizer)
        self._activity_regularizer = regularizers.get(activity_regularizer)
        self._kernel_constraint = constraints.get(kernel_constraint)
        self._bias_constraint = constraints.get(bias_constraint)
        self.seed = seed

    @property
    def dropout(self):
        """Fraction of the weights that is dropped while training."""
        return self._dropout

    @property
    def use_bias(self):
        """Whether the projections have biases."""
        return self._use_bias

    @property
    def use_gate(self):
        """Whether what is found is multiplied by a gate."""
        return self._use_gate

    @property
    def sliding_window(self):
        """How far a query sees, None for all the way."""
        return self._sliding_window

    @property
    def query_dense(self):
        """The projection of the query."""
        return self._query_dense

    @property
    def key_dense(self):
        """The projection of the key."""
        return self._key_dense

    @property
    def value_dense(self):
        """The projection of the value."""
        return self._value_dense

    @property
    def output_dense(self):
        """The projection of what the heads found."""
        return self._output_dense

    def _dense(self, name, equation, output_shape, bias_axes, input_shape, activation=None):
        """A projection, built."""
        dense = EinsumDense(
            equation,
            output_shape=output_shape,
            bias_axes=bias_axes if self._use_bias else None,
            activation=activation,
            # An initializer gives the same numbers each time, so each projection has its own.
            kernel_initializer=_clone(self._kernel_initializer),
            bias_initializer=_clone(self._bias_initializer),
            kernel_regularizer=self._kernel_regularizer,
            bias_regularizer=self._bias_regularizer,
            activity_regularizer=self._activity_regularizer,
            kernel_constraint=self._kernel_constraint,
            bias_constraint=self._bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        dense.supports_masking = True  # masks are dealt with here, and lost without harm there
        dense.build(input_shape)
        return dense

    def _make_softmax(self):
        n = len(self._attention_axes)
        self._softmax = Softmax(axis=tuple(range(-n, 0)), dtype=self.dtype_policy)
        self._dropout_layer = Dropout(self._dropout, dtype=self.dtype_policy, seed=self.seed)

    # Attending

    def _heads_of(self, query, key, value):
        """Query, key and value for each head; the keys and values may have fewer heads."""
        return self._query_dense(query), self._key_dense(key), self._value_dense(value)

    def _mask_of_query(self, query, value, key, query_mask):
        return query_mask

    def call(
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
        if key is None:
            key = value
        query_mask = self._mask_of_query(query, value, key, query_mask)
        masks = query_mask, value_mask, key_mask, attention_mask, self._sliding_window
        # A user's class with a `_compute_attention` of its own is told by the mask alone.
        ours = type(self)._compute_attention.__module__.startswith("minigrad.")
        causal_only = use_causal_mask and all(one is None for one in masks) and ours
        if not causal_only:
            attention_mask = self._compute_attention_mask(
                query,
                value,
                query_mask=query_mask,
                value_mask=value_mask,
                key_mask=key_mask,
                attention_mask=attention_mask,
                use_causal_mask=use_causal_mask,
            )
        gate = self._gate_dense(query) if self._use_gate else None
        outputs, weights = self._compute_attention(
            *self._heads_of(query, key, value),
            attention_mask=attention_mask,
            training=training,
            **self._asking_for_weights(return_attention_scores),
            **({"use_causal_mask": True} if causal_only else {}),
        )
        outputs = self._output_dense(outputs if gate is None else outputs * gate)
        return (outputs, weights) if return_attention_scores else outputs

    def _asking_for_weights(self, return_attention_scores):
        """How `_compute_attention` is told that its weights are wanted."""
        return {"return_attention_scores": return_attention_scores}

    def _compute_attention(
        self,
        query,
        key,
        value,
        attention_mask=None,
        training=None,
        return_attention_scores=False,
        use_causal_mask=False,
    ):
        """What the heads find, and their weights (None if nobody asks for them).

        Subclasses may override it. Query, key and value are projected: (batch, …, heads, dim).
        """
        if self._flash_attention and return_attention_scores:
            raise ValueError(
                "Returning attention scores is not supported when flash attention is enabled. "
                "Please disable flash attention to access attention scores."
            )
        if self._dropout == 0 and not return_attention_scores and len(query.shape) == 4:
            if attention_mask is not None:
                attention_mask = self._for_all_heads(ops.cast(attention_mask, "bool"), 4)
            outputs = ops.dot_product_attention(
                query,
                key,
                value,
                mask=attention_mask,
                scale=query.shape[-1] ** -0.5,
                is_causal=use_causal_mask,
                flash_attention=self._flash_attention,
            )
            return outputs, None
        if use_causal_mask:
            causal = self._compute_causal_mask(query, value)
            attention_mask = (
                causal if attention_mask is None else ops.cast(attention_mask, "bool") & causal
            )
        query = query * query.shape[-1] ** -0.5
        scores = ops.einsum(self._dot_product_equation, key, query)
        weights = self._masked_softmax(scores, attention_mask)
        dropped = self._dropout_layer(weights, training=training) if self._dropout else weights
        return ops.einsum(self._combine_equation, dropped, value), weights

    def _masked_softmax(self, attention_scores, attention_mask=None):
        if attention_mask is not None:
            attention_mask = self._for_all_heads(attention_mask, len(attention_scores.shape))
        return self._softmax(attention_scores, mask=attention_mask)

    def _for_all_heads(self, mask, ndim):
        """The mask with an axis for the heads, before those along which they attend."""
        axis = -2 * len(self._attention_axes) - 1
        for _ in range(ndim - len(mask.shape)):
            mask = ops.expand_dims(mask, axis)
        return mask

    # Masks

    def _compute_attention_mask(
        self,
        query,
        value,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        use_causal_mask=False,
    ):
        """Which query may look at which key: (batch, queries, keys), None for all."""
        masks = []
        if query_mask is not None:
            masks.append(ops.expand_dims(ops.cast(query_mask, "bool"), -1))
        for mask in (value_mask, key_mask):
            if mask is not None:
                masks.append(ops.expand_dims(ops.cast(mask, "bool"), -2))
        if use_causal_mask:
            masks.append(self._compute_causal_mask(query, value))
        if self._sliding_window is not None:
            masks.append(self._compute_sliding_window_mask(query, value))
        if attention_mask is not None:
            masks.append(ops.cast(attention_mask, "bool"))
        result = None
        for mask in masks:
            result = mask if result is None else result & mask
        return result

    def _compute_causal_mask(self, query, value=None):
        """(1, queries, keys): a query sees no later key."""
        distance = self._distances(query, value)
        return distance >= 0

    def _compute_sliding_window_mask(self, query, value=None):
        """(1, queries, keys): a query sees the keys less than a window away."""
        return ops.abs(self._distances(query, value)) < self._sliding_window

    @staticmethod
    def _distances(query, value):
        queries = ops.shape(query)[1]
        keys = queries if value is None else ops.shape(value)[1]
        return (ops.arange(queries)[:, None] - ops.arange(keys))[None]


def _clone(initializer):
    return initializer.clone() if hasattr(initializer, "clone") else initializer

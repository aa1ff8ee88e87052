"""MultiHeadAttention: several attentions side by side, each with projections of its own."""

from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.attention.projected_attention import ProjectedAttention
from minigrad.masking import get_keras_mask, set_keras_mask
from minigrad.saving.configurable import config_value

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class MultiHeadAttention(ProjectedAttention):
    """Multi-headed attention (Vaswani et al., arXiv:1706.03762).

    Each head projects query, key and value, and computes softmax(query · keyᵀ / √key_dim) · value;
    what all heads found is projected to the output.

    Args:
        num_heads: Number of heads.
        key_dim: Length of a head's queries and keys.
        value_dim: Length of a head's values; `key_dim` if None.
        dropout: Fraction of the weights to drop while training.
        use_bias: Whether the projections have biases.
        output_shape: Lengths of the output's axes of features; those of the query if None.
        attention_axes: The axes along which to attend; None for all but batch and features.
        sliding_window: If given, a query sees the keys less than so far away only.
        flash_attention: There is one way to compute it here: True is an error when called.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            activity_regularizer, kernel_constraint, bias_constraint: Of the projections.
        use_gate: Whether what is found is multiplied by a sigmoid of another projection.
        seed: Of dropout.

    The call takes `query` (batch, queries, dim), `value` and optionally `key` (batch, keys, dim),
    masks of these, `attention_mask` (batch, queries, keys), and `use_causal_mask`: whether query i
    sees keys 0 … i only. With `return_attention_scores` the weights, (batch, heads, queries,
    keys), are returned too.

    >>> from minigrad import layers, ops
    >>> attention = layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> attention(ops.ones((3, 5, 8)), ops.ones((3, 7, 8))).shape
    (3, 5, 8)
    """

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        attention_axes=None,
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
        for name, number in (("num_heads", num_heads), ("key_dim", key_dim)):
            _check_positive(name, number)
        if value_dim is not None:
            _check_positive("value_dim", value_dim)
        super().__init__(**kwargs)
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
        self._num_heads = num_heads
        self._key_dim = key_dim
        self._value_dim = value_dim or key_dim
        self._output_shape = _shape_tuple(output_shape) if output_shape else output_shape
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        elif attention_axes and not isinstance(attention_axes, (list, tuple)):
            raise ValueError(
                "`attention_axes` must be an int, list, or tuple. "
                f"Received: attention_axes={attention_axes}"
            )
        self._attention_axes = attention_axes

    @property
    def num_heads(self):
        """Number of heads."""
        return self._num_heads

    @property
    def key_dim(self):
        """Length of a head's queries and keys."""
        return self._key_dim

    @property
    def value_dim(self):
        """Length of a head's values."""
        return self._value_dim

    @property
    def attention_axes(self):
        """The axes along which to attend; known once the layer is built."""
        return self._attention_axes

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        _check_keys_and_values(value_shape, key_shape)
        heads, key_dim, value_dim = self._num_heads, self._key_dim, self._value_dim
        self._query_dense = self._into_heads("query", query_shape, key_dim)
        self._key_dense = self._into_heads("key", key_shape, key_dim)
        if self._use_gate:
            self._gate_dense = self._into_heads("gate", query_shape, value_dim, "sigmoid")
        self._value_dense = self._into_heads("value", value_shape, value_dim)
        self._build_attention(len(value_shape) + 1)
        features = self._output_shape or (query_shape[-1],)
        free = len(query_shape) - 1
        axes = _LETTERS[:free]
        found, out = _LETTERS[free : free + 2], _LETTERS[free + 2 : free + 2 + len(features)]
        self._output_dense = self._dense(
            "attention_output",
            f"{axes}{found},{found}{out}->{axes}{out}",
            (*(None,) * (free - 1), *features),
            out,
            (*query_shape[:-1], heads, value_dim),
        )

    def _into_heads(self, name, shape, dim, activation=None):
        free = len(shape) - 1
        axes, feature, heads = _LETTERS[:free], _LETTERS[free], _LETTERS[free + 1 : free + 3]
        return self._dense(
            name,
            f"{axes}{feature},{feature}{heads}->{axes}{heads}",
            (*(None,) * (free - 1), self._num_heads, dim),
            heads,
            shape,
            activation,
        )

    def _build_attention(self, rank):
        """Write the equations of attention for projections with so many axes."""
        if self._attention_axes is None:
            self._attention_axes = tuple(range(1, rank - 2))
        else:
            self._attention_axes = tuple(
                axis if axis >= 0 else axis + rank - 1 for axis in self._attention_axes
            )
        query = _LETTERS[:rank]
        others = iter(_LETTERS[rank:])
        key = "".join(
            next(others) if axis in self._attention_axes else query[axis] for axis in range(rank)
        )
        shared = [axis for axis in range(rank - 1) if axis not in self._attention_axes]
        scores = "".join(query[axis] for axis in (*shared, *self._attention_axes))
        scores += "".join(key[axis] for axis in self._attention_axes)
        self._dot_product_equation = f"{key},{query}->{scores}"
        self._combine_equation = f"{scores},{key}->{query}"
        self._make_softmax()

    def _mask_of_query(self, query, value, key, query_mask):
        # As in Keras, only a mask that came with the query counts, not one that is passed; and who
        # reads these tensors later finds no masks.
        mask = get_keras_mask(query)
        for x in (query, value, key):
            set_keras_mask(x, None)
        return mask

    def compute_output_shape(self, query_shape, value_shape, key_shape=None):
        _check_keys_and_values(value_shape, value_shape if key_shape is None else key_shape)
        if self._output_shape:
            return (*query_shape[:-1], *self._output_shape)
        return tuple(query_shape)

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
        axes = self._attention_axes
        weights = (
            *(length for axis, length in enumerate(query.shape[:-1]) if axis not in axes),
            self._num_heads,
            *(query.shape[axis] for axis in axes),
            *(key.shape[axis] for axis in axes),
        )
        return outputs, KerasTensor(weights, self.compute_dtype)

    def get_config(self):
        config = super().get_config()
        if self._activity_regularizer is not None:
            config["activity_regularizer"] = config_value(self._activity_regularizer)
        return config


def _check_positive(name, number):
    if not isinstance(number, int) or number <= 0:
        raise ValueError(
            f"Received an invalid value for argument `{name}`, expected a positive integer. "
            f"Received: {name}={number}"
        )


def _shape_tuple(shape):
    try:
        return (shape,) if isinstance(shape, int) else tuple(shape)
    except TypeError:
        raise ValueError(
            f"Invalid `output_shape`: it should be a tuple, a list, or an int. "
            f"Received: output_shape={shape}"
        ) from None


def _check_keys_and_values(value_shape, key_shape):
    if tuple(value_shape[1:-1]) != tuple(key_shape[1:-1]):
        raise ValueError(
            "All dimensions of `value` and `key`, except the last one, must be equal. "
            f"Received: value_shape={value_shape} and key_shape={key_shape}"
        )

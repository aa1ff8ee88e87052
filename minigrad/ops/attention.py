"""Dot-product attention."""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.activation import softmax_over
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.products import matrix_product
from minigrad.ops.shaping import permute

__all__ = ["dot_product_attention"]


@op
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """softmax(query · keyᵀ · scale + bias) · value: for each query a mean of the values.

    Args:
        query: (batch, queries, heads, depth).
        key: (batch, keys, heads, depth).
        value: (batch, keys, heads, depth of values).
        bias: Added to the logits, (batch, heads, queries, keys) or what broadcasts to it.
        mask: True where a query may look at a key; a shape like that of `bias`.
        scale: 1 / √depth by default.
        is_causal: Whether query i sees keys 0 … i only.
        flash_attention: Accepted; there is one way to compute it here. True raises ValueError.
        attn_logits_soft_cap: Not supported, as in Keras on anything but TPUs.

    Returns:
        (batch, queries, heads, depth of values). Softmax is computed in float32 at least.

    Source: Vaswani et al., "Attention is all you need", arXiv:1706.03762, equation 1.
    """
    if attn_logits_soft_cap is not None:
        raise ValueError(
            "attn_logits_soft_cap is only supported for JAX on TPU. Leave it None. "
            f"Received: attn_logits_soft_cap={attn_logits_soft_cap}"
        )
    if flash_attention:
        raise ValueError(
            "Flash attention is not supported by minigrad, whose attention runs on the CPU. "
            f"Leave `flash_attention` None. Received: flash_attention={flash_attention}"
        )
    query, key, value = as_tensor(query), as_tensor(key), as_tensor(value)
    if not query.ndim == key.ndim == value.ndim == 4:
        raise ValueError(
            "`dot_product_attention` only supports 4D inputs. "
            f"Received: query.shape={query.shape}, key.shape={key.shape}, "
            f"value.shape={value.shape}"
        )
    dtype = dtypes.result_type(query.dtype, key.dtype, value.dtype)
    wide = dtypes.result_type(dtype, "float32")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    query, value = (permute(cast(x, dtype), axes=(0, 2, 1, 3)) for x in (query, value))
    key = permute(cast(key, dtype), axes=(0, 2, 3, 1))
    logits = matrix_product(cast(query, wide), cast(key, wide)) * scale
    if bias is not None:
        logits = cast(logits + as_tensor(bias, dtype), wide)
    logits = _masked(logits, mask, is_causal)
    weights = cast(softmax_over(logits, axes=(3,)), dtype)
    return permute(matrix_product(weights, value), axes=(0, 2, 1, 3))


def _masked(logits, mask, is_causal):
    """The logits, very low where a query must not look."""
    allowed = None if mask is None else as_tensor(mask, "bool")
    if is_causal:
        queries, keys = (1 if n is None else n for n in logits.shape[2:])
        causal = np.tril(np.ones((queries, keys), bool))
        allowed = as_tensor(causal) if allowed is None else allowed & causal
    if allowed is None:
        return logits
    lowest = -0.7 * float(np.finfo(dtypes.to_numpy_dtype(logits.dtype)).max)
    return where(allowed, logits, lowest)

"""Dot-product attention."""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import as_tensor
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.products import matrix_product
from minigrad.ops.shaping import permute, reshape_to
from minigrad.ops.softmax import softmax_over

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
        key: (batch, keys, heads, depth). Key and value may have fewer heads, each for as many heads
            of the query (Ainslie et al., arXiv:2305.13245).
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
    if any(isinstance(x, KerasTensor) for x in (query, key, value)):
        return KerasTensor((*query.shape[:3], value.shape[3]), dtype)
    wide = dtypes.result_type(dtype, "float32")
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    query, value = (permute(cast(x, dtype), axes=(0, 2, 1, 3)) for x in (query, value))
    key = permute(cast(key, dtype), axes=(0, 2, 3, 1))
    batch, heads, queries, depth = query.shape
    groups = key.shape[1]
    shared = groups != heads
    if shared:
        if heads % groups:
            raise ValueError(
                "dot_product_attention: the number of heads of the query must be that of the key, "
                f"or a multiple of it. Received: {heads} and {groups} heads"
            )
        query = reshape_to(query, shape=(batch, groups, heads // groups, queries, depth))
        key, value = (reshape_to(x, shape=(*x.shape[:2], 1, *x.shape[2:])) for x in (key, value))
    logits = matrix_product(cast(query, wide), cast(key, wide)) * scale
    if shared:
        logits = reshape_to(logits, shape=(batch, heads, *logits.shape[3:]))
    if bias is not None:
        logits = cast(logits + as_tensor(bias, dtype), wide)
    logits = _masked(logits, mask, is_causal)
    weights = cast(softmax_over(logits, axes=(3,)), dtype)
    if shared:
        weights = reshape_to(weights, shape=(batch, groups, heads // groups, *weights.shape[2:]))
    result = matrix_product(weights, value)
    if shared:
        result = reshape_to(result, shape=(batch, heads, *result.shape[3:]))
    return permute(result, axes=(0, 2, 1, 3))


def _masked(logits, mask, is_causal):
    """The logits, very low where a query must not look."""
    allowed = None if mask is None else as_tensor(mask, "bool")
    if is_causal:
        causal = np.tril(np.ones(logits.shape[2:], bool))
        allowed = as_tensor(causal) if allowed is None else allowed & causal
    if allowed is None:
        return logits
    lowest = -0.7 * float(np.finfo(dtypes.to_numpy_dtype(logits.dtype)).max)
    return where(allowed, logits, lowest)

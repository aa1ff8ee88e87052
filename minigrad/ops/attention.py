"""Dot-product attention."""

import math

import numpy as np

from minigrad import dtypes
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.symbolic import KerasTensor, broadcast_shapes, shape_equal
from minigrad.autograd.tensor import as_tensor
from minigrad.kernels import attention as kernels
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.products import matrix_product
from minigrad.ops.second_order import second_order
from minigrad.ops.shaping import broadcast_to, permute, reshape_to
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
    batch = broadcast_shapes(query.shape[:1], key.shape[:1], value.shape[:1])
    query, key, value = (  # the same one for all examples
        broadcast_to(x, (*batch, *x.shape[1:])) if x.shape[0] == 1 != batch[0] else x
        for x in (query, key, value)
    )
    fits = shape_equal(query.shape[3:], key.shape[3:]) and shape_equal(
        key.shape[1:3], value.shape[1:3]
    )
    if not fits:
        raise ValueError(
            "`dot_product_attention`: query and key must be of one depth, and there must be a "
            "value for each key. "
            f"Received: query.shape={query.shape}, key.shape={key.shape}, "
            f"value.shape={value.shape}"
        )
    dtype = dtypes.result_type(query.dtype, key.dtype, value.dtype)
    if any(isinstance(x, KerasTensor) for x in (query, key, value)):
        return KerasTensor((*query.shape[:3], value.shape[3]), dtype)
    scale = 1 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale
    query, key, value = (cast(x, dtype) for x in (query, key, value))
    if _is_plain(query, key, value, bias, mask, scale, is_causal):
        allowed = None
        if mask is not None:
            mask = as_tensor(mask, "bool")
            mask = reshape_to(mask, shape=(*(1,) * (4 - mask.ndim), *mask.shape))
            allowed = broadcast_to(mask, (*mask.shape[:2], query.shape[1], key.shape[1]))
        return attend(query, key, value, allowed, scale=scale, causal=bool(is_causal))[0]
    wide = dtypes.result_type(dtype, "float32")
    query, value = (permute(x, axes=(0, 2, 1, 3)) for x in (query, value))
    key = permute(key, axes=(0, 2, 3, 1))
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


def _is_plain(query, key, value, bias, mask, scale, is_causal):
    """Whether it is what `attend` computes."""
    return (
        bias is None
        and query.dtype in ("float16", "bfloat16", "float32", "float64")
        and isinstance(scale, (int, float))
        and query.shape[2] == key.shape[2]
        and key.shape[1] > 0
        # Where nothing is seen, all keys count alike, later ones too.
        and not (is_causal and mask is not None)
    )


def _attention(query, key, value, allowed, scale, causal):
    """The same in small ops: for derivatives of any order, and to compare with."""
    query, value = (permute(x, axes=(0, 2, 1, 3)) for x in (query, value))
    logits = matrix_product(query, permute(key, axes=(0, 2, 3, 1))) * scale
    weights = softmax_over(_masked(logits, allowed, causal), axes=(3,))
    return permute(matrix_product(weights, value), axes=(0, 2, 1, 3))


def _attend_vjp(g, out, query, key, value, allowed, scale, causal):
    return (
        *attend_slope(g[0], query, key, value, *out, allowed, scale=scale, causal=causal),
        None,
    )


attend = primitive(
    "attend",
    kernels.attend,
    _attend_vjp,
    promote=None,
    inputs="query key value allowed",
    shape=lambda query, key, value, allowed, scale, causal: [
        (*query.shape[:3], value.shape[3]),
        (query.shape[0], query.shape[2], query.shape[1], 2),
    ],
    dtype=lambda query, *_, **__: [query.dtype, dtypes.result_type(query.dtype, "float32")],
    moves=True,
    doc="""softmax(query · keyᵀ · scale) · value, and what the backward needs of each softmax.

    Args:
        query, key, value: As for `dot_product_attention`, of as many heads.
        allowed: (batch or 1, heads or 1, queries, keys): True where a query may look at a key;
            None if it may everywhere.
        scale: Of the logits.
        causal: Whether query i sees keys 0 … i only; not with `allowed`.
    """,
)


def _attend_slope_vjp(us, out, g, query, key, value, made, level, allowed, scale, causal):
    def by_ops(*inputs):
        return (_attention(*inputs, allowed, scale, causal),)

    by_g, *by_inputs = second_order(by_ops, us, (g,), (query, key, value))
    return by_g, *by_inputs, None, None, None


attend_slope = primitive(
    "attend_slope",
    kernels.attend_slope,
    _attend_slope_vjp,
    promote=None,
    inputs="g query key value made level allowed",
    shape=lambda g, query, key, value, made, level, allowed, scale, causal: [
        query.shape,
        key.shape,
        value.shape,
    ],
    dtype=lambda g, *_, **__: [g.dtype] * 3,
    moves=True,
)


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

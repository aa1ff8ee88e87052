"""Weights, masks and reductions, as losses and metrics share them."""

from minigrad import ops

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def standardize_reduction(reduction):
    """`reduction` itself; ValueError if there is none of that name."""
    if reduction not in REDUCTIONS:
        raise ValueError(
            "Invalid value for argument `reduction`. "
            f"Expected one of {REDUCTIONS}. Received: reduction={reduction}"
        )
    return reduction


def squeeze_or_expand_to_same_rank(x1, x2, expand_rank_1=True):
    """The two tensors with equally many axes, if one has just a last axis of length 1 more.

    (n,) meets (n, 1) as (n, 1), other shapes lose the axis. Everything else stays as it is.
    """
    if len(x1.shape) == len(x2.shape) + 1:
        x2, x1 = _same_rank(x2, x1, expand_rank_1)
    elif len(x2.shape) == len(x1.shape) + 1:
        x1, x2 = _same_rank(x1, x2, expand_rank_1)
    return x1, x2


def _same_rank(lower, higher, expand_rank_1):
    if higher.shape[-1] != 1:
        return lower, higher
    if len(lower.shape) == 1 and expand_rank_1:
        return ops.expand_dims(lower, -1), higher
    return lower, ops.squeeze(higher, -1)


def count(x, dtype):
    """The number of elements of `x` as a scalar of `dtype`."""
    return ops.sum(ops.ones_like(x, dtype=dtype))


def apply_mask(sample_weight, mask, dtype, reduction):
    """Sample weights that are 0 where `mask` is; None where there is neither.

    For a reduction that divides by the number of all elements, what is left weighs more by as much:
    the mean is the mean of what the mask lets through.
    """
    if mask is None:
        return sample_weight
    weight = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        weight = weight * ops.divide_no_nan(count(weight, dtype), ops.sum(weight))
    if sample_weight is None:
        return weight
    weight, sample_weight = squeeze_or_expand_to_same_rank(weight, ops.cast(sample_weight, dtype))
    return weight * sample_weight


def reduce_values(values, sample_weight=None, reduction="sum_over_batch_size"):
    """Weighted losses to one number, as `reduction` says; 0 for the mean of none."""
    shape = values.shape
    if reduction in (None, "none") or shape in ((), (0,)):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.divide_no_nan(ops.sum(values), ops.sum(sample_weight))
    return ops.sum(values) if 0 in shape else ops.mean(values)


def reduce_weighted_values(
    values, sample_weight=None, mask=None, reduction="sum_over_batch_size", dtype=None
):
    """Losses, weighed and masked, to one number.

    Args:
        values: A loss per sample, or per step of each sample.
        sample_weight: Of the same shape, or of one that is broadcast to it.
        mask: Of the same shape: False where a loss does not count.
        reduction: One of REDUCTIONS; any other is a ValueError.
        dtype: That of the result; by default that of `values`.
    """
    standardize_reduction(reduction)
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.cast(sample_weight, values.dtype)
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values = values * sample_weight
    return reduce_values(values, sample_weight, reduction)

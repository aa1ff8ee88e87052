"""Losses by the overlap of two regions, for segmentation."""

from minigrad import ops, settings
from minigrad.losses.wrapper import LossFunctionWrapper, float_pair


def dice(y_true, y_pred, axis=None):
    """1 - 2 |A ∩ B| / (|A| + |B|), sums over `axis` (None: over everything).

    >>> float(dice([[1.0, 0.0]], [[1.0, 0.0]]).numpy().round(3))
    0.0
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    overlap = ops.sum(y_true * y_pred, axis=axis)
    total = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1 - 2.0 * overlap / (total + settings.epsilon())


def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """1 - |A ∩ B| / (|A ∩ B| + alpha · missed + beta · invented), sums over `axis`.

    With alpha = beta = ½ it is the Dice loss.

    Source: Salehi et al. 2017, https://arxiv.org/abs/1706.05721.
    """
    y_true, y_pred = float_pair(y_true, y_pred, same_rank=False)
    overlap = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum(y_true * (1 - y_pred), axis=axis)
    invented = ops.sum((1 - y_true) * y_pred, axis=axis)
    total = overlap + alpha * missed + beta * invented
    return 1 - overlap / (total + settings.epsilon())


class Dice(LossFunctionWrapper):
    """The Dice loss. See `dice` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """The Tversky loss. See `tversky` and Loss."""

    def __init__(
        self,
        alpha=0.5,
        beta=0.5,
        reduction="sum_over_batch_size",
        name="tversky",
        axis=None,
        dtype=None,
    ):
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)

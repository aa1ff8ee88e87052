"""A loss between sequences that are not aligned: speech and its text."""

from minigrad import ops
from minigrad.losses.wrapper import LossFunctionWrapper


def ctc(y_true, y_pred):
    """-log of the probability that some alignment of the outputs spells the labels.

    Args:
        y_true: Labels of shape (batch, label length), filled up with 0, which is the blank too.
        y_pred: Logits of shape (batch, time, classes).

    Raises ValueError for other ranks.

    Source: Graves et al. 2006, https://www.cs.toronto.edu/~graves/icml_2006.pdf.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in "
            f"integer format. Received: y_true.shape={y_true.shape}"
        )
    if len(y_pred.shape) != 3:
        raise ValueError(
            "Logits `y_pred` are expected to be a tensor of shape "
            "`(batch_size, max_length, num_classes)`. "
            f"Received: y_pred.shape={y_pred.shape}"
        )
    label_length = ops.cast(ops.sum(ops.not_equal(y_true, 0), axis=-1), "int32")
    time = ops.full(ops.shape(label_length), y_pred.shape[1], dtype="int32")
    return ops.ctc_loss(y_true, y_pred, label_length, time, mask_index=0)


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification. See `ctc` and Loss."""

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(ctc, reduction, name, dtype)

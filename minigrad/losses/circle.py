"""A loss between embeddings: equal labels near each other, others far apart."""

from minigrad import ops
from minigrad.losses.wrapper import LossFunctionWrapper
from minigrad.masking import set_keras_mask


def circle(
    y_true,
    y_pred,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """The circle loss of each sample.

    Args:
        y_true: Labels, of shape (n,).
        y_pred: Embeddings of length 1, of shape (n, d).
        ref_labels, ref_embeddings: What to compare with; by default the batch itself.
        remove_diagonal: Whether an embedding is not compared with the one of its own index.
        gamma: How sharply the hardest pairs stand out.
        margin: How far apart the two kinds of pairs are to be.

    Source: Sun et al. 2020, https://arxiv.org/abs/2002.10857, eq. 6, with distances 1 - cos in
    place of similarities.
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.reshape(ops.cast(y_true, "int32"), (-1, 1))
    if ref_labels is None:
        ref_labels = y_true
    ref_labels = ops.reshape(ops.cast(ref_labels, "int32"), (1, -1))
    ref_embeddings = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)

    distance = ops.maximum(1 - ops.matmul(y_pred, ops.transpose(ref_embeddings)), 0.0)
    same = ops.equal(labels, ref_labels)
    other = ops.logical_not(same)
    if remove_diagonal:
        diagonal = ops.eye(*distance.shape, dtype="bool")
        same = ops.logical_and(same, ops.logical_not(diagonal))

    # The further a pair is from where it should be, the more it weighs.
    pull = ops.maximum(margin + distance, 0.0)
    push = ops.maximum(1 + margin - distance, 0.0)
    same_logit = -gamma * pull * (margin - distance)
    other_logit = gamma * push * (1 - margin - distance)
    infinity = float("inf")
    loss = ops.softplus(
        ops.logsumexp(ops.where(same, same_logit, -infinity), axis=1)
        + ops.logsumexp(ops.where(other, other_logit, -infinity), axis=1)
    )
    set_keras_mask(loss, loss > 0)
    return loss


class Circle(LossFunctionWrapper):
    """The circle loss between the embeddings of a batch. See `circle` and Loss."""

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )

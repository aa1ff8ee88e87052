"""Connectionist temporal classification: labels for sequences whose alignment is not known."""

import numpy as np

from minigrad import dtypes
from minigrad.autograd.functional import grad
from minigrad.autograd.primitive import op, primitive
from minigrad.autograd.record import THREAD, run_recorded
from minigrad.autograd.tensor import as_tensor, wrap
from minigrad.kernels import ctc as kernels
from minigrad.ops.casting import cast
from minigrad.ops.comparison import where
from minigrad.ops.elementwise import logaddexp
from minigrad.ops.indexing import take_along_axis
from minigrad.ops.reduction import logsumexp, reduce_sum
from minigrad.ops.reduction import max as greatest
from minigrad.ops.shaping import join
from minigrad.ops.softmax import log_softmax_over

__all__ = ["ctc_decode", "ctc_loss"]


def ctc_by_ops(log_p, labels, lengths, frames, blank):
    """`kernels.ctc_loss` in ops, frame by frame: for derivatives of any order."""
    extended, skip = kernels.states(np.asarray(labels), blank)
    index = np.broadcast_to(extended[:, None], (*log_p.shape[:2], extended.shape[1]))
    emitted = take_along_axis(log_p, index, axis=2)
    state = np.arange(extended.shape[1])
    zero = wrap(np.full((extended.shape[0], 2), kernels.LOG_ZERO, np.asarray(log_p).dtype))
    alpha = where(state < 2, emitted[:, 0], kernels.LOG_ZERO)
    for t in range(1, log_p.shape[1]):
        next_one = join(zero[:, :1], alpha[:, :-1], axis=1)
        one_after = join(zero, alpha, axis=1)[:, : len(state)]
        total = logaddexp(logaddexp(alpha, next_one), where(skip, one_after, kernels.LOG_ZERO))
        alpha = where((t < np.asarray(frames))[:, None], total + emitted[:, t], alpha)
    last = 2 * np.asarray(lengths)[:, None]
    ends = (state == last) | (state == last - 1)
    return -logsumexp(where(ends, alpha, kernels.LOG_ZERO), axis=1)


def _slope_vjp(u, out, g, log_p, labels, lengths, frames, blank):
    """The gradient by g is Σ u · slope; that by log_p a Hessian times u, from the ops above."""

    def along_u(g, log_p):
        def loss(x):
            return (g * ctc_by_ops(x, labels, lengths, frames, blank)).sum()

        return (u * grad(loss)(log_p)).sum()

    def derivatives():
        return grad(along_u, argnums=(0, 1))(g, log_p)

    if not THREAD.mode.bare:
        return *derivatives(), None, None, None
    g, log_p = wrap(g), wrap(log_p)
    return *(one._value for one in run_recorded(derivatives)), None, None, None


ctc = primitive(
    "ctc",
    kernels.ctc_loss,
    (
        lambda g, out, log_p, labels, lengths, frames, blank: ctc_slope(
            g, log_p, labels, lengths, frames, blank=blank
        ),
        *(None, None, None),
    ),
    promote=None,
    inputs="log_p labels lengths frames",
    shape=lambda log_p, labels, lengths, frames, blank: (log_p.shape[0],),
)
ctc_slope = primitive(
    "ctc_slope",
    kernels.ctc_slope,
    _slope_vjp,
    promote=None,
    inputs="upstream log_p labels lengths frames",
    shape=lambda upstream, log_p, labels, lengths, frames, blank: log_p.shape,
)


@op
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """-log of the probability that `output` spells `target`, summed over all alignments.

    Args:
        target: (batch, symbols), whole numbers.
        output: (batch, frames, classes), logits.
        target_length, output_length: (batch,): how many symbols and frames count.
        mask_index: The class that stands for "no symbol".

    Source: Graves et al., "Connectionist temporal classification" (2006).
    """
    target, output = as_tensor(target), as_tensor(output)
    lengths, frames = as_tensor(target_length), as_tensor(output_length)
    for name, x in (("target", target), ("target_length", lengths), ("output_length", frames)):
        if x.shape[0] != output.shape[0] and None not in (x.shape[0], output.shape[0]):
            raise ValueError(
                f"Arguments `{name}` and `output` must have the same first dimension. "
                f"Received: {name}.shape={x.shape}, output.shape={output.shape}"
            )
    output = cast(output, dtypes.result_type(output.dtype, "float32"))
    log_p = log_softmax_over(output, axes=(2,))
    labels, lengths, frames = (cast(x, "int32") for x in (target, lengths, frames))
    return ctc(log_p, labels, lengths, frames, blank=mask_index)


greedy_labels = primitive(
    "ctc_greedy_labels",
    lambda x, lengths, **options: kernels.greedy(x, lengths, **options)[None],
    promote=None,
    inputs="x lengths",
    shape=lambda x, lengths, **_: (1, *x.shape[:2]),
    dtype="int32",
)
beam_labels = primitive(
    "ctc_beam_labels",
    kernels.beam_search,
    promote=None,
    inputs="log_p lengths",
    shape=lambda x, lengths, width, top, blank: [(top, *x.shape[:2]), (x.shape[0], top)],
    dtype=lambda x, lengths, width, top, blank: ["int32", x.dtype],
)


@op
def ctc_decode(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    """The likeliest labels of sequences.

    Args:
        inputs: (batch, frames, classes), logits.
        sequence_lengths: (batch,): how many frames count.
        strategy: "greedy": the likeliest class of each frame; "beam_search": of the likeliest
            prefixes, with all their alignments.
        beam_width: How many prefixes are kept.
        top_paths: How many labels are wanted ("beam_search").
        merge_repeated: Whether repetitions count once ("greedy").
        mask_index: The class that stands for "no symbol".

    Returns:
        Labels, (paths, batch, frames), filled up with -1, and scores, (batch, paths): log
        probabilities for "beam_search", minus the sum of the greatest logits for "greedy".
    """
    x = as_tensor(inputs)
    x = cast(x, dtypes.result_type(x.dtype, "float32"))
    lengths = cast(as_tensor(sequence_lengths), "int32")
    blank = x.shape[2] - 1 if mask_index is None else mask_index
    if strategy == "greedy":
        labels = greedy_labels(x, lengths, merge_repeated=merge_repeated, blank=blank)
        counts = np.arange(x.shape[1] or 1) < lengths[:, None]
        scores = where(counts, greatest(x, axis=2), 0.0)
        return labels, -reduce_sum(scores, axis=(1,), keepdims=True)
    if strategy == "beam_search":
        log_p = log_softmax_over(x, axes=(2,))
        return beam_labels(log_p, lengths, width=beam_width, top=top_paths, blank=blank)
    raise ValueError(
        f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'. "
        f"Received: strategy={strategy!r}"
    )

"""Connectionist temporal classification: all ways in which frames can spell a label.

Between the symbols of a label, and around them, there may be blanks; a label of N symbols becomes
S = 2N + 1 states. alpha[t, s] is the log probability of having read the frames up to t and being in
state s; beta[t, s] that of reading those behind t from there. Graves et al. (2006).
"""

import numpy as np

LOG_ZERO = -1e5  # stands for log 0, and keeps impossible labels finite


def states(labels, blank):
    """Return the label with blanks, (batch, S), and where a blank may be skipped."""
    batch, n = labels.shape
    extended = np.full((batch, 2 * n + 1), blank, labels.dtype)
    extended[:, 1::2] = labels
    skip = np.zeros(extended.shape, bool)
    skip[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    return extended, skip


def _log_sum_of(a, b, c):
    """log(exp(a) + exp(b) + exp(c)): one log, where `np.logaddexp` twice would be two."""
    finite = np.finfo(a.dtype).min  # so that there is no inf - inf
    most = np.maximum(np.maximum(a, b), np.maximum(c, finite))
    return most + np.log(np.exp(a - most) + np.exp(b - most) + np.exp(c - most))


# Below, the batch is the last axis: moving states on by one or two is then a slice without gaps.


def _emitted(log_p, extended):
    """The log probability of what each state shows, (frames, S, batch)."""
    return log_p.transpose(1, 2, 0)[:, extended.T, np.arange(len(log_p))]


def _alphas(emitted, skip, frames):
    steps, count, batch = emitted.shape
    padded = np.full((steps, count + 2, batch), LOG_ZERO, emitted.dtype)
    alpha = padded[:, 2:]  # two impossible states come before the first
    alpha[0, :2] = emitted[0, :2]
    for t in range(1, steps):
        before = padded[t - 1]
        leap = np.where(skip, before[:-2], LOG_ZERO)
        total = _log_sum_of(before[2:], before[1:-1], leap)
        alpha[t] = np.where(t < frames, total + emitted[t], before[2:])
    return alpha


def _ends(count, lengths):
    """Whether a label can end in a state, (S, batch)."""
    state = np.arange(count)[:, None]
    return (state == 2 * lengths) | (state == 2 * lengths - 1)


def _log_sum(x):
    return np.logaddexp.reduce(x, axis=0)


def ctc_loss(log_p, labels, lengths, frames, blank):
    """Return -log of the probability of each label, (batch,).

    Args:
        log_p: (batch, frames, classes), log probabilities.
        labels: (batch, N), whole numbers.
        lengths, frames: How many symbols of each label and how many frames count.
    """
    if not log_p.shape[1]:
        return np.where(lengths > 0, -LOG_ZERO, 0).astype(log_p.dtype)
    extended, skip = states(labels, blank)
    alpha = _alphas(_emitted(log_p, extended), skip.T, frames)[-1]
    return -_log_sum(np.where(_ends(len(alpha), lengths), alpha, LOG_ZERO))


def ctc_slope(upstream, log_p, labels, lengths, frames, blank):
    """Return the gradient of `ctc_loss` by `log_p`: minus how likely frames show classes."""
    out = np.zeros_like(log_p)
    if not log_p.shape[1]:
        return out
    extended, skip = states(labels, blank)
    emitted = _emitted(log_p, extended)
    alpha = _alphas(emitted, skip.T, frames)
    steps, count, batch = alpha.shape
    is_end = _ends(count, lengths)
    total = _log_sum(np.where(is_end, alpha[-1], LOG_ZERO))
    # From a state one may come to the state behind the next if *that* one allows it.
    leap = np.zeros_like(skip.T)
    leap[:-2] = skip.T[2:]
    betas = np.empty_like(alpha)
    beta = np.where(is_end, 0, LOG_ZERO).astype(log_p.dtype)
    behind = np.full((count + 2, batch), LOG_ZERO, log_p.dtype)
    for t in range(steps - 1, -1, -1):
        betas[t] = beta
        behind[:-2] = beta + emitted[t]  # two impossible states come after the last
        leaped = np.where(leap, behind[2:], LOG_ZERO)
        before = _log_sum_of(behind[:-2], behind[1:-1], leaped)
        beta = np.where(t < frames, before, beta)
    counts = np.arange(steps)[:, None, None] < frames
    shares = np.where(counts, np.exp(alpha + betas - total), 0) * upstream
    rows, times = np.arange(batch), np.arange(steps)[:, None]
    for state, classes in enumerate(extended.T):  # one state shows one class in a frame
        out[rows, times, classes] -= shares[:, state]
    return out


# Decoding


def greedy(probabilities, lengths, merge_repeated, blank):
    """Return the likeliest class of each frame, repetitions and blanks dropped, -1 behind.

    Args:
        probabilities: (batch, frames, classes), of any monotone scale.
    """
    frames = probabilities.shape[1]
    best = probabilities.argmax(axis=2)
    kept = best != blank
    if merge_repeated:
        kept[:, 1:] &= best[:, 1:] != best[:, :-1]
    kept &= np.arange(frames) < lengths[:, None]
    order = np.argsort(~kept, axis=1, kind="stable")
    found = np.where(kept, best, -1)
    return np.take_along_axis(found, order, axis=1).astype(np.int32)


def beam_search(log_p, lengths, width, top, blank):
    """Return the `top` likeliest labels of each sequence and their log probabilities.

    Args:
        log_p: (batch, frames, classes).
        lengths: How many frames of each sequence count.
        width: How many prefixes are kept from one frame to the next.

    Returns:
        Labels, (top, batch, frames), filled up with -1; scores, (batch, top).
    """
    batch, frames, _ = log_p.shape
    labels = np.full((top, batch, frames), -1, np.int32)
    scores = np.full((batch, top), -np.inf, log_p.dtype)
    for i in range(batch):
        frames_of_one = log_p[i, : lengths[i]].astype(np.float64)
        if np.isnan(frames_of_one).any():
            scores[i] = np.nan
            continue
        found = _beams(frames_of_one, max(width, top), blank)
        for rank, (prefix, score) in enumerate(found[:top]):
            labels[rank, i, : len(prefix)] = prefix
            scores[i, rank] = score
    return labels, scores


def _beams(log_p, width, blank):
    """The likeliest prefixes and their log probabilities, best first (Hannun et al., 2014)."""
    prefixes = [()]
    # The probability of each prefix, with the last frame blank or not.
    by_blank, by_symbol = np.zeros(1), np.full(1, -np.inf)
    for frame in log_p:
        count = len(prefixes)
        last = np.array([prefix[-1] if prefix else blank for prefix in prefixes])
        total = np.logaddexp(by_blank, by_symbol)
        # A symbol makes the prefix longer; the last one again does so after a blank only.
        longer = total[:, None] + frame
        rows = np.arange(count)
        longer[rows, last] = by_blank + frame[last]
        longer[:, blank] = -np.inf
        again = by_symbol + np.where(last == blank, -np.inf, frame[last])
        place = {prefix: j for j, prefix in enumerate(prefixes)}
        for j, prefix in enumerate(prefixes):
            parent = place.get(prefix[:-1]) if prefix else None
            if parent is not None:  # two ways to the same prefix
                again[j] = np.logaddexp(again[j], longer[parent, prefix[-1]])
                longer[parent, prefix[-1]] = -np.inf
        stay = total + frame[blank]
        chance = np.concatenate([np.logaddexp(stay, again), longer.ravel()])
        best = np.argsort(-chance, kind="stable")[:width]
        best = best[chance[best] > -np.inf]
        parents, symbols = np.divmod(best - count, len(frame))
        kept = best < count
        prefixes = [
            prefixes[b] if k else (*prefixes[p], int(s))
            for b, k, p, s in zip(best, kept, parents, symbols, strict=True)
        ]
        index = np.where(kept, best, 0)
        by_blank = np.where(kept, stay[index], -np.inf)
        by_symbol = np.where(kept, again[index], chance[best])
    total = np.logaddexp(by_blank, by_symbol)
    order = np.argsort(-total, kind="stable")
    return [(prefixes[j], total[j]) for j in order]

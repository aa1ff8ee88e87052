"""What is done to gradients before a step: they are clipped."""

from minigrad import ops


def clip_by_norm(gradient, limit):
    """The gradient, shortened to a Euclidean length of at most `limit`.

    >>> clip_by_norm(ops.convert_to_tensor([3.0, 4.0]), 1.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    norm = ops.sqrt(ops.sum(ops.square(gradient)))
    return gradient * limit / ops.maximum(norm, limit)


def global_norm(gradients):
    """The Euclidean length of all gradients together, as of one long vector."""
    squares = [ops.sum(ops.square(g)) for g in gradients if g is not None]
    return ops.sqrt(ops.sum(ops.stack(squares)))


def clip_by_global_norm(gradients, limit):
    """The gradients, all shortened by one factor so that their common length is at most `limit`.

    If a gradient is infinite or NaN, all of them become NaN: a step that went wrong shows.
    """
    norm = global_norm(gradients)
    factor = limit * ops.minimum(1.0 / norm, 1.0 / limit) + (norm - norm)
    return [None if g is None else g * factor for g in gradients]

"""What layers of categories have in common: indices, or a vector for each sample."""

from minigrad import ops


def checked_mode(name, output_mode, modes):
    """`output_mode` by its present name; ValueError if the layer does not know it."""
    output_mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
    if output_mode not in modes:
        raise ValueError(
            f"Unknown value for `output_mode` argument of {name}. Allowed values are: {modes}. "
            f"Received: output_mode={output_mode}"
        )
    return output_mode


def dense_only(sparse):
    """Raise ValueError for `sparse=True`."""
    if sparse:
        raise ValueError(
            "`sparse=True` cannot be used: minigrad has dense tensors only. "
            f"Received: sparse={sparse}"
        )


def encoded(indices, output_mode, depth, dtype, count_weights=None):
    """Indices as the layers return them.

    Args:
        indices: Whole numbers; those that are not in 0 … depth - 1 are left out of vectors.
        output_mode: "int": as they are; "one_hot": a vector for each; "multi_hot": a vector for
            each sample, 1 where an index occurs in it; "count": how often it does. The indices of
            a sample are along axis 1.
        depth: Length of the vectors.
        count_weights: What each index counts, of the same shape.
    """
    if output_mode == "int":
        return ops.cast(indices, dtype)
    if not len(indices.shape):
        indices = ops.expand_dims(indices, -1)
    if output_mode == "one_hot":
        if len(indices.shape) > 1 and indices.shape[-1] == 1:
            indices = ops.squeeze(indices, -1)
        return ops.one_hot(indices, depth, dtype=dtype)
    if output_mode == "multi_hot":
        return ops.multi_hot(indices, depth, dtype=dtype)
    if count_weights is not None:
        dtype = count_weights.dtype
    counts = ops.one_hot(indices, depth, dtype=dtype)
    if count_weights is not None:
        counts = counts * ops.expand_dims(count_weights, -1)
    return ops.sum(counts, axis=1 if len(indices.shape) > 1 else 0)


def encoded_shape(shape, output_mode, depth):
    """The shape of `encoded` for indices of a shape."""
    shape = tuple(shape)
    if output_mode == "int":
        return shape
    if output_mode == "one_hot":
        shape = shape or (1,)
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), depth)
    return (*shape[:1], *shape[2:], depth) if len(shape) > 1 else (depth,)

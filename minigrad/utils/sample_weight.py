"""Data of a training step as one tuple: `(x, y, sample_weight)`."""


def unpack_x_y_sample_weight(data):
    """`(x, y, sample_weight)` of what `train_step(data)` receives, None for what is not there.

    Raises ValueError for a tuple of another length.

    >>> unpack_x_y_sample_weight(("features", "labels"))
    ('features', 'labels', None)
    """
    if not isinstance(data, list | tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`. "
            f"Received: {len(data)} parts in data={data}"
        )
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The shortest form of `(x, y, sample_weight)`, the reverse of `unpack_x_y_sample_weight`.

    >>> pack_x_y_sample_weight("features", "labels")
    ('features', 'labels')
    """
    if y is not None:
        return (x, y) if sample_weight is None else (x, y, sample_weight)
    return (x,) if isinstance(x, list | tuple) else x

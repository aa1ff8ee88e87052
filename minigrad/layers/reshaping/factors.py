"""What the layers that enlarge share: a factor for each spatial axis."""


def factor_per_axis(size, rank, name="size"):
    """`size` (an int for all axes, or one per axis) as a tuple of ints > 0."""
    values = (size,) * rank if isinstance(size, int) else size
    try:
        values = tuple(int(one) for one in values)
    except (TypeError, ValueError):
        values = ()
    if len(values) != rank or any(one <= 0 for one in values):
        raise ValueError(
            f"The `{name}` argument must be a tuple of {rank} integers greater than 0. "
            f"Received: {name}={size}"
        )
    return values


def enlarged(shape, factors, first):
    """`shape` with its spatial axes, from `first` on, times `factors`."""
    result = list(shape)
    for axis, factor in enumerate(factors, first):
        if result[axis] is not None:
            result[axis] *= factor
    return tuple(result)

"""What cropping and padding share: how much at each end of each spatial axis."""


def whole_number(value, name):
    """An int ≥ 0, or a ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(
            f"The `{name}` argument must hold ints ≥ 0. "
            f"Received: {name}={value} (of type {type(value)})"
        )
    return value


def two_ends(value, name):
    """`value` (an int for both ends, or a pair) as a pair."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value, value)
    if not hasattr(value, "__len__") or len(value) != 2:
        raise ValueError(
            f"The `{name}` argument must be an int or a tuple of 2 ints. Received: {name}={value}"
        )
    return tuple(whole_number(one, name) for one in value)


def all_ends(value, rank, name):
    """An int for all ends, an int per axis, or a pair per axis: as a pair per axis."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"`{name}` cannot be negative. Received: {name}={value}.")
        return ((value, value),) * rank
    if not hasattr(value, "__len__"):
        raise ValueError(
            f"`{name}` should be either an int, a tuple of {rank} ints, or a tuple of {rank} "
            f"tuples of 2 ints. Received: {name}={value}."
        )
    if len(value) != rank:
        words = {2: "two", 3: "3"}
        raise ValueError(f"`{name}` should have {words[rank]} elements. Received: {name}={value}.")
    return tuple(two_ends(one, name) for one in value)


def first_spatial_axis(data_format):
    return 2 if data_format == "channels_first" else 1

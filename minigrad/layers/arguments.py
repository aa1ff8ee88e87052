"""Arguments that layers of images have in common, checked."""


def int_tuple(name, value, n, *, allow_zero=False):
    """`value`, an int or `n` of them, as a tuple of `n` ints.

    Raises ValueError if it is neither, or if one is not positive (negative with `allow_zero`).

    >>> int_tuple("strides", 2, 3), int_tuple("strides", [1, 2], 2)
    ((2, 2, 2), (1, 2))
    """
    problem = f"The `{name}` argument must be a tuple of {n} integers. Received {name}={value}"
    try:
        values = (value,) * n if isinstance(value, int) else tuple(int(one) for one in value)
    except (TypeError, ValueError):
        raise ValueError(problem) from None
    if len(values) != n:
        raise ValueError(problem)
    lowest = 0 if allow_zero else 1
    wrong = {one for one in values if one < lowest}
    if wrong:
        condition = "value >= 0" if allow_zero else "value > 0"
        raise ValueError(f"{problem}, including values {wrong} that do not satisfy `{condition}`")
    return values


def padding_name(value, *, allow_causal=False):
    """`value` in lower case; ValueError if it is not "valid", "same" or, if allowed, "causal"."""
    allowed = ("valid", "same", "causal") if allow_causal else ("valid", "same")
    name = str(value).lower()
    if name not in allowed:
        raise ValueError(
            f"The `padding` argument must be one of {allowed}. Received: padding={value}"
        )
    return name


def positive(name, value):
    """`value`; ValueError if it is a number that is not positive."""
    if value is not None and value <= 0:
        raise ValueError(
            f"Invalid value for argument `{name}`. Expected a strictly positive value. "
            f"Received {name}={value}."
        )
    return value

"""A check that the normalisation layers share."""


def check_axes(axis, input_shape):
    """Raise a ValueError if an axis is not one of the inputs'."""
    for one in axis if isinstance(axis, (list, tuple)) else [axis]:
        if not -len(input_shape) <= one < len(input_shape):
            raise ValueError(
                f"Axis {one} is out of bounds for input shape {input_shape}. Received: axis={axis}"
            )

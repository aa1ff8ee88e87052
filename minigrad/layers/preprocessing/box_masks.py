"""Random rectangles in images, for layers that cut something out."""

from minigrad import ops


def random_bounds(layer, batch, length, share, seed=None):
    """Start and end of a part of an axis, which is a share of it, for each image."""
    part = share * length
    start = layer._draw((batch,), (0.0, 1.0), seed) * (length - part)
    return start, start + part


def rectangles(layer, images, columns, rows):
    """True inside of rectangles, in a shape that is broadcast to the images."""
    height, width = layer._size(images)
    x, y = ops.arange(width, dtype="float32"), ops.arange(height, dtype="float32")[:, None]
    left, right, top, bottom = (ops.reshape(one, (-1, 1, 1)) for one in (*columns, *rows))
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    return ops.expand_dims(inside, layer._channel_axis())

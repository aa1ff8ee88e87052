"""Arrays as small pictures: blue is negative, white is 0, red is positive."""

import base64
import struct
import zlib

import numpy as np

MOST = 24  # cells along a side
NEGATIVE, ZERO, POSITIVE = (33, 102, 172), (250, 250, 250), (178, 24, 43)
BROKEN = (255, 0, 255)  # NaN and infinity


def cells(array, most=MOST):
    """An array as a table of at most `most` × `most` numbers, for a heat map.

    Of images and filters (four axes, channels last) the first is shown, its channels side by side
    as far as they fit; else more axes than two are laid one below the other. Of a block of numbers
    that share a cell, the one of the greatest magnitude is shown.

    >>> cells(np.arange(6.0).reshape(1, 2, 3)).shape
    (2, 3)
    >>> cells(np.zeros((32, 6, 6, 3))).shape
    (6, 18)
    """
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        array = array.astype("float64")
    array = array.astype("float64")
    if array.ndim == 4 and array.size and min(array.shape[1:3]) > 1:
        count = max(most // array.shape[2], 1)
        array = np.concatenate(list(np.moveaxis(array[0], -1, 0)[:count]), axis=1)
    table = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    if table.shape[0] == 1 and table.shape[1] > 2 * most:  # a long row, in lines
        side = int(np.ceil(np.sqrt(table.shape[1])))
        table = np.resize(table, (-(-table.shape[1] // side), side))
    for axis in (0, 1):
        length = table.shape[axis]
        if length > most:
            edges = np.linspace(0, length, most + 1).astype(int)
            blocks = np.split(table, edges[1:-1], axis)
            table = np.concatenate([_strongest(block, axis) for block in blocks], axis)
    return table


def _strongest(block, axis):
    size = np.abs(block)
    size[~np.isfinite(block)] = np.inf
    index = np.expand_dims(np.argmax(size, axis), axis)
    return np.take_along_axis(block, index, axis)


def colours(table):
    """A table of numbers as RGB bytes, scaled by the greatest magnitude."""
    finite = np.isfinite(table)
    shown = np.where(finite, table, 0.0)
    scale = np.abs(shown).max(initial=0.0) or 1.0
    share = (shown / scale)[..., None]
    ends = np.where(share < 0, np.array(NEGATIVE), np.array(POSITIVE))
    result = np.array(ZERO) + np.abs(share) ** 0.7 * (ends - np.array(ZERO))
    result[~finite] = BROKEN
    return result.astype(np.uint8)


def png(pixels):
    """RGB bytes of shape (height, width, 3) as a PNG file."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def data_uri(array):
    """The heat map of an array as an address that an `<img>` can show."""
    encoded = base64.b64encode(png(colours(cells(array)))).decode("ascii")
    return f"data:image/png;base64,{encoded}"

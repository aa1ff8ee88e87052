"""ContrastLimitedAdaptiveHistogramEqualization: equalization of each region by itself."""

import numpy as np

from minigrad import ops, settings
from minigrad.layers.preprocessing.image_layer import ImageLayer, in_range
from minigrad.ops.counting import occurrences


class ContrastLimitedAdaptiveHistogramEqualization(ImageLayer):
    """Equalizes tiles of an image, and blends neighbouring tiles (Zuiderveld 1994).

    Args:
        value_range: The lowest and the highest value of a pixel.
        clip_limit: How often a value may occur in a tile, as a multiple of the mean; what is more
            is shared out among all values. 0 for no limit.
        tile_grid_size: How many tiles there are, (rows, columns).
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layer = layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))
    >>> layer(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range=(0, 255),
        clip_limit=4.0,
        tile_grid_size=(8, 8),
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_range
        self.clip_limit = clip_limit
        self.tile_grid_size = tile_grid_size

    def transform_images(self, images, transformation=None, training=True):
        images = ops.cast(images, self.compute_dtype)
        first = self.data_format == "channels_first"
        x = ops.transpose(images, (0, 2, 3, 1)) if first else images
        x = in_range(ops.cast(x, "float32"), self.value_range, (0, 255))
        x = in_range(self._equalized(x), (0, 255), self.value_range)
        return ops.cast(ops.transpose(x, (0, 3, 1, 2)) if first else x, images.dtype)

    def _equalized(self, x):
        batch, height, width, channels = x.shape
        rows, columns = self.tile_grid_size
        tall, wide = -(-height // rows), -(-width // columns)
        margins = [(0, 0), (0, tall * rows - height), (0, wide * columns - width), (0, 0)]
        x = ops.clip(ops.pad(x, margins, mode="symmetric"), 0, 255)
        values = ops.cast(x, "int32")
        tables = self._tables(values, tall, wide)
        # Each pixel lies between the centres of four tiles, whose tables are blended.
        (above, down), (left, right) = _between(rows, tall), _between(columns, wide)
        blended = 0.0
        for row, row_weight in ((above, 1 - down), (above + 1, down)):
            for column, weight in ((left, 1 - right), (left + 1, right)):
                row_, column_ = np.clip(row, 1, rows) - 1, np.clip(column, 1, columns) - 1
                tile = row_[:, None] * columns + column_
                tile = np.arange(batch)[:, None, None] * (rows * columns) + tile
                index = (tile[..., None] * channels + np.arange(channels)) * 256
                found = ops.take(tables, values + index.astype("int32"))
                share = (row_weight[:, None] * weight)[None, :, :, None].astype("float32")
                blended = blended + found * share
        return blended[:, :height, :width]

    def _tables(self, values, tall, wide):
        """What each value becomes, for every tile and channel, as one long row."""
        batch, height, width, channels = values.shape
        rows, columns = height // tall, width // wide
        tiles = ops.reshape(values, (batch, rows, tall, columns, wide, channels))
        tiles = ops.transpose(tiles, (0, 1, 3, 5, 2, 4))
        tiles = ops.reshape(tiles, (-1, tall * wide))
        n = tiles.shape[0]
        starts = np.arange(n, dtype="int32")[:, None] * 256
        counts = occurrences(ops.reshape(tiles + starts, (-1,)), n * 256)
        counts = ops.cast(ops.reshape(counts, (n, 256)), settings.floatx())
        if self.clip_limit > 0:
            clipped = ops.minimum(counts, self.clip_limit * tall * wide / 256)
            excess = ops.sum(counts - clipped, axis=-1, keepdims=True)
            counts = clipped + excess / 256
        below = ops.cumsum(counts, axis=-1)
        first = ops.min(below, axis=-1, keepdims=True)
        rest = tall * wide - first
        tables = (below - first) * 255 / ops.where(rest == 0, 1.0, rest)
        return ops.reshape(ops.clip(tables, 0, 255), (-1,))


def _between(tiles, length):
    """For each pixel the tile before it, counted from 1, and how far it is on to the next."""
    place = np.arange(tiles * length) / length + 0.5
    before = np.floor(place)
    return before.astype(int), place - before

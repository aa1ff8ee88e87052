"""ImageLayer: what layers have in common that change images, alone or with what belongs to them."""

from minigrad import ops, random, settings, tree
from minigrad.layers.layer import Layer
from minigrad.random import SeedGenerator
from minigrad.utils.box_formats import changed_format


class ImageLayer(Layer):
    """Changes images; with a dict also "labels", "bounding_boxes" and "segmentation_masks".

    `call` draws a transformation with `get_random_transformation` and hands it to the methods
    `transform_…`, which always get a batch. A subclass defines `transform_images`, and the others
    where they are not left as they are.
    """

    def __init__(self, bounding_box_format=None, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.bounding_box_format = bounding_box_format
        self.data_format = settings.standardize_data_format(data_format)
        self._allow_non_tensor_positional_args = True

    def _use_seed(self, seed):
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def _draw(self, shape, bounds, seed=None):
        """Random numbers between two bounds."""
        seed = self.generator if seed is None else seed
        return random.uniform(shape, bounds[0], bounds[1], seed=seed)

    def _chosen(self, images, bounds, seed=None):
        """For each image whether it is changed, with a probability that is drawn itself."""
        batch = images.shape[0]
        likely = self._draw((batch,), bounds, seed)
        return per_image(self._draw((batch,), (0.0, 1.0), seed) < likely)

    def _size(self, images):
        """Height and width of images."""
        shape = ops.shape(images)
        return shape[1:3] if self.data_format == "channels_last" else shape[2:4]

    def _channel_axis(self):
        return -1 if self.data_format == "channels_last" else -3

    # What is done

    def get_random_transformation(self, data, training=True, seed=None):
        """What is done to a batch, for the methods `transform_…`; None if there is no choice."""
        return None

    def transform_images(self, images, transformation, training=True):
        """The changed images. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} must define `transform_images`.")

    def transform_labels(self, labels, transformation, training=True):
        """The changed labels."""
        return labels

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """The changed boxes, a dict with "boxes" and "labels"."""
        return bounding_boxes

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The changed masks."""
        return segmentation_masks

    def call(self, data, training=True):
        is_dict = isinstance(data, dict)
        images = data["images"] if is_dict else data
        ndim = len(images.shape)
        if ndim not in (3, 4):
            raise ValueError(
                "Expected image tensor to have rank 3 (single image) or 4 (batch of images). "
                f"Received: data.shape={images.shape}"
            )
        parts = dict(data) if is_dict else {"images": data}
        if "bounding_boxes" in parts and not self.bounding_box_format:
            raise ValueError(
                "You passed an input with a 'bounding_boxes' key, but you didn't specify a "
                f"bounding box format. Pass a `bounding_box_format` argument to your "
                f"{type(self).__name__} layer, e.g. `bounding_box_format='xyxy'`. "
                f"Received: bounding_box_format={self.bounding_box_format}"
            )
        parts = tree.map_structure(ops.convert_to_tensor, parts)
        if ndim == 3:
            parts = tree.map_structure(lambda x: ops.expand_dims(x, 0), parts)
        transformation = self.get_random_transformation(parts["images"], training=training)
        for name in ("images", "bounding_boxes", "labels", "segmentation_masks"):
            if name in parts:
                transform = getattr(self, f"transform_{name}")
                parts[name] = transform(parts[name], transformation, training=training)
        if ndim == 3:
            parts = tree.map_structure(lambda x: ops.squeeze(x, 0), parts)
        return parts if is_dict else parts["images"]

    def compute_output_shape(self, input_shape):
        return input_shape

    # Boxes

    def _moved_boxes(self, bounding_boxes, move, source, target):
        """Boxes around the corners of others, which `move(x, y)` moves, cut off at the border.

        `source` and `target` are height and width of the images before and after.
        """
        boxes = ops.cast(bounding_boxes["boxes"], "float32")
        boxes = changed_format(boxes, self.bounding_box_format, "xyxy", *source)
        left, top, right, bottom = (boxes[..., i] for i in range(4))
        moved = [move(x, y) for x in (left, right) for y in (top, bottom)]
        xs, ys = (ops.stack(one, axis=-1) for one in zip(*moved))
        edges = [
            *(ops.clip(edge(xs, axis=-1), 0.0, float(target[1])) for edge in (ops.min, ops.max)),
            *(ops.clip(edge(ys, axis=-1), 0.0, float(target[0])) for edge in (ops.min, ops.max)),
        ]
        boxes = ops.stack([edges[0], edges[2], edges[1], edges[3]], axis=-1)
        boxes = changed_format(boxes, "xyxy", self.bounding_box_format, *target)
        return {**bounding_boxes, "boxes": boxes}


def per_image(values):
    """One value for each image, in a shape that is broadcast to images."""
    return ops.reshape(values, (-1, 1, 1, 1))


def factor_range(name, factor, bounds=(-1.0, 1.0), *, above_lowest=False):
    """A number, or two, as a pair (lower, upper); a number f stands for -f to f, within bounds.

    Raises ValueError for what is neither, or out of bounds.
    """
    low, high = bounds
    values = factor if isinstance(factor, (tuple, list)) else (factor,)
    fits = len(values) == (2 if isinstance(factor, (tuple, list)) else 1) and all(
        isinstance(one, (int, float)) and low <= one <= high and not (above_lowest and one == low)
        for one in values
    )
    if not fits:
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range "
            f"{'(' if above_lowest else '['}{low}, {high}]. Received: {name}={factor}"
        )
    if len(values) == 2:
        return tuple(sorted(values))
    return max(-abs(factor), low), abs(factor)


def checked_range(value_range):
    """`value_range` as a rising list of two numbers."""
    if not isinstance(value_range, (tuple, list)) or len(value_range) != 2:
        raise ValueError(
            "The `value_range` argument should be a list of two numbers. "
            f"Received: value_range={value_range}"
        )
    return sorted(value_range)


def in_range(images, source, target):
    """Values of one range in another."""
    if tuple(source) == tuple(target):
        return images
    share = (images - source[0]) / (source[1] - source[0])
    return share * (target[1] - target[0]) + target[0]

"""AugMix: means of images that were changed in different ways."""

from minigrad import ops, random
from minigrad.layers.preprocessing.augmenters import augmenters
from minigrad.layers.preprocessing.image_layer import ImageLayer, checked_range, factor_range


class AugMix(ImageLayer):
    """A mean of the images and of several chains of random changes (arXiv:1912.02781).

    Args:
        value_range: The lowest and the highest value of a pixel.
        num_chains: How many chains.
        chain_depth: How many changes a chain has at most.
        factor: Bounds of their strength: two within 0 to 1, or one for the greatest.
        alpha: Parameter of the distributions of the shares in the mean.
        all_ops: Whether changes of brightness, colour, contrast and sharpness are among them.
        interpolation: "nearest" or "bilinear".
        seed: Of the choice.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    >>> from minigrad import layers, ops
    >>> layers.AugMix()(ops.ones((2, 8, 8, 3))).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range=(0, 255),
        num_chains=3,
        chain_depth=3,
        factor=0.3,
        alpha=1.0,
        all_ops=True,
        interpolation="bilinear",
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = checked_range(value_range)
        self.num_chains = num_chains
        self.chain_depth = chain_depth
        self.factor = factor_range("factor", factor, (0, 1))
        self.alpha = alpha
        self.all_ops = all_ops
        self.interpolation = interpolation
        self._use_seed(seed)
        shapes, values = augmenters(
            self.factor,
            value_range,
            interpolation,
            seed,
            data_format=data_format,
            dtype=self.dtype_policy,
        )
        self._augmenters = shapes + values if all_ops else shapes

    def build(self, input_shape):
        for layer in self._augmenters:
            layer.build(input_shape)

    def get_random_transformation(self, data, training=True, seed=None):
        if not training:
            return None
        seed = self.generator if seed is None else seed
        shares = random.gamma((self.num_chains,), self.alpha, seed=seed)
        shape = (self.num_chains, self.chain_depth)
        chosen = random.randint(shape, 0, len(self._augmenters) + 1, seed=seed)
        layers = [*self._augmenters, None]  # None: a chain may be shorter
        chains = [
            [
                (layers[i], layers[i].get_random_transformation(data, seed=seed))
                for i in chain
                if layers[i] is not None
            ]
            for chain in chosen.numpy().tolist()
        ]
        return {
            "kept": random.beta((), self.alpha, self.alpha, seed=seed),
            "shares": shares / ops.sum(shares),
            "chains": chains,
        }

    def transform_images(self, images, transformation, training=True):
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        shares = ops.cast(transformation["shares"], images.dtype)
        kept = ops.cast(transformation["kept"], images.dtype)
        mean = ops.zeros_like(images)
        for i, chain in enumerate(transformation["chains"]):
            changed = images
            for layer, drawn in chain:
                changed = layer.transform_images(changed, drawn)
            mean = mean + changed * shares[i]
        return ops.clip(kept * images + (1 - kept) * mean, *self.value_range)

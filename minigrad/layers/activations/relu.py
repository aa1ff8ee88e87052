"""ReLU as a layer."""

from minigrad import activations
from minigrad.layers.layer import Layer


class ReLU(Layer):
    """`max(x, 0)`, with a slope below, a cap above and a threshold if asked for.

    Args:
        max_value: The greatest output, None for no limit.
        negative_slope: Slope below the threshold.
        threshold: Where it begins to rise.

    >>> from minigrad import layers, ops
    >>> layers.ReLU(max_value=2)(ops.array([-1.0, 1.0, 5.0])).numpy()
    array([0., 1., 2.], dtype=float32)
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(
                "max_value of a ReLU layer cannot be a negative value. "
                f"Received: max_value={max_value}"
            )
        if negative_slope is None or negative_slope < 0.0:
            raise ValueError(
                "negative_slope of a ReLU layer cannot be None or a negative value. "
                f"Received: negative_slope={negative_slope}"
            )
        if threshold is None or threshold < 0.0:
            raise ValueError(
                "threshold of a ReLU layer cannot be None or a negative value. "
                f"Received: threshold={threshold}"
            )
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold
        self.supports_masking = True
        self._build_at_init()

    def call(self, inputs):
        return activations.relu(
            inputs,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        )

    def compute_output_shape(self, input_shape):
        return input_shape

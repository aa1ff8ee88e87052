"""RMSNormalization: mean square 1 within each example."""

from minigrad import ops
from minigrad.layers.layer import Layer
from minigrad.layers.normalization.axes import check_axes


class RMSNormalization(Layer):
    """`scale · x / √(mean x² + epsilon)` over the features (Zhang & Sennrich 2019).

    Args:
        axis: The axis, or axes, of the features.
        epsilon: Keeps the division from failing.
    """

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon

    def build(self, input_shape):
        axes = sorted(self.axis) if isinstance(self.axis, (list, tuple)) else [self.axis]
        self.axis = axes
        self.scale = self.add_weight(
            name="scale", shape=tuple(input_shape[axis] for axis in axes), initializer="ones"
        )

    def call(self, inputs):
        return ops.rms_normalization(inputs, scale=self.scale, axis=self.axis, epsilon=self.epsilon)

    def compute_output_shape(self, input_shape):
        check_axes(self.axis, input_shape)
        return input_shape

"""PReLU: a leaky ReLU that learns its slopes."""

from minigrad import activations, constraints, initializers, regularizers
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class PReLU(Layer):
    """`x` where it is positive, else `alpha · x` with learned `alpha` (He et al. 2015).

    Args:
        alpha_initializer: What the slopes start from.
        alpha_regularizer: What is added to the loss for them.
        alpha_constraint: What is done to them after each update.
        shared_axes: Axes, counted from 1, along which all elements share a slope.
    """

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = list(shared_axes) if hasattr(shared_axes, "__len__") else [shared_axes]
        self.shared_axes = shared_axes

    def build(self, input_shape):
        shared = self.shared_axes or []
        self.alpha = self.add_weight(
            shape=[
                1 if axis in shared else length for axis, length in enumerate(input_shape[1:], 1)
            ],
            name="alpha",
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        axes = {
            axis: length
            for axis, length in enumerate(input_shape)
            if shared and axis and axis not in shared
        }
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs):
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

"""GroupNormalization: mean 0 and variance 1 in each group of channels of each example."""

from minigrad import constraints, initializers, ops, regularizers
from minigrad.dtypes import result_type
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.normalization.axes import check_axes


class GroupNormalization(Layer):
    """Normalises groups of channels of each example (Wu & He 2018).

    Args:
        groups: Number of groups, which divides the number of channels; -1 for one per channel.
        axis: The axis of the channels.
        epsilon: Keeps the division from failing.
        center: Whether to add `beta`.
        scale: Whether to multiply by `gamma`.
        beta_initializer, gamma_initializer: What the weights start from.
        beta_regularizer, gamma_regularizer: What is added to the loss for them.
        beta_constraint, gamma_constraint: What is done to them after each update.
    """

    def __init__(
        self,
        groups=32,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        if not isinstance(groups, int) or (groups <= 0 and groups != -1):
            raise ValueError(
                "Received an invalid value for argument `groups`, expected a positive integer (or "
                f"`-1` for instance normalization). Received: groups={groups}"
            )
        super().__init__(**kwargs)
        self.supports_masking = True
        self.autocast = False
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma = self.beta = None

    def build(self, input_shape):
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but the layer "
                f"received an input with shape {input_shape}."
            )
        if self.groups == -1:
            self.groups = channels
        if channels < self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) cannot be more than the number of channels "
                f"({channels})."
            )
        if channels % self.groups:
            raise ValueError(
                f"Number of groups ({self.groups}) must be a multiple of the number of channels "
                f"({channels})."
            )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=(channels,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=(channels,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )

    def call(self, inputs):
        shape = inputs.shape
        axis = self.axis % len(shape)
        per_group = shape[axis] // self.groups
        grouped = (*shape[:axis], self.groups, per_group, *shape[axis + 1 :])
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        x = ops.reshape(x, grouped)
        axes = [one for one in range(1, len(grouped)) if one != axis]
        mean, variance = ops.moments(x, axes=axes, keepdims=True)
        x = ops.reshape((x - mean) * ops.rsqrt(variance + self.epsilon), shape)
        along = [1] * len(shape)
        along[axis] = shape[axis]
        if self.scale:
            x = x * ops.cast(ops.reshape(self.gamma, along), x.dtype)
        if self.center:
            x = x + ops.cast(ops.reshape(self.beta, along), x.dtype)
        return ops.cast(x, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        check_axes(self.axis, input_shape)
        return input_shape

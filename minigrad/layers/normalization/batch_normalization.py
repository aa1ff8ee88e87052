"""BatchNormalization: mean 0 and variance 1 of each feature, over the examples of a batch."""

from minigrad import constraints, initializers, ops, regularizers, settings
from minigrad.dtypes import result_type
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer


class BatchNormalization(Layer):
    """Normalises each feature over the batch (Ioffe & Szegedy 2015).

        y = gamma · (x - mean) / √(variance + epsilon) + beta

    In training, mean and variance are those of the batch, and moving averages of them are kept:
    `moving = momentum · moving + (1 - momentum) · batch`. Otherwise the moving averages are used.
    With `renorm`, the batch's are corrected towards the moving ones in training too (Ioffe 2017).

    Args:
        axis: The axis of the features.
        momentum: Of the moving averages.
        epsilon: Keeps the division from failing.
        center: Whether to add `beta`.
        scale: Whether to multiply by `gamma`.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer:
            What the weights start from.
        beta_regularizer, gamma_regularizer: What is added to the loss for them.
        beta_constraint, gamma_constraint: What is done to them after each update.
        renorm: Whether to correct the batch's statistics in training.
        renorm_clipping: `{"rmax": …, "rmin": …, "dmax": …}`, limits of the corrections.
        renorm_momentum: Of the moving averages used for the corrections.
        synchronized: Only False is possible: there is one device.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if synchronized:
            raise ValueError(
                "Argument synchronized=True is only supported with the TensorFlow backend. "
                f"Received: synchronized={synchronized}"
            )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.renorm_clipping = (
            _checked_clipping(renorm_clipping or {}) if renorm else renorm_clipping
        )
        self.renorm_momentum = renorm_momentum
        self.synchronized = False
        self.gamma = self.beta = None
        self.supports_masking = True

    def build(self, input_shape):
        shape = (input_shape[self.axis],)
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.moving_mean = self._moving("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._moving(
            "moving_variance", shape, self.moving_variance_initializer
        )
        if self.renorm:
            self.moving_stddev = self._moving("moving_stddev", shape, self._initial_stddev)
            self.renorm_mean = self._moving("renorm_mean", shape, self.moving_mean_initializer)
            self.renorm_stddev = self._moving("renorm_stddev", shape, self._initial_stddev)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: input_shape[self.axis]})
        axis = self.axis % len(input_shape)
        self._reduction_axes = tuple(one for one in range(len(input_shape)) if one != axis)

    def _moving(self, name, shape, initializer):
        return self.add_weight(
            name=name, shape=shape, initializer=initializer, trainable=False, autocast=False
        )

    def _initial_stddev(self, shape, dtype=None):
        return ops.sqrt(self.moving_variance_initializer(shape, dtype=dtype))

    def compute_output_shape(self, input_shape):
        if not -len(input_shape) <= self.axis < len(input_shape):
            raise ValueError(
                f"Axis {self.axis} is out of bounds for input shape {input_shape}. "
                f"Received: axis={self.axis}"
            )
        return input_shape

    def call(self, inputs, training=None, mask=None):
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                "The mask provided should be one dimension less than the inputs. Received: "
                f"mask.shape={mask.shape}, inputs.shape={inputs.shape}"
            )
        # The squares of halves soon overflow, so the statistics are float32 at least.
        x = ops.cast(inputs, result_type(inputs.dtype, "float32"))
        gamma = None if self.gamma is None else ops.cast(self.gamma, x.dtype)
        beta = None if self.beta is None else ops.cast(self.beta, x.dtype)
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            self._move(self.moving_mean, mean, self.momentum)
            if self.renorm:
                gamma, beta = self._renormalized(mean, variance, gamma, beta)
            else:
                self._move(self.moving_variance, variance, self.momentum)
        else:
            mean = ops.cast(self.moving_mean, x.dtype)
            variance = ops.cast(self.moving_variance, x.dtype)
        outputs = ops.batch_normalization(
            x, mean, variance, self.axis, offset=beta, scale=gamma, epsilon=self.epsilon
        )
        return ops.cast(outputs, self.compute_dtype)

    @staticmethod
    def _move(average, value, momentum):
        average.assign(ops.cast(average, value.dtype) * momentum + value * (1.0 - momentum))

    def _moments(self, x, mask):
        """Mean and variance of each feature over the examples and timesteps that count."""
        if mask is None:
            return ops.moments(x, axes=self._reduction_axes)
        counts = ops.cast(ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x)), "bool")
        axes = self._reduction_axes
        total = ops.sum(ops.cast(counts, x.dtype), axes, keepdims=True) + settings.epsilon()
        mean = ops.sum(ops.where(counts, x, 0.0), axes, keepdims=True) / total
        distance = ops.where(counts, x - mean, 0.0)
        variance = ops.sum(ops.square(distance), axes, keepdims=True) / total
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)

    def _renormalized(self, mean, variance, gamma, beta):
        """gamma and beta with which normalising by the batch is as by the moving averages.

        (x̂ · r + d) · gamma + beta = x̂ · (r · gamma) + (d · gamma + beta), equation 1 of the paper.
        """
        stddev = ops.sqrt(variance + self.epsilon)
        moving_mean = ops.cast(self.renorm_mean, mean.dtype)
        moving_stddev = ops.maximum(ops.cast(self.renorm_stddev, mean.dtype), self.epsilon**0.5)
        r = stddev / moving_stddev
        d = (mean - moving_mean) / moving_stddev
        limits = self.renorm_clipping
        if limits.get("rmin") is not None:
            r = ops.maximum(r, limits["rmin"])
        if limits.get("rmax") is not None:
            r = ops.minimum(r, limits["rmax"])
        if limits.get("dmax") is not None:
            d = ops.clip(d, -limits["dmax"], limits["dmax"])
        r, d = ops.stop_gradient(r), ops.stop_gradient(d)
        self._move(self.renorm_mean, mean, self.renorm_momentum)
        self._move(self.renorm_stddev, stddev, self.renorm_momentum)
        # What is averaged here is the standard deviation, as in the paper.
        self._move(self.moving_stddev, stddev, self.momentum)
        self.moving_variance.assign(ops.relu(ops.square(self.moving_stddev) - self.epsilon))
        if gamma is None:
            return r, d if beta is None else d + beta
        return r * gamma, d * gamma if beta is None else d * gamma + beta


def _checked_clipping(clipping):
    known = ["rmax", "rmin", "dmax"]
    if set(clipping) - set(known):
        raise ValueError(
            "Received invalid keys for `renorm_clipping` argument: "
            f"{clipping}. Supported values: {known}."
        )
    rmax, rmin, dmax = (clipping.get(name) for name in known)
    if rmax is not None and rmin is not None and rmax < rmin:
        raise ValueError(
            "rmax should be greater than rmin in the `renorm_clipping` argument. "
            f"Received: rmax={rmax}, rmin={rmin}."
        )
    if dmax is not None and dmax < 0:
        raise ValueError(
            f"dmax should be non-negative in the `renorm_clipping` argument. Received: dmax={dmax}."
        )
    return clipping

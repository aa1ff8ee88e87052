"""SpectralNormalization: a layer whose kernel has spectral norm 1."""

from minigrad import initializers, ops
from minigrad.layers.core.wrapper import Wrapper
from minigrad.layers.input_spec import InputSpec


class SpectralNormalization(Wrapper):
    """Divides the kernel of the layer inside by its greatest singular value, before each call in
    training (Miyato et al. 2018). The value is found by power iteration.

    Args:
        layer: A layer with a `kernel` or `embeddings`.
        power_iterations: Steps of the iteration in each call.
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(
                "`power_iterations` should be greater than zero. Received: "
                f"`power_iterations={power_iterations}`"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape):
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        for name in ("kernel", "embeddings"):
            if hasattr(self.layer, name):
                self.kernel = getattr(self.layer, name)
                break
        else:
            raise ValueError(
                f"{type(self.layer).__name__} object has no attribute 'kernel' nor 'embeddings'"
            )
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            dtype=self.kernel.dtype,
        )

    def call(self, inputs, training=False):
        if training:
            u, kernel = self.normalized_weights()
            self.vector_u.assign(u)
            self.kernel.assign(kernel)
        return ops.cast(self.layer(inputs), inputs.dtype)

    def normalized_weights(self):
        """The next vector u, and the kernel divided by the estimate of its spectral norm."""
        kernel = self.kernel.value
        matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
        u = self.vector_u.value
        for _ in range(self.power_iterations):
            v = _unit(ops.matmul(u, ops.transpose(matrix)))
            u = _unit(ops.matmul(v, matrix))
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        sigma = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))
        # A kernel of zeros has no direction: it stays, and so does u.
        empty = ops.all(ops.equal(kernel, 0))
        safe = ops.where(ops.equal(sigma, 0), 1, sigma)
        divided = ops.reshape(kernel / safe, kernel.shape)
        return (
            ops.where(empty, self.vector_u.value, ops.cast(u, self.vector_u.dtype)),
            ops.where(empty, kernel, ops.cast(divided, kernel.dtype)),
        )

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)


def _unit(x):
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x)), 1e-12))

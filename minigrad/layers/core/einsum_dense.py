"""EinsumDense: a dense layer over any axes, as an einsum."""

import re

from minigrad import activations, constraints, initializers, ops, regularizers
from minigrad.initializers import VarianceScaling
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer
from minigrad.layers.low_rank import LowRank, adaptable


class EinsumDense(LowRank, Layer):
    """`activation(einsum(equation, inputs, kernel) + bias)`.

    Args:
        equation: "ab,bc->ac"; "..." may stand for the first or the last axes of inputs and output,
            and an axis of the kernel must be one of the inputs or of the output.
        output_shape: Lengths of the output's axes but the first and those of "...", None where
            the axis is one of the inputs; an int for one.
        activation: A function or its name; None for none.
        bias_axes: The axes of the output along which the biases differ, as "c"; None for no bias.
        kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
            kernel_constraint, bias_constraint: As for `Dense`.
        lora_rank, lora_alpha: Of `enable_lora`, which `build` calls then; None for not.
        gptq_unpacked_column_size, quantization_config: Only None is possible: left out.

    >>> from minigrad import layers, ops
    >>> layer = layers.EinsumDense("...x,xy->...y", output_shape=4, bias_axes="y")
    >>> layer(ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    _not_in_config = (
        "lora_rank",
        "lora_alpha",
        "gptq_unpacked_column_size",
        "quantization_config",
    )

    kernel = adaptable("kernel")

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if quantization_config is not None:
            raise ValueError(
                "EinsumDense: quantization is left out of minigrad. "
                f"Received: quantization_config={quantization_config}"
            )
        self._note_lora(lora_rank, lora_alpha)
        self.equation = equation
        self._output_shape = (
            (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        )
        self.activation = activations.get(activation)
        self.bias_axes = bias_axes
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.bias = None

    @property
    def partial_output_shape(self):
        """`output_shape` as it was given, as a tuple."""
        return self._output_shape

    def build(self, input_shape):
        axes = _Axes(self.equation, input_shape, self._output_shape)
        initializer = self.kernel_initializer
        if isinstance(initializer, VarianceScaling) and None in (
            initializer.input_axes,
            initializer.output_axes,
        ):
            initializer = type(initializer).from_config(
                {
                    **initializer.get_config(),
                    "seed": initializer.seed,
                    "input_axes": axes.inputs_of_kernel,
                    "output_axes": axes.outputs_of_kernel,
                }
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=axes.kernel_shape,
            initializer=initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.bias_axes is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=axes.bias_shape(self.bias_axes),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self._maybe_enable_lora()
        self.input_spec = InputSpec(ndim=len(input_shape))

    def call(self, inputs, training=None):
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape):
        return _Axes(self.equation, input_shape, self._output_shape).output_shape


class _Axes:
    """What an equation says about the shapes, for inputs of a shape.

    Attributes:
        output_shape, kernel_shape: Tuples.
        inputs_of_kernel, outputs_of_kernel: Axes of the kernel that are summed over, and that are
            the output's.
    """

    def __init__(self, equation, input_shape, output_shape):
        inputs, kernel, outputs, first, last = _parsed(equation)
        n = len(input_shape) - len(inputs)
        hidden = [f"...{i}" for i in range(n)]  # names for the axes that "..." stands for
        inputs = [*hidden, *inputs] if first else [*inputs, *hidden]
        self.outputs = [*hidden, *outputs] if first else [*outputs, *hidden]
        known = dict(zip(inputs, input_shape))
        front = input_shape[: max(n, 1)] if first else input_shape[:1]
        given = (*front, *output_shape, *(input_shape[-n:] if last and n else ()))
        if len(given) < len(self.outputs):
            raise ValueError(
                f"EinsumDense: the equation '{equation}' gives an output of "
                f"{len(self.outputs)} axes, but the inputs and `output_shape` have lengths for "
                f"{len(given)} only. Received: output_shape={output_shape}, "
                f"input_shape={input_shape}"
            )
        lengths = dict(zip(self.outputs, given))
        for name in outputs:
            if name in known and lengths[name] not in (None, known[name]):
                raise ValueError(
                    f"Input shape and output shape do not match at shared dimension '{name}'. "
                    f"Input shape is {known[name]}, and output shape is {lengths[name]}. "
                    f"Received: equation='{equation}', output_shape={output_shape}"
                )
            if name not in known and name not in kernel:
                raise ValueError(
                    f"Dimension '{name}' was specified in the output '{''.join(outputs)}' but has "
                    f"no corresponding dim in the inputs or the kernel. Received: '{equation}'"
                )
        for name in kernel:
            if name not in known and name not in lengths:
                raise ValueError(
                    f"Weight dimension '{name}' did not have a match in either the input or the "
                    f"output. For this layer, the weight must be fully specified. "
                    f"Received: '{equation}'"
                )
        self.lengths = {
            name: known.get(name) if length is None else length for name, length in lengths.items()
        }
        self.output_shape = tuple(self.lengths[name] for name in self.outputs)
        self.kernel_shape = tuple(
            self.lengths[name] if name in lengths else known[name] for name in kernel
        )
        self.outputs_of_kernel = [i for i, name in enumerate(kernel) if name in lengths]
        self.inputs_of_kernel = [i for i, name in enumerate(kernel) if name not in lengths]

    def bias_shape(self, names):
        """The shape of the biases, which differ along these axes."""
        for name in names:
            if name not in self.outputs:
                raise ValueError(
                    f"Bias dimension '{name}' was requested, but is not part of the output. "
                    f"Received: bias_axes='{names}'"
                )
        start = min(self.outputs.index(name) for name in names)
        return tuple(self.lengths[name] if name in names else 1 for name in self.outputs[start:])


def _parsed(equation):
    """The axes of inputs, kernel and output, and whether "..." comes first or last."""
    found = re.fullmatch(
        r"(\.{3})?([a-zA-Z]+)(\.{3})?,([a-zA-Z]+)->(\.{3})?([a-zA-Z]+)(\.{3})?", equation
    )
    if found:
        first, inputs, last, kernel, also_first, outputs, also_last = found.groups()
        if (first, last) == (also_first, also_last) and not (first and last):
            return inputs, kernel, outputs, bool(first), bool(last)
    raise ValueError(
        f"Invalid einsum equation '{equation}'. Equations must be in the form [X],[Y]->[Z], "
        "...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
    )

"""STFTSpectrogram: signals as the strengths of their frequencies over time."""

import math
import warnings

from minigrad import initializers, ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.initializers.windows import get_window
from minigrad.layers.input_spec import InputSpec
from minigrad.layers.layer import Layer

_MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


class STFTSpectrogram(Layer):
    """Short-time Fourier transforms, computed as a convolution whose weights can be learned.

    Args:
        mode: "log", "magnitude", "psd" (power density), "real", "imag", "angle", or "stft" for
            both parts.
        frame_length: Length of a piece.
        frame_step: From the start of a piece to that of the next; half its length if None.
        fft_length: Length of the transforms; the next power of two if None.
        window: Its name, such as "hann"; None for none.
        periodic: Whether the window is that of a periodic signal.
        scaling: "density", "spectrum", or None.
        padding: "valid" or "same".
        expand_dims: Whether channels and frequencies are two axes, not one.
        data_format: "channels_last" or "channels_first"; `config.image_data_format()` if None.

    Input of shape `(batch, time, channels)`.

    >>> from minigrad import layers, ops
    >>> layers.STFTSpectrogram(frame_length=16)(ops.ones((2, 64, 1))).shape
    (2, 7, 9)
    """

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if frame_step is not None and not 1 <= frame_step <= frame_length:
            raise ValueError(
                "`frame_step` should be a positive integer not greater than `frame_length`. "
                f"Received: frame_step={frame_step}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length < frame_length:
            raise ValueError(
                "`fft_length` should be not less than `frame_length`. "
                f"Received: fft_length={fft_length}, frame_length={frame_length}"
            )
        if fft_length is not None and fft_length & (fft_length - 1):
            warnings.warn(
                "`fft_length` is recommended to be a power of two. "
                f"Received: fft_length={fft_length}",
                stacklevel=2,
            )
        for name, value, known in (
            ("mode", mode, _MODES),
            ("scaling", scaling, (None, "density", "spectrum")),
            ("padding", padding, ("valid", "same")),
        ):
            if value not in known:
                raise ValueError(
                    f"STFTSpectrogram: `{name}` must be one of {known}. Received: {name}={value}"
                )
        if isinstance(window, str):
            get_window(window, 1)  # raises if there is no such window
        self.mode = mode
        self.frame_length = frame_length
        self.frame_step = frame_step
        self.fft_length = fft_length
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expand_dims = expand_dims
        self.data_format = settings.standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)

    def _frequencies(self):
        length = self.fft_length or 2 ** math.ceil(math.log2(self.frame_length))
        return length // 2 + 1

    def build(self, input_shape):
        shape = (self.frame_length, 1, self._frequencies())
        for side, other in (("real", "imag"), ("imag", "real")):
            if self.mode != other:
                kernel = self.add_weight(
                    name=f"{side}_kernel",
                    shape=shape,
                    initializer=initializers.STFT(side, self.window, self.scaling, self.periodic),
                )
                setattr(self, f"{side}_kernel", kernel)

    def call(self, inputs):
        real = None if self.mode == "imag" else self._transformed(inputs, self.real_kernel)
        imaginary = None if self.mode == "real" else self._transformed(inputs, self.imag_kernel)
        if self.mode in ("real", "imag"):
            return self._arranged(imaginary if real is None else real)
        if self.mode == "angle":
            return self._arranged(ops.arctan2(imaginary, real))
        if self.mode == "stft":
            return self._arranged(ops.concatenate([real, imaginary], axis=2))
        power = real * real + imaginary * imaginary
        if self.mode == "psd":  # the frequencies in between stand for the negative ones too
            inner = ops.pad(power[:, :, 1:-1], [(0, 0), (0, 0), (1, 1), (0, 0)])
            return self._arranged(power + inner)
        magnitude = self._arranged(ops.sqrt(ops.maximum(power, settings.epsilon())))
        if self.mode == "magnitude":
            return magnitude
        return ops.log(ops.maximum(magnitude, settings.epsilon()))

    def _transformed(self, inputs, kernel):
        """(batch, channels, frequencies, time)"""
        if self.data_format == "channels_last":
            inputs = ops.transpose(inputs, (0, 2, 1))
        _, channels, time = inputs.shape
        outputs = ops.conv(
            ops.reshape(inputs, (-1, time, 1)),
            kernel,
            strides=self.frame_step or self.frame_length // 2,
            padding=self.padding,
            data_format="channels_last",
        )
        _, time, frequencies = outputs.shape
        outputs = ops.transpose(outputs, (0, 2, 1))
        return ops.reshape(outputs, (-1, channels, frequencies, time))

    def _arranged(self, outputs):
        last = self.data_format == "channels_last"
        if self.expand_dims:
            return ops.transpose(outputs, (0, 3, 2, 1) if last else (0, 1, 3, 2))
        _, channels, frequencies, time = outputs.shape
        outputs = ops.reshape(outputs, (-1, channels * frequencies, time))
        return ops.transpose(outputs, (0, 2, 1)) if last else outputs

    def compute_output_shape(self, input_shape):
        last = self.data_format == "channels_last"
        batch, time, channels = input_shape if last else (input_shape[0], *input_shape[:0:-1])
        step = self.frame_step or self.frame_length // 2
        kernel = KerasTensor((self.frame_length, 1, 1), "float32")
        signal = KerasTensor((batch, time, 1), "float32")
        time = ops.conv(
            signal, kernel, strides=step, padding=self.padding, data_format="channels_last"
        ).shape[1]
        frequencies = self._frequencies() * (2 if self.mode == "stft" else 1)
        if self.expand_dims:
            return (
                (batch, time, frequencies, channels)
                if last
                else (batch, channels, time, frequencies)
            )
        both = channels * frequencies
        return (batch, time, both) if last else (batch, both, time)

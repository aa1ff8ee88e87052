"""MelSpectrogram: sound as the strengths of its pitches over time."""

import numpy as np

from minigrad import ops
from minigrad.layers.layer import Layer


class MelSpectrogram(Layer):
    """Spectrograms on the mel scale, in which equal steps sound equally far apart.

    Args:
        fft_length: Length of the Fourier transforms.
        sequence_stride: From the start of a piece to that of the next.
        sequence_length: Length of a piece; `fft_length` if None.
        window: See `ops.stft`.
        sampling_rate: Samples in a second.
        num_mel_bins: Number of pitches.
        min_freq, max_freq: The lowest and highest frequency; half the sampling rate if None.
        power_to_db: Whether strengths are in decibels.
        top_db: How far below the strongest they are at most, in decibels.
        mag_exp: 1 for amplitudes, 2 for powers.
        min_power, ref_power: The least power that is told apart, and that of 0 decibels.

    Input of shape `(batch, samples)` or `(samples,)`, output of shape `(…, num_mel_bins, time)`.

    >>> from minigrad import layers, ops
    >>> layers.MelSpectrogram(num_mel_bins=40)(ops.ones((2, 16000))).shape
    (2, 40, 32)
    """

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.fft_length = fft_length
        self.sequence_stride = sequence_stride
        self.sequence_length = sequence_length or fft_length
        if self.fft_length < self.sequence_length:
            raise ValueError(
                "`fft_length` must be greater than or equal to `sequence_length`. Received: "
                f"sequence_length={self.sequence_length}, fft_length={fft_length}"
            )
        self.window = window
        self.sampling_rate = sampling_rate
        self.num_mel_bins = num_mel_bins
        self.min_freq = min_freq
        self.max_freq = max_freq or int(sampling_rate / 2)
        self.power_to_db = power_to_db
        self.top_db = top_db
        self.mag_exp = mag_exp
        self.min_power = min_power
        self.ref_power = ref_power
        self._allow_non_tensor_positional_args = True
        self._build_at_init()

    def call(self, inputs):
        wide = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        real, imaginary = ops.stft(
            ops.convert_to_tensor(inputs, wide),
            self.sequence_length,
            self.sequence_stride,
            self.fft_length,
            window=self.window,
        )
        strength = ops.sqrt(real * real + imaginary * imaginary) ** self.mag_exp
        outputs = ops.matmul(strength, self._filters(strength.shape[-1], wide))
        if self.power_to_db:
            outputs = self._decibels(outputs)
        return ops.cast(ops.swapaxes(outputs, -1, -2), self.compute_dtype)

    def _decibels(self, x):
        reference = max(abs(self.ref_power), self.min_power)
        x = 10 * ops.log10(ops.maximum(x, self.min_power)) - 10 * float(np.log10(reference))
        return ops.maximum(x, ops.max(x) - self.top_db)

    def _filters(self, frequencies, dtype):
        """(frequencies, pitches): triangles of the mel scale, each from peak to peak of others."""
        hertz = np.linspace(0.0, self.sampling_rate / 2, frequencies)[:, None]
        edges = np.linspace(_mel(self.min_freq), _mel(self.max_freq), self.num_mel_bins + 2)
        low, centre, high = edges[:-2], edges[1:-1], edges[2:]
        rise, fall = (_mel(hertz) - low) / (centre - low), (high - _mel(hertz)) / (high - centre)
        weights = np.maximum(0.0, np.minimum(rise, fall))
        weights[0] = 0.0
        return ops.convert_to_tensor(weights, dtype)

    def compute_output_shape(self, input_shape):
        *batch, samples = input_shape
        stride = self.sequence_stride
        time = None if samples is None else (samples + stride + 1) // stride
        return (*batch, self.num_mel_bins, time)


def _mel(hertz):
    return 1127.0 * np.log(1.0 + hertz / 700.0)

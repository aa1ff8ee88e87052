"""A Fourier transform as the weights of a convolution."""

from math import pi

import numpy as np

from minigrad import ops
from minigrad.dtypes import standardize_dtype
from minigrad.initializers.initializer import Initializer
from minigrad.initializers.windows import get_window


class STFT(Initializer):
    """Cosines or sines of the frequencies of a discrete Fourier transform, under a window.

    The shape is `(frame_length, 1, frequencies)`: a convolution with these weights is one part,
    real or imaginary, of a short-time Fourier transform of length `2 (frequencies - 1)`.

    Args:
        side: "real" or "imag".
        window: A name such as "hann" or "hamming", an array of `frame_length`, or None.
        scaling: "density": the weights are divided by √Σw², "spectrum": by Σ|w|, None: by nothing.
        periodic: Whether a window given by name repeats without a seam.

    Raises ValueError for another side, window or scaling.
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        if side not in ("real", "imag"):
            raise ValueError(f"side should be 'real' or 'imag', not {side}. Received: side={side}")
        if isinstance(window, str):
            get_window(window, 1)
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                "Scaling is invalid, it must be `None`, 'density' or 'spectrum'. "
                f"Received: scaling={scaling}"
            )
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape, dtype=None):
        frame_length, _, frequencies = shape
        time = np.arange(frame_length).reshape(-1, 1, 1)
        frequency = np.arange(frequencies) / (2 * (frequencies - 1))
        angle = -2 * pi * time * frequency
        values = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            values = values * self._scaled_window(frame_length)
        return ops.convert_to_tensor(values, dtype=standardize_dtype(dtype))

    def _scaled_window(self, frame_length):
        window = self.window
        if isinstance(window, str):
            window = get_window(window, frame_length, self.periodic)
        window = np.asarray(window, "float64")
        if window.shape != (frame_length,):
            raise ValueError(
                "The shape of `window` must be equal to [frame_length]. "
                f"Received: window shape={window.shape}, frame_length={frame_length}"
            )
        if self.scaling == "density":
            window = window / np.sqrt(np.sum(window**2))
        elif self.scaling == "spectrum":
            window = window / np.sum(np.abs(window))
        return window.reshape(-1, 1, 1)

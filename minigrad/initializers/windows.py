"""Windows of signal processing, by the names that `scipy.signal.get_window` has for them.

Source: Harris 1978, "On the use of windows for harmonic analysis with the discrete Fourier
transform".
"""

from math import pi

import numpy as np


def _cosines(*coefficients):
    """The window a0 - a1 cos(t) + a2 cos(2t) - …, where t runs from 0 to 2π."""

    def window(size):
        t = 2 * pi * np.arange(size) / (size - 1)
        return sum((-1) ** k * a * np.cos(k * t) for k, a in enumerate(coefficients))

    return window


def _position(size):
    """From -1 at the first sample to 1 at the last."""
    return 2 * np.arange(size) / (size - 1) - 1


def _triang(size):
    distance = np.abs(2 * np.arange(size) - (size - 1))
    return 1 - distance / (size if size % 2 == 0 else size + 1)


def _bohman(size):
    x = np.abs(_position(size))
    return (1 - x) * np.cos(pi * x) + np.sin(pi * x) / pi


def _barthann(size):
    x = np.abs(_position(size)) / 2
    return 0.62 - 0.48 * x + 0.38 * np.cos(2 * pi * x)


def _parzen(size):
    x = np.abs(2 * np.arange(size) - (size - 1)) / size
    return np.where(x <= (size - 1) / 2 / size, 1 - 6 * x**2 * (1 - x), 2 * (1 - x) ** 3)


def _tukey(size, tapered=0.5):
    x = np.abs(_position(size))
    inside = 1 - tapered
    return np.where(x <= inside, 1.0, 0.5 * (1 + np.cos(pi * (x - inside) / tapered)))


WINDOWS = {
    "boxcar": np.ones,
    "triang": _triang,
    "bartlett": lambda size: 1 - np.abs(_position(size)),
    "hann": _cosines(0.5, 0.5),
    "hamming": _cosines(0.54, 0.46),
    "blackman": _cosines(0.42, 0.5, 0.08),
    "nuttall": _cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": _cosines(0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": _cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
    "cosine": lambda size: np.sin(pi * (np.arange(size) + 0.5) / size),
    "lanczos": lambda size: np.sinc(_position(size)),
    "bohman": _bohman,
    "barthann": _barthann,
    "parzen": _parzen,
    "tukey": _tukey,
}


def get_window(name, size, periodic=True):
    """A window of `size` samples as a float64 array; a periodic one repeats without a seam.

    Raises ValueError for a name that is not in WINDOWS.

    >>> get_window("hann", 4).round(3)
    array([0. , 0.5, 1. , 0.5])
    """
    if name not in WINDOWS:
        raise ValueError(
            f"Unknown window: {name!r}. Expected one of {sorted(WINDOWS)}, or pass the values as "
            f"an array. Received: window={name!r}"
        )
    if size == 1:
        return np.ones(1)
    return WINDOWS[name](size + 1)[:-1] if periodic else WINDOWS[name](size)

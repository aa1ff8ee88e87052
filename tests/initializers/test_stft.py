"""Windows, and the Fourier transform as weights of a convolution."""

import numpy as np
import pytest

from minigrad.initializers import STFT
from minigrad.initializers.windows import WINDOWS, get_window

# What NumPy has under its own names, and formulas for the rest, at n = 0 … 8 of 9 samples.
X = np.arange(9) / 4 - 1
BY_NUMPY = {
    "boxcar": np.ones(9),
    "bartlett": np.bartlett(9),
    "hann": np.hanning(9),
    "hamming": np.hamming(9),
    "blackman": np.blackman(9),
    "triang": np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]) / 5,
    "cosine": np.cos(np.pi * (np.arange(9) - 4) / 9),
    "lanczos": np.sinc(X),
    "tukey": np.where(np.abs(X) <= 0.5, 1.0, 0.5 * (1 - np.cos(2 * np.pi * (1 - np.abs(X))))),
}


@pytest.mark.parametrize("name", BY_NUMPY)
def test_symmetric_windows(name):
    np.testing.assert_allclose(get_window(name, 9, periodic=False), BY_NUMPY[name], atol=1e-12)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("size", [8, 9])
def test_windows_are_symmetric_and_highest_in_the_middle(name, size):
    window = get_window(name, size, periodic=False)
    np.testing.assert_allclose(window, window[::-1], atol=1e-12)
    assert window.max() == pytest.approx(window[size // 2]) and window.max() <= 1 + 1e-6


@pytest.mark.parametrize("name", WINDOWS)
def test_a_periodic_window_is_a_longer_one_without_its_end(name):
    longer = get_window(name, 9, periodic=False)
    np.testing.assert_array_equal(get_window(name, 8), longer[:-1])


def test_a_window_of_one_sample_is_1():
    assert get_window("hann", 1).tolist() == [1.0]


def test_both_sides_are_a_discrete_fourier_transform():
    signal = np.random.default_rng(0).normal(size=16)
    window = np.hamming(17)[:-1]
    expected = np.fft.rfft(signal * window)
    for side, part in (("real", expected.real), ("imag", expected.imag)):
        weights = STFT(side, "hamming", scaling=None, periodic=True)((16, 1, 9), "float64").numpy()
        np.testing.assert_allclose(np.einsum("t,tcf->f", signal, weights), part, atol=1e-12)


@pytest.mark.parametrize(
    ("scaling", "divisor"), [(None, 1.0), ("density", np.sqrt(30.0)), ("spectrum", 10.0)]
)
def test_scaling(scaling, divisor):
    weights = STFT("real", [1.0, 2.0, 3.0, 4.0], scaling)((4, 1, 3), "float64").numpy()
    np.testing.assert_allclose(weights[:, 0, 0] * divisor, [1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"side": "imaginary"}, "side should be 'real' or 'imag'.*side=imaginary"),
        ({"scaling": "l2"}, "Scaling is invalid.*scaling=l2"),
        ({"window": "round"}, "Unknown window.*window='round'"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        STFT(**arguments)


def test_a_window_of_another_length_is_an_error():
    with pytest.raises(ValueError, match=r"frame_length.*window shape=\(3,\)"):
        STFT(window=[1.0, 2.0, 3.0])((4, 1, 3))

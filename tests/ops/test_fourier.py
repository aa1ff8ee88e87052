"""Fourier transforms against sums of exponentials, and what stft and istft undo."""

import numpy as np
import pytest

from minigrad import KerasTensor, Tensor, ops

RNG = np.random.default_rng(0)
RE, IM = RNG.normal(size=(2, 2, 4, 6))
X = RE + 1j * IM


def matrix(n, sign=-1):
    """e^{±2πi jk/n}: the transform as a matrix."""
    k = np.arange(n)
    return np.exp(sign * 2j * np.pi * np.outer(k, k) / n)


def together(pair):
    return pair[0].numpy() + 1j * pair[1].numpy()


def test_fft_is_a_sum_of_exponentials():
    assert np.allclose(together(ops.fft((RE, IM))), X @ matrix(6))
    assert np.allclose(together(ops.fft2((RE, IM))), matrix(4) @ X @ matrix(6))
    assert np.allclose(together(ops.ifft2((RE, IM))), matrix(4, 1) @ X @ matrix(6, 1) / 24)


def test_ifft2_undoes_fft2():
    assert np.allclose(together(ops.ifft2(ops.fft2((RE, IM)))), X)


@pytest.mark.parametrize("length", [None, 1, 4, 5, 6, 9, 12])
def test_rfft_is_the_first_half_of_the_transform_and_irfft_undoes_it(length):
    n = length or 6
    full = np.zeros((2, 4, n))
    full[..., : min(n, 6)] = RE[..., :n]
    found = ops.rfft(RE, length)
    assert np.allclose(together(found), (full @ matrix(n))[..., : n // 2 + 1])
    assert np.allclose(ops.irfft(found, n), full)


def test_irfft_cuts_or_fills_up_frequencies():
    assert np.allclose(ops.irfft((RE, IM)), np.fft.irfft(X))
    for length in (4, 7, 11, 14):
        assert np.allclose(ops.irfft((RE, IM), length), np.fft.irfft(X, length))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int32"])
def test_transforms_keep_floating_dtypes(dtype):
    re, im = ops.rfft(ops.cast(RE * 3, dtype))
    expected = "float32" if dtype == "int32" else dtype
    assert (re.dtype, im.dtype) == (expected, expected)
    if dtype != "int32":
        assert ops.irfft((re, im)).dtype == dtype
        assert ops.fft((re, im))[1].dtype == dtype


def test_inputs_are_not_changed_and_may_be_transposed():
    re = np.asfortranarray(RE)
    before = re.copy()
    assert np.allclose(together(ops.fft((re.T, IM.T))), X.T @ matrix(2))
    assert np.array_equal(re, before)


def test_extract_sequences_gives_all_whole_pieces():
    x = np.arange(20).reshape(2, 10)
    for length, step in [(3, 1), (3, 3), (4, 2), (10, 1), (2, 7), (1, 1)]:
        found = ops.extract_sequences(x, length, step)
        expected = [x[:, i : i + length] for i in range(0, 10 - length + 1, step)]
        assert np.array_equal(found, np.stack(expected, 1)) and found.dtype == "int64"


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(("length", "step", "total"), [(8, 2, 8), (8, 4, 11), (5, 2, 8)])
def test_stft_transforms_weighted_pieces(length, step, total, center):
    x = RNG.normal(size=40)
    signal = np.pad(x, total // 2, mode="reflect") if center else x
    weights = np.zeros(total)
    weights[(total - length) // 2 :][:length] = hann(length)
    count = 1 + (len(signal) - total) // step
    expected = [np.fft.rfft(signal[k * step :][:total] * weights) for k in range(count)]
    assert np.allclose(together(ops.stft(x, length, step, total, center=center)), expected)


@pytest.mark.parametrize("window", ["hann", "hamming", np.linspace(0.5, 1.0, 8)], ids=str)
def test_istft_undoes_stft(window):
    x = RNG.normal(size=(3, 48))
    found = ops.istft(ops.stft(x, 8, 2, 8, window), 8, 2, 8, window=window)
    assert found.shape == (3, 48) and np.allclose(found, x)
    shorter = ops.istft(ops.stft(x, 8, 2, 8, window), 8, 2, 8, length=30, window=window)
    assert np.allclose(shorter, x[:, :30])


def test_without_a_window_overlapping_pieces_are_added():
    x = RNG.normal(size=48)
    found = ops.istft(ops.stft(x, 8, 2, 8, window=None), 8, 2, 8, window=None)
    assert np.allclose(found, 4 * x)


PAIR = (np.ones((3, 5)), np.ones((3, 5)))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ops.fft(np.ones(3)), ValueError, "tuple of two tensors"),
        (lambda: ops.fft((PAIR[0], PAIR[1][:2])), ValueError, "same shape"),
        (lambda: ops.fft((1.0, 1.0)), ValueError, "rank >= 1"),
        (lambda: ops.fft2((np.ones(3), np.ones(3))), ValueError, "rank >= 2"),
        (lambda: ops.irfft((np.ones(3, "int32"), np.ones(3))), ValueError, "not of type float"),
        (lambda: ops.rfft(1.0), ValueError, "rank >= 1"),
        (lambda: ops.fft((KerasTensor((None,)),) * 2), ValueError, "last dimension fully-defined"),
        (lambda: ops.fft2((KerasTensor((2, None)),) * 2), ValueError, "axes fully-defined"),
        (lambda: ops.extract_sequences(np.ones(3), 4, 1), ValueError, "no longer than"),
        (lambda: ops.extract_sequences(1.0, 4, 1), ValueError, "rank >= 1"),
        (lambda: ops.stft(np.ones(9), 4, 0, 4), ValueError, "positive integer"),
        (lambda: ops.stft(np.ones(9), 4, 1, 3), ValueError, "must equal or larger"),
        (lambda: ops.stft(np.ones(9, "int32"), 4, 1, 4), TypeError, "float32` or `float64"),
        (lambda: ops.stft(np.ones(9), 4, 1, 4, "hat"), ValueError, "If a string is passed"),
        (lambda: ops.stft(np.ones(9), 4, 1, 4, np.ones(3)), ValueError, "shape of `window` must"),
        (lambda: ops.istft(PAIR, 8, 1.5, 8), ValueError, "positive integer"),
        (lambda: ops.istft((PAIR[0][0], PAIR[1][0]), 8, 2, 8), ValueError, "rank >= 2"),
        (lambda: ops.view_as_complex(np.ones((2, 3))), ValueError, "must be size 2"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_shapes_with_unknown_lengths():
    x, n = KerasTensor((None, 10)), KerasTensor((2, None))
    assert [one.shape for one in ops.fft((x, x))] == [(None, 10)] * 2
    assert [one.shape for one in ops.rfft(n)] == [(2, None)] * 2
    assert [one.shape for one in ops.rfft(n, 7)] == [(2, 4)] * 2
    assert ops.irfft((n, n)).shape == (2, None) and ops.irfft((n, n), 7).shape == (2, 7)
    assert ops.irfft((x, x)).shape == (None, 18)
    assert ops.extract_sequences(n, 4, 2).shape == (2, None, 4)
    assert ops.extract_sequences(x, 4, 2).shape == (None, 4, 4)
    assert [one.shape for one in ops.stft(x, 4, 2, 6)] == [(None, 6, 4)] * 2
    assert [one.shape for one in ops.stft(n, 4, 2, 6)] == [(2, None, 4)] * 2
    spectrum = KerasTensor((None, 5, 4))
    assert ops.istft((spectrum, spectrum), 4, 2, 6).shape == (None, 8)
    unknown = KerasTensor((2, None, 4))
    assert ops.istft((unknown, unknown), 4, 2, 6, length=9).shape == (2, 9)


def test_pairs_along_the_last_axis_become_complex_and_back():
    x = np.stack([RE, IM], -1)
    found = ops.view_as_complex(x)
    assert found.dtype == "complex64" and np.allclose(found, X)
    assert np.allclose(ops.view_as_real(found), x)
    assert np.array_equal(ops.view_as_real([1.0, 2.0]), [[1, 0], [2, 0]])
    assert not ops.view_as_complex(Tensor(x, "float32", requires_grad=True)).requires_grad
    assert ops.view_as_complex(KerasTensor((None, 2))).dtype == "complex64"
    assert ops.view_as_real(KerasTensor((None,), "complex64")).shape == (None, 2)

"""Gradient cases of Fourier transforms and of signals cut into pieces."""

import numpy as np

from minigrad import ops
from tests.gradient_cases import case

RNG = np.random.default_rng(0)
RE, IM = RNG.normal(size=(2, 2, 3, 5))
SIGNAL = RNG.normal(size=(2, 12))
FREQUENCIES = RNG.normal(size=(2, 4, 5))

CASES = [
    case("fft", lambda re, im: ops.fft((re, im)), RE, IM),
    case("fft2", lambda re, im: ops.fft2((re, im)), RE, IM),
    case("ifft2", lambda re, im: ops.ifft2((re, im)), RE, IM),
    *[case(f"rfft of {n}", lambda x, n=n: ops.rfft(x, n), RE) for n in (None, 4, 7)],
    *[
        case(f"irfft of {n}", lambda re, im, n=n: ops.irfft((re, im), n), RE, IM)
        for n in (None, 7, 10, 5)
    ],
    case("extract_sequences", lambda x: ops.extract_sequences(x, 5, 2), SIGNAL),
    case("extract_sequences, apart", lambda x: ops.extract_sequences(x, 2, 5), SIGNAL),
    case("stft", lambda x: ops.stft(x, 6, 3, 8), SIGNAL),
    case("istft", lambda re, im: ops.istft((re, im), 8, 3, 8), *FREQUENCIES[:, None]),
    case("view_as_real", ops.view_as_real, RE),
]

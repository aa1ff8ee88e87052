"""Gradient cases of LSTM and GRU over whole sequences."""

import numpy as np

from minigrad.ops import recurrent
from tests.gradient_cases import case

_RNG = np.random.default_rng(11)


def _normal(*shape):
    return _RNG.normal(size=shape)


_COUNTS = np.array([[True, False, True], [False, True, True]])
_LSTM = _normal(2, 3, 8), _normal(2, 2), _normal(2, 2), _normal(2, 8)
_GRU = _normal(2, 3, 6), _normal(2, 2), _normal(2, 6), _normal(6)


def _lstm(counts, backwards):
    return lambda *inputs: recurrent.lstm_walk(*inputs, counts, backwards=backwards)[:2]


def _gru(counts, backwards):
    return lambda *inputs: recurrent.gru_walk(*inputs, counts, backwards=backwards)[:1]


CASES = [
    case(f"{name}{', masked' * (counts is not None)}{', backwards' * backwards}", f, *inputs)
    for name, make, inputs in (("lstm_walk", _lstm, _LSTM), ("gru_walk", _gru, _GRU))
    for counts in (None, _COUNTS)
    for backwards in (False, True)
    for f in (make(counts, backwards),)
]

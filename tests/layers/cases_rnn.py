"""Recurrent layers."""

import numpy as np

import minigrad as mg
from tests.layers.cases import Case

X = (2, 5, 3)
MASK = np.array([[True, True, False, True, False], [False, True, True, True, True]])


def bidirectional(**more):
    layer = mg.layers.GRU(3, return_sequences=True, dtype=more.get("dtype"))
    return mg.layers.Bidirectional(layer, **more)


def unlike_directions(**more):
    forward, backward = (
        mg.layers.LSTM(units, return_state=True, go_backwards=back, dtype=more.get("dtype"))
        for units, back in ((2, False), (3, True))
    )
    return mg.layers.Bidirectional(forward, backward_layer=backward, **more)


def time_distributed(**more):
    return mg.layers.TimeDistributed(mg.layers.Dense(4, dtype=more.get("dtype")), **more)


def rnn(**more):
    cells = [mg.layers.LSTMCell(4, dtype=more.get("dtype")) for _ in range(2)]
    return mg.layers.RNN(cells, return_sequences=True, **more)


CASES = [
    *(
        Case(name, X, call=call, units=4, **more)
        for name in ("SimpleRNN", "LSTM", "GRU")
        for call in ({}, {"mask": MASK})
        for more in (
            {},
            {"return_sequences": True, "return_state": True},
            {"go_backwards": True, "use_bias": False},
            {"activation": "relu", "unroll": True, "bias_initializer": "normal"},
        )
    ),
    Case("LSTM", X, units=4, unit_forget_bias=False, recurrent_activation="hard_sigmoid"),
    Case("GRU", X, units=4, reset_after=False),
    Case("GRU", X, units=4, reset_after=True, use_cudnn=False),
    Case("LSTM", X, units=4, dropout=0.5, call={"training": True}, random=True),
    Case("GRU", X, units=4, recurrent_dropout=0.5, call={"training": True}, random=True),
    Case("ConvLSTM1D", (2, 3, 6, 2), filters=3, kernel_size=3, return_sequences=True),
    Case("ConvLSTM2D", (2, 3, 5, 4, 2), filters=3, kernel_size=2, padding="same", use_bias=False),
    Case("ConvLSTM2D", (2, 3, 2, 5, 4), filters=3, kernel_size=2, data_format="channels_first"),
    Case("ConvLSTM3D", (1, 2, 4, 3, 4, 2), filters=2, kernel_size=2, return_state=True),
    Case("Bidirectional", X, make=bidirectional),
    Case("Bidirectional", X, make=unlike_directions),
    Case("TimeDistributed", X, make=time_distributed),
    Case("RNN", X, make=rnn),
]

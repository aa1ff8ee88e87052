"""Cases of recurrent layers, their cells and wrappers: every step, the last, states, masks."""

from tests.golden.cases.spec import Case, layer, make, normal, prefix_mask

X = normal(2, 4, 3)
MASK = {"mask": prefix_mask(2, 4)}
SEQUENCES = {"return_sequences": True}
STATES = {"return_sequences": True, "return_state": True}
COUNT = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}  # how many states


def common(name: str) -> list[Case]:
    """What all three recurrent layers offer."""
    initial = [normal(2, 2) for _ in range(COUNT[name])]
    return [
        layer(name, X, units=2),
        layer(name, X, units=2, **SEQUENCES),
        layer(name, X, units=2, **STATES),
        layer(name, X, units=2, **STATES, call=MASK),
        layer(name, X, units=2, call=MASK),
        layer(name, X, units=2, go_backwards=True, **SEQUENCES),
        layer(name, X, units=2, go_backwards=True, **STATES, call=MASK),
        layer(name, X, units=2, unroll=True, **STATES),
        layer(name, X, units=2, use_bias=False),
        layer(name, X, units=2, call={"initial_state": initial}),
        layer(name, X, units=2, call={"initial_state": initial} | MASK, **STATES),
        layer(name, X, units=2, activation="relu", recurrent_regularizer="l2"),
        layer(name, X, units=2, dropout=0.5, recurrent_dropout=0.5, call={"training": False}),
        layer(name, normal(2, 1, 3), units=3),
        layer(f"{name}Cell", normal(2, 3), initial, units=2),
        layer(f"{name}Cell", normal(2, 3), initial, units=2, use_bias=False, activation="relu"),
        layer("RNN", X, cell=make(f"layers.{name}Cell", units=2)),
        layer("RNN", X, cell=make(f"layers.{name}Cell", units=2), **STATES, call=MASK),
        layer(
            "RNN",
            X,
            cell=make(f"layers.{name}Cell", units=2),
            zero_output_for_mask=True,
            call=MASK,
            **SEQUENCES,
        ),
        layer("Bidirectional", X, layer=make(f"layers.{name}", units=2)),
    ]


CONV_LSTM = {"filters": 2, "kernel_size": 2}
FIRST = {"data_format": "channels_first"}

CASES = [
    *common("SimpleRNN"),
    *common("GRU"),
    *common("LSTM"),
    layer("GRU", X, units=2, reset_after=False, **STATES),
    layer("GRU", X, units=2, reset_after=False, call=MASK),
    layer("GRU", X, units=2, recurrent_activation="hard_sigmoid"),
    layer("GRUCell", normal(2, 3), [normal(2, 2)], units=2, reset_after=False),
    layer("LSTM", X, units=2, recurrent_activation="hard_sigmoid"),
    layer("LSTM", X, units=2, unit_forget_bias=False),
    *[
        layer("Bidirectional", X, layer=make("layers.LSTM", units=2, **SEQUENCES), merge_mode=mode)
        for mode in ("concat", "sum", "mul", "ave", None)
    ],
    layer("Bidirectional", X, layer=make("layers.GRU", units=2, **STATES), call=MASK),
    layer(
        "Bidirectional",
        X,
        layer=make("layers.LSTM", units=2),
        backward_layer=make("layers.LSTM", units=3, go_backwards=True),
    ),
    layer(
        "Bidirectional",
        X,
        layer=make("layers.LSTM", units=2),
        call={"initial_state": [normal(2, 2) for _ in range(4)]},
    ),
    layer("RNN", X, cell=[make("layers.LSTMCell", units=2), make("layers.GRUCell", units=3)]),
    layer(
        "RNN",
        X,
        cell=[make("layers.LSTMCell", units=2), make("layers.SimpleRNNCell", units=2)],
        **STATES,
    ),
    layer(
        "StackedRNNCells",
        normal(2, 3),
        [[normal(2, 2), normal(2, 2)], [normal(2, 3)]],
        cells=[make("layers.LSTMCell", units=2), make("layers.GRUCell", units=3)],
    ),
    layer("TimeDistributed", X, layer=make("layers.Dense", units=2)),
    layer(
        "TimeDistributed",
        normal(2, 3, 4, 3, 2),
        layer=make("layers.Conv2D", filters=2, kernel_size=2),
    ),
    layer("TimeDistributed", X, layer=make("layers.BatchNormalization"), call={"training": True}),
    layer("TimeDistributed", X, layer=make("layers.Dense", units=2), call=MASK),
    layer(
        "TimeDistributed",
        normal(2, 4, 3, 2),
        layer=make("layers.LSTM", units=2),
        call={"mask": prefix_mask(2, 4, 3)},
    ),
    layer("ConvLSTM1D", normal(2, 3, 5, 2), **CONV_LSTM),
    layer("ConvLSTM1D", normal(2, 3, 5, 2), padding="same", **CONV_LSTM, **STATES),
    layer("ConvLSTM1D", normal(2, 3, 2, 5), **CONV_LSTM, **FIRST),
    layer("ConvLSTM2D", normal(1, 3, 4, 3, 2), **CONV_LSTM),
    layer(
        "ConvLSTM2D",
        normal(1, 3, 4, 3, 2),
        padding="same",
        use_bias=False,
        **CONV_LSTM,
        **SEQUENCES,
    ),
    layer("ConvLSTM2D", normal(1, 3, 2, 4, 3), **CONV_LSTM, **FIRST),
    layer(
        "ConvLSTM2D",
        normal(2, 3, 4, 3, 1),
        go_backwards=True,
        **CONV_LSTM,
    ),
    layer("ConvLSTM3D", normal(1, 2, 3, 3, 2, 1), filters=1, kernel_size=2),
    layer("ConvLSTM3D", normal(1, 2, 1, 3, 3, 2), filters=1, kernel_size=2, **FIRST),
    Case(
        "Sequential",
        {
            "layers": [
                make("layers.Masking", mask_value=0.5),
                make("layers.LSTM", units=2, return_sequences=True),
                make("layers.GRU", units=2),
                make("layers.Dense", units=1),
            ]
        },
        (X,),
        {},
    ),
]

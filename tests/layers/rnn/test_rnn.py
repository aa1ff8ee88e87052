"""Recurrent layers against loops in NumPy: states, masks, directions, dropout, custom cells."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, ops

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 5, 3)).astype("float32")
MASK = np.array([[True, True, False, True, False], [False, True, True, True, True]])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def simple_rnn(x, h, kernel, recurrent, bias):
    return (np.tanh(x @ kernel + h[0] @ recurrent + bias),)


def lstm(x, states, kernel, recurrent, bias):
    h, c = states
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(x, states, kernel, recurrent, bias):
    (h,) = states
    x_z, x_r, x_g = np.split(x @ kernel + bias[0], 3, axis=1)
    u_z, u_r, u_g = np.split(h @ recurrent + bias[1], 3, axis=1)
    z, r = sigmoid(x_z + u_z), sigmoid(x_r + u_r)
    return (z * h + (1 - z) * np.tanh(x_g + r * u_g),)


KINDS = {
    "SimpleRNN": (layers.SimpleRNN, simple_rnn, 1),
    "LSTM": (layers.LSTM, lstm, 2),
    "GRU": (layers.GRU, gru, 1),
}


def run(cell, states, order, weights, mask=None):
    """The outputs of the timesteps in `order`, and the last states."""
    outputs = []
    for t in order:
        new = cell(X[:, t], states, *weights)
        if mask is not None:
            new = [np.where(mask[:, t : t + 1], a, b) for a, b in zip(new, states, strict=True)]
        states = new
        outputs.append(states[0])
    return np.stack(outputs, axis=1), states


def assert_close(actual, expected):
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a), b, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("given", [False, True], ids=["zeros", "given"])
def test_outputs_and_states_are_those_of_a_loop(kind, backwards, mask, given):
    make, cell, n = KINDS[kind]
    layer = make(
        4,
        go_backwards=backwards,
        return_sequences=True,
        return_state=True,
        bias_initializer="normal",
    )
    states = [RNG.normal(size=(2, 4)).astype("float32") * given for _ in range(n)]
    outputs, *last = layer(X, initial_state=states if given else None, mask=mask)
    order = range(4, -1, -1) if backwards else range(5)
    expected, expected_states = run(cell, states, order, layer.get_weights(), mask)
    assert_close([outputs, *last], [expected, *expected_states])
    only_last = make(4, go_backwards=backwards)
    only_last.build(X.shape)
    only_last.set_weights(layer.get_weights())
    np.testing.assert_allclose(
        only_last(X, initial_state=states, mask=mask), expected[:, -1], atol=1e-5
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_stateful_layer_goes_on_where_it_ended(kind):
    make, _, _ = KINDS[kind]
    whole, parts = make(4), make(4, stateful=True)
    expected = whole(X)
    parts.build((2, 2, 3))
    parts.set_weights(whole.get_weights())
    parts(X[:, :2])
    np.testing.assert_allclose(parts(X[:, 2:]), expected, atol=1e-5)
    parts.reset_state()
    np.testing.assert_allclose(parts(X), expected, atol=1e-5)
    assert len(parts.weights) == 3
    with pytest.raises(ValueError, match="batch size"):
        parts(X[:1])


def test_a_stateful_layer_needs_a_known_batch():
    with pytest.raises(ValueError, match="batch size must be static"):
        layers.LSTM(4, stateful=True)(mg.Input((5, 3)))


@pytest.mark.parametrize("zero", [False, True])
def test_output_of_a_skipped_step(zero):
    layer = layers.RNN(layers.SimpleRNNCell(4), return_sequences=True, zero_output_for_mask=zero)
    y = layer(X, mask=MASK).numpy()
    np.testing.assert_array_equal(y[0, 2], np.zeros(4) if zero else y[0, 1])
    np.testing.assert_array_equal(y[1, 0], np.zeros(4))


def test_mask_of_an_embedding_reaches_the_layer_and_goes_on():
    ids = np.array([[1, 2, 0], [3, 0, 0]])
    embedding = layers.Embedding(5, 3, mask_zero=True)
    layer = layers.LSTM(4, return_sequences=True)
    y = layer(embedding(ids))
    assert np.asarray(y._keras_mask).tolist() == (ids != 0).tolist()
    np.testing.assert_array_equal(y[0, 2], y[0, 1])
    last = layers.LSTM(4)
    assert getattr(last(embedding(ids)), "_keras_mask", None) is None


@pytest.mark.parametrize("kind", KINDS)
def test_recurrent_dropout_keeps_its_mask_within_a_sequence(kind):
    make, _, _ = KINDS[kind]
    layer = make(64, recurrent_dropout=0.5, kernel_initializer="zeros", use_bias=False)
    start = [np.ones((1, 64), "float32")] * KINDS[kind][2]
    x = np.zeros((1, 3, 2), "float32")
    first = layer(x, initial_state=start, training=True)
    second = layer(x, initial_state=start, training=True)
    plain = layer(x, initial_state=start)
    assert np.abs(first - second).numpy().max() > 0
    assert np.abs(first - plain).numpy().max() > 0
    assert "_recurrent_dropout_mask" not in vars(layer.cell)


def test_dropped_inputs_are_the_same_at_every_step():
    layer = layers.SimpleRNN(
        1,
        dropout=0.5,
        kernel_initializer="ones",
        recurrent_initializer="zeros",
        activation=None,
        return_sequences=True,
        seed=1,
    )
    x = np.tile(np.eye(8, dtype="float32").sum(0)[None, None], (16, 6, 1))
    y = layer(x, training=True).numpy()[..., 0]
    np.testing.assert_array_equal(y, np.tile(y[:, :1], (1, 6)))
    assert len(np.unique(y[:, 0])) > 1 and set(y.ravel()) <= set(np.arange(9) * 2.0)


class Sum(layers.Layer):
    """A user's cell: the running sum, and how many there were."""

    state_size = [3, 1]

    def call(self, inputs, states):
        total, n = states
        return (total + inputs) / (n + 1), [total + inputs, n + 1]


def test_a_cell_of_the_user_s():
    outputs, total, n = layers.RNN(Sum(), return_sequences=True, return_state=True)(X)
    np.testing.assert_allclose(outputs, np.cumsum(X, 1) / np.arange(1, 6)[:, None], atol=1e-6)
    np.testing.assert_allclose(total, X.sum(1), atol=1e-6)
    np.testing.assert_array_equal(n, [[5.0], [5.0]])


def test_a_cell_need_not_be_a_layer():
    class Last:
        state_size = 3

        def call(self, inputs, states):
            return inputs, [inputs]

    np.testing.assert_array_equal(layers.RNN(Last())(X), X[:, -1])
    stacked = layers.RNN([Last(), Last()], return_state=True)
    np.testing.assert_array_equal(stacked(X)[2], X[:, -1])


def test_stacked_cells_are_layers_on_top_of_each_other():
    stacked = layers.RNN([layers.LSTMCell(4), layers.GRUCell(2)], return_sequences=True)
    y = stacked(X)
    first, second = layers.LSTM(4, return_sequences=True), layers.GRU(2, return_sequences=True)
    first.build(X.shape)
    second.build((2, 5, 4))
    first.set_weights(stacked.get_weights()[:3])
    second.set_weights(stacked.get_weights()[3:])
    np.testing.assert_allclose(y, second(first(X)), atol=1e-6)


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("sequences", [False, True])
def test_bidirectional_merges_two_directions(mode, sequences):
    layer = layers.Bidirectional(
        layers.GRU(4, return_sequences=sequences, return_state=True), merge_mode=mode
    )
    outputs = layer(X)
    forward, backward = layer.forward_layer(X), layer.backward_layer(X)
    y, z = np.asarray(forward[0]), np.asarray(backward[0])
    z = z[:, ::-1] if sequences else z
    merged = {
        "concat": lambda: [np.concatenate([y, z], -1)],
        "sum": lambda: [y + z],
        "mul": lambda: [y * z],
        "ave": lambda: [(y + z) / 2],
        None: lambda: [y, z],
    }[mode]()
    assert_close(outputs, [*merged, forward[1], backward[1]])
    shapes = layer.compute_output_shape(X.shape)
    assert list(shapes) == [x.shape for x in outputs]


def test_bidirectional_takes_states_and_weights_for_both_directions():
    layer = layers.Bidirectional(layers.LSTM(4))
    states = [RNG.normal(size=(2, 4)).astype("float32") for _ in range(4)]
    y = layer(X, initial_state=states).numpy()
    np.testing.assert_allclose(y[:, :4], layer.forward_layer(X, initial_state=states[:2]))
    np.testing.assert_allclose(y[:, 4:], layer.backward_layer(X, initial_state=states[2:]))
    twin = layers.Bidirectional(layers.LSTM(4), weights=layer.get_weights())
    np.testing.assert_allclose(twin(X), layer(X), atol=1e-6)


def test_time_distributed_gives_each_step_its_part_of_the_mask():
    class Counting(layers.Layer):
        def call(self, inputs, mask=None):
            return inputs * ops.cast(ops.expand_dims(mask, -1), inputs.dtype)

    y = layers.TimeDistributed(Counting())(X, mask=MASK)
    np.testing.assert_array_equal(y, X * MASK[..., None])


def test_a_film_of_one_pixel_is_a_sequence():
    film = X[:, :, None, None]
    layer = layers.ConvLSTM2D(4, 1, return_sequences=True, recurrent_initializer="normal")
    y = layer(film, mask=MASK)
    plain = layers.LSTM(4, return_sequences=True)
    plain.build(X.shape)
    plain.set_weights([w.reshape(w.shape[-2:]) if w.ndim > 1 else w for w in layer.get_weights()])
    np.testing.assert_allclose(y[:, :, 0, 0], plain(X, mask=MASK), atol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.LSTM(0), ValueError, "positive integer"),
        (lambda: layers.RNN(layers.Dense(2)), ValueError, "`state_size`"),
        (lambda: layers.RNN([layers.Dense(2)]), ValueError, "`state_size`"),
        (lambda: layers.Bidirectional("lstm"), ValueError, "Layer"),
        (lambda: layers.Bidirectional(layers.LSTM(2), "max"), ValueError, "merge mode"),
        (
            lambda: layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2)),
            ValueError,
            "go_backwards",
        ),
        (lambda: layers.Bidirectional(layers.LSTM(2)).reset_state(), AttributeError, "stateful"),
        (lambda: layers.TimeDistributed(3), ValueError, "Layer"),
        (lambda: layers.TimeDistributed(layers.Dense(2))(X[0]), ValueError, "3 dimensions"),
        (lambda: layers.LSTM(2)(X[0]), ValueError, "expected ndim=3"),
        (lambda: layers.LSTM(2)(X[:, :0]), ValueError, "at least one timestep"),
        (lambda: layers.ConvLSTM1D(2, 2, strides=2, dilation_rate=2), ValueError, "compatible"),
        (
            lambda: layers.ConvLSTM1D(2, 2).build((2, 5, None, 3)),
            ValueError,
            "static shapes",
        ),
    ],
)
def test_what_cannot_work_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(("name", "space"), [("1D", (5,)), ("2D", (4, 3)), ("3D", (3, 2, 4))])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_masked_timesteps_of_convolutional_layers_change_nothing(name, space, data_format):
    rng = np.random.default_rng(0)
    shape = (*space, 2) if data_format == "channels_last" else (2, *space)
    x = rng.normal(size=(2, 4, *shape)).astype("float32")
    mask = np.array([[True, True, False, False], [True, False, True, True]])
    arguments = {"kernel_size": 2, "return_sequences": True, "return_state": True}
    layer = getattr(layers, f"ConvLSTM{name}")(3, data_format=data_format, **arguments)
    found, *states = layer(x, mask=mask)
    for row, kept in enumerate(mask):
        expected, *last = layer(x[row : row + 1, kept])
        np.testing.assert_allclose(found[row][kept], expected[0], atol=1e-6)
        for state, one in zip(states, last, strict=True):
            np.testing.assert_allclose(state[row], one[0], atol=1e-6)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_a_mask_without_timesteps_is_refused(name):
    layer = layers.TimeDistributed(getattr(layers, name)(2))
    with pytest.raises(ValueError, match=r"must have the shape \(batch, timesteps\)"):
        layer(np.ones((2, 3, 4, 2), "float32"), mask=np.ones((2, 3), bool))

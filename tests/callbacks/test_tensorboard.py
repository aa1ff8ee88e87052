"""Event files, read back by a reader that knows the formats TFRecord and protobuf alone."""

import io
import json
import struct

import numpy as np
import pytest

import minigrad as mg
from minigrad import callbacks, layers, optimizers
from minigrad.callbacks import event_file

X, Y = np.random.default_rng(0).normal(size=(2, 8, 2)).astype("float32")


def records(data):
    """The messages in a file, their checksums checked."""
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        message, rest = data[12 : 12 + length], data[12 + length :]
        for part, stored in ((data[:8], data[8:12]), (message, rest[:4])):
            crc = event_file.crc32c(part)
            masked = ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF
            assert struct.unpack("<I", stored) == (masked,)
        yield message
        data = rest[4:]


def fields(message):
    """`{number of a field: [values]}`."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            value = varint()
        else:
            length = {1: 8, 5: 4}.get(key & 7) or varint()
            value = message[at : at + length]
            at += length
            if key & 7 != 2:
                (value,) = struct.unpack("<d" if length == 8 else "<f", value)
        found.setdefault(key >> 3, []).append(value)
    return found


def read(folder):
    """`[(step, tag, fields of the value)]` of the one event file in a folder."""
    (path,) = folder.iterdir()
    version, *events = map(fields, records(path.read_bytes()))
    assert version[3] == [b"brain.Event:2"]
    return [
        (event.get(2, [0])[0], fields(value)[1][0].decode(), fields(value))
        for event in events
        for value in fields(event[5][0])[1]
    ]


def scalars(folder):
    return {(tag, step): value[2][0] for step, tag, value in read(folder) if 2 in value}


def fit(callback, **arguments):
    model = mg.Sequential([layers.Input((2,), name="in"), layers.Dense(3, name="d")], name="m")
    model.compile(optimizers.SGD(0.25), "mse", metrics=["mae"])
    x, y = X, np.ones((8, 3), "float32")
    history = model.fit(x, y, 2, verbose=0, callbacks=[callback], **arguments)
    return model, history.history


def test_epochs_go_into_two_folders(tmp_path):
    _, history = fit(
        callbacks.TensorBoard(tmp_path, write_graph=False), epochs=2, validation_data=(X, X[:, :1])
    )
    found = scalars(tmp_path / "train")
    assert set(found) == {
        (f"epoch_{name}", epoch) for name in ("loss", "mae", "learning_rate") for epoch in (0, 1)
    }
    for epoch in (0, 1):
        assert found["epoch_loss", epoch] == pytest.approx(history["loss"][epoch])
        assert found["epoch_learning_rate", epoch] == 0.25
    found = scalars(tmp_path / "validation")
    assert found["epoch_mae", 1] == pytest.approx(history["val_mae"][1])
    assert found["evaluation_loss_vs_iterations", 8] == pytest.approx(history["val_loss"][1])


@pytest.mark.parametrize(
    ("update_freq", "steps"), [("batch", range(1, 9)), (3, [3, 6]), ("epoch", [])]
)
def test_batches_are_written_as_often_as_asked_for(tmp_path, update_freq, steps):
    callback = callbacks.TensorBoard(tmp_path, update_freq=update_freq, write_steps_per_second=True)
    fit(callback, epochs=2)
    found = scalars(tmp_path / "train")
    assert [step for tag, step in found if tag == "batch_loss"] == list(steps)
    speeds = [value for (tag, _), value in found.items() if "steps_per_second" in tag]
    assert len(speeds) == 2 + len(list(steps)) and all(speed > 0 for speed in speeds)


def test_weights_are_written_as_distributions_and_pictures(tmp_path):
    callback = callbacks.TensorBoard(tmp_path, histogram_freq=2, write_images=True)
    model, _ = fit(callback, epochs=3)
    found = {(step, tag): value for step, tag, value in read(tmp_path / "train")}
    steps = {step for step, tag in found if tag == "m/d/kernel/histogram"}
    assert steps == {0, 2}
    kernel = model.get_weights()[0].astype("float64")
    histogram = fields(found[2, "m/d/kernel/histogram"][5][0])
    numbers = [histogram[i][0] for i in range(1, 6)]
    expected = [kernel.min(), kernel.max(), 6, kernel.sum(), (kernel**2).sum()]
    assert numbers == pytest.approx(expected)
    limits, counts = (np.frombuffer(histogram[i][0], "<f8") for i in (6, 7))
    assert counts.sum() == 6
    assert limits[-1] == pytest.approx(kernel.max())
    picture = fields(found[2, "m/d/kernel/image/0"][4][0])
    assert (picture[1], picture[2]) == ([2], [3])
    from matplotlib.image import imread

    assert imread(io.BytesIO(picture[4][0]), format="png").shape[:2] == (2, 3)


def test_the_layers_of_the_model_are_written(tmp_path):
    model, _ = fit(callbacks.TensorBoard(tmp_path))
    ((_, _, value),) = [one for one in read(tmp_path / "train") if one[1] == "keras"]
    plugin = fields(fields(value[9][0])[1][0])
    assert plugin[1] == [b"graph_keras_model"]
    text = fields(value[8][0])[8][0]
    assert json.loads(text) == json.loads(model.to_json())


def test_a_callback_can_be_used_again(tmp_path):
    callback = callbacks.TensorBoard(tmp_path, write_graph=False)
    fit(callback)
    fit(callback)
    assert len(list((tmp_path / "train").iterdir())) == 2


def test_values_that_are_no_numbers_are_left_out_of_histograms():
    value = fields(event_file.histogram("t", np.array([1.0, np.nan, np.inf, 3.0])))
    assert fields(value[5][0])[3] == [2.0]
    value = fields(event_file.histogram("t", np.array([np.nan])))
    assert fields(value[5][0])[3] == [1.0]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (-1, b"\xff" * 9 + b"\x01")],
)
def test_whole_numbers_take_seven_bits_a_byte(number, expected):
    assert event_file.varint(number) == expected


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3,), [(3, 1)]),
        ((5, 3), [(3, 5)]),
        ((3, 5), [(3, 5)]),
        ((4, 3, 2), [(4, 3)] * 2),
        ((1, 4, 3, 1, 2), [(4, 3)] * 2),
        ((3, 3, 4, 5), []),
        ((1,), []),
    ],
)
def test_weights_as_pictures(shape, expected):
    from minigrad.callbacks.tensorboard import pictures_of

    assert [picture.shape for picture in pictures_of(np.ones(shape))] == expected


def test_arguments_are_checked(tmp_path):
    with pytest.raises(ValueError, match="`update_freq` should be"):
        callbacks.TensorBoard(tmp_path, update_freq="step")
    with pytest.warns(UserWarning, match="have no effect here"):
        callbacks.TensorBoard(tmp_path, profile_batch=3)


def test_a_model_without_a_json_form_is_trained_all_the_same(tmp_path):
    class Net(mg.Model):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def call(self, x):
            return self.layer(x)

    model = Net(layers.Dense(1))
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="the model has no JSON form"):
        model.fit(X, X[:, :1], verbose=0, callbacks=[callbacks.TensorBoard(tmp_path)])
    assert ("epoch_loss", 0) in scalars(tmp_path / "train")

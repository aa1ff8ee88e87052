"""Masks and shapes, layer by layer."""

import numpy as np

from minigrad import inspect, layers, models


def text_model():
    return models.Sequential(
        [
            layers.Embedding(10, 4, mask_zero=True, name="embed"),
            layers.LSTM(3, return_sequences=True, name="lstm"),
            layers.GlobalAveragePooling1D(name="mean"),
            layers.Dense(2, name="out"),
        ],
        name="net",
    )


def test_it_says_where_a_mask_is_made_carried_and_dropped():
    shown = inspect.flow(text_model(), np.array([[1, 2, 0], [3, 0, 0]]))
    fates = {line["layer"].split("/")[-1]: line["mask"] for line in shown.lines}
    assert fates["embed"] == "made"
    assert fates["lstm"] == "carried"
    assert fates["mean"] == "dropped"
    assert fates["out"] == ""


def test_shapes_and_dtypes_stand_in_the_table():
    shown = inspect.flow(text_model(), np.array([[1, 2, 0], [3, 0, 0]]))
    line = next(line for line in shown.lines if line["layer"] == "net/lstm")
    assert (line["in"], line["out"], line["dtype"]) == ("(2, 3, 4)", "(2, 3, 3)", "float32")
    assert "<table" in shown._repr_html_()


def test_an_error_is_shown_with_the_shapes_that_met():
    model = models.Sequential([layers.Dense(3, name="first")], name="net")
    model.build((None, 4))
    shown = inspect.flow(model.layers[0], np.ones((2, 5), "float32"))
    assert shown.error is not None
    assert "[(2, 5)] ─► first (Dense) ✗" in str(shown)


def test_the_model_stays_as_it_was():
    model = models.Sequential([layers.Dense(3), layers.Dropout(0.5)])
    model.build((None, 4))
    before = [weight.numpy().tobytes() for weight in model.variables]
    inspect.flow(model, np.ones((2, 4), "float32"))
    assert [weight.numpy().tobytes() for weight in model.variables] == before

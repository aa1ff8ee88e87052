"""Activations, filters, attention and the loss landscape: their numbers are those of the model."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers, ops
from tests.inspect.leaving import left_as_it_was

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4)).astype("float32")


def mlp(**arguments):
    mg.utils.set_random_seed(0)
    inner = mg.Sequential([layers.Dense(5, activation="relu", name="inner")], name="block")
    model = mg.Sequential([layers.Input((4,)), inner, layers.Dense(1, name="last")])
    model.compile(mg.optimizers.SGD(0.1), "mse", **arguments)
    return model


def test_activations_are_those_of_each_layer():
    model = mlp()
    found = inspect.activations(model, X)
    assert [one.name for one in found.layers] == ["inner", "last"]
    w, b = model.layers[0].get_weights()
    assert found["inner"] == pytest.approx(np.maximum(X @ w + b, 0), abs=1e-6)
    assert found["last"] == pytest.approx(model.predict(X, verbose=0), abs=1e-6)
    zeros = f"{(found['inner'] == 0).mean():.0%}"
    assert zeros in str(found).split("\n")[1]
    with pytest.raises(ValueError, match="no layer inside"):
        inspect.activations(layers.Dense(2), X)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_counted(broken):
    x = X.copy()
    x[0, 0] = broken
    model = mg.Sequential([layers.Input((4,)), layers.Rescaling(2.0, name="twice")])
    for values, told in (
        (x, ", 1 of 24 NaN or ∞"),
        (np.full_like(x, broken), "–, 24 of 24 NaN or ∞"),
    ):
        found = inspect.activations(model, values)
        assert told in str(found)
        assert told.lstrip("–") in found._figure().axes[0].get_title(loc="left")


def test_activations_say_what_they_lack():
    with pytest.raises(ValueError, match="at least one sample"):
        inspect.activations(mlp(), X[:0])
    with pytest.raises(KeyError, match=r"no layer 'first'. Expected one of \['inner', 'last'\]"):
        inspect.activations(mlp(), X)["first"]


def test_activations_of_images_are_drawn_channel_by_channel():
    model = mg.Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.Flatten()])
    figure = inspect.activations(model, np.ones((1, 6, 6, 1), "float32"))._figure()
    assert sum(len(axes.images) for axes in figure.axes) == 3 + 1


def test_filters_are_the_columns_of_the_kernel():
    model = mlp()
    dense = inspect.filters(model.layers[0].layers[0], shape=(2, 2))
    kernel = model.layers[0].layers[0].kernel.numpy()
    assert dense.pictures[3] == pytest.approx(kernel[:, 3].reshape(2, 2))
    assert dense.norms == pytest.approx(np.linalg.norm(kernel, axis=0))
    assert f"strongest: unit {dense.norms.argmax()}" in str(dense)
    conv = layers.Conv2D(4, (2, 5))
    conv.build((None, 8, 8, 3))
    assert inspect.filters(conv).pictures.shape == (4, 2, 5, 3)
    assert len(inspect.filters(conv)._figure().axes) == 4


def test_filters_of_what_has_none_is_an_error():
    with pytest.raises(ValueError, match="must be built, and have a kernel"):
        inspect.filters(layers.Flatten())
    with pytest.raises(ValueError, match=r"no image of this shape. Received: shape=\(3, 3\)"):
        inspect.filters(mlp().layers[-1], shape=(3, 3))


SEQUENCE = RNG.normal(size=(2, 5, 8)).astype("float32")


def test_attention_maps_are_the_scores_of_the_layer():
    layer = layers.MultiHeadAttention(2, 4, name="look")
    _, scores = layer(SEQUENCE, SEQUENCE, return_attention_scores=True)
    found = inspect.attention(layer, SEQUENCE, sample=1, tokens="abcde")
    assert found.maps["look"] == pytest.approx(scores.numpy()[1], abs=1e-6)
    assert found.maps["look"].sum(-1) == pytest.approx(np.ones((2, 5)))
    labels = [one.get_text() for one in found._figure().axes[0].get_xticklabels()]
    assert labels == list("abcde")
    with pytest.raises(ValueError, match=r"one of the 2 samples in x. Received: sample=2"):
        inspect.attention(layer, SEQUENCE, sample=2)
    uniform = inspect.AttentionMaps({"a": np.full((1, 4, 4), 0.25)}, None)
    assert uniform.entropy("a") == pytest.approx([2.0])
    assert "at about 4.0 at once" in str(uniform)


@pytest.mark.parametrize("compiled", [False, "auto"], ids=["eager", "compiled"])
def test_attention_inside_of_a_model_is_found_and_the_model_left_alone(compiled):
    inputs = mg.Input((5, 8))
    x = layers.MultiHeadAttention(2, 4, name="first")(inputs, inputs, use_causal_mask=True)
    x = layers.Attention(name="second")([x, x])
    model = mg.Model(inputs, layers.Dense(1)(x))
    model.compile("adam", "mse", jit_compile=compiled)
    model.fit(SEQUENCE, SEQUENCE[..., :1], epochs=2, verbose=0)
    before = model.predict(SEQUENCE, verbose=0)
    with left_as_it_was(model):
        maps = inspect.attention(model, SEQUENCE).maps
    assert {name: one.shape for name, one in maps.items()} == {
        "first": (2, 5, 5),
        "second": (1, 5, 5),
    }
    assert np.triu(maps["first"], 1) == pytest.approx(np.zeros((2, 5, 5)))
    assert model.predict(SEQUENCE, verbose=0) == pytest.approx(before, abs=1e-5)
    with pytest.raises(ValueError, match="no attention layer inside"):
        inspect.attention(mlp(), X)


Y = (X @ RNG.normal(size=(4, 1))).astype("float32")


def test_the_landscape_is_the_loss_at_moved_weights():
    model = mlp()
    found = inspect.loss_landscape(model, X, Y, resolution=5, span=0.5)
    assert found.losses[2, 2] == pytest.approx(found.center)
    assert found.center == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    weights = model.get_weights()
    moved = [w + 0.25 * u - 0.5 * v for w, u, v in zip(weights, *found.directions, strict=True)]
    model.set_weights(moved)
    assert found.losses[0, 3] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-4)


def test_random_directions_are_as_long_as_the_filters():
    found = inspect.loss_landscape(mlp(), X, Y, resolution=2)
    for direction in found.directions:
        for weight, step in zip(mlp().get_weights(), direction, strict=True):
            if weight.ndim == 1:
                assert not step.any()
            else:
                lengths = np.linalg.norm(weight, axis=0)
                assert np.linalg.norm(step, axis=0) == pytest.approx(lengths, rel=1e-5)


def test_the_path_ends_at_the_weights_and_lies_in_the_plane():
    model, path = mlp(), inspect.WeightPath()
    model.fit(X, Y, epochs=6, verbose=0, callbacks=[path])
    found = inspect.loss_landscape(model, X, Y, path=path, resolution=6)
    assert found.path.shape == (7, 2)
    assert found.path[-1] == pytest.approx([0, 0], abs=1e-6)
    assert 0.9 < found.explained <= 1 + 1e-9
    first = [w - end for w, end in zip(path.points[0], path.points[-1], strict=True)]
    along = sum(float((a * b).sum()) for a, b in zip(first, found.directions[0], strict=True))
    assert found.path[0, 0] == pytest.approx(along, rel=1e-5)
    assert f"shows {found.explained:.0%}" in str(found)
    assert len(found._figure().axes) == 3
    with pytest.raises(ValueError, match="at least 3 points"):
        inspect.loss_landscape(model, X, Y, path=path.points[:2])


def test_a_path_may_have_a_point_for_every_few_steps():
    model, path = mlp(), inspect.WeightPath(every=2)
    model.fit(X, Y, epochs=2, batch_size=1, verbose=0, callbacks=[path])
    assert len(path.points) == 1 + 2 * 3


def test_a_landscape_needs_a_loss():
    model = mg.Sequential([layers.Input((4,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="there is no loss"):
        inspect.loss_landscape(model, X, ops.ones((6, 1)))

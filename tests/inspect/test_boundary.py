"""The decision boundary: which class wins where, what is right, and the film of it."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import inspect, layers

X = np.array([[-1.0, 0.0], [-1.0, 1.0], [1.0, 0.0], [1.0, 1.0]], "float32")


def separator(columns=1, activation="sigmoid"):
    """A model whose decision is the sign of the first feature."""
    model = mg.Sequential(
        [layers.Input((2,)), layers.Dense(columns, activation=activation, use_bias=False)]
    )
    kernel = np.zeros((2, columns))
    kernel[0, -1] = 9.0
    model.layers[0].kernel.assign(kernel)
    return model


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (separator(), [0, 0, 1, 1]),
        (separator(1, None), [[0], [0], [1], [1]]),
        (separator(2, "softmax"), [0, 0, 1, 1]),
        (separator(2, None), [[1, 0], [1, 0], [0, 1], [0, 1]]),
        (lambda x: x[:, 0] > 0, [-1, -1, 1, 1]),
    ],
    ids=["probability", "logit", "softmax", "logits", "a function"],
)
def test_the_plane_is_cut_where_the_model_cuts_it(model, y):
    found = inspect.decision_boundary(model, X, y, resolution=21)
    assert found.accuracy == 1.0
    assert (found.classes == (found.horizontal > 1e-6)).all()
    assert found.probabilities.sum(-1) == pytest.approx(np.ones((21, 21)))


def test_wrong_points_are_counted_and_marked():
    found = inspect.decision_boundary(separator(), X, [0, 1, 1, 1], resolution=9)
    assert found.accuracy == 0.75
    assert found.predicted.tolist() == [0, 0, 1, 1]
    (axes,) = found._figure().axes
    marked = [len(one.get_offsets()) for one in axes.collections if hasattr(one, "get_offsets")]
    assert sorted(marked)[-1] == 2
    assert axes.get_title(loc="left") == "75.0% right (✕: wrong)"


def test_other_features_stay_at_their_means():
    seen = []

    def model(x):
        seen.append(np.asarray(x))
        return x[:, 2:3] > 3.0

    x = [[0.0, 5.0, 2.0], [1.0, 7.0, 4.0]]
    found = inspect.decision_boundary(model, x, [0, 1], features=(0, 2), resolution=5)
    assert set(seen[0][:25, 1]) == {6.0}
    assert found.accuracy == 1.0


def test_the_text_is_a_map_with_its_key():
    text = str(inspect.decision_boundary(separator(), X, [0, 0, 1, 1], resolution=40))
    lines = text.split("\n")
    assert {line[0] for line in lines[:20]} == {"o"}
    assert {line[-1] for line in lines[:20]} == {"+"}
    assert lines[-1].startswith("100.0% of the points are right. o class 0")


def test_one_feature_is_not_enough():
    with pytest.raises(ValueError, match=r"at least 2 features. Received: x.shape=\(3, 1\)"):
        inspect.decision_boundary(separator(), np.ones((3, 1)))


@pytest.mark.parametrize("x", [np.ones((0, 2)), [[1.0, 2.0], [np.nan, 0.0]]])
def test_a_plane_is_spanned_by_points_that_are_numbers(x):
    with pytest.raises(ValueError, match="Take rows with NaN or infinity out"):
        inspect.decision_boundary(separator(), x)


def test_the_film_has_a_picture_per_epochs_and_changes_no_training(tmp_path):
    weights = []
    for filmed in (False, True):
        mg.utils.set_random_seed(3)
        model = mg.Sequential(
            [layers.Input((2,)), layers.Dropout(0.2), layers.Dense(1, activation="sigmoid")]
        )
        model.compile("adam", "binary_crossentropy")
        movie = inspect.BoundaryMovie(X, [0, 0, 1, 1], every=2, resolution=6)
        model.fit(X, np.float32([0, 0, 1, 1]), 2, 4, 0, [movie] if filmed else [])
        weights.append(model.get_weights()[0])
    assert np.array_equal(*weights)
    assert [frame.title for frame in movie.frames] == ["untrained", "epoch 2", "epoch 4"]
    assert "3 pictures" in str(movie)
    movie.save(tmp_path / "film.gif")
    from PIL import Image

    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3
    movie.save(tmp_path / "film.html")
    assert "<script" in (tmp_path / "film.html").read_text()
    assert len(movie._figure().axes) == 3
    with pytest.raises(ValueError, match="there is no picture yet"):
        inspect.BoundaryMovie(X).save(tmp_path / "none.gif")

"""Models as pictures: which boxes and arrows there are, and what stands in them."""

import pytest

from minigrad import Input, Model, Sequential, layers, utils
from minigrad.utils.model_plotting import model_scene


@pytest.fixture
def model():
    inner = Sequential([Input((4,)), layers.Dense(4, activation="relu", name="a")], name="inner")
    x = Input((4,), name="x")
    y = layers.Add(name="sum")([x, inner(x)])
    return Model(x, layers.Dense(2, name="out")(y), name="net")


def titles(scene):
    return [card.title for card in scene.cards.values()]


def arrows(scene):
    return {(scene.cards[a].title, scene.cards[b].title) for a, b, _ in scene.edges}


def test_layers_and_their_connections(model):
    assert arrows(model_scene(model)) == {
        ("x", "inner"), ("x", "sum"), ("inner", "sum"), ("sum", "out"),
    }  # fmt: skip


def test_nested_models_are_boxes(model):
    scene = model_scene(model, expand_nested=True)
    assert scene.boxes() == [("inner",)]
    assert arrows(scene) == {("x", "a"), ("x", "sum"), ("a", "sum"), ("sum", "out")}


def test_what_is_asked_for_is_shown(model):
    scene = model_scene(
        model, show_shapes=True, show_dtype=True, show_layer_activations=True, show_trainable=True,
        expand_nested=True,
    )  # fmt: skip
    card = next(card for card in scene.cards.values() if card.title == "a")
    assert card.lines == [
        "Dense", "activation: relu", "dtype: float32", "in: (None, 4)", "out: (None, 4)",
        "trainable",
    ]  # fmt: skip
    assert "out" not in titles(model_scene(model, show_layer_names=False))


def test_a_range_of_layers(model):
    assert titles(model_scene(model, layer_range=("inner", "sum"))) == ["inner", "sum"]
    with pytest.raises(ValueError, match="layer_range"):
        model_scene(model, layer_range=("nowhere", "sum"))


@pytest.mark.parametrize("kind", ["png", "svg", "html", "dot", "pdf"])
def test_it_is_written_in_the_form_of_the_ending(model, kind, tmp_path):
    path = tmp_path / f"model.{kind}"
    utils.plot_model(model, to_file=path, dpi=50)
    assert path.stat().st_size > 200


def test_dot_says_where_arrows_lead(model):
    assert "rankdir=LR" in utils.model_to_dot(model, rankdir="LR")
    assert utils.model_to_dot(model).count("->") == 4
    assert utils.model_to_dot(model, subgraph=True).startswith("subgraph cluster_net")


def test_a_model_that_is_not_built_is_refused():
    with pytest.raises(ValueError, match="not yet been built"):
        utils.model_to_dot(Sequential([layers.Dense(2)]))


def test_models_of_their_own_class_show_their_layers():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(3, name="one"), layers.Dense(2, name="two")

        def call(self, x):
            return self.second(self.first(x))

    own = Own()
    own.build((None, 4))
    assert arrows(model_scene(own)) == {("one", "two")}

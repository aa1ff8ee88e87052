"""The graph, drawn: what stands on the cards, the boxes of layers, and every way to show it."""

import re
import time
import xml.etree.ElementTree as ElementTree
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.path import Path

from minigrad import Tensor, inspect, layers, losses, models, ops
from minigrad.drawing import Card, Scene
from minigrad.drawing.picture import Picture
from minigrad.drawing.place import placed


@pytest.fixture
def neuron():
    x = Tensor(2.0, requires_grad=True)
    w = Tensor(-3.0, requires_grad=True)
    return ops.tanh(x * w + 6.88)


@pytest.fixture
def loss():
    model = models.Sequential(
        [layers.Dense(4, activation="relu", name="hidden"), layers.Dense(2, name="out")],
        name="net",
    )
    x = np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3)
    return losses.MeanSquaredError()(np.ones((5, 2), "float32"), model(x))


def cards(y):
    return inspect.graph(y).scene.cards


def test_scalars_show_value_and_gradient(neuron):
    assert [card.lines for card in cards(neuron).values()] == [
        ["2"], ["−3"], ["−6"], ["0.88"], ["0.7064"],
    ]  # fmt: skip
    neuron.backward()
    last = [card.lines[-1] for card in cards(neuron).values()]
    assert last == ["∇ −1.503", "∇ 1.002", "∇ 0.501", "∇ 0.501", "∇ 1"]


def test_a_number_in_an_operation_is_no_node_of_its_own(neuron):
    assert [card.title for card in cards(neuron).values()] == ["x1", "x2", "×", "+ 6.88", "tanh"]


def test_before_backward_it_says_that_there_is_no_gradient_yet(neuron):
    assert "no gradient yet" in inspect.graph(neuron).svg()
    neuron.backward()
    assert "no gradient yet" not in inspect.graph(neuron).svg()


def test_weights_are_marked_and_stand_in_the_box_of_their_layer(loss):
    weights = [card for card in cards(loss).values() if card.kind == "weight"]
    assert [(card.title, card.box) for card in weights] == [
        ("kernel", ("net", "hidden")),
        ("bias", ("net", "hidden")),
        ("kernel", ("net", "out")),
        ("bias", ("net", "out")),
    ]


def test_arrays_are_small_heat_maps_of_value_and_gradient(loss):
    loss.backward()
    relu = next(card for card in cards(loss).values() if card.title == "relu")
    assert [caption for caption, _ in relu.pictures] == ["value", "∇"]
    assert relu.pictures[0][1].shape == (5, 4)


def test_a_layer_called_twice_has_two_boxes():
    dense = layers.Dense(3, name="shared")
    y = ops.sum(ops.tanh(dense(ops.tanh(dense(Tensor(np.ones((2, 3))))))))
    assert len(inspect.graph(y).scene.boxes()) == 2


def test_no_frame_covers_a_stranger(loss):
    scene = inspect.graph(loss).scene
    place = placed(scene, scene.boxes())
    for box, (x, y, width, height) in place.frames.items():
        for key, (left, top, w, h) in place.cards.items():
            inside = x <= left and left + w <= x + width and y <= top and top + h <= y + height
            apart = left >= x + width or left + w <= x or top >= y + height or top + h <= y
            assert inside if scene.cards[key].box[: len(box)] == box else apart


def test_no_cards_overlap(loss):
    scene = inspect.graph(loss).scene
    found = list(placed(scene, scene.boxes()).cards.values())
    for index, (x, y, width, height) in enumerate(found):
        for left, top, w, h in found[index + 1 :]:
            assert left >= x + width or left + w <= x or top >= y + height or top + h <= y


def test_svg_is_well_formed_and_has_every_card(loss):
    shown = inspect.graph(loss)
    root = ElementTree.fromstring(shown.svg())
    texts = " ".join(root.itertext())
    for card in shown.scene.cards.values():
        assert card.title in texts
    assert "NaN" not in shown.svg()


def test_closed_boxes_hide_what_is_inside(loss):
    shown = inspect.graph(loss, depth=1)
    assert "hidden" in shown.svg() and ">kernel<" not in shown.svg()
    assert ">kernel<" in shown._repr_html_()  # there, to be opened


def test_dot_and_mermaid_have_every_node_and_edge(loss):
    shown = inspect.graph(loss)
    for text, arrow in ((shown.to_dot(), " -> "), (shown.to_mermaid(), " --> ")):
        assert text.count(arrow) == len(shown.scene.edges)
        assert len(set(re.findall(r"\bn\d+\b", text))) == len(shown.scene.cards)
    assert shown.to_dot().count("subgraph") == shown.to_mermaid().count("subgraph") == 3


def test_as_text_it_is_a_tree(neuron):
    assert str(inspect.graph(neuron)).splitlines()[:3] == [
        "x1 (watched) = 2, no gradient yet",
        "└─ × = −6, no gradient yet",
        "   └─ + 6.88 = 0.88, no gradient yet",
    ]


@pytest.mark.parametrize("kind", ["svg", "html", "png", "pdf", "txt"])
def test_it_is_saved_in_the_form_that_the_ending_names(neuron, kind, tmp_path):
    assert inspect.graph(neuron).save(tmp_path / f"graph.{kind}").stat().st_size > 100


def test_a_plot_is_shown_by_pyplot_and_a_file_opens_no_window(neuron, tmp_path):
    before = plt.get_fignums()
    inspect.graph(neuron).save(tmp_path / "graph.png")
    assert plt.get_fignums() == before
    figure = inspect.graph(neuron).plot()
    assert plt.fignum_exists(figure.number)
    plt.close(figure)


def test_five_hundred_nodes_are_drawn_without_a_place_for_every_pair():
    x = Tensor(0.5, requires_grad=True)
    y = x
    for _ in range(250):
        y = ops.sin(y) * x
    picture = inspect.graph(y).svg()
    assert picture.count('class="card') == 501
    assert len(picture) < 2_000_000


# Arrows keep clear of cards


def chain_with_skips():
    x = Tensor(np.ones((3, 4)), requires_grad=True)
    kept = [x]
    for step in range(30):
        y = ops.sin(kept[-1])
        kept.append(y + kept[step // 3 * 2] if step % 3 == 2 else y)
    return inspect.graph(ops.sum(kept[-1] * x))


def residual_network():
    y = x = layers.Input((8, 8, 4))
    for block in range(3):
        z = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(4, 1)(y)))
        y = layers.Add()([y, layers.Conv2D(4, 1, name=f"last_convolution_of_{block}")(z)])
    return inspect.graph(models.Model(x, layers.Flatten()(y)))


def transformer_block():
    x = layers.Input((5, 8))
    y = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x))
    z = layers.Dense(8)(layers.Dense(16, activation="gelu")(y))
    model = models.Model(x, layers.LayerNormalization()(y + z), name="block")
    return inspect.graph(ops.sum(model(np.ones((2, 5, 8), "float32"))), depth=2)


def random_graph(direction, boxes):
    """500 cards of all sizes; by forties in boxes, or in none, or in boxes inside boxes."""
    random, scene_cards, edges = np.random.default_rng(0), {}, {}
    for index in range(500):
        box = (f"box{index // 40}", f"inner{index // 10}")[: index // 40 % 3] if boxes else ()
        lines = ["line"] * random.integers(6)
        key = f"n{index}"
        scene_cards[key] = Card(key, "title" * random.integers(1, 4), lines, box=box)
        for back in random.geometric(0.13, random.integers(1, 3)):
            if index:
                edges[f"n{max(index - back, 0)}", key, ""] = True
    return Picture(Scene(scene_cards, list(edges), direction=direction), depth=9)


def arrows_of_svg(shown):
    for path in re.findall(r'<path class="edge" d="([^"]*)"', shown.svg()):
        codes = [1, *[4] * (3 * path.count("C"))]
        yield Path(np.array(re.findall(r"-?[\d.]+", path), float).reshape(-1, 2), codes)


def arrows_of_figure(shown):
    for axes in shown._figure().axes:
        for drawn in axes.collections:
            if drawn.get_zorder() == 1 and not drawn.get_facecolor().any():
                yield from drawn.get_paths()


def points_on(arrows):
    """An array of places on arrows that are made of cubic Bézier curves."""
    corners = [path.vertices[i : i + 4] for path in arrows for i in range(0, len(path) - 1, 3)]
    t = np.linspace(0, 1, 20)
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.einsum("kt,ckd->ctd", weights, np.array(corners)).reshape(-1, 2)


GRAPHS = {
    "chain with skips": chain_with_skips,
    "residual network": residual_network,
    "transformer block": transformer_block,
    **{
        f"500 nodes to the {direction}{', in boxes' * boxes}": partial(
            random_graph, direction, boxes
        )
        for direction in ("down", "right")
        for boxes in (False, True)
    },
}


@pytest.mark.parametrize("name", GRAPHS)
def test_no_arrow_crosses_a_card(name):
    shown = GRAPHS[name]()
    start = time.process_time()
    place = placed(shown.scene, shown.open_boxes)
    shown.svg()
    assert time.process_time() - start < 2
    frames = [*place.cards.values(), *place.closed.values()]
    for arrows_of in (arrows_of_svg, arrows_of_figure)[: 1 if len(frames) > 99 else 2]:
        arrows = list(arrows_of(shown))
        assert len(arrows) >= len(place.arrows) > 10
        x, y = points_on(arrows).T
        for left, top, width, height in frames:
            right, low = left + width - 0.6, top + height - 0.6
            assert not np.any((left + 0.6 < x) & (x < right) & (top + 0.6 < y) & (y < low))


def test_a_model_that_is_called_twice_has_two_boxes_with_all_arrows_ahead():
    x = layers.Input((4,))
    inner = models.Sequential([layers.Input((4,)), layers.Dense(4, name="in")], name="inner")
    shown = inspect.graph(models.Model(x, inner(layers.Dense(4, name="between")(inner(x)))))
    assert [shown.scene.caption(box) for box in shown.scene.boxes()] == ["inner", "inner"]
    place = placed(shown.scene, shown.open_boxes)
    tops = [place.cards[key][1] for key in shown.scene.cards]
    assert tops == sorted(tops) and len(set(tops)) == 4


def test_a_long_picture_is_cut_into_columns_but_never_through_a_card(tmp_path):
    from PIL import Image

    from minigrad.drawing.figure import _cuts

    x = Tensor(0.5, requires_grad=True)
    y = x
    for _ in range(250):
        y = ops.sin(y) * x
    shown = inspect.graph(y)
    place = placed(shown.scene, [])
    cuts = _cuts(place, place.size[0])
    assert len(cuts) > 5
    for _, top, _, height in place.cards.values():
        assert not any(top < cut < top + height for cut in cuts)
    with Image.open(shown.save(tmp_path / "graph.png")) as picture:
        wide, tall = picture.size
    assert tall < 6 * wide  # in one column it would be 200 times as tall as wide
    pixels = wide / (shown._figure().get_size_inches()[0] * 72)
    assert 7.5 * pixels > 8  # of the letters


# Models


@pytest.fixture
def model():
    x = layers.Input((8,), name="x")
    h = layers.Dense(4, activation="relu", name="hidden")(x)
    y = layers.Add(name="sum")([h, layers.Dense(4, name="again")(h)])
    inner = models.Sequential([layers.Input((4,)), layers.Dense(2, name="last")], name="inner")
    return models.Model(x, inner(y), name="net")


def test_the_graph_of_a_model_has_a_card_for_each_layer(model):
    scene = inspect.graph(model).scene
    titles = {key: card.title for key, card in scene.cards.items()}
    assert sorted(titles.values()) == ["again", "hidden", "last", "sum", "x"]
    edges = {(titles[source], titles[target]) for source, target, _ in scene.edges}
    assert edges == {
        ("x", "hidden"), ("hidden", "again"), ("hidden", "sum"), ("again", "sum"), ("sum", "last"),
    }  # fmt: skip
    lines = {card.title: card.lines for card in scene.cards.values()}
    assert lines["hidden"] == ["Dense", "in: (None, 8)", "out: (None, 4)"]
    assert lines["sum"] == ["Add", "in: (None, 4), (None, 4)", "out: (None, 4)"]
    boxes = {card.title: card.box for card in scene.cards.values()}
    assert boxes["last"] == ("inner",) and boxes["sum"] == ()


def test_plot_model_tells_what_it_is_asked_to(model, tmp_path):
    from minigrad.utils import model_to_dot, plot_model

    path = tmp_path / "model.svg"
    options = {"show_shapes": True, "show_dtype": True, "show_layer_activations": True}
    plot_model(model, path, **options, expand_nested=True, show_trainable=True)
    root = ElementTree.parse(path).getroot()
    texts = " | ".join(one.text for one in root.iter() if one.text and one.text.strip())
    for told in ("hidden", "Dense", "activation: relu", "dtype: float32", "out: (None, 4)"):
        assert told in texts, told
    plain = plot_model(model, tmp_path / "model.png")
    assert {(card.title, *card.lines) for card in plain.scene.cards.values()} == {
        ("InputLayer",), ("Dense",), ("Add",), ("Sequential",),
    }  # fmt: skip
    assert (tmp_path / "model.png").read_bytes()[:4] == b"\x89PNG"
    assert "hidden" in str(model_to_dot(model, show_layer_names=True))

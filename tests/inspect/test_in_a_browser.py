"""The pages in a real browser: the film of backpropagation plays, boxes open and close."""

import re

import numpy as np
import pytest

from minigrad import Tensor, inspect, layers, losses, models, ops
from tests.inspect.browser import browser

LEFT, RIGHT, HOME, END = "\ue012", "\ue014", "\ue011", "\ue010"
GRADIENTS = (
    "return [...document.querySelectorAll('.card')].map("
    "c => (c.querySelector('text.grad:not(.small)') || {}).textContent || '')"
)
STEP = "return Number(document.querySelector('.mg-player').dataset.step)"
WORDS = "return document.querySelector('.words').textContent"


@pytest.fixture(scope="module")
def chromium():
    with browser() as one:
        yield one


def network():
    model = models.Sequential(
        [layers.Dense(4, activation="relu", name="hidden"), layers.Dense(2, name="out")],
        name="net",
    )
    x = np.linspace(-1, 1, 15, dtype="float32").reshape(5, 3)
    return losses.MeanSquaredError()(np.ones((5, 2), "float32"), model(x))


def test_the_film_goes_forwards_and_back(chromium, tmp_path):
    x, w = (Tensor(value, requires_grad=True) for value in (2.0, -3.0))
    chromium.open(inspect.backprop_player(ops.tanh(x * w + 6.88)).save(tmp_path / "film.html"))
    # Cards: x1, x2, ×, +, tanh. At first only the result has its gradient.
    assert chromium.run(GRADIENTS) == ["", "", "", "", "∇ 1"]
    chromium.click("[data-go=forward]")
    assert chromium.run(GRADIENTS) == ["", "", "", "∇ 0.501", "∇ 1"]
    assert "1 − #2²" not in chromium.run(WORDS) and "1 − #3²" in chromium.run(WORDS)
    chromium.click("[data-go=last]")
    assert chromium.run(GRADIENTS) == ["∇ −1.503", "∇ 1.002", "∇ 0.501", "∇ 0.501", "∇ 1"]
    assert "every gradient is known" in chromium.run(WORDS)
    chromium.click("[data-go=back]")
    assert chromium.run(GRADIENTS) == ["", "", "∇ 0.501", "∇ 0.501", "∇ 1"]
    assert chromium.run(STEP) == 2


def test_the_slider_and_the_keys_move_the_film(chromium, tmp_path):
    chromium.open(inspect.backprop_player(network()).save(tmp_path / "film.html"))
    chromium.run(
        "const s = document.querySelector('input'); s.value = 3;s.dispatchEvent(new Event('input'))"
    )
    assert chromium.run(STEP) == 3
    for key, step in ((RIGHT, 4), (LEFT, 3), (HOME, 0), (END, 9)):
        chromium.press(".mg-player", key)
        assert chromium.run(STEP) == step


def test_formulas_are_drawn_and_nothing_is_fetched(chromium, tmp_path):
    chromium.open(inspect.backprop_player(network()).save(tmp_path / "film.html"))
    chromium.click("[data-go=forward]")
    height = "return document.querySelector('.words math mfrac').getBoundingClientRect().height"
    assert chromium.run(height) > 15
    assert chromium.run("return performance.getEntriesByType('resource').length") == 0


VISIBLE = (
    "return [...document.querySelectorAll('.card')].filter(c => c.style.display !== 'none').length"
)


def test_boxes_of_a_graph_close_and_open(chromium, tmp_path):
    shown = inspect.graph(network())
    chromium.open(shown.save(tmp_path / "graph.html"))
    everything = len(shown.scene.cards)
    assert chromium.run(VISIBLE) == everything
    inside = shown.scene.cards_in(("net", "hidden"))
    box = shown.scene.boxes().index(("net", "hidden"))
    height = "return +document.querySelector('svg').getAttribute('height')"
    before = chromium.run(height)
    chromium.click(f".open.b{box} text")
    assert chromium.run(VISIBLE) == everything - inside
    assert chromium.run(height) < before
    chromium.click(f".closed.b{box} text")
    assert chromium.run(VISIBLE) == everything
    assert chromium.run(height) == pytest.approx(before, abs=1)
    chromium.click("[data-all='0']")
    assert chromium.run(VISIBLE) == everything - shown.scene.cards_in(("net",))


def test_the_browser_places_cards_and_arrows_as_the_svg_does(chromium, tmp_path):
    from minigrad.drawing.place import placed

    shown = inspect.graph(network())
    chromium.open(shown.save(tmp_path / "graph.html"))
    found = chromium.run(
        "return [...document.querySelectorAll('.card')].map(c => "
        "c.transform.baseVal[0].matrix).map(m => [m.e, m.f])"
    )
    place = placed(shown.scene, shown.scene.boxes())
    expected = [place.cards[key][:2] for key in shown.scene.cards]
    np.testing.assert_allclose(found, expected, atol=0.06)
    drawn = chromium.run(
        "return [...document.querySelectorAll('.edge')].map(e => e.getAttribute('d'))"
    )
    expected = re.findall(r'<path class="edge" d="([^"]*)"', shown.svg())
    assert len(drawn) == len(expected) > 10
    for one, other in zip(drawn, expected, strict=True):
        numbers = [list(map(float, re.findall(r"[-+.e\d]+", x))) for x in (one, other)]
        np.testing.assert_allclose(*numbers, atol=0.06)

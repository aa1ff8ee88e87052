"""What a picture of a graph shows: cards, the boxes they stand in, arrows from card to card."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from minigrad.drawing.images import cells

# Kind of a card: the colour of its head, and that of its border.
COLOURS = {
    "op": ("#e8edf5", "#5b6b8c"),
    "weight": ("#ffe9b8", "#b07d12"),
    "input": ("#d3f0e6", "#1f8a6a"),
    "data": ("#eceff1", "#90a0a8"),
    "result": ("#e9dcfb", "#7647b8"),
    "layer": ("#dbe9fb", "#3f6fb0"),
}
CHARACTER = 6.1  # the width of a character of 10 px in the fonts we name, in px
HEAD, LINE, PADDING = 20, 14, 7
PICTURE = 44  # the side of a small heat map


def picture_size(array):
    """(width, height) of a small heat map, in px."""
    rows, columns = cells(array).shape
    side = PICTURE / max(rows, columns, 1)
    return max(columns * side, 5), max(rows * side, 5)


@dataclass
class Card:
    """A node of a picture.

    Attributes:
        key: Its name in `Scene.edges`.
        title: What stands in its head.
        lines: What stands below, a line each; those that begin with "∇" are gradients.
        kind: One of COLOURS.
        box: The names of the boxes around it, outermost first.
        pictures: (caption, array) of small heat maps.
        hint: What a mouse that rests on it shows.
    """

    key: str
    title: str
    lines: list[str] = field(default_factory=list)
    kind: str = "op"
    box: tuple[str, ...] = ()
    pictures: list[tuple[str, Any]] = field(default_factory=list)
    hint: str = ""

    @cached_property
    def size(self):
        """(width, height) in px."""
        letters = max([len(self.title) * 1.08, *map(len, self.lines)])
        width = max(letters * CHARACTER, len(self.pictures) * (PICTURE + 8), 26) + 2 * PADDING
        height = HEAD + LINE * len(self.lines) + (PADDING if self.lines else 0)
        if self.pictures:
            height += max(picture_size(one)[1] for _, one in self.pictures) + LINE + 4
        return round(width), round(height)


@dataclass
class Scene:
    """A graph that is to be drawn.

    Attributes:
        cards: {key: Card}.
        edges: Triples (key, key, label).
        title: What stands above the picture.
        direction: "down" or "right": where arrows lead.
        captions: {box: text} of boxes; by default their last name.
    """

    cards: dict[str, Card]
    edges: list[tuple[str, str, str]]
    title: str = ""
    direction: str = "down"
    captions: dict[tuple[str, ...], str] = field(default_factory=dict)

    def boxes(self):
        """All boxes, those around others first."""
        found = dict.fromkeys(
            card.box[:depth]
            for card in self.cards.values()
            for depth in range(1, len(card.box) + 1)
        )
        return sorted(found, key=len)

    def caption(self, box):
        return self.captions.get(box) or box[-1].partition("\x1f")[0]

    def cards_in(self, box):
        """How many cards stand in a box, those in inner boxes included."""
        return sum(card.box[: len(box)] == box for card in self.cards.values())

"""A placed scene as a matplotlib figure; a px of the scene is a point of the figure.

What looks alike is one collection, letters included: hundreds of patches and texts, each with its
own transform, layout and update of the limits, take seconds. A long scene is cut into columns.
"""

import functools
import itertools

import numpy as np

from minigrad.drawing.images import cells, colours
from minigrad.drawing.place import placed
from minigrad.drawing.scene import COLOURS, HEAD, LINE, PADDING, PICTURE, picture_size
from minigrad.drawing.svg import FRAMES, GRADIENT, MARGIN, TITLE

POINT = 72.0
EDGE = "#7a869a"
ROUND, TIP = 5.0, 5.0  # the radius of corners, the length of arrowheads
LONGEST = 200.0  # inches: beyond that, matplotlib and viewers give up
COLUMN = 1500.0  # the height from which on a scene that is taller than wide is cut into columns


def figure(scene, open_boxes=None, windowed=False):
    """The picture of a scene as a `matplotlib.figure.Figure`; `plt.show()` shows it if windowed."""
    if windowed:
        from matplotlib.pyplot import figure as Figure  # a third of a second, only for who shows it
    else:
        from matplotlib.figure import Figure

    place = placed(scene, scene.boxes() if open_boxes is None else open_boxes)
    top = MARGIN + TITLE * bool(scene.title)
    wide = max(place.size[0], len(scene.title) * 7)
    cuts = _cuts(place, wide)
    shapes = _Shapes()
    if scene.title:
        shapes.text(0, 9 - TITLE, scene.title, 10, bold=True)
    for box, frame in sorted(place.frames.items(), key=lambda pair: len(pair[0])):
        shapes.add(_rounded(*frame), FRAMES[min(len(box), len(FRAMES)) - 1], "#9fb3cf", 0)
        shapes.text(frame[0] + 8, frame[1] + 15, scene.caption(box), 7.5, bold=True, zorder=0.5)
    for points, _, head in place.arrows:
        _arrow(shapes, points, head, scene.direction == "right")
    for box, frame in place.closed.items():
        fill, line = COLOURS["layer"]
        shapes.add(_rounded(*frame), fill, line, 2)
        x, y = frame[0] + frame[2] / 2, frame[1]
        shapes.text(x, y + 16, scene.caption(box), 7.5, bold=True, centred=True)
        shapes.text(x, y + 30, f"{scene.cards_in(box)} inside", 6.5, centred=True)
    for key, frame in place.cards.items():
        _card(shapes, scene.cards[key], frame)
    columns = []  # (left, right, above, below) of what each shows
    for high, low in itertools.pairwise(cuts):
        left, right = (0, wide) if len(cuts) == 2 else shapes.across(high, low)
        right = right if high else max(right, left + len(scene.title) * 7)
        ends = high - top * (high == 0), low + MARGIN * (low == cuts[-1])
        columns.append((left - MARGIN, right + MARGIN, *ends))
    width = sum(right - left for left, right, *_ in columns)
    height = top + max(low - max(high, 0) for *_, high, low in columns)
    scale = min(1.0, LONGEST * POINT / max(width, height))
    made = Figure(figsize=(width * scale / POINT, height * scale / POINT))
    at = 0.0
    for left, right, high, low in columns:
        down = 0 if high < 0 else top
        bottom, tall = 1 - (down + low - high) / height, (low - high) / height
        axes = made.add_axes((at / width, bottom, (right - left) / width, tall))
        axes.axis("off")
        shapes.draw(axes, scale, high, low)
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        at += right - left
    return made


def _cuts(place, width):
    """Where a scene is cut into columns, from 0 to its height: never through a card."""
    height = place.size[1]
    count = round((height / (width + 2 * MARGIN)) ** 0.5) if height > COLUMN else 1
    cuts = [0.0]
    bands = sorted((y, y + h) for _, y, _, h in [*place.cards.values(), *place.closed.values()])
    gaps, end = [], 0.0
    for high, low in bands:
        if high > end:
            gaps.append((end + high) / 2)
        end = max(end, low)
    for number in range(1, count):
        beyond = [gap for gap in gaps if gap > cuts[-1] and gap >= number * height / count]
        if beyond:
            cuts.append(beyond[0])
    return [*cuts, height]


class _Shapes:
    """Paths with their colours, by the layer that they are drawn in, and pictures."""

    def __init__(self):
        self.layers, self.pictures = {}, []

    def add(self, path, fill, line, zorder, width=0.8):
        heights = path.vertices[:, 1]
        found = path, fill, line, heights.min(), heights.max()
        self.layers.setdefault((zorder, width), []).append(found)

    def across(self, high, low):
        """From where to where it goes between two heights."""
        ends = []
        for path, *_, first, last in itertools.chain.from_iterable(self.layers.values()):
            if high <= last and first <= low:
                x, y = path.vertices.T
                inside = x[(high <= y) & (y <= low)]
                inside = inside if inside.size else x
                ends += [inside.min(), inside.max()]
        return min(ends), max(ends)

    def text(self, x, y, text, size, colour="black", bold=False, centred=False, zorder=4):
        path = _letters(text, x, y, size, bold, centred)
        if path is not None:
            self.add(path, colour, "none", zorder, 0.0)

    def draw(self, axes, scale, high, low):
        """Draw what lies between two heights."""
        from matplotlib.collections import PathCollection

        for (zorder, width), shapes in self.layers.items():
            found = [one for one in shapes if high <= one[-1] and one[-2] <= low]
            if found:
                paths, fills, lines, *_ = zip(*found, strict=True)
                width *= scale
                axes.add_collection(
                    PathCollection(
                        paths, facecolors=fills, edgecolors=lines, lw=width, zorder=zorder
                    ),
                    autolim=False,
                )
        for array, (left, right, lower, upper) in self.pictures:
            if high <= upper <= low:
                axes.imshow(
                    colours(cells(array)), extent=(left, right, lower, upper), aspect="auto",
                    zorder=4, interpolation="nearest",
                )  # fmt: skip


@functools.cache
def _font(bold):
    """The user's font, and {letter: (outline, width)} of what was used of it, at a size of 100."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    font = FT2Font(findfont(FontProperties(weight="bold" if bold else "normal")))
    font.set_size(100, POINT)
    return font, {}


def _letter(letter, bold):
    from matplotlib.ft2font import LoadFlags

    font, known = _font(bold)
    if letter not in known:
        glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
        known[letter] = *font.get_path(), glyph.linearHoriAdvance / 65536
    return known[letter]


def _letters(text, x, y, size, bold, centred):
    """The outlines of a text whose baseline begins (or has its middle) at x, y; None of a blank."""
    from matplotlib.path import Path

    scale, pieces, codes, at = size / 100, [], [], 0.0
    for letter in text:
        outline, kinds, advance = _letter(letter, bold)
        if len(outline):
            pieces.append(outline + (at, 0.0))
            codes.append(kinds)
        at += advance
    if not pieces:
        return None
    vertices = np.concatenate(pieces) * (scale, -scale)
    return Path(vertices + (x - centred * at * scale / 2, y), np.concatenate(codes))


def _rounded(x, y, width, height, upper_only=False):
    """A rectangle with round corners, or with round upper corners only."""
    from matplotlib.path import Path

    r = min(ROUND, width / 2, height / 2)
    right, low = x + width, y + height
    bottom = 0 if upper_only else r
    points = [
        *((x + r, y), (right - r, y), (right, y), (right, y + r)),
        *((right, low - bottom), (right, low), (right - bottom, low)),
        *((x + bottom, low), (x, low), (x, low - bottom)),
        *((x, y + r), (x, y), (x + r, y), (x + r, y)),
    ]
    corner = [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path(points, [Path.MOVETO, *corner * 4, Path.CLOSEPOLY])


def _arrow(shapes, points, head, right):
    from matplotlib.path import Path

    (x, y), *rest = points
    if head:  # the line ends where the head begins
        x2, y2 = rest[-1]
        tip = [(x2 - TIP, y2 - TIP / 2), (x2 - TIP, y2 + TIP / 2)] if right else []
        tip = tip or [(x2 - TIP / 2, y2 - TIP), (x2 + TIP / 2, y2 - TIP)]
        shapes.add(Path([(x2, y2), *tip, (x2, y2)], closed=True), EDGE, EDGE, 1, 0.3)
        rest[-1] = (x2 - TIP, y2) if right else (x2, y2 - TIP)
        if len(rest) > 1 and rest[-2][not right] > rest[-1][not right]:
            del rest[-2]
    vertices, codes = [(x, y)], [Path.MOVETO]
    for x2, y2 in rest:
        if right:
            bend = (x2 - x) / 2
            vertices += [(x + bend, y), (x2 - bend, y2), (x2, y2)]
        else:
            bend = (y2 - y) / 2
            vertices += [(x, y + bend), (x2, y2 - bend), (x2, y2)]
        codes += [Path.CURVE4] * 3
        x, y = x2, y2
    shapes.add(Path(vertices, codes), "none", EDGE, 1, 0.9)


def _card(shapes, card, frame):
    from matplotlib.path import Path

    x, y, width, height = frame
    fill, line = COLOURS[card.kind]
    shapes.add(_rounded(*frame), "#ffffff", line, 2)
    shapes.add(_rounded(x, y, width, min(HEAD, height), height > HEAD), fill, "none", 3)
    shapes.add(_rounded(*frame), "none", line, 3.5)
    shapes.text(x + width / 2, y + 14, card.title, 7.5, bold=True, centred=True)
    below = y + HEAD + 12
    for text in card.lines:
        colour = GRADIENT if text.startswith("∇") else "#222233"
        shapes.text(x + PADDING, below, text, 7.5, colour)
        below += LINE
    left = x + (width - len(card.pictures) * (PICTURE + 8) + 8) / 2
    tall = max((picture_size(one)[1] for _, one in card.pictures), default=0)
    for caption, array in card.pictures:
        w, h = picture_size(array)
        x1, y1 = left + (PICTURE - w) / 2, below - 8 + (tall - h) / 2
        shapes.pictures.append((array, (x1, x1 + w, y1 + h, y1)))
        corners = [(x1, y1), (x1 + w, y1), (x1 + w, y1 + h), (x1, y1 + h), (x1, y1)]
        shapes.add(Path(corners, closed=True), "none", "#b8c0cc", 5, 0.5)
        colour = GRADIENT if caption.startswith("∇") else "#666677"
        shapes.text(left + PICTURE / 2, below + tall + 2, caption, 6.4, colour, centred=True)
        left += PICTURE + 8

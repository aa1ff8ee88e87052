"""A placed scene as a matplotlib figure; a px of the scene is a point of the figure.

What looks alike is one collection: hundreds of patches, each with its own transform and its own
update of the limits, took most of the time.
"""

from minigrad.drawing.images import cells, colours
from minigrad.drawing.place import placed
from minigrad.drawing.scene import COLOURS, HEAD, LINE, PADDING, PICTURE, picture_size
from minigrad.drawing.svg import FRAMES, GRADIENT, MARGIN, TITLE

POINT = 72.0
EDGE = "#7a869a"
ROUND, TIP = 5.0, 5.0  # the radius of corners, the length of arrowheads
LONGEST = 200.0  # inches: beyond that, matplotlib and viewers give up


def figure(scene, open_boxes=None, windowed=False):
    """The picture of a scene as a `matplotlib.figure.Figure`; `plt.show()` shows it if windowed."""
    if windowed:
        from matplotlib.pyplot import figure as Figure  # a third of a second, only for who shows it
    else:
        from matplotlib.figure import Figure

    place = placed(scene, scene.boxes() if open_boxes is None else open_boxes)
    top = MARGIN + TITLE * bool(scene.title)
    width = max(place.size[0], len(scene.title) * 7) + 2 * MARGIN
    height = place.size[1] + top + MARGIN
    scale = min(1.0, LONGEST * POINT / max(width, height))
    made = Figure(figsize=(width * scale / POINT, height * scale / POINT))
    axes = made.add_axes((0, 0, 1, 1))
    axes.axis("off")
    if scene.title:
        axes.text(0, -TITLE + 9, scene.title, fontsize=10 * scale, weight="bold")
    shapes = _Shapes()
    for box, frame in sorted(place.frames.items(), key=lambda pair: len(pair[0])):
        shapes.add(_rounded(*frame), FRAMES[min(len(box), len(FRAMES)) - 1], "#9fb3cf", 0)
        axes.text(
            frame[0] + 8, frame[1] + 15, scene.caption(box), fontsize=7.5 * scale, weight="bold"
        )
    for points, _, head in place.arrows:
        _arrow(shapes, points, head, scene.direction == "right")
    for box, frame in place.closed.items():
        fill, line = COLOURS["layer"]
        shapes.add(_rounded(*frame), fill, line, 2)
        x, y = frame[0] + frame[2] / 2, frame[1]
        axes.text(
            x,
            y + 16,
            scene.caption(box),
            fontsize=7.5 * scale,
            weight="bold",
            ha="center",
            zorder=4,
        )
        count = f"{scene.cards_in(box)} inside"
        axes.text(x, y + 30, count, fontsize=6.5 * scale, ha="center", zorder=4)
    for key, frame in place.cards.items():
        _card(axes, shapes, scene.cards[key], frame, scale)
    shapes.draw(axes, scale)
    axes.set_xlim(-MARGIN, width - MARGIN)
    axes.set_ylim(height - top, -top)
    return made


class _Shapes:
    """Paths with their colours, by the layer that they are drawn in."""

    def __init__(self):
        self.layers = {}

    def add(self, path, fill, line, zorder, width=0.8):
        self.layers.setdefault((zorder, width), []).append((path, fill, line))

    def draw(self, axes, scale):
        from matplotlib.collections import PathCollection

        for (zorder, width), shapes in self.layers.items():
            paths, fills, lines = zip(*shapes, strict=True)
            axes.add_collection(
                PathCollection(
                    paths, facecolors=fills, edgecolors=lines, lw=width * scale, zorder=zorder
                ),
                autolim=False,
            )


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


def _card(axes, shapes, card, frame, scale):
    from matplotlib.patches import Rectangle

    x, y, width, height = frame
    fill, line = COLOURS[card.kind]
    shapes.add(_rounded(*frame), "#ffffff", line, 2)
    shapes.add(_rounded(x, y, width, min(HEAD, height), height > HEAD), fill, "none", 3)
    shapes.add(_rounded(*frame), "none", line, 3.5)
    axes.text(
        x + width / 2, y + 14, card.title, fontsize=7.5 * scale, weight="bold", ha="center",
        zorder=4,
    )  # fmt: skip
    below = y + HEAD + 12
    for text in card.lines:
        colour = GRADIENT if text.startswith("∇") else "#222233"
        axes.text(x + PADDING, below, text, fontsize=7.5 * scale, color=colour, zorder=4)
        below += LINE
    left = x + (width - len(card.pictures) * (PICTURE + 8) + 8) / 2
    tall = max((picture_size(one)[1] for _, one in card.pictures), default=0)
    for caption, array in card.pictures:
        w, h = picture_size(array)
        x1, y1 = left + (PICTURE - w) / 2, below - 8 + (tall - h) / 2
        axes.imshow(
            colours(cells(array)), extent=(x1, x1 + w, y1 + h, y1), aspect="auto", zorder=4,
            interpolation="nearest",
        )  # fmt: skip
        axes.add_patch(
            Rectangle((x1, y1), w, h, facecolor="none", edgecolor="#b8c0cc", lw=0.5, zorder=5)
        )
        colour = GRADIENT if caption.startswith("∇") else "#666677"
        axes.text(
            left + PICTURE / 2, below + tall + 2, caption, fontsize=6.4 * scale, ha="center",
            color=colour, zorder=4,
        )  # fmt: skip
        left += PICTURE + 8

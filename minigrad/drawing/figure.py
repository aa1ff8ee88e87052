"""A placed scene as a matplotlib figure; a px of the scene is a point of the figure."""

from minigrad.drawing.images import cells, colours
from minigrad.drawing.place import placed
from minigrad.drawing.scene import COLOURS, HEAD, LINE, PADDING, PICTURE, picture_size
from minigrad.drawing.svg import FRAMES, GRADIENT, MARGIN, TITLE

POINT = 72.0
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
    for box, frame in sorted(place.frames.items(), key=lambda pair: len(pair[0])):
        _rectangle(axes, frame, FRAMES[min(len(box), len(FRAMES)) - 1], "#9fb3cf", 0)
        axes.text(
            frame[0] + 8, frame[1] + 15, scene.caption(box), fontsize=7.5 * scale, weight="bold"
        )
    for points, _, head in place.arrows:
        _arrow(axes, points, head, scene.direction == "right")
    for box, frame in place.closed.items():
        fill, line = COLOURS["layer"]
        _rectangle(axes, frame, fill, line, 2)
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
        _card(axes, scene.cards[key], frame, scale)
    axes.set_xlim(-MARGIN, width - MARGIN)
    axes.set_ylim(height - top, -top)
    return made


def _rectangle(axes, frame, fill, line, zorder):
    from matplotlib.patches import FancyBboxPatch

    x, y, width, height = frame
    style = "round,pad=0,rounding_size=5"
    patch = FancyBboxPatch(
        (x, y), width, height, boxstyle=style, facecolor=fill, edgecolor=line, lw=0.8, zorder=zorder
    )
    return axes.add_patch(patch)


def _arrow(axes, points, head, right):
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    (x, y), *rest = points
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
    axes.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes), arrowstyle="-|>" if head else "-", color="#7a869a",
            lw=0.9, mutation_scale=7, shrinkA=0, shrinkB=0, zorder=1,
        )
    )  # fmt: skip


def _card(axes, card, frame, scale):
    from matplotlib.patches import Rectangle

    x, y, width, height = frame
    fill, line = COLOURS[card.kind]
    outline = _rectangle(axes, frame, "#ffffff", line, 2)
    head = Rectangle((x, y), width, min(HEAD, height), facecolor=fill, lw=0, zorder=3)
    axes.add_patch(head)
    head.set_clip_path(outline)
    _rectangle(axes, frame, "none", line, 3.5)
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

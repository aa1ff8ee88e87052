"""A placed scene as SVG, without any file or font besides."""

import html

from minigrad.drawing.images import data_uri
from minigrad.drawing.layered import scopes_of
from minigrad.drawing.place import closed_size, placed
from minigrad.drawing.scene import CHARACTER, COLOURS, HEAD, LINE, PADDING, PICTURE, picture_size

SANS = "Helvetica,Arial,sans-serif"
MARGIN, TITLE = 14, 24
GRADIENT = "#b2182b"
FRAMES = ("#f7f9fc", "#eef3fa", "#e4ecf6", "#dae5f2")
STYLE = f"""
.mg text {{font: 10px {SANS}; fill: #223}}
.mg .head {{font-weight: bold}}
.mg .grad {{fill: {GRADIENT}}}
.mg .edge {{fill: none; stroke: #7a869a; stroke-width: 1.2}}
.mg .frame {{stroke: #9fb3cf; stroke-width: 1}}
.mg .small {{font-size: 8.5px; fill: #667}}
.mg image {{image-rendering: pixelated}}
"""
ARROW = (
    '<marker id="mg-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
    'orient="auto"><path d="M0 0L8 4L0 8z" fill="#7a869a"/></marker>'
)


def escaped(text):
    return html.escape(str(text))


def card_svg(card):
    """A card with its upper left corner at the origin."""
    width, height = card.size
    fill, line = COLOURS[card.kind]
    radius = 10 if card.kind == "op" and not card.lines else 5
    pieces = [
        f"<title>{escaped(card.hint)}</title>" * bool(card.hint),
        f'<rect width="{width}" height="{height}" rx="{radius}" fill="#fff" stroke="{line}"/>',
        f'<path d="{_head(width, min(height, HEAD), radius, height > HEAD)}" fill="{fill}"/>',
        f'<rect width="{width}" height="{height}" rx="{radius}" fill="none" stroke="{line}"/>',
        f'<text class="head" x="{width / 2:g}" y="14" text-anchor="middle">'
        f"{escaped(card.title)}</text>",
    ]
    y = HEAD + 12
    for text in card.lines:
        style = ' class="grad"' if text.startswith("∇") else ""
        pieces.append(f'<text{style} x="{PADDING}" y="{y}">{escaped(text)}</text>')
        y += LINE
    x = (width - len(card.pictures) * (PICTURE + 8) + 8) / 2
    tall = max((picture_size(one)[1] for _, one in card.pictures), default=0)
    for caption, array in card.pictures:
        pieces.append(_picture(caption, array, x, y - 8, tall))
        x += PICTURE + 8
    return "".join(pieces)


def _head(width, height, r, square):
    """The upper part of a card, its upper corners round."""
    if square:
        return f"M0 {height}V{r}a{r} {r} 0 0 1 {r} {-r}H{width - r}a{r} {r} 0 0 1 {r} {r}V{height}z"
    return (
        f"M{r} 0H{width - r}a{r} {r} 0 0 1 {r} {r}V{height - r}a{r} {r} 0 0 1 {-r} {r}"
        f"H{r}a{r} {r} 0 0 1 {-r} {-r}V{r}a{r} {r} 0 0 1 {r} {-r}z"
    )


def _picture(caption, array, x, y, tall):
    width, height = picture_size(array)
    left, top = x + (PICTURE - width) / 2, y + (tall - height) / 2
    style = ' class="small grad"' if caption.startswith("∇") else ' class="small"'
    return (
        f'<image href="{data_uri(array)}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" preserveAspectRatio="none"/>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        'fill="none" stroke="#b8c0cc" stroke-width=".6"/>'
        f'<text{style} x="{x + PICTURE / 2:.1f}" y="{y + tall + 10:.1f}" '
        f'text-anchor="middle">{escaped(caption)}</text>'
    )


def closed_svg(scene, box, width, height):
    """A box that is closed, like a card."""
    fill, line = COLOURS["layer"]
    count = scene.cards_in(box)
    return (
        f'<rect width="{width}" height="{height}" rx="5" fill="{fill}" stroke="{line}"/>'
        f'<text class="head" x="{width / 2:g}" y="16" text-anchor="middle">'
        f"{escaped(scene.caption(box))}</text>"
        f'<text class="small" x="{width / 2:g}" y="30" text-anchor="middle">'
        f"{count} node{'s' * (count != 1)} inside</text>"
    )


def path_of(points, right):
    """A smooth line through points, leaving and arriving in the direction of arrows."""
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for x2, y2 in rest:
        if right:
            bend = (x2 - x) / 2
            path.append(f"C{x + bend:.1f} {y:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
        else:
            bend = (y2 - y) / 2
            path.append(f"C{x:.1f} {y + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}")
        x, y = x2, y2
    return "".join(path)


def svg(scene, open_boxes=None, everything=False, scopes=None):
    """The picture of a scene, with these boxes open (None: all).

    With `everything`, what closed boxes hide is in it too, out of sight, for a script to show.
    """
    scopes = scopes or scopes_of(scene)
    boxes = scene.boxes()
    place = placed(scene, boxes if open_boxes is None else open_boxes, scopes)
    width, height = place.size
    width = max(width, len(scene.title) * CHARACTER * 1.3) + 2 * MARGIN
    top = MARGIN + TITLE * bool(scene.title)
    height += top + MARGIN
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mg" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{STYLE}</style><defs>{ARROW}</defs>",
        '<rect class="paper" width="100%" height="100%" fill="#fff"/>',
    ]
    if scene.title:
        pieces.append(
            f'<text class="head" x="{MARGIN}" y="{MARGIN + 9}" style="font-size:12px">'
            f"{escaped(scene.title)}</text>"
        )
    pieces.append(f'<g class="all" transform="translate({MARGIN} {top})">')
    for number, box in enumerate(boxes):
        frame = place.frames.get(box)
        if frame or everything:
            pieces.append(_frame(scene, box, number, frame))
    pieces.append('<g class="edges">')
    for points, _, head in place.arrows:
        end = ' marker-end="url(#mg-arrow)"' if head else ""
        path = path_of(points, scene.direction == "right")
        pieces.append(f'<path class="edge" d="{path}"{end}/>')
    pieces.append("</g>")
    for number, box in enumerate(boxes):
        frame = place.closed.get(box)
        if frame or everything:
            inner = closed_svg(scene, box, *closed_size(scene, box))
            pieces.append(_group(f"closed b{number}", frame, inner))
    for number, key in enumerate(scene.cards):
        frame = place.cards.get(key)
        if frame or everything:
            pieces.append(_group(f"card c{number}", frame, card_svg(scene.cards[key])))
    return "".join([*pieces, "</g></svg>"])


def _group(name, frame, inner):
    where = f"translate({frame[0]:.1f} {frame[1]:.1f})" if frame else ""
    hidden = "" if frame else ' style="display:none"'
    return f'<g class="{name}" transform="{where}"{hidden}>{inner}</g>'


def _frame(scene, box, number, frame):
    colour = FRAMES[min(len(box), len(FRAMES)) - 1]
    _, _, w, h = frame or (0, 0, 0, 0)
    inner = (
        f'<rect class="frame" width="{w:.1f}" height="{h:.1f}" rx="6" fill="{colour}"/>'
        f'<text class="head" x="8" y="15" style="fill:#3f6fb0">{escaped(scene.caption(box))}</text>'
    )
    return _group(f"open b{number}", frame, inner)

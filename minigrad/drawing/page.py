"""A scene as HTML whose boxes open and close at a click, with nothing loaded from elsewhere."""

import hashlib
import importlib.resources
import json

from minigrad.drawing.layered import scopes_of
from minigrad.drawing.place import closed_size
from minigrad.drawing.svg import MARGIN, TITLE, svg


def page_fragment(scene, open_boxes=None):
    """A `<div>` with the picture and the script that opens and closes boxes."""
    boxes = scene.boxes()
    opened = set(boxes if open_boxes is None else open_boxes)
    scopes = scopes_of(scene)
    picture = svg(scene, opened, everything=True, scopes=scopes)
    if not boxes:
        return f'<div class="mg-graph" style="overflow:auto">{picture}</div>'
    data = _data(scene, scopes, boxes, opened)
    text = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    name = "mg" + hashlib.sha1((picture + text).encode()).hexdigest()[:10]
    script = importlib.resources.files(__package__).joinpath("page.js").read_text("utf-8")
    hint = "Click a box to close or open it."
    return (
        f'<div class="mg-graph" id="{name}" style="overflow:auto">'
        f'<div style="font:11px sans-serif;color:#667">{hint} '
        '<button data-all="1">open all</button> <button data-all="0">close all</button></div>'
        f"{picture}<script>(function(){{{script}\n"
        f'draw(document.getElementById("{name}"),{text});}})();</script></div>'
    )


def page(fragment, title):
    """A whole HTML page around a fragment."""
    from html import escape

    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head><body>{fragment}</body></html>\n"
    )


def _data(scene, scopes, boxes, opened):
    """What the script needs: names of items as "c3" (card), "b1" (box), "i…", "o…", "v…"."""
    names = {key: f"c{number}" for number, key in enumerate(scene.cards)}
    names |= {box: f"b{number}" for number, box in enumerate(boxes)}

    def name_of(item):
        if item in names:
            return names[item]
        if item[0] == "via":
            return f"v{name_of(item[1])}:{names[item[2]]}:{item[3]}"
        return {"in": "i", "out": "o"}[item[0]] + names[item[1]]

    inside = {
        names.get(box, "root"): {
            "items": [name_of(item) for item in scope.items],
            "layers": [[name_of(item) for item in row] for row in scope.layers],
            "routes": [
                [names[source], *(name_of(item) for item in route)]
                for (_, _, source), route in scope.routes.items()
            ],
        }
        for box, scope in scopes.items()
    }
    return {
        "right": scene.direction == "right",
        "margin": [MARGIN, MARGIN + TITLE * bool(scene.title)],
        "sizes": {names[key]: card.size for key, card in scene.cards.items()},
        "closed": {names[box]: closed_size(scene, box) for box in boxes},
        "captions": {names[box]: len(scene.caption(box)) for box in boxes},
        "open": [names[box] for box in boxes if box in opened],
        "scopes": inside,
    }

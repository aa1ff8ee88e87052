"""Layers: each item of a scope gets a layer behind all that lead to it, and a place in its layer.

A scope is the picture, or the inside of a box; a box is one item of the scope around it, so that no
stranger ever stands inside its frame. Where an arrow crosses the frame, a port stands on it.

Source: Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures"
(1981): layers by the longest path, empty places where an arrow passes, order by barycentres.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 6


@dataclass
class Scope:
    """The inside of a box (of the whole picture: `()`).

    Items are keys of cards, boxes (tuples), ports `("in", source)` and `("out", source)`, and
    places `("via", item, source, layer)` where an arrow passes.

    Attributes:
        edges: (item, item, source): what is drawn; `source` is the card that an arrow starts from.
        layers: Lists of items, in order.
        routes: {edge: the items that it passes, both ends included}.
    """

    box: tuple
    items: list = field(default_factory=list)
    edges: list = field(default_factory=list)
    layers: list = field(default_factory=list)
    routes: dict = field(default_factory=dict)


def scopes_of(scene):
    """{box: Scope} of a scene, layers and order found."""
    scopes = {box: Scope(box) for box in [(), *scene.boxes()]}
    for box in scene.boxes():
        scopes[box[:-1]].items.append(box)
    for card in scene.cards.values():
        scopes[card.box].items.append(card.key)
    seen = set()
    for source, target, _ in scene.edges:
        for box, a, b in _pieces(scene.cards[source], scene.cards[target]):
            if (box, a, b, source) not in seen:
                seen.add((box, a, b, source))
                scopes[box].edges.append((a, b, source))
    for scope in scopes.values():
        ports = dict.fromkeys(item for a, b, _ in scope.edges for item in (a, b) if _is_port(item))
        scope.items += ports
        _arrange(scope)
    return scopes


def _is_port(item):
    return isinstance(item, tuple) and item[:1] in (("in",), ("out",))


def _pieces(source, target):
    """An arrow, cut where it crosses the frame of a box: (box, item, item) for each scope."""
    a, b = source.box, target.box
    common = 0
    while common < min(len(a), len(b)) and a[common] == b[common]:
        common += 1
    key = source.key
    item = key
    for depth in range(len(a), common, -1):
        yield a[:depth], item, ("out", key)
        item = a[:depth]
    last = b[: common + 1] if len(b) > common else target.key
    yield a[:common], item, last
    for depth in range(common + 1, len(b) + 1):
        yield b[:depth], ("in", key), b[: depth + 1] if depth < len(b) else target.key


def _arrange(scope):
    following, before = defaultdict(list), defaultdict(list)
    for a, b, _ in scope.edges:
        following[a].append(b)
        before[b].append(a)
    layer = _layers(scope.items, following, before)
    count = max(layer.values(), default=-1) + 1
    scope.layers = [[] for _ in range(count)]
    for item in scope.items:
        scope.layers[layer[item]].append(item)
    above, below, places = defaultdict(list), defaultdict(list), set()
    for a, b, source in scope.edges:
        route = [a]
        for between in range(layer[a] + 1, layer[b]):
            place = ("via", a, source, between)
            if place not in places:  # arrows of one source share their way
                places.add(place)
                scope.layers[between].append(place)
            route.append(place)
        route.append(b)
        scope.routes[a, b, source] = route
        for one, other in pairwise(route):
            if other not in below[one]:
                below[one].append(other)
                above[other].append(one)
    _order(scope.layers, above, below)


def _layers(items, following, before):
    """The layer of each item: behind all that lead to it; what nothing leads to, near its use."""
    waiting = {item: len(before[item]) for item in items}
    ready = [item for item in items if not waiting[item]]
    layer = dict.fromkeys(items, 0)
    order = []
    while ready:
        item = ready.pop()
        order.append(item)
        for other in following[item]:
            layer[other] = max(layer[other], layer[item] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    has_entry = any(item[:1] == ("in",) for item in items if isinstance(item, tuple))
    for item in order:  # room for the ports on the frame
        if has_entry and not (isinstance(item, tuple) and item[:1] == ("in",)):
            layer[item] = max(layer[item], 1)
            for other in following[item]:
                layer[other] = max(layer[other], layer[item] + 1)
    for item in reversed(order):
        entry = isinstance(item, tuple) and item[:1] == ("in",)
        if not before[item] and following[item] and not entry:
            layer[item] = min(layer[other] for other in following[item]) - 1
    last = max(layer.values(), default=0)
    exits = [item for item in items if isinstance(item, tuple) and item[:1] == ("out",)]
    if exits:
        inner = max((layer[item] for item in items if item not in set(exits)), default=0)
        last = max(last, inner + 1)
    for item in exits:
        layer[item] = last
    return layer


def _order(layers, above, below):
    """Sort each layer so that few arrows cross: by the mean place of neighbours, down and up."""
    place = {item: index for row in layers for index, item in enumerate(row)}
    best, best_crossings = [list(row) for row in layers], _crossings(layers, below, place)
    for sweep in range(SWEEPS):
        if not best_crossings:
            break
        rows, neighbours = (layers, above) if sweep % 2 == 0 else (layers[::-1], below)
        for row in rows:
            mean = {
                item: sum(place[one] for one in neighbours[item]) / len(neighbours[item])
                if neighbours[item]
                else place[item]
                for item in row
            }
            row.sort(key=mean.__getitem__)
            place.update((item, index) for index, item in enumerate(row))
        found = _crossings(layers, below, place)
        if found < best_crossings:
            best, best_crossings = [list(row) for row in layers], found
    layers[:] = best


def _crossings(layers, below, place):
    """How many pairs of arrows cross: inversions, counted by a Fenwick tree."""
    total = 0
    for row in layers:
        ends = [end for item in row for end in sorted(place[one] for one in below[item])]
        size = max(ends, default=0) + 2
        tree = [0] * (size + 1)
        for seen, end in enumerate(ends):
            index, smaller = end + 1, 0
            while index:
                smaller += tree[index]
                index -= index & -index
            total += seen - smaller
            index = end + 1
            while index <= size:
                tree[index] += 1
                index += index & -index
    return total

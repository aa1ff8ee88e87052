"""Coordinates: layers one behind the other, items of a layer beside each other, near their kin.

`page.js` does the same in a browser, when a box is opened or closed there.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from minigrad.drawing.layered import scopes_of
from minigrad.drawing.scene import CHARACTER

GAP, BETWEEN, FRAME, CAPTION = 18, 34, 12, 20
NEAR = 10  # from a frame to what is inside
PORTS = ("in", "out", "via")
PASSAGE = 6  # the width of an arrow that passes
PASSES = 6


@dataclass
class Placed:
    """A scene with coordinates.

    Attributes:
        cards: {key: (x, y, width, height)}.
        frames: {box: (x, y, width, height)} of open boxes.
        closed: The same of closed ones.
        arrows: (points, source, target): a line through `points`, and whether it ends in a head.
        size: (width, height).
    """

    cards: dict = field(default_factory=dict)
    frames: dict = field(default_factory=dict)
    closed: dict = field(default_factory=dict)
    arrows: list = field(default_factory=list)
    size: tuple = (0, 0)


def closed_size(scene, box):
    """The size of a closed box."""
    return round(max(len(scene.caption(box)) * 1.08, 12) * CHARACTER) + 34, 38


def placed(scene, open_boxes, scopes=None):
    """Find coordinates for everything, with the boxes in `open_boxes` open."""
    return _Placing(scene, set(open_boxes), scopes or scopes_of(scene)).run()


def isotonic(wanted, sizes, gap):
    """Centres as near to `wanted` as can be (least squares), in order and without overlap.

    >>> isotonic([0, 0], [10, 10], 2)
    [-6.0, 6.0]
    """
    blocks, offset, offsets = [], 0.0, []
    for index, (want, size) in enumerate(zip(wanted, sizes)):
        if index:
            offset += (sizes[index - 1] + size) / 2 + gap
        offsets.append(offset)
        blocks.append([want - offset, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            other, before = blocks.pop()
            blocks.append([(mean * count + other * before) / (count + before), count + before])
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + shift for mean, shift in zip(means, offsets)]


class _Placing:
    """Sizes from the inside to the outside, positions from the outside to the inside."""

    def __init__(self, scene, open_boxes, scopes):
        self.scene, self.open, self.scopes = scene, open_boxes, scopes
        self.right = scene.direction == "right"
        self.sizes, self.local = {}, {}
        self.result = Placed()

    def run(self):
        width, height = self.measure(())
        self.position((), 0, 0)
        self.result.size = width, height
        return self.result

    def is_open(self, box):
        return box in self.open

    def size(self, item):
        """(across, along): along is where arrows lead."""
        if isinstance(item, str):
            width, height = self.scene.cards[item].size
        elif item[0] in PORTS:
            return PASSAGE, 0
        else:
            width, height = self.sizes[item]
        return (height, width) if self.right else (width, height)

    def measure(self, box):
        """Place the items of a box around the origin; returns its size."""
        scope = self.scopes[box]
        for item in scope.items:
            if isinstance(item, tuple) and item[0] not in ("in", "out"):
                opened = self.is_open(item)
                self.sizes[item] = self.measure(item) if opened else closed_size(self.scene, item)
        centres = self.across(scope)
        low = min((centres[i] - self.size(i)[0] / 2 for i in centres), default=0)
        high = max((centres[i] + self.size(i)[0] / 2 for i in centres), default=0)
        along, local = 0.0, {}
        for row in scope.layers:
            if row and all(item[:1] == ("out",) for item in row):
                along += NEAR - BETWEEN
            depth = max((self.size(item)[1] for item in row), default=0)
            for item in row:
                local[item] = centres[item] - low, along + depth / 2, depth
            gap = (
                BETWEEN if any(isinstance(one, str) or one[0] not in PORTS for one in row) else NEAR
            )
            along += depth + gap
        along = max(along - gap, 0) if scope.layers else 0
        self.local[box] = local
        inside = (along, high - low) if self.right else (high - low, along)
        if not box:
            return inside
        caption = len(self.scene.caption(box)) * CHARACTER * 1.08 + 20
        return max(inside[0] + 2 * FRAME, caption), inside[1] + 2 * FRAME + CAPTION

    def across(self, scope):
        """Coordinates across the direction of arrows: near the mean of neighbours."""
        up, down = {}, {}
        for route in scope.routes.values():
            for a, b in pairwise(route):
                down.setdefault(a, []).append(b)
                up.setdefault(b, []).append(a)
        centre = {}
        for row in scope.layers:
            sizes = [self.size(item)[0] for item in row]
            centre.update(zip(row, isotonic([0] * len(row), sizes, GAP)))
        for turn in range(PASSES):
            rows, near = (scope.layers, up) if turn % 2 == 0 else (scope.layers[::-1], down)
            for row in rows:
                wanted = [
                    sum(centre[one] for one in near[item]) / len(near[item])
                    if item in near
                    else centre[item]
                    for item in row
                ]
                sizes = [self.size(item)[0] for item in row]
                centre.update(zip(row, isotonic(wanted, sizes, GAP)))
        return centre

    def position(self, box, x, y):
        """Turn the places inside a box into coordinates of the picture."""
        result, scope = self.result, self.scopes[box]
        if box:
            x, y = x + FRAME, y + FRAME + CAPTION
        centres, bands = {}, {}  # of each item its centre, and where its layer begins and ends
        for item, (across, along, depth) in self.local[box].items():
            cx, cy = (along, across) if self.right else (across, along)
            centres[item] = x + cx, y + cy
            middle = centres[item][not self.right]
            bands[item] = middle - depth / 2, middle + depth / 2
        for item, (cx, cy) in centres.items():
            if isinstance(item, str):
                width, height = self.scene.cards[item].size
                result.cards[item] = cx - width / 2, cy - height / 2, width, height
            elif item[0] not in PORTS:
                width, height = self.sizes[item]
                frame = cx - width / 2, cy - height / 2, width, height
                if self.is_open(item):
                    result.frames[item] = frame
                    self.position(item, frame[0], frame[1])
                else:
                    result.closed[item] = frame
        drawn = set()  # places that an arrow of the same source has passed: where its line goes on
        for (a, b, source), route in scope.routes.items():
            # An arrow bends between layers only: through a layer it goes straight, past what is
            # longer than the item that it leaves, passes or comes to.
            start = self.end_of(a, source, centres, "out", box)
            points = [start, self.moved(start, bands[a][1])]
            for one in route[1:-1]:
                first, last = (self.moved(centres[one], end) for end in bands[one])
                points = [last] if one in drawn else [*points, first, last]
                drawn.add(one)
            end = self.end_of(b, source, centres, "in", box)
            points += [self.moved(end, bands[b][0]), end]
            head = isinstance(b, str) or (b[0] not in PORTS and not self.is_open(b))
            result.arrows.append((_without_repeats(points), source, head))

    def moved(self, point, along):
        """A point, moved along the direction of arrows to a coordinate."""
        return (along, point[1]) if self.right else (point[0], along)

    def end_of(self, item, source, centres, side, box):
        """Where an arrow leaves an item (side "out") or arrives at it ("in")."""
        sign = 1 if side == "out" else -1
        if isinstance(item, str) or not (item[0] in PORTS or self.is_open(item)):
            cx, cy = centres[item]
            across, along = self.size(item)
            return (cx + sign * along / 2, cy) if self.right else (cx, cy + sign * along / 2)
        if item[0] in ("in", "out"):
            cx, cy = centres[item]
            frame = self.result.frames[box]
            if self.right:
                return frame[0] + (frame[2] if item[0] == "out" else 0), cy
            return cx, frame[1] + (frame[3] if item[0] == "out" else 0)
        # An open box: at the port on its frame.
        x, y, width, height = self.result.frames[item]
        across, _, _ = self.local[item][side, source]
        if self.right:
            return x + (width if sign > 0 else 0), y + FRAME + CAPTION + across
        return x + FRAME + across, y + (height if sign > 0 else 0)


def _without_repeats(points):
    far = (b for a, b in pairwise(points) if abs(b[0] - a[0]) + abs(b[1] - a[1]) > 0.01)
    return [points[0], *far]

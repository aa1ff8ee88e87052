"""The graph behind a result, drawn: values, gradients, weights, layers as boxes."""

from minigrad.autograd.record import Record
from minigrad.autograd.tensor import Tensor
from minigrad.drawing import Card, Scene
from minigrad.drawing.picture import Picture
from minigrad.inspect.numbers import number, shape_text, short
from minigrad.inspect.shown import Shown
from minigrad.inspect.walk import (
    gradients_of,
    leaf_name,
    leaves_of,
    records_of,
    result_of,
    was_walked,
)

SIGNS = {
    "add": "+", "subtract": "−", "multiply": "×", "true_divide": "÷", "matmul": "@",
    "negative": "−", "power": "xʸ", "square": "x²", "reduce_sum": "sum", "reduce_mean": "mean",
    "reduce_max": "max", "reduce_min": "min", "reshape_to": "reshape", "permute": "transpose",
    "expand_to": "broadcast",
}  # fmt: skip
MANY = 60  # cards: beyond that, small heat maps go and inner boxes are closed at first
LEFT_TO_RIGHT = 14  # layers of a picture at most that lead to the right


def graph(y, gradient=None, direction=None, depth=None, heat_maps=None):
    """Draw the computation behind a result.

    Scalars show value and gradient; arrays their shape, range, and both as small heat maps (blue
    is negative, red positive). Weights are yellow. Layers are boxes, which open and close at a
    click in HTML.

    Args:
        y: A Tensor computed from something watched, or a model, whose layers are then drawn.
        gradient: The upstream gradient, for a result that is no scalar.
        direction: "right" or "down"; by default as fits.
        depth: How many levels of boxes are open at first; by default all in small graphs.
        heat_maps: Whether arrays are shown as pictures; by default in graphs of up to 60 nodes.

    Returns:
        A Graph: a notebook shows it; `.save("graph.svg")` (or html, png, pdf), `.plot()`,
        `.to_dot()`, `.to_mermaid()`, and `print` for terminals.

    >>> import minigrad as mg
    >>> x = mg.Tensor(3.0, requires_grad=True)
    >>> y = mg.ops.sin(x * x)
    >>> print(mg.inspect.graph(y))
    x1 (watched) = 3, no gradient yet
    └─ × = 9, no gradient yet
       └─ sin = 0.4121, no gradient yet
    """
    if hasattr(y, "layers") and hasattr(y, "weights"):
        from minigrad.utils.model_plotting import model_scene

        scene = model_scene(y, show_shapes=True, show_layer_names=True, expand_nested=True)
        return Graph(scene, depth)
    y = result_of(y, "inspect.graph")
    walked = was_walked(records_of(y))
    found = gradients_of(y, gradient) if walked and (y.size == 1 or gradient is not None) else {}
    for leaf in leaves_of(records_of(y)):  # what backward() has put there, maybe more than once
        found[leaf] = None if leaf.grad is None else leaf.grad._value
    scene, _ = tape_scene(y, found, direction, heat_maps)
    if not walked:
        scene.title += " — no gradient yet: call backward() on the result"
    return Graph(scene, depth)


class Graph(Picture, Shown):
    """A picture of a graph; `inspect.graph` makes one.

    Attributes:
        scene: What is drawn: cards, edges, boxes.
    """


def tape_scene(y, found, direction=None, heat_maps=None):
    """The Scene of a result, with gradients as {record or leaf: array}; {record or leaf: key}."""
    records = records_of(y)
    if heat_maps is None:
        heat_maps = len(records) <= MANY
    painter = _Painter(heat_maps)
    boxes = _boxes(records)
    cards, edges, names = {}, [], {}
    unnamed = 0
    for leaf, (x, record) in leaves_of(records).items():
        unnamed += leaf.name is None
        key = f"leaf{len(names)}"
        names[leaf] = key
        box = _home(leaf, records, boxes) if leaf.name is not None else ()
        name = leaf_name(leaf, record, unnamed)
        kind = "weight" if leaf.name is not None else "input"
        title = name if kind == "input" or not box else leaf.name
        cards[key] = painter.card(key, title, kind, box, x._value, found.get(leaf), name)
    for index, record in enumerate(records, 1):
        key = names[record] = f"op{index}"
        box = boxes[record]
        inline = []
        for x in record.inputs:
            if not isinstance(x, Tensor):
                inline.append("" if x is None else number(x))
            elif x._record is None and x.ndim == 0:
                inline.append(number(x._value[()]))
            elif x._record is None:
                source = names.get(id(x._value))
                if source is None:
                    source = names[id(x._value)] = f"data{len(names)}"
                    cards[source] = painter.constant(source, x._value)
                edges.append((source, key, ""))
            else:
                several = isinstance(x._record, Record) and isinstance(x._record.output, tuple)
                edges.append((names[x._record], key, f".{x._index}" if several else ""))
        title = SIGNS.get(record.primitive.name, record.primitive.name)
        constants = [one for one in inline if one]
        if constants:
            title = f"{title} {', '.join(constants)}"
        value = record.output[0] if isinstance(record.output, tuple) else record.output
        g = found.get(record)
        g = g[0] if isinstance(g, list) else g
        kind = "result" if record is y._record else "op"
        cards[key] = painter.card(key, title, kind, box, value, g, title)
    edges = list(dict.fromkeys(edges))
    if direction is None:
        small = len(records) <= LEFT_TO_RIGHT and not any(boxes.values())
        direction = "right" if small else "down"
    return Scene(cards, edges, f"{len(records)} operations", direction), names


def _boxes(records):
    """{record: box}: a box is one call of a layer, records that were made in a row."""
    boxes, counts, before, path = {}, {}, (), ()
    for record in records:
        where = record.where
        common = 0
        while common < min(len(where), len(before)) and where[common] == before[common]:
            common += 1
        path = path[:common]
        for depth in range(common, len(where)):
            call = path, where[depth]
            counts[call] = counts.get(call, 0) + 1
            mark = f"\x1f{counts[call]}" if counts[call] > 1 else ""
            path = (*path, where[depth] + mark)
        boxes[record], before = path, where
    return boxes


def _home(leaf, records, boxes):
    """The box of a weight: the innermost around all that use it."""
    home = None
    for record in records:
        if any(isinstance(x, Tensor) and x._record is leaf for x in record.inputs):
            box = boxes[record]
            if home is None:
                home = box
            while home != box[: len(home)]:
                home = home[:-1]
    return home or ()


class _Painter:
    """Makes cards: what there is to say of a value and its gradient."""

    def __init__(self, heat_maps):
        self.heat_maps = heat_maps

    def card(self, key, title, kind, box, value, gradient, name):
        scalar = value.ndim == 0
        lines = [] if scalar else [shape_text(value.shape)]
        lines.append(short(value))
        pictures = []
        if gradient is not None:
            lines.append(f"∇ {short(gradient)}")
        if self.heat_maps and not scalar and value.size > 1 and value.dtype.kind != "c":
            filters = kind == "weight" and value.ndim == 4  # (height, width, in, out)
            for caption, array in (("value", value), ("∇", gradient)):
                if array is not None:
                    pictures.append((caption, array[None, :, :, 0] if filters else array))
        told = "no gradient yet" if gradient is None else f"gradient {short(gradient)}"
        mark = {"weight": " (weight)", "input": " (watched)"}.get(kind, "")
        shape = "" if scalar else f" {shape_text(value.shape)}"
        hint = f"{name}{mark}{shape} = {short(value)}, {told}"
        return Card(key, title, lines, kind, box, pictures, hint)

    def constant(self, key, value):
        lines = [shape_text(value.shape), short(value)]
        pictures = [("value", value)] if self.heat_maps and value.dtype.kind != "c" else []
        hint = f"data {shape_text(value.shape)} = {short(value)}, no gradient wanted"
        return Card(key, "data", lines, "data", (), pictures, hint)

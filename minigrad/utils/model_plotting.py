"""Pictures of models: their layers as boxes and arrows, without graphviz."""

from collections import Counter
from pathlib import Path


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """A model as text in Graphviz's language.

    Args:
        model: A built model.
        show_shapes, show_dtype: Whether shapes and dtypes of outputs are shown.
        show_layer_names: Whether names of layers are shown beside their classes.
        rankdir: "TB": from top to bottom; "LR": from left to right.
        expand_nested: Whether the layers of models inside are shown.
        dpi: Points per inch, for Graphviz.
        subgraph: Whether to write a cluster, to be put into another graph.
        show_layer_activations: Whether activations are shown.
        show_trainable: Whether it is shown which layers are trained.
        splines: How Graphviz draws arrows.

    Returns:
        The text.

    Raises ValueError for a model that is not built, or unknown arguments.

    >>> from minigrad import Input, Sequential, layers
    >>> model = Sequential([Input((3,)), layers.Dense(2, name="out")], name="net")
    >>> [line for line in model_to_dot(model).splitlines() if "out" in line]
    ['  n1 [label="out\\\\nDense", fillcolor="#dbe9fb", color="#3f6fb0"];']
    """
    from minigrad.drawing.text import dot

    scene = model_scene(
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, None,
        show_layer_activations, show_trainable, **kwargs,
    )  # fmt: skip
    text = dot(scene).replace("{\n", f"{{\n  dpi={dpi};\n  splines={splines};\n", 1)
    return text.replace("digraph minigrad", f"subgraph cluster_{model.name}") if subgraph else text


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Draw the layers of a model into a file.

    Args:
        model: A built model.
        to_file: Its ending tells the format: ".png", ".pdf", ".svg", ".html" (where models inside
            open and close), ".dot".
        dpi: Points per inch in a ".png".
        show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, show_layer_activations,
            show_trainable, splines: See `model_to_dot`; our own pictures know one kind of arrow.

    Returns:
        A picture that a notebook shows; `.to_dot()` and `.to_mermaid()` give it as text.

    Raises ValueError for a model that is not built, or unknown arguments.
    """
    from minigrad.drawing.picture import Picture
    from minigrad.drawing.text import dot

    layer_range = kwargs.pop("layer_range", None)
    scene = model_scene(
        model, show_shapes, show_dtype, show_layer_names, rankdir, expand_nested, layer_range,
        show_layer_activations, show_trainable, **kwargs,
    )  # fmt: skip
    picture = Picture(scene)
    if to_file is not None:
        if Path(to_file).suffix == ".dot":
            Path(to_file).write_text(dot(scene), encoding="utf-8")
        else:
            picture.save(to_file, dpi=dpi)
    return picture


def model_scene(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    layer_range=None,
    show_layer_activations=False,
    show_trainable=False,
    **kwargs,
):
    """The layers of a model as a Scene."""
    from minigrad.drawing import Scene

    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments: {kwargs}")
    if rankdir not in ("TB", "LR"):
        raise ValueError(
            "rankdir must be 'TB' (from top to bottom) or 'LR' (from left to right). "
            f"Received: rankdir={rankdir!r}"
        )
    if not model.built:
        raise ValueError(
            "This model has not yet been built. Build it first, by model.build(input_shape) or by "
            f"calling it on some data. Received: model={model!r}"
        )
    writer = _Writer(
        show_shapes, show_dtype, show_layer_names, expand_nested, show_layer_activations,
        show_trainable,
    )  # fmt: skip
    writer.add(model, (), {})
    cards, edges = writer.cards, writer.edges
    if layer_range is not None:
        cards, edges = _within(cards, edges, layer_range)
    direction = "right" if rankdir == "LR" else "down"
    return Scene(cards, list(dict.fromkeys(edges)), model.name, direction)


def _within(cards, edges, layer_range):
    """The cards from the layer that the first pattern fits to the one that the last fits."""
    import re

    names = {key: card.hint.partition(" ")[0] for key, card in cards.items()}
    fitting = [
        [index for index, name in enumerate(names.values()) if re.match(pattern, name)]
        for pattern in layer_range
    ]
    if len(layer_range) != 2 or not all(fitting):
        raise ValueError(
            "layer_range must be two names of layers, or patterns that fit names. "
            f"Received: layer_range={layer_range}"
        )
    kept = list(cards)[min(fitting[0]) : max(fitting[1]) + 1]
    return (
        {key: cards[key] for key in kept},
        [edge for edge in edges if edge[0] in kept and edge[1] in kept],
    )


class _Writer:
    """Collects cards and edges, models inside models included."""

    def __init__(self, shapes, dtype, names, nested, activations, trainable):
        self.shapes, self.dtype, self.names, self.nested = shapes, dtype, names, nested
        self.activations, self.trainable = activations, trainable
        self.cards, self.edges = {}, []
        self.calls = Counter()  # of a model inside: each call gets a box of its own

    def add(self, model, box, given):
        """Add a model; `given` is {id of an input: key of the card that makes it}.

        Returns the keys of the cards that make its outputs.
        """
        graph = getattr(getattr(model, "_functional", None) or model, "_graph", None)
        if graph is None:  # a model of its own class: its layers, in order
            last = None
            for layer in model.layers:
                key = self.card(layer, box, [], None)
                if last:
                    self.edges.append((last, key, ""))
                last = key
            return [last] if last else []
        made = dict(given)
        for node in graph.nodes:
            if all(id(x) in made for x in node.outputs):
                continue
            operation = node.operation
            inner = getattr(getattr(operation, "_functional", None) or operation, "_graph", None)
            if self.nested and inner is not None:
                inputs = {id(x): made[id(y)] for x, y in zip(inner.inputs, node.inputs)}
                name = operation.name
                self.calls[box, name] += 1
                if self.calls[box, name] > 1:
                    name += f"\x1f{self.calls[box, name]}"
                keys = self.add(operation, (*box, name), inputs)
            else:
                keys = [self.card(operation, box, node.outputs, node)]
                for x in node.inputs:
                    self.edges.append((made[id(x)], keys[0], ""))
            for place, x in enumerate(node.outputs):
                made[id(x)] = keys[min(place, len(keys) - 1)]
        return [made[id(x)] for x in graph.outputs]

    def card(self, layer, box, outputs, node):
        from minigrad.drawing import Card

        kind = type(layer).__name__
        if kind == "FunctionOperation":
            kind = layer.function.__name__
        lines = [kind] if self.names else []
        activation = getattr(layer, "activation", None)
        if self.activations and activation is not None:
            lines.append(
                f"activation: {getattr(activation, '__name__', type(activation).__name__)}"
            )
        if self.dtype and outputs:
            lines.append(f"dtype: {', '.join(dict.fromkeys(x.dtype for x in outputs))}")
        if self.shapes:
            before = [x.shape for x in node.inputs] if node is not None else []
            if before:
                lines.append(f"in: {', '.join(map(str, before))}")
            shapes = [x.shape for x in outputs] or "?"
            lines.append(f"out: {', '.join(map(str, shapes))}")
        weights = getattr(layer, "weights", ())
        if self.trainable and hasattr(layer, "trainable"):
            lines.append("trainable" if layer.trainable and weights else "not trained")
        style = "input" if kind == "InputLayer" else "layer" if hasattr(layer, "weights") else "op"
        key = f"{'/'.join(box)}:{layer.name}:{len(self.cards)}"
        title = layer.name if self.names else kind
        count = sum(_size(one.shape) for one in weights)
        hint = f"{layer.name} ({kind}), {count:,} weights"
        self.cards[key] = Card(key, title, lines, style, box, hint=hint)
        return key


def _size(shape):
    size = 1
    for length in shape:
        size *= length
    return size

"""dtype_flow: in which dtype each layer takes its inputs, computes, keeps weights, and answers."""

from minigrad import dtypes, ops, tree
from minigrad.autograd.symbolic import KerasTensor
from minigrad.inspect.layer_dtypes import leaves, watched
from minigrad.inspect.undisturbed import undisturbed
from minigrad.inspect.view import INK, MUTED, View, table

COLOURS = {"float16": "#fed7aa", "bfloat16": "#bbf7d0", "float32": "#dbeafe", "float64": "#e9d5ff"}
OTHER = "#f1f5f9"


def dtype_flow(model):
    """The dtypes of a built model: input → compute → variable → output, layer by layer.

    Args:
        model: A model whose inputs are known: functional, Sequential, or called before.

    Returns:
        A DTypeFlow: print it, or `plot` it.

    Raises ValueError for a model whose inputs nobody knows yet.

    >>> import minigrad as mg
    >>> dense = mg.layers.Dense(2, dtype="mixed_bfloat16", name="dense")
    >>> model = mg.Sequential([mg.Input((3,)), dense], name="sequential")
    >>> print(mg.inspect.dtype_flow(model))
    layer             input      compute   variable  output
    sequential/dense  float32 ↓  bfloat16  float32   bfloat16
    ↓ marks a cast to fewer bits, ↑ one to more.
    """
    if getattr(model, "inputs", None) is not None:
        inputs = model.input  # as the model takes them: one, a list, or a dict
    else:
        shapes = model._build_shapes_dict
        if not shapes:
            raise ValueError(
                "dtype_flow: the model must know the shape of its inputs. Call it once, or give it "
                f"an `Input`. Received: model={model}"
            )
        inputs = [KerasTensor(shape, "float32") for shape in shapes.values()]
        if len(inputs) == 1:
            (inputs,) = inputs
    # Zeros, as a few layers run only on values; lengths that are left open do not matter here.
    inputs = tree.map_structure(
        lambda x: ops.zeros([2 if n is None else n for n in x.shape], x.dtype), inputs
    )
    with undisturbed(model), watched(leaves(model)) as seen:
        model(inputs)
    return DTypeFlow(rows_of(seen))


def rows_of(seen):
    """(name, input, compute, variable, output) of each layer that was called, the first time."""
    rows = {}
    for one in seen:
        layer = one.layer
        rows.setdefault(
            layer.path or layer.name,
            (
                one.given[0] if one.given else "",
                layer.compute_dtype,
                layer.weights[0].dtype if layer.weights else "",
                one.outputs[0].dtype if one.outputs else "",
            ),
        )
    return [(path, *dtypes_) for path, dtypes_ in rows.items()]


def arrow(source, target):
    """How a cast from one dtype to another is marked; nothing where there is none."""
    if source == target or not (source and dtypes.is_float(source) and dtypes.is_float(target)):
        return ""
    bits = [dtypes.to_numpy_dtype(name).itemsize for name in (source, target)]
    return " ↓" if bits[1] < bits[0] else " ↑"


class DTypeFlow(View):
    """What `dtype_flow` found.

    Attributes:
        rows: (layer, input, compute, variable, output) with names of dtypes, in the order of calls;
            "" where a layer has none.
    """

    def __init__(self, rows):
        self.rows = rows
        self.figure_size = (7.6, 0.75 + 0.34 * len(rows))

    def text(self):
        lines = [["layer", "input", "compute", "variable", "output"]]
        for name, given, compute, kept, out in self.rows:
            lines.append([name, given + arrow(given, compute), compute, kept or "-", out])
        return "\n".join([*table(lines), "↓ marks a cast to fewer bits, ↑ one to more."])

    def _draw(self, figure):
        axes = figure.add_subplot()
        axes.axis("off")
        axes.set_xlim(0, 7.6)
        axes.set_ylim(len(self.rows) - 0.4, -1)
        places = [2.2, 3.6, 5.0, 6.4]
        for place, title in zip(places, ("input", "compute", "variable", "output"), strict=True):
            axes.text(place + 0.55, -0.72, title, ha="center", color=MUTED, fontsize=9)
        for y, (name, *kinds) in enumerate(self.rows):
            shown = name if len(name) < 30 else "…" + name[-28:]
            axes.text(0.0, y, shown, va="center", color=INK, fontsize=8)
            for place, kind in zip(places, kinds, strict=True):
                box = {"boxstyle": "round,pad=0.3", "fc": COLOURS.get(kind, OTHER), "ec": "none"}
                if kind:
                    axes.text(place + 0.55, y, kind, va="center", ha="center", fontsize=8, bbox=box)
            mark = arrow(kinds[0], kinds[1]).strip()
            note = {"↓": "cast", "↑": "cast", "": ""}[mark]
            axes.annotate(
                "", (places[1] + 0.12, y), (places[0] + 1.0, y),
                arrowprops={"arrowstyle": "->", "color": "#dc2626" if note else MUTED, "lw": 1.2},
            )  # fmt: skip

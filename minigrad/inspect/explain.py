"""One operation, explained: formula, VJPs, source, peers, numbers, time."""

import html
import inspect
import timeit

import numpy as np

from minigrad import ops
from minigrad.autograd.primitive import PRIMITIVES, Primitive
from minigrad.autograd.record import listening
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.formulas import RULES
from minigrad.inspect.numbers import number
from minigrad.inspect.shown import Shown

EXAMPLE = np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]], "float32")
# Where PyTorch and TensorFlow have another name than Keras, or another place.
TORCH = {
    "softmax": "torch.softmax", "log_softmax": "torch.log_softmax", "concatenate": "torch.cat",
    "power": "torch.pow", "expand_dims": "torch.unsqueeze", "transpose": "torch.permute",
    "relu": "torch.relu", "gelu": "torch.nn.functional.gelu", "silu": "torch.nn.functional.silu",
    "conv": "torch.nn.functional.conv2d", "max_pool": "torch.nn.functional.max_pool2d",
    "one_hot": "torch.nn.functional.one_hot", "softplus": "torch.nn.functional.softplus",
}  # fmt: skip
TENSORFLOW = {
    "softmax": "tf.nn.softmax", "log_softmax": "tf.nn.log_softmax", "relu": "tf.nn.relu",
    "gelu": "tf.nn.gelu", "silu": "tf.nn.silu", "sum": "tf.reduce_sum", "mean": "tf.reduce_mean",
    "max": "tf.reduce_max", "min": "tf.reduce_min", "concatenate": "tf.concat",
    "power": "tf.pow", "log": "tf.math.log", "conv": "tf.nn.convolution",
    "max_pool": "tf.nn.max_pool",
}  # fmt: skip


def explain(op, *args, **kwargs):
    """What an operation computes and how its gradient flows back.

    Args:
        op: A function of `ops`, a primitive, or the name of one.
        args, kwargs: What to call it with in the worked example; made up if they are left out.

    Returns:
        An Explanation: formula and VJPs, kernel and NumPy twin, the same in Keras, NumPy, PyTorch
        and TensorFlow, an example with numbers, and the times of kernel and twin.

    Raises ValueError for what is no operation.

    >>> import minigrad as mg
    >>> print(mg.inspect.explain(mg.ops.tanh, [0.0, 1.0]).formulas()[0])
    tanh: y = tanh(x);  x̄ += g · (1 − y²)
    """
    return Explanation(op, args, kwargs)


class Explanation(Shown):
    """What there is to say of an operation; `inspect.explain` makes one.

    Attributes:
        primitives: The primitives that it is made of, as they ran in the example.
        example: (inputs, output, gradients) as arrays; None where no example is known.
    """

    def __init__(self, op, args, kwargs):
        if isinstance(op, str):
            op = getattr(ops, op, None) or PRIMITIVES.get(op)
        if not (isinstance(op, Primitive) or (callable(op) and hasattr(op, "__name__"))):
            raise ValueError(
                f"inspect.explain: expected a function of ops or a primitive. Received: op={op!r}"
            )
        self.op, self.name, self.title = op, op.__name__, f"ops.{op.__name__}"
        self.primitives, self.example = [], None
        self._call = None
        for candidate in [args] if args else [(EXAMPLE,), (EXAMPLE, EXAMPLE), (EXAMPLE, EXAMPLE.T)]:
            try:
                self._try(candidate, kwargs)
            except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
                if args:
                    raise
                continue
            break
        if isinstance(op, Primitive) and op not in self.primitives:
            self.primitives = [op]

    def _try(self, args, kwargs):
        seen = []
        inputs = []
        for one in args:
            array = np.asarray(one, "float32") if _is_floats(one) else one
            inputs.append(Tensor(array, requires_grad=True) if _is_floats(one) else one)
        with listening(lambda primitive, *_: seen.append(primitive)):
            out = self.op(*inputs, **kwargs)
        self.primitives = list(dict.fromkeys(seen))
        watched = [x for x in inputs if isinstance(x, Tensor)]
        gradients = []
        if isinstance(out, Tensor) and out.requires_grad:
            upstream = np.linspace(1, 2, max(out.size, 1), dtype="float32").reshape(out.shape)
            out.backward(upstream)
            gradients = [None if x.grad is None else x.grad.numpy() for x in watched]
            self._upstream = upstream
        first = out if isinstance(out, Tensor) else None
        values = [x.numpy() if isinstance(x, Tensor) else x for x in inputs]
        self.example = values, None if first is None else first.numpy(), gradients
        self._call = lambda: self.op(*inputs, **kwargs)

    def formulas(self):
        """A line for each primitive: what it computes, and what it sends to its inputs."""
        lines = []
        for one in self.primitives:
            rule = RULES.get(one.name)
            if rule is None:
                continue
            names = rule.inputs or one.inputs
            sent = [f"{n}̄ += {v.text}" for n, v in zip(names, rule.vjps) if v is not None]
            tail = f";  {', '.join(sent)}" if sent else ";  no gradient"
            words = f"  ({rule.words})" if rule.words else ""
            letters = [f"{letter} = {formula.text}" for letter, formula in rule.let.items()]
            letters = f";  where {', '.join(letters)}" if letters else ""
            lines.append(f"{one.name}: y = {rule.forward.text}{tail}{letters}{words}")
        return lines

    @property
    def latex(self):
        """Formula and VJPs in LaTeX, a line each."""
        lines = []
        for one in self.primitives:
            rule = RULES.get(one.name)
            if rule is not None:
                lines.append(f"y = {rule.forward.latex}")
                for n, v in zip(rule.inputs or one.inputs, rule.vjps):
                    if v is not None:
                        lines.append(rf"\bar{{{n}}} \mathrel{{+}}= {v.latex}")
                lines += [f"{letter} = {formula.latex}" for letter, formula in rule.let.items()]
        return lines

    def kernels(self):
        """{name: (source of the Numba kernel, source of its NumPy twin)} of what it runs."""
        found = {}
        for one in self.primitives:
            function = inspect.unwrap(one.kernel)
            scope = getattr(function, "__globals__", {})
            code = getattr(function, "__code__", None)
            for name in code.co_names if code else ():
                kernel = scope.get(name)
                if hasattr(kernel, "twin") and hasattr(kernel, "function"):
                    found[name] = _source(kernel.function), _source(kernel.twin)
            if not found.keys() & set(code.co_names if code else ()):
                found[one.name] = "", _source(function)
        return found

    def peers(self):
        """{framework: how the same is called there}."""
        found = {"minigrad": f"minigrad.ops.{self.name}", "Keras": f"keras.ops.{self.name}"}
        if hasattr(np, self.name):
            found["NumPy"] = f"numpy.{self.name}"
        found["PyTorch"] = TORCH.get(self.name, f"torch.{self.name}")
        found["TensorFlow"] = TENSORFLOW.get(self.name, f"tf.{self.name}")
        return found

    def time(self, repeat=5):
        """Seconds of a call of the example: {"minigrad": …, "NumPy": …} where NumPy has it."""
        found = {}
        if self._call is not None:
            found["minigrad"] = min(timeit.repeat(self._call, number=100, repeat=repeat)) / 100
            twin = getattr(np, self.name, None)
            if callable(twin):
                values = self.example[0]
                try:
                    found["NumPy"] = (
                        min(timeit.repeat(lambda: twin(*values), number=100, repeat=repeat)) / 100
                    )
                except (TypeError, ValueError):
                    return found
        return found

    def _example_text(self):
        if self.example is None:
            return ["pass arguments for an example: inspect.explain(op, x, …)"]
        values, out, gradients = self.example
        lines = [f"x{i} = {_rows(one)}" for i, one in enumerate(values, 1)]
        lines.append(f"y  = {_rows(out)}")
        if gradients:
            lines.append(f"g  = {_rows(self._upstream)}")
            lines += [
                f"x{i}̄ = {_rows(one)}" for i, one in enumerate(gradients, 1) if one is not None
            ]
        return lines

    def _sections(self):
        yield "what", (inspect.getdoc(self.op) or "").split("\n\n")[0].splitlines()
        yield "formula and VJP (g: the gradient from above)", self.formulas()
        yield "example", self._example_text()
        yield "elsewhere", [f"{name}: {where}" for name, where in self.peers().items()]
        for name, (kernel, twin) in self.kernels().items():
            if twin:
                yield f"NumPy: {name}", twin.splitlines()
            if kernel:
                yield f"Numba: {name}", kernel.splitlines()
        times = [f"{name}: {1e6 * t:.3g} µs a call" for name, t in self.time().items()]
        yield "time of the example", times

    def text(self):
        """All of it as text."""
        pieces = [self.title]
        for title, lines in self._sections():
            pieces += ["", f"── {title} ──", *lines]
        return "\n".join(pieces)

    def _repr_html_(self):
        pieces = [f"<h3>{html.escape(self.title)}</h3>"]
        for title, lines in self._sections():
            pieces.append(f"<h4>{html.escape(title)}</h4>")
            if title.startswith("formula"):
                pieces += [f"<p>{one}</p>" for one in self._mathml()]
            else:
                pieces.append(f"<pre>{html.escape(chr(10).join(lines))}</pre>")
        return "".join(pieces)

    def _mathml(self):
        for one in self.primitives:
            rule = RULES.get(one.name)
            if rule is None:
                continue
            yield f"<b>{one.name}</b>: y = {rule.forward.mathml} {html.escape(rule.words)}"
            for n, v in zip(rule.inputs or one.inputs, rule.vjps):
                if v is not None:
                    yield f"{html.escape(n)}̄ += {v.mathml}"
            for letter, formula in rule.let.items():
                yield f"{letter} = {formula.mathml}"

    def _figure(self):
        from matplotlib.figure import Figure

        lines = self.text().splitlines()
        made = Figure(figsize=(9, 0.19 * len(lines) + 0.4))
        text = "\n".join(lines).replace("$", r"\$")
        made.text(0.02, 0.98, text, va="top", family="monospace", fontsize=8)
        return made


def _is_floats(x):
    try:
        return np.asarray(x).dtype.kind == "f"
    except (TypeError, ValueError):
        return False


def _source(function):
    try:
        return inspect.getsource(function)
    except (TypeError, OSError):  # NumPy's own, in C
        return getattr(function, "__name__", repr(function))


def _rows(array):
    array = np.asarray(array)
    if array.ndim == 0:
        return number(array[()])
    return np.array2string(array, precision=4, separator=", ", threshold=40).replace(
        "\n", "\n     "
    )

"""One operation, explained: formula, VJPs, source, peers, numbers, time."""

import contextlib
import functools
import html
import inspect
import textwrap
import timeit
from types import MappingProxyType

import numpy as np

from minigrad import ops, tree
from minigrad.autograd.primitive import PRIMITIVES, Primitive
from minigrad.autograd.record import listening, run_bare
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.examples import EXAMPLES
from minigrad.inspect.formulas import RULES
from minigrad.inspect.numbers import number
from minigrad.inspect.peers import names_elsewhere
from minigrad.inspect.shown import Shown
from minigrad.kernels.jit import Kernel, load_numba

STYLE = "font-family:sans-serif;font-size:14px;max-width:60em"
CODE_STYLE = "background:#f6f7fa;border-radius:6px;padding:8px 10px;font-size:12px;overflow-x:auto"
MANY, WIDER = 1 << 14, 32  # to time kernels with: so many numbers, in rows that are longer
EXAMPLE = np.array([[1.0, 2.0, 0.5], [0.25, -1.0, 3.0]], "float32")


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
        call: The example as one would write it.
        example: (inputs, output, gradients): arrays, or structures of them; None where no example
            is known.
    """

    def __init__(self, op, args, kwargs):
        name = op if isinstance(op, str) else getattr(op, "__name__", None)
        given = op
        if isinstance(op, str):
            op = getattr(ops, op, None) or PRIMITIVES.get(op)
        if not (isinstance(op, Primitive) or (callable(op) and hasattr(op, "__name__"))):
            raise ValueError(
                "inspect.explain: expected a function of ops, a primitive, or the name of one. "
                f"Received: op={given!r}"
            )
        self.op, self.name, self.title = op, name, f"ops.{name}"
        self.primitives, self.example, self.call = [], None, ""
        self._run, self._records, self._upstream = None, [], ()
        if args or kwargs:
            self._try(args, lambda *inputs: op(*inputs, **kwargs))
            self.call = self._written(args, kwargs)
        elif getattr(ops, self.name, None) is op and self.name in EXAMPLES:
            self.call, *arrays = EXAMPLES[self.name]
            self._try(
                [np.asarray(one, "float32") for one in arrays], _function_of(self.call, len(arrays))
            )
        else:
            self._guess()
        if isinstance(op, Primitive) and op not in self.primitives:
            self.primitives = [op]

    def _guess(self):
        """An example of one array or two, whatever the operation takes."""
        for args in [(EXAMPLE,), (EXAMPLE, EXAMPLE), (EXAMPLE, EXAMPLE.T)]:
            try:
                self._try(args, self.op)
            except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
                continue
            self.call = self._written(args)
            return

    def _written(self, args, kwargs=MappingProxyType({})):
        """A call of the operation, as one would write it."""
        named = [f"{name}={value!r}" for name, value in kwargs.items()]
        return f"ops.{self.name}({', '.join([*_names(args), *named])})"

    def _try(self, args, function):
        inputs = [
            Tensor(np.asarray(one, "float32"), requires_grad=True) if _is_floats(one) else one
            for one in args
        ]
        records = []
        with listening(lambda primitive, x, params, _: records.append((primitive, x, params))):
            out = function(*inputs)
        self._records = records
        self.primitives = list(dict.fromkeys(primitive for primitive, *_ in records))
        results = [y for y in tree.flatten(out) if isinstance(y, Tensor) and y.requires_grad]
        self._upstream = [
            np.linspace(1, 2, max(y.size, 1), dtype="float32").reshape(y.shape) for y in results
        ]
        if results:
            total = sum((y * g).sum() for y, g in zip(results, self._upstream, strict=True))
            total.backward()
        gradients = [
            None if x.grad is None else x.grad.numpy() for x in inputs if isinstance(x, Tensor)
        ]
        self.example = (
            tree.map_structure(_plain, inputs),
            tree.map_structure(_plain, out),
            gradients,
        )
        self._run = lambda: function(*inputs)

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
            kernels = _kernels_of(one)
            for name, kernel in kernels.items():
                found[name] = _source(kernel.function), _source_with_helpers(kernel.twin)
            if not kernels:
                found[one.name] = "", _source(inspect.unwrap(one.kernel))
        return found

    def source(self):
        """How the operation is written here; a primitive by its declaration in `ops`."""
        return "" if isinstance(self.op, Primitive) else _source(inspect.unwrap(self.op))

    def peers(self):
        """{framework: how the same is called there}; of those that have it under one name."""
        found = {"minigrad": f"minigrad.ops.{self.name}", "Keras": f"keras.ops.{self.name}"}
        if getattr(ops, self.name, None) is not self.op:
            return {}  # a primitive is minigrad's own
        known = names_elsewhere()
        for framework in ("NumPy", "PyTorch", "TensorFlow"):
            if self.name in known[framework]:
                found[framework] = known[framework][self.name]
        return found

    def time(self, repeat=5):
        """Seconds of a call of the example: {"minigrad": …, "NumPy": …} where NumPy has it."""
        found = {}
        if self._run is None:
            return found
        found["minigrad"] = _seconds(self._run, repeat)
        twin = getattr(np, self.name, None)
        values = self.example[0]
        if callable(twin) and self.call == self._written(values):
            with contextlib.suppress(TypeError, ValueError):
                found["NumPy"] = _seconds(lambda: twin(*values), repeat)
        return found

    def kernel_times(self, repeat=5):
        """{kernel: (seconds with Numba, seconds of its NumPy twin, how many numbers)}.

        For the kernels that it calls itself, and for more rows than the example has, of which a
        kernel is worth its call. One that was not used before is compiled first.
        """
        found = {}
        if load_numba() is None:
            return found
        for primitive, inputs, params in self._records:
            values = [x._value if isinstance(x, Tensor) else x for x in inputs]
            for name, kernel in _kernels_of(primitive).items():
                args = None if name in found else _arguments(primitive, kernel, values, params)
                if args is not None:
                    with np.errstate(all="ignore"):
                        kernel(*args)
                        found[name] = (
                            _seconds(functools.partial(kernel, *args), repeat, 10),
                            _seconds(functools.partial(kernel.twin, *args), repeat, 10),
                            args[0].size,
                        )
        return found

    def _example_text(self):
        if self.example is None:
            return ["pass arguments for an example: inspect.explain(op, x, …)"]
        values, out, gradients = self.example
        lines = [f"x{i} = {_rows(one)}" for i, one in enumerate(values, 1)]
        lines.append(f"y  = {self.call}")
        several = isinstance(out, (tuple, list))
        parts = {f"y[{i}]": one for i, one in enumerate(out)} if several else {"  ": out}
        lines += [f"{name} = {_rows(one)}" for name, one in parts.items()]
        if any(one is not None for one in gradients):
            several = len(self._upstream) > 1
            lines += [
                f"g{f'[{i}]' if several else ''}  = {_rows(one)}"
                for i, one in enumerate(self._upstream)
            ]
            lines += [
                f"∇x{i} = {_rows(one)}" for i, one in enumerate(gradients, 1) if one is not None
            ]
        return lines

    def _sections(self):
        yield "what", (inspect.getdoc(self.op) or "").split("\n\n")[0].splitlines()
        formulas = self.formulas() or ["no primitive runs: nothing is recorded, no gradient flows"]
        yield "formula and VJP (g: the gradient from above)", formulas
        yield "example", self._example_text()
        elsewhere, notes = self.peers(), names_elsewhere()["notes"]
        lines = [f"{name}: {where}" for name, where in elsewhere.items()]
        for i, framework in enumerate(elsewhere):
            if self.name in notes.get(framework, ()):
                lines[i] += f" ({notes[framework][self.name]})"
        yield "elsewhere", lines or ["a primitive of minigrad's own"]
        if self.source():
            yield f"here: ops.{self.name}", self.source().splitlines()
        for name, (kernel, twin) in self.kernels().items():
            if twin:
                yield f"NumPy: {name}", twin.splitlines()
            if kernel:
                yield f"Numba: {name}", kernel.splitlines()
        times = [f"{name}: {_microseconds(t)} a call" for name, t in self.time().items()]
        times += [
            f"kernel {name}, {size} numbers: {_microseconds(fast)} with Numba, "
            f"{_microseconds(twin)} its NumPy twin"
            for name, (fast, twin, size) in self.kernel_times().items()
        ]
        yield "time of the example", times

    def text(self):
        """All of it as text."""
        pieces = [self.title]
        for title, lines in self._sections():
            pieces += ["", f"── {title} ──", *lines]
        return "\n".join(pieces)

    def _repr_html_(self):
        pieces = [f"<div style='{STYLE}'><h3>{html.escape(self.title)}</h3>"]
        for title, lines in self._sections():
            pieces.append(f"<h4 style='margin:1em 0 .4em'>{html.escape(title)}</h4>")
            if title.startswith("formula"):
                pieces += [f"<p>{one}</p>" for one in self._mathml()]
            else:
                text = html.escape("\n".join(lines))
                pieces.append(f"<pre style='{CODE_STYLE}'>{text}</pre>")
        return "".join([*pieces, "</div>"])

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
        made = Figure(figsize=(9, 0.134 * len(lines) + 0.4))
        text = "\n".join(lines).replace("$", r"\$")
        made.text(0.02, 0.98, text, va="top", family="monospace", fontsize=8)
        return made


def _is_floats(x):
    try:
        return np.asarray(x).dtype.kind == "f"
    except (TypeError, ValueError):
        return False


def _plain(x):
    return x.numpy() if isinstance(x, Tensor) else x


def _names(values):
    return [f"x{i}" for i, _ in enumerate(values, 1)]


def _function_of(call, count):
    """The function of x1 … that a call in the table of examples stands for."""
    return eval(f"lambda {', '.join(f'x{i + 1}' for i in range(count))}: {call}", {"ops": ops})


def _kernels_of(primitive):
    """{name: Kernel} of the Numba kernels that the kernel of a primitive calls itself."""
    function = inspect.unwrap(primitive.kernel)
    code, scope = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    if code is None:
        return {}
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    named = [scope.get(name) for name in code.co_names] + cells
    return {one.__name__: one for one in named if isinstance(one, Kernel)}


def _arguments(primitive, kernel, values, params):
    """What a kernel is called with by its primitive, for many rows like those of `values`."""
    arrays = [i for i, one in enumerate(values) if isinstance(one, np.ndarray) and one.ndim]
    for grown, width in ((arrays, WIDER), (arrays, 1), (arrays[:1], 1)):
        more = list(values)
        for i in grown:
            one = values[i] if values[i].ndim == 1 else np.repeat(values[i], width, axis=-1)
            more[i] = np.repeat(one, -(-MANY // one.size), axis=0)
        calls = []

        class Noted:
            """In the place of the compiled functions: notes what they are called with."""

            def get(self, key, calls=calls):
                return lambda *args: (kernel.twin(*args), calls.append(args))[0]

        before = kernel._ready, kernel._serial
        kernel._ready, kernel._serial = Noted(), {}
        try:
            # Rows of this one cannot be added, or the numbers grow beyond all bounds.
            with contextlib.suppress(Exception), np.errstate(all="ignore"):
                run_bare(lambda more=more: primitive.run(*more, **params))
        finally:
            kernel._ready, kernel._serial = before
        if calls:
            return calls[-1]
    return None


def _seconds(run, repeat, number=100):
    return min(timeit.repeat(run, number=number, repeat=repeat)) / number


def _microseconds(seconds):
    return f"{1e6 * seconds:.3g} µs"


def _source(function):
    """The source of a function, and what the names stand for that it takes from around it."""
    try:
        text = inspect.getsource(function)
    except (TypeError, OSError):  # NumPy's own, in C
        return getattr(function, "__name__", repr(function))
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    known = [f"{name} is {one.__name__}" for name, one in zip(names, cells, strict=False)
             if hasattr(one, "__name__")]  # fmt: skip
    return f"{textwrap.dedent(text).rstrip()}" + (f"\n# {', '.join(known)}" if known else "")


def _source_with_helpers(function):
    """The source of a function and of those of its module that it calls."""
    code, scope = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    helpers = [scope.get(name) for name in (code.co_names if code else ())]
    ours = [one for one in helpers if getattr(one, "__module__", "") == scope.get("__name__")]
    return "\n\n".join(map(_source, [*filter(inspect.isfunction, ours), function]))


def _rows(x):
    if isinstance(x, (tuple, list)):
        return ", ".join(map(_rows, x))
    array = np.asarray(x)
    if array.ndim == 0:
        return number(array[()]) if array.dtype.kind in "iuf" else str(x)
    shape = ""
    if array.ndim > 2 and array.squeeze().ndim in (1, 2):  # an image, a filter
        array, shape = array.squeeze(), f"  of shape {array.shape}"
    text = np.array2string(array, precision=4, separator=", ", threshold=40)
    return text.replace("\n", "\n     ") + shape

"""Formulas of the table, evaluated beside kernels and rules."""

import ast

import numpy as np

from minigrad import Tensor
from minigrad.autograd.backward import unbroadcast
from minigrad.autograd.primitive import PRIMITIVES
from minigrad.autograd.record import Record, TupleRecord, listening, run_bare
from minigrad.inspect.formulas import RULES
from minigrad.inspect.formulas.functions import FUNCTIONS
from minigrad.kernels import sampling
from minigrad.ops.random_numbers import _key
from tests.gradient_cases import Case, all_cases

SPARSE = PRIMITIVES["sparse_crossentropy"]
LARGEST = 400  # elements of an input whose Jacobian is made by differences
# From which output on they are there for the rule alone: nobody sends them a gradient.
INTERNAL = {
    "layer_norm": 1,
    "dense_crossentropy": 1,
    "sparse_crossentropy": 1,
    "lstm_walk": 2,
    "gru_walk": 1,
    "attend": 1,
}
# Slopes that have no derivatives: their rules only say so.
WITHOUT_SECOND = {"random_gamma_slope", "random_beta_slopes"}
# Given what the way there has computed, which depends on the other inputs: differences of the
# formula see that, those of the kernel do not.
FROM_SCRATCH = ("lstm_slope", "gru_slope")


def samples(each=3):
    """{primitive: [Record]} of what the gradient cases compute, forwards and backwards."""
    found, taken = {}, {}

    def note(primitive, inputs, params, outputs):
        if taken.setdefault(primitive.name, 0) >= each or not primitive.differentiable:
            return
        if primitive.name in WITHOUT_SECOND:
            return
        values = [x._value if isinstance(x, Tensor) else x for x in inputs]
        if sum(np.size(one) for one in values if one is not None) > LARGEST:
            return
        if unsuitable(primitive.name, values):
            return
        taken[primitive.name] += 1
        several = isinstance(outputs, tuple)
        output = tuple(one._value for one in outputs) if several else outputs._value
        kind = TupleRecord if several else Record
        found.setdefault(primitive, []).append(kind(primitive, inputs, values, params, output))

    logits = np.linspace(-1, 1, 12).reshape(4, 3)
    known = [
        Case("known classes", lambda x: SPARSE(x, np.array([0, 2, 1, 1]))[0], (logits,)),
        Case("picked", lambda x: PRIMITIVES["pick_class"](x, np.array([0, 2, 1, 1])), (logits,)),
    ]
    for case in [*known, *all_cases()]:
        inputs = [
            Tensor(np.asarray(x, "float64"), requires_grad=True)
            if isinstance(x, float) or getattr(x, "dtype", None) == np.float64
            else x
            for x in case.inputs
        ]
        with listening(note):
            results = case.f(*inputs)
            for y in results if isinstance(results, (tuple, list)) else [results]:
                if isinstance(y, Tensor) and y.requires_grad:
                    y.backward(Tensor(np.ones(y.shape), requires_grad=True), create_graph=True)
    return found


def unsuitable(name, values):
    """Where the case is about what a formula says in words: no full rank, no such label …"""
    if name in ("sparse_crossentropy", "sparse_crossentropy_slope", "pick_class", "place_class"):
        return np.min(values[1]) < 0 or np.max(values[1]) >= values[0].shape[-1]
    if name == "eigh":
        return np.diff(np.linalg.eigvalsh(values[0])).min(initial=1.0) < 1e-9
    if name in ("pinv", "cofactors"):
        return np.linalg.matrix_rank(values[0]).min() < min(values[0].shape[-2:])
    return False


def names_of(formula):
    """The functions that a formula calls."""
    return {
        node.func.id
        for node in ast.walk(ast.parse(formula.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def environment(record, rule):
    """The names of the inputs, and everything that a formula may speak of."""
    names = rule.inputs or record.primitive.inputs
    values = [
        x if x is None or isinstance(x, (bool, int, float)) else np.asarray(x)
        for x in record.values
    ]
    known = dict(record.params)
    if isinstance(known.get("axis"), int) and record.primitive.name == "sparsemax":
        known["axis"] = (known["axis"],)

    def spread(g, x):
        """g with the axes back that a reduction took away."""
        axis, keep = record.params.get("axis"), record.params.get("keepdims")
        axis = tuple(range(x.ndim)) if axis is None else axis
        return np.broadcast_to(g if keep else np.expand_dims(g, axis), x.shape)

    def count(x, axis):
        return spread(np.ones_like(record.output), x).size / np.size(record.output)

    def shares(x, y, axis):
        best = x == spread(y, x)
        return best / best.sum(axis if axis is None else tuple(axis), keepdims=True)

    def gammas(seed, alpha, beta):
        """The two variates that a variate of the beta distribution is made of."""
        shape = np.shape(record.output)
        flat = [np.broadcast_to(one, shape).ravel() for one in (alpha, beta)]
        drawn = sampling._beta_logarithms(sampling.Stream(_key(seed)), *flat)
        return [np.exp(one).reshape(shape) for one in drawn]

    functions = {"spread": spread, "count": count, "shares": shares, "gammas": gammas}
    return names, values, known | functions


def kernel_of(record):
    """The kernel as a function of one input, the others held; of FROM_SCRATCH the formula."""
    rule = RULES[record.primitive.name]

    def compute(place, x):
        if record.primitive.name in FROM_SCRATCH:
            names, values, known = environment(record, rule)
            return rule.forward.value(**known, **dict(zip(names, values)) | {names[place]: x})
        values = [np.asarray(v) if isinstance(v, np.generic) else v for v in record.values]
        values[place] = x
        out = run_bare(lambda: record.primitive.run(*values, **record.params))
        return tuple(map(np.asarray, out)) if isinstance(out, tuple) else (np.asarray(out),)

    return compute


def transpose_of(record, place, g, step=1e-6):
    """(∂y/∂x)ᵀ g by differences, exact to rounding where y is linear in x."""
    x = np.asarray(record.values[place], "float64")
    compute, result = kernel_of(record), np.zeros(x.size)
    for index in range(x.size):
        sums = []
        for sign in (1, -1):
            moved = x.copy().reshape(-1)
            moved[index] += sign * step
            out = compute(place, moved.reshape(x.shape))
            sums.append(sum(np.sum(a * b) for a, b in zip(out, g) if b is not None))
        result[index] = (sums[0] - sums[1]) / (2 * step)
    return result.reshape(x.shape)


def sent_back(record, upstream):
    """What the rules give, also where the inputs of the record are not watched."""
    primitive, args = record.primitive, (upstream, record.output, *record.values)
    if primitive.joint is not None:
        return primitive.joint(*args, **record.params)
    return [rule(*args, **record.params) for rule in primitive.vjp]


def compared(record, rng):
    """(what, by the rule, by the formula) for each VJP of a record."""
    rule, primitive = RULES[record.primitive.name], record.primitive
    names, values, known = environment(record, rule)
    outputs = record.output if isinstance(record.output, tuple) else (record.output,)
    g = [
        rng.normal(size=one.shape) if one.dtype.kind == "f" else np.zeros(one.shape)
        for one in outputs
    ]
    first = INTERNAL.get(primitive.name, len(g))
    g[first:] = [0 * one for one in g[first:]]
    g = tuple(one.astype(outputs[0].dtype) if one.dtype.kind == "f" else one for one in g)
    upstream = g if isinstance(record.output, tuple) else g[0]
    found = run_bare(sent_back, record, upstream)
    many = len(values) > len(names)
    for place, by_rule in enumerate(found):
        if by_rule is None:
            continue
        formula = rule.vjps[0 if many else place]
        words = known | dict(zip(names, values)) | {"g": upstream, "y": record.output}
        if many:
            words[names[0]] = values[place]
        words["transpose_of"] = lambda x, place=place: transpose_of(record, place, g)
        words = rule.with_letters(words)
        shape = np.shape(values[place])
        by_formula = np.zeros(shape) if formula is None else formula.value(**words)
        by_formula = unbroadcast(np.asarray(by_formula), shape)
        yield place, unbroadcast(np.asarray(by_rule), shape), by_formula


def forward_of(record):
    """The output by the formula, or None where a function in it is a mere word."""
    rule = RULES[record.primitive.name]
    names, values, known = environment(record, rule)
    if not names_of(rule.forward) <= FUNCTIONS.keys() or len(values) > len(names):
        return None
    return rule.forward.value(**rule.with_letters(known | dict(zip(names, values))))

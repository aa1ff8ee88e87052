"""check_gradients: are the gradients right, and if not, which op, and what is the mistake?"""

import math

import numpy as np

from minigrad import tree
from minigrad.autograd.backward import walk
from minigrad.autograd.record import Leaf, no_grad
from minigrad.autograd.tensor import Tensor, as_tensor, wrap
from minigrad.inspect.finite_differences import along, difference, unit
from minigrad.inspect.gradient_causes import find_wrong_ops
from minigrad.inspect.gradient_report import GradientCheck, WeightVerdict
from minigrad.inspect.replayed_tape import RECORDS, ReplayedTape
from minigrad.inspect.undisturbed import arrays_of, undisturbed
from minigrad.layers import Layer
from minigrad.stateless_scope import StatelessScope


def check_gradients(model_or_fn, *args, training=True, entries=12, tolerance=1e-5, seed=0):
    """Compare gradients with finite differences, weight by weight, and find the mistake.

    The tape of one run is run again in float64 at points nearby, so the comparison has many digits
    whatever the dtype of the model, and random numbers (dropout) stay as they were. If a gradient
    is wrong, the rule of every record of the tape is checked by itself.

    Args:
        model_or_fn: A model, called on `x` and judged by its loss on `y` if it is compiled; a
            layer, or a function of Tensors. What is no scalar is weighed at random and summed.
        args: `x`, or `x, y`, or `x, y, sample_weight` of a model; the arguments of a function, of
            which the floating ones are differentiated by, together with the Variables it uses.
        training: Whether layers behave as in training.
        entries: How many entries of each weight to look at; others are checked by one random
            direction.
        tolerance: The largest error allowed, relative to the largest gradient of the weight.
        seed: Of the random directions and entries.

    Returns:
        A GradientCheck: `print` it; `.ok` is the verdict. The model stays as it was.

    Raises:
        ValueError: nothing that has a gradient was used.

    >>> from minigrad import inspect, ops
    >>> inspect.check_gradients(lambda x: ops.sum(ops.tanh(x)), [0.5, -1.0]).ok
    True
    """
    rng = np.random.default_rng(seed)
    model = model_or_fn if isinstance(model_or_fn, Layer) else None
    with undisturbed(model):
        subject = (
            _OfModel(model, args, training, seed) if model else _OfFunction(model_or_fn, args, seed)
        )
        result = subject.run({})
        if type(result._record) not in RECORDS:
            raise ValueError(
                "check_gradients: the result depends on nothing that has a gradient. Pass floating "
                f"arguments or a model with trainable weights. Received: {model_or_fn!r}"
            )
        return _Check(subject, result, rng, entries, tolerance).report()


class _Subject:
    """What is checked: something that can be run with other values in its leaves."""

    names: dict

    def _scalar(self, outputs, seed):
        rng = np.random.default_rng(seed)
        outputs = [as_tensor(one) for one in tree.flatten(outputs)]
        outputs = [one for one in outputs if "float" in one.dtype]
        if len(outputs) == 1 and outputs[0].size == 1:
            return outputs[0].sum()
        weights = [rng.uniform(0.5, 1.5, one.shape).astype("float32") for one in outputs]
        terms = [(one * wrap(weight)).sum() for one, weight in zip(outputs, weights, strict=True)]
        if not terms:
            raise ValueError(
                "check_gradients: there is no floating result, so there is no gradient. "
                "Received: outputs of whole numbers or booleans"
            )
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total


class _OfModel(_Subject):
    def __init__(self, model, args, training, seed):
        if not args:
            raise ValueError(
                "check_gradients: a model is checked on data. Pass x, and y for its loss. "
                f"Received: model={model.name}, args=()"
            )
        self.model, self.seed = model, seed
        self.x, self.y, self.sample_weight = (*map(arrays_of, args), None, None, None)[:3]
        self.training = training
        self.loss = self.y is not None and getattr(model, "compiled", False)
        if not model.built:
            with no_grad():
                self._outputs()
        self.variables = list(model.trainable_variables)
        self.names = {variable._leaf: variable.path for variable in self.variables}
        self.values = {variable._leaf: variable.numpy() for variable in self.variables}

    def _outputs(self):
        if self.model._call_signature.parameters.get("training") is None and not self.loss:
            return self.model(self.x)
        return self.model(self.x, training=self.training)

    def run(self, changed):
        mapping = [
            (v, changed[v._leaf].astype(v._dtype)) for v in self.variables if v._leaf in changed
        ]
        with no_grad(recording=not changed), StatelessScope(mapping):
            outputs = self._outputs()
            if self.loss:
                return self.model._compute_loss(
                    self.x, self.y, outputs, self.sample_weight, training=self.training
                )
            return self._scalar(outputs, self.seed)


class _OfFunction(_Subject):
    def __init__(self, function, args, seed):
        self.function, self.seed = function, seed
        self.args = tuple(map(_as_argument, args))
        leaves = [
            x for x in tree.flatten(self.args) if isinstance(x, Tensor) and "float" in x.dtype
        ]
        self.leaves = [(x, Leaf()) for x in leaves]
        many = len(self.leaves) > 1
        self.names = {
            leaf: f"argument {i}" if many else "argument" for i, (_, leaf) in enumerate(self.leaves)
        }
        self.values = {leaf: x.numpy() for x, leaf in self.leaves}

    def run(self, changed):
        known = {id(x): leaf for x, leaf in self.leaves}

        def enter(x):
            leaf = known.get(id(x))
            if leaf is None:
                return x
            value = changed[leaf].astype(x._value.dtype) if leaf in changed else x._value
            return wrap(value, leaf)

        with no_grad(recording=not changed):
            outputs = self.function(*tree.map_structure(enter, self.args, none_is_leaf=False))
            return self._scalar(outputs, self.seed)


def _as_argument(x):
    if isinstance(x, list) and all(isinstance(one, (int, float)) for one in tree.flatten(x)):
        return as_tensor(x)  # numbers in lists are one array, arrays in lists are several
    return tree.map_structure(
        lambda one: one if hasattr(one, "_leaf") else as_tensor(one), x, none_is_leaf=False
    )


class _Check:
    def __init__(self, subject, result, rng, entries, tolerance):
        self.subject, self.result, self.rng = subject, result, rng
        self.entries, self.tolerance = entries, tolerance
        self.tape = ReplayedTape(result)
        for leaf in self.tape.leaves:
            subject.names.setdefault(leaf, leaf.name or "a tensor")
        self.pairs = []

    def report(self):
        try:
            self.rules = self.tape.gradients()
            seed = [wrap(np.ones_like(self.result._value))]
            trained = walk([self.result], seed, list(self.tape.leaves))
        except Exception as error:  # a rule fails, or returns a shape that has no place
            wrong = find_wrong_ops(self.tape)
            note = f"The walk back fails: {type(error).__name__}: {error}"
            weights = [self._without(leaf, "wrong") for leaf in self.tape.leaves]
            return GradientCheck(weights, wrong, [note], [])
        weights = []
        for leaf in self.subject.names:
            if leaf in self.tape.leaves:
                weights.append(self._judge(leaf, trained.get(leaf)))
            else:
                weights.append(self._without(leaf, self._unreached(leaf)))
        wrong = []
        if not all(one.ok for one in weights):
            wrong = find_wrong_ops(self.tape)
        return GradientCheck(weights, wrong, self._notes(weights), self.pairs)

    def _without(self, leaf, verdict):
        value = self.tape.leaves.get(leaf, self.subject.values.get(leaf))
        return WeightVerdict(
            self.subject.names[leaf], np.shape(value), verdict, math.nan, (), math.nan, math.nan
        )

    def _judge(self, leaf, trained):
        said, point = self.rules[leaf], self.tape.leaves[leaf]
        largest = float(np.abs(said).max(initial=0))
        picked = self._pick(said)
        rows = [
            difference(
                self._loss_along(leaf, unit(point.shape, at)), said[at], self.tolerance, largest
            )
            for at in picked
        ]
        scale = max([largest, 1e-10, *(abs(row.central) for row in rows)])
        self.pairs.append(
            (
                self.subject.names[leaf],
                np.array([said[at] for at in picked]),
                np.array([row.central for row in rows]),
            )
        )
        errors = [
            0.0
            if row.agrees(said[at], self.tolerance, scale) and (row.kink or row.doubt)
            else _relative(said[at] - row.central, scale)
            for at, row in zip(picked, rows, strict=True)
        ]
        worst = int(np.argmax(errors)) if errors else 0
        agree = not errors or errors[worst] <= self.tolerance
        verdict = "right"
        if not (agree and self._right_along_a_direction(leaf, said)):
            verdict = "wrong"
        elif any(row.kink for row in rows):
            verdict = "kink"
        if verdict == "right" and trained is not None and self._noisy(trained, said):
            verdict = "noise"
        if not errors:
            return self._without(leaf, "right")
        return WeightVerdict(
            self.subject.names[leaf],
            point.shape,
            verdict,
            errors[worst],
            tuple(map(int, picked[worst])),
            float(said[picked[worst]]),
            rows[worst].central,
        )

    def _pick(self, said):
        """Entries to look at: the largest gradients, and some at random."""
        flat = np.abs(said).reshape(-1)
        flat = np.where(np.isnan(flat), np.inf, flat)
        count = min(self.entries, flat.size)
        largest = np.argsort(-flat, kind="stable")[: (count + 1) // 2]
        others = np.setdiff1d(np.arange(flat.size), largest)
        chosen = self.rng.choice(others, min(count - len(largest), len(others)), replace=False)
        return [np.unravel_index(i, said.shape) for i in (*largest, *chosen)]

    def _loss_along(self, leaf, direction):
        path = along(self.tape.leaves[leaf], direction)
        return lambda t: self.tape.value({leaf: path(t)})

    def _right_along_a_direction(self, leaf, said):
        direction = self.rng.standard_normal(said.shape)
        whole = float((said * direction).sum())
        scale = max(float(np.abs(said * direction).sum()), 1e-10)
        loose = 10 * self.tolerance
        return difference(self._loss_along(leaf, direction), whole, loose, scale).agrees(
            whole, loose, scale
        )

    def _noisy(self, trained, said):
        """Whether the gradient in the dtype of training has lost most of its digits."""
        eps = float(np.finfo(np.float32).eps if trained.dtype == "float32" else 0)
        eps = {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(trained.dtype, eps)
        value = trained.numpy().astype(np.float64)
        off = np.abs(value - said).max(initial=0)
        return bool(off > 10 * math.sqrt(eps) * max(np.abs(said).max(initial=0), 1e-10))

    def _unreached(self, leaf):
        """Why a weight is not on the tape: unused, or cut off from it."""
        value = self.subject.values[leaf].astype(np.float64)
        moved = value + 0.5 + self.rng.standard_normal(value.shape)
        before, after = (float(self.subject.run({leaf: one})) for one in (value, moved))
        return "unused" if before == after else "cut off"

    def _notes(self, weights):
        notes = []
        words = {one.verdict for one in weights}
        if "kink" in words:
            notes.append(
                "Kink: at some entries the function has a corner (relu at 0, max of equal values), "
                "where any slope between those of the two sides is right."
            )
        if "noise" in words:
            notes.append(
                "Noise: the rules are right, but in the dtype of the training the gradient loses "
                "most of its digits, by a difference of nearly equal numbers or a sum of very "
                "unequal ones. Compute that part another way (logsumexp, softmax with the loss in "
                "one), or in float64."
            )
        if "unused" in words:
            names = ", ".join(one.name for one in weights if one.verdict == "unused")
            notes.append(f"Unused: the result does not depend on {names}.")
        off = self._off_the_tape()
        if off is not None and not words & {"cut off", "noise"}:
            notes.append(
                f"A step along a random direction changes the result by {off[0]:.4g}; the tape "
                f"accounts for {off[1]:.4g}. A part of the computation is not on the tape: "
                "stop_gradient, detach(), no_grad, numpy() or float(). If that is meant, all is "
                "well."
            )
        return notes

    def _off_the_tape(self):
        """(true change, change of the tape) if the function does something besides the tape."""
        leaves = [leaf for leaf in self.tape.leaves if leaf in self.subject.values]
        steps = {
            leaf: 1e-2
            * self.rng.standard_normal(self.tape.leaves[leaf].shape)
            * max(float(np.abs(self.tape.leaves[leaf]).max(initial=0)), 1e-2)
            for leaf in leaves
        }
        moved = {leaf: self.tape.leaves[leaf] + step for leaf, step in steps.items()}
        here = {leaf: self.tape.leaves[leaf] for leaf in leaves}
        if not leaves:
            return None
        true = float(self.subject.run(moved)) - float(self.subject.run(here))
        taped = self.tape.value(moved) - self.tape.value(here)
        rounding = 1e-4 * abs(self.tape.value(here))
        if not abs(true - taped) <= 0.1 * max(abs(true), abs(taped)) + rounding:
            return true, taped
        return None


def _relative(off, scale):
    error = abs(off) / scale
    return math.inf if math.isnan(error) else error

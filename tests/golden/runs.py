"""What is recorded of a case: one function for layers, one for losses, and so on.

The generator (with Keras) and the tests (with minigrad) call the same functions. They get the
framework as an argument, an `Engine` that knows how it differentiates, and `given`, which hands out
the input arrays: the generator draws and keeps them, the tests read them.

Each returns the results by name, and the names of the weights or of the state.
"""

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.golden.building import build, cast, fill, flat, resolve, to_array
from tests.golden.cases.spec import Array, Case, arrays_in, normal, positive
from tests.golden.engine import Engine, Results, is_float

NUMBERED = re.compile(r"^variable_\d+$")  # a name that a counter made
Given = Callable[[str, Array], np.ndarray]


def inputs_of(case: Case, given: Given, dtype: str) -> list[np.ndarray]:
    specs = arrays_in([case.args, case.call])
    return [cast(given(f"x{i}", spec), dtype) for i, spec in enumerate(specs)]


def weighted_sum(keras: Any, outputs: Sequence, given: Given, dtype: str, shapes: list) -> Any:
    """Σ outputs · g with fixed g: its gradient is the pull-back of the upstream gradients g.

    `shapes` has the shape of each floating output and None for the others.
    """
    total = None
    for i, (output, shape) in enumerate(zip(outputs, shapes)):
        if shape is not None:
            upstream = keras.ops.convert_to_tensor(cast(given(f"g{i}", normal(*shape)), dtype))
            term = keras.ops.sum(output * upstream)
            total = term if total is None else total + term
    return total


def float_shapes(keras: Any, outputs: Sequence) -> list:
    arrays = [to_array(keras, output) for output in outputs]
    return [a.shape if is_float(a) else None for a in arrays]


def named(
    keras: Any,
    results: dict,
    arrays: Sequence[np.ndarray],
    gradients: tuple[list, list],
    variables: Sequence,
) -> Results:
    """Results and gradients as arrays: "d x0" is the gradient for x0, zero where unconnected."""
    results = {name: to_array(keras, value) for name, value in results.items()}
    floating = [(f"x{i}", a) for i, a in enumerate(arrays) if is_float(a)]
    weights = [(f"w{i}", to_array(keras, w)) for i, w in variables]
    for (name, like), gradient in zip(floating + weights, gradients[0] + gradients[1]):
        zeros = np.zeros(like.shape, like.dtype)
        results[f"d {name}"] = zeros if gradient is None else to_array(keras, gradient)
    return results


def weight_spec(name: str, shape: tuple) -> Array:
    return (positive if "variance" in name else normal)(*shape)


def run_layer(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """Outputs, losses, gradients for inputs and weights, and the non-trainable state afterwards.

    Also returns the names of the weights.
    """
    layer = resolve(keras, case.path)
    if not isinstance(layer, type):  # keras.layers.add and the like
        return run_loss(keras, engine, case, given, dtype)
    layer = layer(**build(keras, case.kwargs))
    arrays = inputs_of(case, given, dtype)

    def call(filling: Sequence) -> list:
        args, kwargs = fill([case.args, case.call], iter(filling))
        return flat(layer(*args, **kwargs))

    shapes = float_shapes(keras, call(arrays))  # this call builds the layer
    if hasattr(layer, "_clear_losses"):  # what a trainer does between steps; not public
        layer._clear_losses()
    weights = list(layer.weights)
    for i, weight in enumerate(weights):
        if "float" in str(weight.dtype):
            value = given(f"w{i}", weight_spec(weight.name, tuple(weight.shape)))
            weight.assign(0.5 * value if "variance" not in weight.name else value)
    indexed = list(enumerate(weights))
    trainable = [(i, w) for i, w in indexed if w.trainable]
    state = [(i, w) for i, w in indexed if not w.trainable]

    def forward(filling: Sequence) -> tuple:
        outputs = call(filling)
        results = {f"y{i}": output for i, output in enumerate(outputs)}
        if not case.gradients:
            return None, results
        total = weighted_sum(keras, outputs, given, dtype, shapes)
        for i, loss in enumerate(layer.losses):
            results[f"loss{i}"] = loss
            total = loss if total is None else total + loss
        return total, results

    results, *gradients = engine.differentiate(
        forward, arrays, [w for _, w in trainable], [w for _, w in state]
    )
    if not case.gradients:
        gradients, trainable = ([], []), []
    results = named(keras, results, arrays, gradients, trainable)
    results |= {f"w{i} after": to_array(keras, w) for i, w in state}
    return results, [w.name for w in weights]


def run_loss(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """Value and gradients of a loss: an object called with the arrays, or a function of them.

    A function gets the case's `kwargs` in the call; likewise an activation.
    """
    function = resolve(keras, case.path)
    if isinstance(function, type):
        function = function(**build(keras, case.kwargs))
    else:
        function = functools.partial(function, **build(keras, case.kwargs))
    arrays = inputs_of(case, given, dtype)

    def call(filling: Sequence) -> list:
        args, kwargs = fill([case.args, case.call], iter(filling))
        return flat(function(*args, **kwargs))

    shapes = float_shapes(keras, call(arrays))

    def forward(filling: Sequence) -> tuple:
        outputs = call(filling)
        total = weighted_sum(keras, outputs, given, dtype, shapes)
        return total, {f"y{i}": output for i, output in enumerate(outputs)}

    results, *gradients = engine.differentiate(forward, arrays, [], [])
    return named(keras, results, arrays, gradients, []), []


def run_metric(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """The result after each batch, and the state at the end. `args` are the batches.

    Each batch is a list, the arguments of `update_state`. A function of metrics has one batch.
    """
    function = resolve(keras, case.path)
    batches = fill(case.args, iter(inputs_of(case, given, dtype)))
    if not isinstance(function, type):
        return {"y0": to_array(keras, function(*batches[0], **case.kwargs))}, []
    metric = function(**build(keras, case.kwargs))
    results = {}

    def keep(label: str) -> None:
        for i, value in enumerate(flat(metric.result())):
            results[f"{label}: {i}"] = to_array(keras, value)

    for step, batch in enumerate(batches):
        metric.update_state(*batch, **case.call)
        keep(f"after batch {step}")
    for i, variable in enumerate(metric.variables):
        results[f"state {i}"] = to_array(keras, variable)
    metric.reset_state()
    keep("after reset")
    return results, [variable.name for variable in metric.variables]


def run_optimizer(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """Every weight after every step on fixed gradients, and the optimizer's state at the end.

    `call["weights"]` are the starting values by name, `call["steps"]` how many steps.
    """
    weights = case.call["weights"]
    variables = [
        keras.Variable(cast(given(f"w{i}", spec), dtype), name=name)
        for i, (name, spec) in enumerate(weights.items())
    ]
    optimizer = resolve(keras, case.path)(**build(keras, case.kwargs))
    excluded = case.call.get("exclude_from_weight_decay")
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=list(excluded))
    results = {}

    def keep(label: str) -> None:
        for i, variable in enumerate(variables):
            results[f"w{i} {label}"] = to_array(keras, variable)

    spikes = case.call.get("spikes", {})  # {step: value}: a gradient that is inf, say
    for step in range(case.call["steps"]):
        gradients = [
            cast(given(f"g{i} of step {step}", normal(*spec.shape)), dtype)
            for i, spec in enumerate(weights.values())
        ]
        if step in spikes:
            gradients[0] = np.full_like(gradients[0], spikes[step])
        tensors = [keras.ops.convert_to_tensor(g) for g in gradients]
        engine.apply(optimizer, tensors, variables)
        keep(f"after step {step}")
        for i, rate in enumerate(flat(getattr(optimizer, "learning_rate", None))):
            results[f"learning rate {i} in step {step}"] = to_array(keras, rate)
    for i, variable in enumerate(optimizer.variables):
        results[f"state {i}"] = to_array(keras, variable)
    optimizer.finalize_variable_values(variables)
    keep("finally")
    return results, [NUMBERED.sub("variable", v.name) for v in optimizer.variables]


def run_schedule(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """The learning rate at each step of `args[0]`."""
    schedule = resolve(keras, case.path)(**build(keras, case.kwargs))
    rates = [to_array(keras, schedule(int(step))) for step in case.args[0]]
    return {"rates": np.array(rates)}, []


def run_initializer(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """The values for the shape in `args[0]`; for a random one what must agree of them.

    "moments" of a large sample agree to the sampling error, which the case's `slack` allows; of an
    orthogonal matrix it is the "gram" matrix of the shorter side.
    """
    initializer = resolve(keras, case.path)(**build(keras, case.kwargs))
    x = to_array(keras, initializer(case.args[0]))
    if case.call.get("gram"):
        flat_x = x.reshape(-1, x.shape[-1])
        short = flat_x if flat_x.shape[0] >= flat_x.shape[1] else flat_x.T
        return {"gram": short.T @ short}, []
    if case.call.get("moments"):
        moments = {"1 + mean / std": 1 + x.mean() / x.std(), "std": x.std()}
        if case.call["bounded"]:
            moments["max"] = np.abs(x).max()
        return {name: np.array(value, dtype) for name, value in moments.items()}, []
    return {"values": x}, []


def run_constraint(
    keras: Any, engine: Engine, case: Case, given: Given, dtype: str
) -> tuple[Results, list[str]]:
    """What the constraint makes of its argument."""
    constraint = resolve(keras, case.path)(**build(keras, case.kwargs))
    (x,) = inputs_of(case, given, dtype)
    return {"y0": to_array(keras, constraint(keras.ops.convert_to_tensor(x)))}, []


RUNS = {
    "layers": run_layer,
    "losses": run_loss,
    "metrics": run_metric,
    "optimizers": run_optimizer,
    "schedules": run_schedule,
    "initializers": run_initializer,
    "constraints": run_constraint,
}

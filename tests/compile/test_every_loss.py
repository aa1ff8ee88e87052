"""A replay equals eager for every loss, metric, optimizer, schedule, regularizer, constraint.

The cases are those of the golden files, of which a test says that no public name is missing.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import tree
from tests.golden.building import build, cast, default_float, fill, resolve
from tests.golden.cases import GROUPS
from tests.golden.cases.spec import arrays_in
from tests.golden_cases import cases_of, label, stored

TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
KINDS = ("losses", "metrics", "optimizers", "schedules", "constraints")
CASES = [
    (group, case) for group, kind in GROUPS.items() if kind in KINDS for case in cases_of(group)
]


def test_no_kind_of_golden_case_is_left_out():
    elsewhere = {"layers": "test_every_layer.py", "initializers": "run before there is a step"}
    assert set(GROUPS.values()) - set(KINDS) == set(elsewhere)


def flat(*structures):
    return [np.asarray(x) for x in tree.flatten(structures)]


def inputs(group, case, dtype):
    known = stored(group, case).given
    arrays = (known[f"x{i}"] for i, _ in enumerate(arrays_in([case.args, case.call])))
    return fill([case.args, case.call], iter([mg.Tensor(cast(x, dtype)) for x in arrays]))


def losses(group, case, dtype, wrap):
    """Values of a loss or activation, and the gradients of the sum of their sines."""
    function = resolve(mg, case.path)
    kwargs = build(mg, case.kwargs)
    if isinstance(function, type):
        function, kwargs = function(**kwargs), {}

    def step(args, named):
        sources = [x for x in tree.flatten([args, named]) if isinstance(x, mg.Tensor)]
        sources = [x for x in sources if "float" in x.dtype]
        with mg.GradientTape() as tape:
            for source in sources:
                tape.watch(source)
            outputs = function(*args, **named, **kwargs)
            total = sum(mg.ops.sum(mg.ops.sin(y)) for y in tree.flatten(outputs))
        gradients = tape.gradient(total, sources)
        return outputs, [g for g in gradients if g is not None]

    step = wrap(step)
    args, named = inputs(group, case, dtype)
    return [flat(step(args, named)) for _ in range(2)], step


def metrics(group, case, dtype, wrap):
    """Results after each batch of three rounds, and the state."""
    metric = resolve(mg, case.path)
    batches, _ = inputs(group, case, dtype)
    if not isinstance(metric, type):
        step = wrap(lambda *batch: metric(*batch, **case.kwargs))
        return [flat(step(*batches[0])) for _ in range(2)], step
    metric = metric(**build(mg, case.kwargs))

    def update(*batch):
        metric.update_state(*batch)
        return metric.result()

    step = wrap(update)
    results = [flat(step(*batch)) for _ in range(3) for batch in batches]
    return [*results, flat([v.numpy() for v in metric.variables])], step


def optimizers(group, case, dtype, wrap):
    """Weights after each step, and the state."""
    known = stored(group, case).given
    weights = case.call["weights"]
    variables = [
        mg.Variable(cast(known[f"w{i}"], dtype), name=name) for i, name in enumerate(weights)
    ]
    optimizer = resolve(mg, case.path)(**build(mg, case.kwargs))
    if excluded := case.call.get("exclude_from_weight_decay"):
        optimizer.exclude_from_weight_decay(var_names=list(excluded))
    step = wrap(lambda gradients: optimizer.apply(gradients, variables))
    results = []
    for i in range(case.call["steps"]):
        gradients = [cast(known[f"g{j} of step {i}"], dtype) for j in range(len(weights))]
        if i in case.call.get("spikes", {}):
            gradients[0] = np.full_like(gradients[0], case.call["spikes"][i])
        step([mg.Tensor(g) for g in gradients])
        results.append(flat([v.numpy() for v in variables]))
    state = [v.numpy() for v in optimizer.variables]
    optimizer.finalize_variable_values(variables)
    return [*results, flat(state, [v.numpy() for v in variables])], step


def schedules(group, case, dtype, wrap):
    """The rates at all steps."""
    step = wrap(resolve(mg, case.path)(**build(mg, case.kwargs)))
    return [flat(step(mg.Tensor(np.array(i, "int32")))) for i in case.args[0]], step


def constraints(group, case, dtype, wrap):
    """What becomes of the argument."""
    step = wrap(resolve(mg, case.path)(**build(mg, case.kwargs)))
    ((x,), _) = inputs(group, case, dtype)
    return [flat(step(x)) for _ in range(2)], step


RUNS = {f.__name__: f for f in (losses, metrics, optimizers, schedules, constraints)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:You are passing weight as `float`")
@pytest.mark.parametrize(("group", "case"), CASES, ids=label)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_replay_equals_eager(python_kernels, group, case, dtype):
    if dtype not in case.dtypes and group == "optimizers":
        pytest.skip("its state is float32 whatever the weights are")
    run = RUNS[GROUPS[group]]
    with default_float(mg, dtype):
        ours, step = run(group, case, dtype, mg.compile)
        theirs, _ = run(group, case, dtype, lambda function: function)
    assert step.replays[-1] is not None
    tolerance = TOLERANCE[dtype] * (10 if "Muon" in case.path else 1)
    for one, other in zip(tree.flatten(ours), tree.flatten(theirs), strict=True):
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        one, other = one.astype("float64"), other.astype("float64")
        scale = np.abs(other[np.isfinite(other)]).max(initial=0.0)
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * max(scale, 1e-30))

"""Compiled steps on float16 and bfloat16: equal to eager ones, and stored in 16 bits."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, Variable, ops
from minigrad.compile.launches import Call, Group, Product
from minigrad.compile.listing import title_of
from minigrad.compile.plan import launches_of

HALVES = pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
STEP = {"float16": 2.0**-10, "bfloat16": 2.0**-7}


def half(shape, dtype, seed=0):
    return ops.cast(np.random.default_rng(seed).normal(size=shape).astype("float32"), dtype)


def replayed(function, *inputs):
    """What the function gives uncompiled, what its replay gives, and the launches of that."""
    compiled = mg.compile(function)
    eager = compiled(*inputs)
    again = compiled(*inputs)
    (replay,) = compiled.replays
    launches = [one for step in replay.plan.steps for one in launches_of(step)]
    return mg.tree.flatten(eager), mg.tree.flatten(again), launches


EXACT = {  # every operation is computed in float32 and rounded once: equal bit for bit
    "sums and products": lambda x, y: x * y + x - y / (y * y + 1),
    "relu": lambda x, y: ops.relu(x) * y,
    "choice": lambda x, y: ops.where(x > y, x, 2.0 * y),
    "broadcast": lambda x, y: x + y[0] - x[:, :1],
    "number": lambda x, y: 0.1 * x + 3,
    "to float32": lambda x, y: ops.cast(x, "float32") * 1.1,
    "from float32": lambda x, y: ops.cast(ops.cast(x, "float32") * 1.1, x.dtype) * y,
    "to whole and back": lambda x, y: ops.cast(ops.cast(x * 3, "int32"), x.dtype),
    "transposed": lambda x, y: ops.transpose(x) * 2,
    "chosen rows": lambda x, y: ops.take(x, [2, 0], axis=0) + y[:2],
    "joined": lambda x, y: ops.concatenate([x, y], axis=1) * 2,
    "reshaped": lambda x, y: ops.reshape(x * y, (-1,)) + 1,
    "overflow": lambda x, y: x * 60000.0 * y,
    "underflow": lambda x, y: x * 1e-7 * y,
}
CLOSE = {  # sums of float32 in another order may fall on the other side of a tie
    "sum": lambda x, y: ops.sum(x * y, axis=1),
    "sum of all": lambda x, y: ops.sum(x * y),
    "mean over rows": lambda x, y: ops.mean(x, axis=0) * y,
    "softmax": lambda x, y: ops.softmax(x) * y,
    "layer normalization": lambda x, y: ops.layer_normalization(x) + y,
    "product": lambda x, y: x @ ops.transpose(y),
    "product of a shape": lambda x, y: ops.reshape(x, (-1, 2)) @ ops.reshape(y, (2, -1)),
    "products of each other": lambda x, y: (x @ ops.transpose(y)) @ (x + y),
    "gelu": lambda x, y: ops.gelu(x) * y,
    "batched": lambda x, y: ops.matmul(x[None], ops.transpose(y)[None]),
}


@HALVES
@pytest.mark.parametrize("table, steps", [(EXACT, 0), (CLOSE, 2)], ids=["exact", "close"])
def test_replay_equals_eager(table, steps, dtype):
    compiled = mg.compile(lambda x, y: {name: f(x, y) for name, f in table.items()})
    inputs = half((5, 6), dtype), half((5, 6), dtype, 1)
    eager, again = compiled(*inputs), compiled(*inputs)
    for name in table:
        a, b = np.asarray(eager[name], "float64"), np.asarray(again[name], "float64")
        tolerance = steps * STEP[dtype]
        np.testing.assert_allclose(b, a, rtol=tolerance, atol=tolerance, err_msg=name)
        assert eager[name].dtype == again[name].dtype


@HALVES
def test_a_sum_is_rounded_once(dtype):
    x = ops.ones((3000,), dtype)  # counted in bfloat16, a sum of ones stops at 256
    _, (total,), _ = replayed(lambda x: ops.sum(x), x)
    assert float(total) == float(ops.cast(3000.0, dtype))


@HALVES
def test_conversions_are_done_in_the_loops_they_stand_between(dtype):
    _, _, launches = replayed(lambda x, y: ops.relu(x * y + 0.5) - y, *[half((40, 3), dtype)] * 2)
    (group,) = launches
    assert isinstance(group, Group)
    assert {str(var.dtype) for var in (*group.reads, *group.writes)} == {dtype}


@HALVES
def test_operands_of_products_are_converted_once(dtype):
    def f(x, w):
        with mg.GradientTape() as tape:
            tape.watch([x, w])
            y = ops.sum(ops.cast(ops.tanh(x @ w) @ ops.transpose(w), "float32"))
        return tape.gradient(y, [x, w])

    _, _, launches = replayed(f, half((8, 6), dtype), half((6, 4), dtype, 1))
    assert {one.title for one in launches if isinstance(one, Call)} <= {"permute"}
    assert sum(isinstance(one, Product) for one in launches) >= 4
    widened = [e for one in launches for e in one.equations if e.primitive.name == "widen"]
    assert len({e.vars[0] for e in widened}) == len(widened)


@HALVES
def test_what_the_walk_back_needs_is_kept_in_16_bits(dtype):
    def loss(x, *weights):
        for w in weights:
            x = ops.tanh(x @ w)
        return ops.sum(ops.cast(x, "float32"))

    def step(x, *weights):
        with mg.GradientTape() as tape:
            tape.watch(weights)
            y = loss(x, *weights)
        return tape.gradient(y, weights)

    def bytes_of(kind):
        compiled = mg.compile(step)
        inputs = [half((512, 16), kind), *[half((16, 16), kind, i) for i in range(32)]]
        compiled(*inputs)
        compiled(*inputs)
        return compiled.replays[0].plan.arena.nbytes

    assert bytes_of(dtype) < 0.7 * bytes_of("float32")


@HALVES
def test_casts_are_done_in_loops_on_the_other_side_of_a_reshape(dtype):
    def rows(x, w, b):  # as a layer on the last axis of a batch of sequences: two products' shapes
        y = ops.reshape(ops.reshape(x, (12, 5)) @ w, (4, 3, 6)) + b
        return ops.reshape(ops.softmax(ops.cast(ops.reshape(y, (12, 6)), "float32")), (4, 3, 6))

    def step(x, w, b):
        y = rows(x, w, b)
        return ops.cast(y, dtype), ops.sum(y)

    inputs = half((4, 3, 5), dtype), half((5, 6), dtype, 1), half((6,), dtype, 2)
    compiled = mg.compile(step)
    for _ in range(3):
        found = compiled(*inputs)
    for a, b in zip(found, step(*inputs), strict=True):
        np.testing.assert_allclose(np.asarray(a, "float32"), np.asarray(b, "float32"), rtol=2e-2)
    launches = compiled.replays[-1].plan.fused.launches
    titles = [one.title for one in launches if isinstance(one, Group)]
    assert not [title for title in titles if set(title.split()) <= {"cast"}], titles


@HALVES
@pytest.mark.parametrize("causal", [False, True])
def test_attention_reads_and_writes_halves(dtype, causal):
    inputs = [half((2, 19, 3, 8), dtype, seed) for seed in range(3)]

    def loss(q, k, v):
        found = ops.dot_product_attention(q, k, v, is_causal=causal)
        return ops.sum(ops.square(ops.cast(found, "float32")))

    slopes = mg.grad(loss, argnums=(0, 1, 2))
    step = mg.compile(slopes)
    for _ in range(3):
        compiled = step(*inputs)
    for a, b in zip(compiled, slopes(*inputs), strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(np.asarray(a, "float32"), np.asarray(b, "float32"), rtol=2e-2)
    replay = step.replays[-1]
    native = [one for one in replay.plan.steps if "attend" in title_of(one)]
    assert len(native) == 2
    assert all(replay.rows.of(one) is not None for one in native)
    assert all(x.dtype == dtype for one in native for x in one.group.reads if x.shape[-1] == 8)


@HALVES
def test_variables_of_halves_are_updated_in_place(dtype):
    v = Variable(np.ones((4, 4)), dtype=dtype)
    step = mg.compile(lambda x: v.assign(v * 0.5 + x))
    expected = np.ones((4, 4))
    for _ in range(4):
        expected = expected * 0.5 + 2
        step(ops.full((4, 4), 2.0, dtype))
        np.testing.assert_array_equal(np.asarray(v, "float64"), expected)
        assert v.value.dtype == dtype


@HALVES
def test_nan_and_infinity_come_through(dtype):
    x = Tensor(np.array([np.nan, np.inf, -np.inf, -0.0, 1e-30], "float32"))
    _, (same, double), _ = replayed(
        lambda x: (ops.cast(x, dtype), ops.cast(x, dtype) + ops.cast(x, dtype)), x
    )
    for y in (same, double):
        y = np.asarray(y, "float32")
        assert np.isnan(y[0])
        assert y[1] == np.inf
        assert y[2] == -np.inf
        assert np.signbit(y[3])


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["bfloat16", "mixed_float16"])
def test_training_compiled_equals_training_eager(policy):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8, 8, 1)).astype("float32")
    y = (x.mean(axis=(1, 2, 3)) > 0).astype("int32")

    def losses(eagerly):
        mg.utils.set_random_seed(1)
        layers = mg.layers
        model = mg.Sequential(
            [
                mg.Input((8, 8, 1)),
                layers.Conv2D(4, 3, activation="relu", dtype=policy),
                layers.MaxPooling2D(dtype=policy),
                layers.Flatten(dtype=policy),
                layers.BatchNormalization(dtype=policy),
                layers.Dense(8, activation="gelu", dtype=policy),
                layers.LayerNormalization(dtype=policy),
                layers.Dropout(0.2, dtype=policy),
                layers.Dense(2, dtype=policy),
            ],
        )
        loss = mg.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(mg.optimizers.SGD(0.05), loss, run_eagerly=eagerly)
        history = model.fit(x, y, batch_size=16, epochs=3, verbose=0, shuffle=False)
        return history.history["loss"]

    np.testing.assert_allclose(losses(False), losses(True), rtol=0.02)

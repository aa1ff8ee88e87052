# %% [markdown]
# # Inside the compiler: from the tape to a fused kernel
#
# `fit` runs the first training step like any Python program, and writes down what it computes.
# From then on it replays the recording as a few compiled loops. This page follows one step on that
# way: the recording, what is simplified and fused, the code that is generated, and how far from
# the floor it runs.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import ops
from minigrad.inspect import check

# %% [markdown]
# ## Why a compiler?
#
# Every operation costs twice: the arithmetic, and the trip. An array larger than the cache travels
# from memory to the processor and back for each operation; and each operation costs Python a
# microsecond. Take five operations on a million numbers:


# %%
def f(x):
    return ops.sum(ops.tanh(2.0 * x + 1.0) * x)


x = keras.Tensor(np.random.default_rng(0).normal(size=1_000_000).astype("float32"))
compiled = keras.compile(f)
print("equal:", np.isclose(float(f(x)), float(compiled(x)), rtol=1e-4))


def best(function, repeats=15):
    """Milliseconds of the fastest of some calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(x)
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


compiled(x)  # the first replay compiles
print(f"operation by operation {best(f):.2f} ms, compiled {best(compiled):.2f} ms")

# %% [markdown]
# Five operations have become one loop, which reads each number once and writes none but the sum.
#
# ## Gradients are operations too
#
# The rules of the walk backwards are written in operations, so recording `grad(f)` yields the way
# forwards **and** back as one list. Nothing about derivatives is left for the compiler to know.

# %%
slope = keras.compile(keras.grad(f))
print("gradient, compiled:", np.allclose(slope(x), keras.grad(f)(x), atol=1e-4))

# %% [markdown]
# ## A step of training
#
# A model that fits on a page:

# %%
keras.utils.set_random_seed(0)
(x_train, y_train), _ = keras.datasets.digits.load_data()
x_train = x_train.reshape(-1, 64) / np.float32(16)
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10)]
)
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x_train, y_train, batch_size=32, epochs=2, verbose=0)
explained = model.explain_step()
text = str(explained)
print("\n".join(text.splitlines()[:60]))

# %% [markdown]
# From top to bottom: the program as it was recorded, one equation a line; the program after
# simplification, in which dead and repeated equations are gone; the *launches*, which are matrix
# products by BLAS or loops in which many equations were fused, each with the bytes it must move,
# its flops and the time it took.
#
# ## The picture of a step

# %%
figure = explained.plot()

# %% [markdown]
# ## The generated code
#
# The loops are ordinary Python until Numba turns them into machine code. Every line says which
# layer and which operation it comes from:

# %%
source = explained.source
start = source.index("def ")
print(source[start : start + 2500])

# %% [markdown]
# ## What does not change
#
# A replayed step computes what the recorded one would: the learning rate, the weights, the random
# numbers and the moving averages are read anew each time. What would freeze a Python value into
# the recording is refused, with the line that does it:


# %%
def peeks(x):
    if float(ops.sum(x)) > 0:  # looks at a value while recording
        return x * 2.0
    return x


try:
    keras.compile(peeks)(x)
except RuntimeError as error:
    print("refused:", str(error).splitlines()[0])

# %% [markdown]
# In `fit` such a step simply runs uncompiled, after one message that says why.
#
# ## How far from the floor?
#
# No step can be faster than its matrix products, plus one trip of the weights through the
# processor. We measure both here:

# %%
rows, inside, outside, hidden = 32, 64, 10, 32
a, w = np.ones((rows, inside), "float32"), np.ones((inside, hidden), "float32")
h, v = np.ones((rows, hidden), "float32"), np.ones((hidden, outside), "float32")
d = np.ones((rows, outside), "float32")


def floor(_):
    for _ in range(100):
        a @ w, h @ v  # forwards
        h.T @ d, d @ v.T, a.T @ h  # backwards


def epochs(_):
    model.fit(x_train, y_train, batch_size=32, epochs=3, verbose=0)


steps = 3 * -(-len(x_train) // 32)
bars = {"floor": best(floor) / 100, "fit, compiled": best(epochs, 5) / steps}
model.compile(
    "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True
)
bars["fit, operation by operation"] = best(epochs, 2) / steps
figure, panel = plt.subplots(figsize=(6.4, 2), layout="constrained")
panel.barh(list(bars), [ms * 1e3 for ms in bars.values()], color=["0.6", "C0", "C1"])
panel.invert_yaxis()
panel.set(xlabel="µs a step", xscale="log")
for name, ms in bars.items():
    print(f"{name:30}{ms * 1e3:8.0f} µs a step")

# %% [markdown]
# ## Exercises
#
# 1. `ops.sum(ops.exp(x) * x + x)` on an array of $n$ numbers, operation by operation: how many
#    arrays of size $n$ are written to memory on the way?

# %%
answer = ...  # exercise 1
check(answer, 3, hint="exp, the product and the sum of two arrays; the last result is one number")

# %% [markdown]
# 2. And fused into one loop?

# %%
answer = ...  # exercise 2
check(answer, 0, hint="what is used at once need never leave the processor")

# %% [markdown]
# 3. Write a function that can be compiled and gives `x * 2` where the sum of `x` is positive, `x`
#    elsewhere, like `peeks`.


# %%
def looks_not(x):
    return ...  # exercise 3


def right(function):
    if function(x) is ...:
        return False
    g = keras.compile(function)
    return all(
        np.allclose(g(keras.Tensor(v)), peeks(keras.Tensor(v))) for v in ([1.0, 2.0], [-3.0, 1.0])
    )


check(... if looks_not(x) is ... else looks_not, right, hint="ops.where chooses without looking")

# %%
plt.show()

# %% [markdown]
# # An autograd engine in 100 lines, and how it grows up
#
# The walk backwards of the first tutorial, as a class. In about 60 lines it trains a small network;
# in the rest of this page we run it against its limits, one by one, and see which part of minigrad
# answers each. The idea of so small an engine is Andrej Karpathy's
# [micrograd](https://github.com/karpathy/micrograd).

# %%
import itertools
import math
import time

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.datasets import moons
from minigrad.inspect import check

# %% [markdown]
# ## A value that knows where it came from
#
# Each `Value` holds a number, its gradient, the values it was computed from, and the local
# derivative by each of them.


# %%
class Value:
    def __init__(self, data, parents=(), local=()):
        self.data, self.grad = data, 0.0
        self.parents, self.local = parents, local

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self):
        out = math.tanh(self.data)
        return Value(out, (self,), (1 - out * out,))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def backward(self):
        order, seen = [], set()

        def visit(value):  # parents before children
            if value not in seen:
                seen.add(value)
                for parent in value.parents:
                    visit(parent)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):  # children before parents
            for parent, slope in zip(value.parents, value.local):
                parent.grad += slope * value.grad  # += : the gradients of several uses add up


w, b = Value(2.0), Value(1.0)
s = w * 3.0 + b
(s * s).backward()
print("dL/dw =", w.grad, " dL/db =", b.grad)

# %% [markdown]
# The same numbers as by hand. Why the order? A value may pass its gradient on only when it is
# complete, so everything computed from it has to come first: the order is one in which every value
# comes after its parents, walked in reverse.
#
# ## It learns
#
# A network is a formula with many weights. One neuron is $\tanh(w_1 x_1 + w_2 x_2 + b)$:


# %%
class Network:
    def __init__(self, *widths, rng):
        def layer(inputs, outputs):
            return [
                [Value(rng.normal() / math.sqrt(inputs)) for _ in range(inputs)] + [Value(0.0)]
                for _ in range(outputs)
            ]

        self.layers = [layer(a, b) for a, b in itertools.pairwise(widths)]

    def weights(self):
        return [w for layer in self.layers for neuron in layer for w in neuron]

    def __call__(self, x):
        for i, layer in enumerate(self.layers):
            x = [sum((w * v for w, v in zip(n, x)), n[-1]) for n in layer]
            if i + 1 < len(self.layers):
                x = [v.tanh() for v in x]
        return x[0]


x, y = moons(samples=40, noise=0.1, seed=0)
network = Network(2, 8, 1, rng=np.random.default_rng(3))
start, losses = time.perf_counter(), []
for _ in range(60):
    loss = Value(0.0)
    for point, label in zip(x.tolist(), y.tolist()):
        error = network(point) - (2.0 * label - 1.0)
        loss = loss + error * error * (1 / len(x))
    for weight in network.weights():
        weight.grad = 0.0
    loss.backward()
    for weight in network.weights():
        weight.data -= 0.3 * weight.grad
    losses.append(loss.data)
by_hand = (time.perf_counter() - start) / 60
right = np.mean([(network(p).data > 0) == bool(label) for p, label in zip(x.tolist(), y)])
print(f"loss {losses[0]:.2f} → {losses[-1]:.2f}, {right:.0%} right, {by_hand * 1e3:.0f} ms a step")

# %%
figure, panel = plt.subplots(figsize=(5, 3), layout="constrained")
panel.plot(losses)
panel.set(xlabel="step", ylabel="loss", title="60 lines of autograd learn two half moons")

# %% [markdown]
# ## Limit 1: long chains
#
# `visit` calls itself, and Python allows a thousand calls inside each other. A recurrent network
# over a long text is a longer chain:

# %%
value = Value(1.0)
for _ in range(2000):
    value = value + 1.0
try:
    value.backward()
except RecursionError as error:
    print("Value:", type(error).__name__)

t = mg.Tensor(1.0, requires_grad=True)
long = t
for _ in range(2000):
    long = long + 1.0
long.backward()
print("minigrad:", float(t.grad))

# %% [markdown]
# minigrad needs no visit: each record gets the next number when it is made, so "children before
# parents" is just "highest number first", and the walk is a loop (`autograd/backward.py`).
#
# ## Limit 2: walking twice
#
# `backward()` a second time starts from gradients that are not 0 any more, on *every* value:

# %%
a = Value(3.0)
square = a * a
out = square * 2.0
out.backward()
out.backward()
print("Value, after two walks:", a.grad, "(twice 12 would be 24)")

a = mg.Tensor(3.0, requires_grad=True)
out = (a * a) * 2.0
out.backward()
out.backward()
print("minigrad, after two walks:", float(a.grad))

# %% [markdown]
# In minigrad the gradients of values in between live only during a walk; only leaves add them up.
#
# ## Limit 3: one number at a time
#
# Forty points and 33 weights made thousands of Python objects a step. A `Tensor` holds an array:
# one record for a whole layer and batch. The rule of a matrix product is itself two matrix
# products, so the walk backwards is as fast as the way forwards:

# %%
mg.utils.set_random_seed(0)
model = mg.Sequential([mg.Input((2,)), mg.layers.Dense(8, "tanh"), mg.layers.Dense(1)])
model.compile(optimizer=mg.optimizers.SGD(0.3), loss="mse", run_eagerly=True)
targets = (2.0 * y - 1.0)[:, None]
model.train_on_batch(x, targets)
start = time.perf_counter()
for _ in range(60):
    model.train_on_batch(x, targets)
by_tensor = (time.perf_counter() - start) / 60
print(f"{by_hand * 1e3:.1f} ms a step by scalars, {by_tensor * 1e3:.1f} by tensors")

# %% [markdown]
# Tensors bring a new question: $x + b$ with $x$ of shape (40, 8) and $b$ of shape (8,). That is the
# next tutorial.
#
# ## Limit 4: the derivative of the derivative
#
# `Value.backward` computes with plain floats, so the gradients know nothing of where they came
# from. minigrad's rules are written in the same operations as everything else. Here is the one of
# `tanh`, as it stands in `ops/elementwise.py`: `lambda g, out, x: g * (1 - out * out)`. A gradient
# can be recorded, and differentiated again:

# %%
second = mg.grad(mg.grad(mg.ops.tanh))(0.5)
t = math.tanh(0.5)
print("tanh''(0.5) =", float(second), " by the formula:", -2 * t * (1 - t * t))

# %% [markdown]
# ## What grew, and where to read it
#
# | in 60 lines | in minigrad |
# |---|---|
# | `Value` | `Tensor` (`autograd/tensor.py`): an array that never changes |
# | `local`, computed at once | a rule, called in the walk back (`autograd/primitive.py`) |
# | `visit`, recursive | numbers and a loop (`autograd/backward.py`) |
# | an operator a method | a declaration in `ops/`, on arrays of every dtype |
# | Python's arithmetic | NumPy, BLAS and compiled kernels; a whole step in one go (tutorial 13) |
#
# ## Exercises
#
# 1. Write $\exp$ for `Value`: its result, and its local derivative.


# %%
def exp(value):
    return ...  # exercise 1: return Value(…, (value,), (…,))


def exp_is_right(result):
    result.backward()
    return abs(result.data - math.exp(0.7)) + abs(place.grad - math.exp(0.7)) < 1e-9


place = Value(0.7)
check(exp(place), exp_is_right, hint="exp is its own derivative")

# %% [markdown]
# 2. In the loop of `backward`, what would `dL/da` of $L = a \cdot a$ at $a = 3$ be, if it said `=`
#    instead of `+=`?

# %%
answer = ...  # exercise 2
check(answer, 3.0, hint="the second use would overwrite the first")

# %%
plt.show()

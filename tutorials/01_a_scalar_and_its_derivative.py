# %% [markdown]
# # A scalar and its derivative, by hand
#
# Training a network means changing its weights so that its error gets smaller. Which way to change
# a weight, and by how much, is told by a derivative. So we begin with one number, one formula and
# its derivative; everything later is more of the same.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad.inspect import check

# %% [markdown]
# ## What a derivative says
#
# Take $f(x) = x^2$ at $x = 3$. Move $x$ a little, by $h$, and look how far $f$ moves:


# %%
def f(x):
    return x**2


for h in (1.0, 0.1, 0.01, 0.001):
    print(f"h = {h:<6}  f moves by {f(3 + h) - f(3):.6f}, which is {(f(3 + h) - f(3)) / h:.4f} · h")

# %% [markdown]
# The smaller the step, the nearer the ratio comes to 6. That number is the derivative of $f$ at 3,
# written $f'(3)$ or $\frac{df}{dx}$: near 3, $f$ moves **six times as far** as $x$. It is the slope
# of the line that touches the curve there.

# %%
x = np.linspace(0, 5, 200)
figure, panel = plt.subplots(figsize=(5.2, 3.6), layout="constrained")
panel.plot(x, f(x), label="$f(x) = x^2$")
panel.plot(x, 9 + 6 * (x - 3), "--", label="slope 6, touching at 3")
panel.plot([3], [9], "ko")
panel.set(xlabel="x", ylim=(-5, 25))
panel.legend()

# %% [markdown]
# ## Rules instead of small steps
#
# Nobody computes derivatives by small steps: it is slow, and it is inexact, because a computer
# rounds. (Try `h = 1e-15` above.) From school we know rules. Each is about **one** operation:
#
# | operation | how much the result moves when an input moves by 1 |
# |---|---|
# | $a + b$ | 1 for $a$, 1 for $b$ |
# | $a \cdot b$ | $b$ for $a$, $a$ for $b$ |
# | $a^2$ | $2a$ |
# | $\sin a$ | $\cos a$ |
#
# These are *local* derivatives: they need only what goes into the operation.

# %% [markdown]
# ## The chain rule
#
# A formula is a chain of operations. Take $L = (w \cdot x + b)^2$, the squared output of a
# "network" of one weight and one bias, at $w = 2$, $x = 3$, $b = 1$. Forwards, step by step:

# %%
w, x, b = 2.0, 3.0, 1.0
p = w * x  # 6
s = p + b  # 7
L = s**2  # 49
print(f"p = {p}, s = {s}, L = {L}")

# %% [markdown]
# Now **backwards**. We ask of each number: how much does $L$ move when this number moves by 1? For
# $L$ itself the answer is 1. For every other number, take the answer for what was computed from it,
# and multiply by the local derivative. This is the chain rule, and this is all of backpropagation.

# %%
dL_dL = 1.0
dL_ds = dL_dL * 2 * s  # L = s², whose local derivative is 2s
dL_dp = dL_ds * 1.0  # s = p + b: both summands pass it on as it is
dL_db = dL_ds * 1.0
dL_dw = dL_dp * x  # p = w·x: for w it is x,
dL_dx = dL_dp * w  # and for x it is w
print(f"dL/dw = {dL_dw}, dL/dx = {dL_dx}, dL/db = {dL_db}")

# %% [markdown]
# Do small steps agree?


# %%
def loss(w, x, b):
    return (w * x + b) ** 2


h = 1e-6
print("by small steps:", round((loss(w + h, x, b) - loss(w, x, b)) / h, 3), "for w")

# %% [markdown]
# ## Why backwards?
#
# One walk backwards gave *all three* derivatives, and shared the work: `dL_ds` was computed once
# and used for everything before it. Small steps need one more evaluation of the whole formula for
# each weight. With a million weights that is the difference between a second and twelve days.
#
# ## A number that goes two ways
#
# In $y = a \cdot a + a$, the number $a$ is used three times. Each use moves $y$, and the movements
# add up: **gradients of several uses are summed**. At $a = 3$: $3 + 3 + 1 = 7$.
#
# ## Let the machine do it
#
# minigrad writes down every operation while it computes, and walks back along that list with
# exactly these rules:

# %%
w = mg.Tensor(2.0, requires_grad=True)
b = mg.Tensor(1.0, requires_grad=True)
L = (w * 3.0 + b) ** 2
L.backward()
print("dL/dw =", float(w.grad), " dL/db =", float(b.grad))

# %% [markdown]
# ## Going downhill
#
# The derivative says that $L$ grows when $w$ grows. We want $L$ small, so we move $w$ the other
# way, by a small share of the derivative, again and again. That is *gradient descent*.

# %%
w, path = 2.0, []
for _ in range(15):
    path.append(w)
    slope = 2 * (w * 3.0 + 1.0) * 3.0  # dL/dw, by the chain rule
    w = w - 0.02 * slope

ws = np.linspace(-1.6, 2.4, 200)
figure, panel = plt.subplots(figsize=(5.2, 3.6), layout="constrained")
panel.plot(ws, loss(ws, 3.0, 1.0), color="0.6")
panel.plot(path, [loss(w, 3.0, 1.0) for w in path], "o-", ms=5)
panel.set(xlabel="w", ylabel="L", title="fifteen steps of gradient descent")
assert abs(path[-1] + 1 / 3) < 0.01  # there L is 0

# %% [markdown]
# ## Exercises
#
# Replace each `...` by your answer and run the cell again.
#
# 1. With pencil and paper: $y = \sin(a) \cdot b$ at $a = 0$, $b = 5$. What is $\frac{dy}{da}$?

# %%
answer = ...  # exercise 1
a = mg.Tensor(0.0, requires_grad=True)
(mg.ops.sin(a) * 5.0).backward()
check(answer, a.grad, hint="cos(0) is 1, and the product passes on the other factor")

# %% [markdown]
# 2. $L = (w \cdot 3 + 1)^2$ again. At which $w$ is the derivative 0, and what does it mean?

# %%
answer = ...  # exercise 2
check(answer, -1 / 3, hint="L = 0 there: no way leads further down")

# %% [markdown]
# 3. Write the derivative of $y = a^3 + 2a$ as a function. It is compared with the tape at five
#    places.

# %%
derivative = ...  # exercise 3, for example: lambda a: 2 * a


def agrees(derivative):
    places = [-2.0, -0.5, 0.0, 1.0, 3.0]
    return all(
        abs(derivative(a) - float(mg.grad(lambda a: a**3 + 2 * a)(a))) < 1e-4 for a in places
    )


check(derivative, agrees, hint="the derivative of a³ is 3a²")

# %%
plt.show()

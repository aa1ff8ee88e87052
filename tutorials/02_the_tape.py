# %% [markdown]
# # The tape, drawn and stepped
#
# Frameworks compute gradients by writing down every operation while it runs, and walking back
# along that list. Elsewhere the list is hidden. Here we print it, draw it, and walk back along it
# one operation at a time, with all the numbers.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import inspect, ops
from minigrad.inspect import check

# %% [markdown]
# ## Writing down
#
# A value is *watched* if it was made with `requires_grad=True` (trainable weights of a model are,
# always). Whatever is computed from something watched leaves a record:

# %%
w = mg.Tensor(2.0, requires_grad=True)
x = mg.Tensor(3.0, requires_grad=True)
b = mg.Tensor(1.0, requires_grad=True)
y = ops.tanh(0.1 * (w * x + b)) * w
print(inspect.tape(y))

# %% [markdown]
# A line for each operation, in the order in which they ran: what went in, what came out, and the
# rule for the walk back: with `g` for the gradient that arrives from above, what is passed on to
# each input.
#
# ## The same as a picture
#
# Numbers without a name are counted in the order of their use: `x1` is our `w`, `x2` is `x`, and
# `x3` is `b`. `w` is used twice, so two arrows leave it.

# %%
figure = inspect.graph(y).plot()

# %% [markdown]
# No gradients yet: they do not exist until somebody walks back.

# %%
y.backward()
figure = inspect.graph(y).plot()
print("w:", float(w.grad), " x:", float(x.grad), " b:", float(b.grad))

# %% [markdown]
# ## Walking back, step by step
#
# Each step takes one operation: the gradient of its result is known by then. It is multiplied by
# the local derivative for each input, and *added* to what this input has already got:

# %%
for step in inspect.backward_steps(y):
    print(step)

# %% [markdown]
# Read the two steps that add something for `w`: the last line's total is `w.grad`.
#
# In a notebook, and on a page, the same walk can be played forwards and back, with buttons and a
# slider. `player.save("backprop.html")` writes it to a file that needs nothing besides.

# %%
player = inspect.backprop_player(y)
player

# %% [markdown]
# ## Arrays
#
# Nothing changes with arrays but the size of the numbers. This is a dense layer and its loss; the
# tape shows shapes, and the range of the values:

# %%
rng = np.random.default_rng(0)
kernel = mg.Tensor(rng.normal(size=(3, 2)), requires_grad=True)
bias = mg.Tensor(np.zeros(2), requires_grad=True)
inputs, targets = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
loss = ops.mean(ops.square(inputs @ kernel + bias - targets))
loss.backward()
print(inspect.tape(loss))
figure = inspect.graph(loss).plot()

# %% [markdown]
# ## Whole models
#
# The layers of a model are boxes around their operations:

# %%
mg.utils.set_random_seed(0)
model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(4, activation="tanh"), mg.layers.Dense(1)])
loss = ops.mean(ops.square(model(inputs.astype("float32")) - 1.0))
loss.backward()
figure = inspect.graph(loss).plot()

# %% [markdown]
# ## What is *not* written down
#
# - What depends on nothing watched. Prediction leaves no tape and costs no memory.
# - What runs under `mg.no_grad()`, and what is behind `mg.stop_gradient(x)`.
# - NumPy: `np.tanh(x.numpy())` leaves the world of tensors, and the way back ends there.

# %%
free = ops.tanh(mg.Tensor(1.0))
cut = mg.stop_gradient(w * w) * w
cut.backward()
print("w·w is a constant for the way back:", float(w.grad), "= what was there +", 4.0)

# %% [markdown]
# The last line shows a trap: **gradients add up** from one `backward()` to the next, as in
# PyTorch, until you put `w.grad = None`.
#
# ## Exercises
#
# 1. How many records has the tape of `(a + b) * (a + b)`, written exactly so?

# %%
answer = ...  # exercise 1
a, b = mg.Tensor(1.0, requires_grad=True), mg.Tensor(2.0, requires_grad=True)
steps = list(inspect.backward_steps((a + b) * (a + b)))
check(
    answer,
    len(steps),
    hint="the sum is computed twice, for nobody told the tape that it is the same",
)

# %% [markdown]
# 2. In $y = a \cdot b$ at $a = 2, b = 5$ the gradient that arrives at $y$ is 3. What is added to
#    the gradient of $a$?

# %%
answer = ...  # exercise 2
check(answer, 15.0, hint="what arrives, times the other factor")

# %% [markdown]
# 3. Write a function of one number `x` whose gradient is 0 although its value changes with `x`.


# %%
def cheats(x):
    return ...  # exercise 3


def gradient_is_zero(function):
    changes = float(function(mg.Tensor(1.0))) != float(function(mg.Tensor(2.0)))
    return changes and float(mg.grad(function)(1.0)) == 0


check(... if cheats(mg.Tensor(1.0)) is ... else cheats, gradient_is_zero, hint="stop_gradient")

# %%
plt.show()

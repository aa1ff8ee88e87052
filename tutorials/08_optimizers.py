# %% [markdown]
# # Optimizers on a landscape
#
# The gradient says which way is down. How far to go, and whether to remember earlier steps, is
# decided by the optimizer. We send four of them down the same valley, write each as the formula of
# its paper, find a learning rate without guessing, and look at the landscape of a real network.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import inspect, layers
from minigrad.inspect import check

# %% [markdown]
# ## A narrow valley
#
# $f(x, y) = \frac{x^2}{40} + 2 y^2$: steep across, flat along. Gradient descent jumps from wall to
# wall, and hardly moves along the bottom. That is what losses of networks look like in many
# directions.


# %%
def valley(p):
    return p[0] ** 2 / 40 + 2 * p[1] ** 2


def descend(optimizer, steps=40):
    p = keras.Variable([-8.0, 1.5])
    path = [p.numpy()]
    for _ in range(steps):
        p.grad = None
        valley(p).backward()
        optimizer.apply([p.grad], [p])
        path.append(p.numpy())
    return np.array(path)


optimizers = keras.optimizers
paths = {
    "SGD": descend(optimizers.SGD(0.4)),
    "SGD with momentum": descend(optimizers.SGD(0.1, momentum=0.85)),
    "RMSprop": descend(optimizers.RMSprop(0.3)),
    "Adam": descend(optimizers.Adam(0.6)),
}
x, y = np.meshgrid(np.linspace(-9, 3, 100), np.linspace(-2, 2, 100))
figure, panels = plt.subplots(
    2, 2, figsize=(8, 4.4), layout="constrained", sharex=True, sharey=True
)
for panel, (name, path) in zip(panels.flat, paths.items()):
    panel.contour(x, y, valley([x, y]), levels=np.geomspace(0.05, 15, 12), cmap="Greys", alpha=0.6)
    panel.plot(*path.T, "o-", ms=2.5, lw=1)
    panel.plot(0, 0, "k+")
    panel.set_title(f"{name}: {valley(path[-1]):.4f} after 40 steps", fontsize=9)

# %% [markdown]
# ## Four formulas
#
# With $g$ for the gradient and $\eta$ for the learning rate:
#
# - **SGD**: $p \leftarrow p - \eta\, g$.
# - **Momentum** (Polyak 1964): $v \leftarrow \mu v - \eta\, g$, then $p \leftarrow p + v$. A ball
#   that rolls: what points the same way adds up, what alternates cancels.
# - **RMSprop** (Hinton 2012): $s \leftarrow \rho s + (1-\rho) g^2$, then $p \leftarrow p - \eta\,
#   g / \sqrt{s}$. Every weight gets a learning rate of its own: steep directions small, flat ones
#   large.
# - **Adam** (Kingma and Ba 2014): both, with a correction for the first steps, when the means are
#   still too near to 0.
#
# As code, Adam is nine lines:


# %%
def adam(function, p, rate, steps, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m, s = np.zeros_like(p), np.zeros_like(p)
    slope = keras.grad(function)
    for t in range(1, steps + 1):
        g = slope(keras.Tensor(p)).numpy()
        m = beta_1 * m + (1 - beta_1) * g  # where it has been going
        s = beta_2 * s + (1 - beta_2) * g**2  # how steep it has been
        m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
        p = p - rate * m_hat / (np.sqrt(s_hat) + epsilon)
    return p


ours = adam(valley, np.array([-8.0, 1.5], "float32"), 0.6, 40)
print("by hand:", ours, " keras.optimizers.Adam:", paths["Adam"][-1])
assert np.allclose(ours, paths["Adam"][-1], atol=1e-3)

# %% [markdown]
# ## Which learning rate?
#
# Too small, and nothing happens; too large, and it explodes. Instead of guessing: try all of them.
# A few steps with a rate that grows a little each time, and watch the loss (Smith 2015):

# %%
keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = (x.reshape(-1, 64) / np.float32(16) for x in (x_train, x_test))


def network(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), layers.Dense(32, "relu"), layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


model = network("sgd")
found = inspect.lr_find(model, x_train, y_train)
print(found)
figure = found.plot()

# %% [markdown]
# ## A race on real digits
#
# The same network from the same start, six epochs each:

# %%
racers = {
    "SGD": optimizers.SGD(0.1),
    "momentum": optimizers.SGD(0.1, momentum=0.9),
    "RMSprop": optimizers.RMSprop(0.003),
    "Adam": optimizers.Adam(0.003),
    "Lion": optimizers.Lion(0.001),
}
figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
for name, optimizer in racers.items():
    history = network(optimizer).fit(x_train, y_train, epochs=6, verbose=0)
    panel.semilogy(history.history["loss"], "o-", ms=3, label=name)
    print(f"{name:10}{history.history['accuracy'][-1]:.1%}")
panel.set(xlabel="epoch", ylabel="training loss")
panel.legend()

# %% [markdown]
# ## The landscape of a real loss
#
# A network has thousands of weights, so its landscape has thousands of dimensions. We can look at
# a plane through it: the one in which the training moved most, with the path drawn (Li et al.
# 2018).

# %%
path = inspect.WeightPath(every=10)
model = network(optimizers.SGD(0.1, momentum=0.9))
model.fit(x_train, y_train, epochs=6, verbose=0, callbacks=[path])
landscape = inspect.loss_landscape(model, x_train, y_train, path=path, resolution=15)
print(landscape)
figure = landscape.plot()

# %% [markdown]
# ## Smaller steps at the end
#
# Far from the bottom, large steps; near it, small ones, or the noise of the batches keeps throwing
# the weights about. A *schedule* is a learning rate that depends on the step:

# %%
schedule = optimizers.schedules.CosineDecay(
    0.1, decay_steps=300, warmup_target=0.2, warmup_steps=30
)
figure, panel = plt.subplots(figsize=(5, 2.4), layout="constrained")
panel.plot([float(schedule(step)) for step in range(300)])
panel.set(xlabel="step", ylabel="learning rate", title="warm up, then half a cosine")

# %% [markdown]
# ## Exercises
#
# 1. Gradient descent on $f(x) = x^2$ with a learning rate $\eta$ multiplies $x$ by $1 - 2\eta$ in
#    each step. From which $\eta$ on does it no longer converge?

# %%
answer = ...  # exercise 1
check(answer, 1.0, hint="|1 − 2η| has to be below 1")

# %% [markdown]
# 2. Momentum of 0.9, and a gradient that is always the same: how many times farther than plain SGD
#    does a step go in the long run?

# %%
answer = ...  # exercise 2
check(answer, 10.0, hint="1 + 0.9 + 0.9² + …")

# %% [markdown]
# 3. Write one step of RMSprop: from `p`, `g` and `s` to the new `(p, s)`. Take `rho = 0.9`, a rate
#    of 0.1 and no epsilon.


# %%
def rmsprop_step(p, g, s):
    return ...  # exercise 3


step = rmsprop_step(1.0, 2.0, 1.0)
s = 0.9 * 1.0 + 0.1 * 2.0**2
check(step, (1.0 - 0.1 * 2.0 / np.sqrt(s), s), hint="first s, then p with the new s")

# %%
assert valley(paths["Adam"][-1]) < valley(paths["SGD"][-1])
plt.show()

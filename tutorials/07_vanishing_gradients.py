# %% [markdown]
# # Initialisation, vanishing gradients, normalisation
#
# A deep network multiplies. If each layer makes the signal a little smaller, it is gone after
# twenty; and the gradient on its way back suffers the same. We watch it happen, understand it by
# counting variances, and repair it in three ways. `inspect.Health` says what a doctor would.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import inspect, layers, ops
from minigrad.inspect import check

(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = (x.reshape(-1, 64) / np.float32(16) for x in (x_train, x_test))

# %% [markdown]
# ## Twenty layers, three starts
#
# The same network of twenty tanh layers, with weights that are too small, too large, and just
# right:

# %%
x = np.random.default_rng(0).normal(size=(256, 64)).astype("float32")


def spread(deviation, depth=20, width=64):
    """The deviation of the signal after each layer."""
    rng, signal, found = np.random.default_rng(1), x, []
    for _ in range(depth):
        weights = rng.normal(0, deviation, size=(width, width)).astype("float32")
        signal = np.tanh(signal @ weights)
        found.append(signal.std())
    return found


figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
for deviation, name in ((0.05, "0.05: dies"), (0.125, "1/√64: lives"), (0.5, "0.5: saturates")):
    panel.semilogy(spread(deviation), "o-", ms=3, label=name)
panel.set(xlabel="layer", ylabel="deviation of the signal", title="weights of deviation …")
panel.set_xticks(range(0, 20, 5))
panel.legend()

# %% [markdown]
# Why $1/\sqrt{n}$? A unit adds up $n$ products. The variance of a sum of independent numbers
# is the sum of their variances: $\mathrm{Var}(y) = n \cdot \mathrm{Var}(w) \cdot \mathrm{Var}(x)$.
# So the signal keeps its size if $\mathrm{Var}(w) = 1/n$. The gradient, on the way back, is a sum
# over the *outputs*; Glorot and Bengio (2010) take the mean of both: $\mathrm{Var}(w) = 2/(n_{in}
# + n_{out})$. ReLU throws half of the signal away, so He et al. (2015) take $2/n$.
#
# ## What the gradient feels
#
# The gradient of each layer's weights, from a network that starts with small weights:


# %%
def deep(initializer, activation="tanh", normalise=False, depth=20):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(depth):
        model.add(layers.Dense(64, kernel_initializer=initializer, use_bias=not normalise))
        if normalise:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation(activation))
    model.add(layers.Dense(10))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


def gradient_norms(model):
    for weight in model.trainable_weights:
        weight.grad = None
    loss = ops.mean(model.loss(y_train[:256], model(x_train[:256], training=True)))
    loss.backward()
    kernels = [w for w in model.trainable_weights if w.name == "kernel"]
    return [float(ops.norm(w.grad)) for w in kernels]


small = keras.initializers.RandomNormal(stddev=0.05)
starts = {
    "small": deep(small),
    "Glorot": deep("glorot_normal"),
    "small, batch-normalised": deep(small, normalise=True),
}
figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
for name, model in starts.items():
    panel.semilogy(gradient_norms(model), "o-", ms=3, label=name)
panel.set(xlabel="layer", ylabel="norm of its gradient")
panel.set_xticks(range(0, 21, 5))
panel.legend()

# %% [markdown]
# With small weights every layer gets a gradient ten million times smaller than with Glorot's. It is
# the product of what comes in and of what comes back: in the last layers hardly any signal is left,
# in the first ones hardly any gradient. None of them learns. That is the *vanishing gradient*.
#
# ## The report
#
# `inspect.Health` watches a training and says in words what it sees:

# %%
health = inspect.Health(verbose=False)
sick = starts["small"]
sick.fit(x_train, y_train, epochs=3, batch_size=128, verbose=0, callbacks=[health])
print(health.report)
figure = health.plot()

# %% [markdown]
# ## Normalisation
#
# Batch normalisation (Ioffe and Szegedy 2015) does not hope for the right size, it enforces it: of
# every unit the mean over the batch is taken away, and the rest divided by the deviation. Small
# weights no longer matter, because the signal is rescaled after every layer. All three trainings:

# %%
curves = {}
for name, model in starts.items():
    if model is sick:
        model = deep(small)
    history = model.fit(x_train, y_train, epochs=8, batch_size=128, verbose=0)
    curves[name] = history.history["accuracy"]
    print(f"{name:26}{curves[name][-1]:.0%}")
figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
for name, curve in curves.items():
    panel.plot(range(1, 9), curve, "o-", ms=3, label=name)
panel.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1))
panel.legend()

# %% [markdown]
# ## Dead units
#
# ReLU has a failure of its own. A unit whose input is negative for *every* example gives 0 and has
# a gradient of 0: it will never change again. Too large a learning rate does that:

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [keras.Input((64,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(10)]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.SGD(2.0), loss)
model.fit(x_train, y_train, epochs=2, verbose=0)
report = inspect.health_report(model, x_train[:256], y_train[:256])
print(report)

# %% [markdown]
# ## Exercises
#
# 1. A layer has 100 inputs of variance 1 and weights of variance 0.04. What is the variance of a
#    unit's sum?

# %%
answer = ...  # exercise 1
check(answer, 4.0, hint="n · Var(w) · Var(x)")

# %% [markdown]
# 2. The derivative of the sigmoid is at most 1/4. Through ten sigmoid layers with weights of 1, by
#    which factor is a gradient smaller at least?

# %%
answer = ...  # exercise 2
check(answer, 4.0**10, hint="a quarter of a quarter of …")

# %% [markdown]
# 3. Which deviation should the weights of a ReLU layer with 50 inputs have (He et al.)?

# %%
answer = ...  # exercise 3
check(answer, np.sqrt(2 / 50), hint="the variance is 2/n")

# %%
assert curves["small"][-1] < 0.5 < curves["small, batch-normalised"][-1]
plt.show()

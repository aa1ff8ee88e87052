# %% [markdown]
# # Recurrent networks: reading one letter at a time
#
# A sequence has no fixed length, and order matters. A recurrent network reads one step after the
# other and carries along a *state*, its memory of what came before. We write the simplest one,
# watch its gradient fade over time, see what an LSTM does about it, and let one tell Lewis Carroll
# from Shakespeare.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import layers, ops
from minigrad.datasets import authors
from minigrad.inspect import check

# %% [markdown]
# ## The simplest recurrence
#
# $h_t = \tanh(x_t W + h_{t-1} U + b)$: the new state depends on the input and on the old state. The
# weights are **the same at every step**, so one set of weights reads sequences of any length.

# %%
rng = np.random.default_rng(0)
steps, width, units = 30, 4, 16
x = rng.normal(size=(steps, width)).astype("float32")
W = rng.normal(size=(width, units)).astype("float32") * 0.5


def run(U, x):
    state, states = keras.Tensor(np.zeros((1, units), "float32")), []
    for t in range(len(x)):
        state = ops.tanh(x[t : t + 1] @ W + state @ U)
        states.append(state)
    return states


print("the last state:", np.round(run(np.eye(units, dtype="float32"), x)[-1][0, :4].numpy(), 2))

# %% [markdown]
# ## Backpropagation through time
#
# The tape knows nothing of time: a loop of thirty steps is a chain of operations like any other,
# and `U` is used thirty times, so its gradient is a sum of thirty parts. But look at how much the
# last state still feels of an **early input**. On the way back, the gradient is multiplied by
# $U^\top$ and by $\tanh'$ once for every step. Small $U$: it dies. Large $U$: $\tanh$ saturates,
# or it explodes.


# %%
def reach(scale, steps=30):
    """How much the last state feels of each input: the norm of its gradient."""
    U = scale * np.linalg.qr(rng.normal(size=(units, units)))[0].astype("float32")
    inputs = [keras.Tensor(x[t : t + 1], requires_grad=True) for t in range(steps)]
    state = keras.Tensor(np.zeros((1, units), "float32"))
    for one in inputs:
        state = ops.tanh(0.3 * (one @ W) + state @ U)
    ops.sum(state).backward()
    return [float(ops.norm(one.grad)) for one in inputs]


figure, panel = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
for scale in (0.5, 0.9, 1.1):
    panel.semilogy(reach(scale), "o-", ms=3, label=f"U scaled by {scale}")
panel.set(xlabel="step of the input (the last is 29)", ylabel="gradient that arrives")
panel.legend()

# %% [markdown]
# With a scale of 0.5, what was read 30 steps ago leaves a gradient of $10^{-10}$: it cannot be
# learned from.
#
# ## LSTM: a state that is added to
#
# The long short-term memory keeps a second state $c$ that is not squeezed through a matrix at
# every step, but **added to**: $c_t = f_t \cdot c_{t-1} + i_t \cdot g_t$. The gates $f$, $i$ (and
# $o$, what is shown) are numbers between 0 and 1 that the network computes itself. Where $f$ is
# near 1, a gradient passes as it is. In code, one step is:


# %%
def lstm_step(x, h, c, kernel, recurrent_kernel, bias):
    i, f, g, o = ops.split(x @ kernel + h @ recurrent_kernel + bias, 4, axis=-1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(c), c


layer = layers.LSTM(8)
sequence = rng.normal(size=(1, 12, 4)).astype("float32")
expected = layer(sequence)
h = c = np.zeros((1, 8), "float32")
for t in range(12):
    h, c = lstm_step(sequence[:, t], h, c, *layer.weights)
print("the same as keras.layers.LSTM:", np.allclose(h, expected, atol=1e-5))

# %% [markdown]
# ## Who wrote this?
#
# Real text: 64 letters of *Alice's Adventures in Wonderland* or of *As You Like It*. Capitals,
# names of speakers and line breaks are taken out; what is left is style.

# %%
keras.utils.set_random_seed(1)
(x_train, y_train), (x_test, y_test) = authors.load_data()
for i in (5, 1):
    print(f"{authors.CLASSES[y_train[i]]:12}{authors.decode(x_train[i])}")

# %%
model = keras.Sequential(
    [
        keras.Input((None,), dtype="int32"),  # any length
        layers.Embedding(len(authors.VOCABULARY), 32),  # a vector for each letter
        layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
        layers.GlobalMaxPooling1D(),  # of each feature, where it is strongest
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3), loss="binary_crossentropy", metrics=["accuracy"]
)
history = model.fit(
    x_train, y_train, batch_size=64, epochs=12, validation_data=(x_test, y_test), verbose=0
)
accuracy = max(history.history["val_accuracy"])
print(f"test accuracy: {accuracy:.1%}")
figure = keras.utils.plot_history(history)

# %% [markdown]
# ## What is it that gives them away?
#
# Read a passage letter by letter, and ask after each what the network thinks of what it has seen
# so far. It was trained on 64 letters, but takes any length.

# %%
passage = (
    "it was much pleasanter at home, thought poor alice; methinks thou art a very fool, my lord"
)
ids = np.array([[authors.VOCABULARY.index(letter) for letter in passage]], "int32")
belief = [float(model(ids[:, : n + 1])[0, 0]) for n in range(5, len(passage))]
figure, panel = plt.subplots(figsize=(9, 2.2), layout="constrained")
panel.plot(range(5, len(passage)), belief)
panel.axhline(0.5, color="0.8", zorder=0)
panel.set_xticks(range(len(passage)), passage, fontsize=8, family="monospace")
panel.set(ylim=(0, 1), ylabel="Shakespeare?")

# %% [markdown]
# ## Exercises
#
# 1. How many weights has an `LSTM(32)` that reads vectors of width 32?

# %%
answer = ...  # exercise 1
counted = layers.LSTM(32)
counted.build((None, None, 32))
check(answer, counted.count_params(), hint="four gates, each with two matrices and a bias")

# %% [markdown]
# 2. A gate $f$ of 0.9 at every step: what share of a gradient is left after 50 steps?

# %%
answer = ...  # exercise 2
check(answer, 0.9**50, hint="0.9 · 0.9 · 0.9 · …")

# %% [markdown]
# 3. Write `accumulate(x)`: a recurrence whose state is the sum of everything read so far, with a
#    loop and `state = …` only. `x` has the shape (steps,).


# %%
def accumulate(x):
    return ...  # exercise 3: the list of states


sums = accumulate(np.array([1.0, 2.0, 3.0]))
check(sums, [1.0, 3.0, 6.0], hint="state = state + x[t]")

# %%
assert accuracy > 0.78, "the authors are not told apart"
plt.show()

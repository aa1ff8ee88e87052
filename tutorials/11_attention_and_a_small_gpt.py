# %% [markdown]
# # Attention, and a small GPT
#
# A recurrent network hands what it has read from step to step, like a rumour. Attention lets every
# letter look at every earlier letter directly, and decide itself where to look. We write it in four
# lines, check it against the layer, build a GPT from it, and let it write like Lewis Carroll.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import layers, ops
from minigrad.datasets import alice
from minigrad.inspect import check

# %% [markdown]
# ## Attention in four lines
#
# Every place makes three vectors of itself: a **query** (what am I looking for?), a **key** (what
# do I have?) and a **value** (what do I tell?). A place looks at each other place by the product
# of its query with the other's key; softmax turns these scores into shares that add up to 1; the
# result is the mean of the values with these shares (Vaswani et al. 2017, equation 1):
#
# $$ \mathrm{attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt d}\right) V $$
#
# Why divide by $\sqrt d$? A sum of $d$ products of random numbers has a deviation of $\sqrt d$;
# without the division softmax would see large numbers and give nearly everything to one place, and
# where softmax is flat there is no gradient.


# %%
def attention(query, key, value, causal=False):
    scores = ops.matmul(query, ops.swapaxes(key, -1, -2)) / np.sqrt(query.shape[-1])
    if causal:  # no place may look at a later one
        scores = ops.where(np.tri(scores.shape[-1], dtype=bool), scores, -1e9)
    shares = ops.softmax(scores)
    return ops.matmul(shares, value), shares


rng = np.random.default_rng(0)
query, key, value = (rng.normal(size=(1, 6, 8)).astype("float32") for _ in range(3))
result, shares = attention(query, key, value, causal=True)
expected = layers.Attention(use_scale=False)([query, value, key * 8**-0.5], use_causal_mask=True)
print("the same as keras.layers.Attention:", np.allclose(result, expected, atol=1e-5))

figure, panel = plt.subplots(figsize=(3.4, 3), layout="constrained")
panel.imshow(shares[0], cmap="Blues", vmin=0, vmax=1)
panel.set(xlabel="looks at", ylabel="place", title="shares; nobody sees the future")

# %% [markdown]
# ## Several heads
#
# One place may want to look at several others for different reasons: the last letter, the
# beginning of the word, the last quotation mark. So the vectors are cut into *heads*, each with an
# attention of its own, and the results are joined. That is `layers.MultiHeadAttention`.
#
# ## The text
#
# The whole of *Alice's Adventures in Wonderland*, as windows of 64 characters. The targets are the
# same text one character later: at every place the network foretells what comes next.

# %%
keras.utils.set_random_seed(0)
length, size = 64, len(alice.VOCABULARY)
(x_train, y_train), (x_test, y_test) = alice.load_data(length)
print(x_train.shape, "\n", repr(alice.decode(x_train[100])))

# %% [markdown]
# ## The network
#
# A block is attention and a small dense network, each reading a normalised copy and **adding** its
# result to the stream. Because of the addition, a gradient flows from the last layer to the first
# undiminished.


# %%
class Positions(layers.Layer):
    """Adds a learned vector for each place: attention itself knows no order."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="uniform", name="table")

    def call(self, x):
        return x + self.table


def block(x, width=64, heads=4):
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    x = x + layers.MultiHeadAttention(heads, width // heads)(y, y, use_causal_mask=True)
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    return x + layers.Dense(width)(layers.Dense(4 * width, activation="gelu")(y))


inputs = keras.Input((length,), dtype="int32")
x = Positions()(layers.Embedding(size, 64)(inputs))
x = block(block(x))
outputs = layers.Dense(size)(layers.LayerNormalization(epsilon=1e-5)(x))
gpt = keras.Model(inputs, outputs, name="gpt")
print(f"{gpt.count_params():,} weights")

# %% [markdown]
# ## Training
#
# Who knows nothing gives each of 72 characters the same chance: a loss of $\log 72 = 4.3$. Who
# knows how often each occurs comes to about 3.1.

# %%
gpt.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
history = gpt.fit(
    x_train, y_train, batch_size=32, epochs=6, validation_data=(x_test, y_test), verbose=2
)
figure = keras.utils.plot_history(history)

# %% [markdown]
# ## It writes
#
# Predict the next character, draw one by the predicted chances, append it, and again. The
# *temperature* divides the scores first: below 1 the likely becomes likelier.


# %%
def write(start, count, temperature=0.7, seed=0):
    generator = np.random.default_rng(seed)
    ids = alice.encode(start.rjust(length))[-length:]
    text = start
    for _ in range(count):
        logits = gpt.predict_on_batch(ids[None])[0, -1].astype("float64") / temperature
        chances = np.exp(logits - logits.max())
        drawn = generator.choice(size, p=chances / chances.sum())
        text += alice.decode([drawn])
        ids = np.append(ids[1:], drawn).astype("int32")
    return text


text = write("Alice was ", 160)
print(text)

# %% [markdown]
# No sense, but English words, spaces, quotation marks; all of it learned from 2,000 windows in a
# few seconds. The large language models are this, with more blocks, more width and more text.
#
# ## Where it looks
#
# `MultiHeadAttention` gives its shares away on request. Each panel is a head of the first block,
# for one passage: bright is where the letter of that row looks.

# %%
first = next(layer for layer in gpt.layers if isinstance(layer, layers.MultiHeadAttention))
stream = keras.Model(gpt.inputs, first.input[0])(x_test[7:8])
_, shares = first(stream, stream, use_causal_mask=True, return_attention_scores=True)
passage = alice.decode(x_test[7])[:32].replace("\n", "⏎")
figure, panels = plt.subplots(1, 4, figsize=(12, 3.4), layout="constrained")
for head, panel in enumerate(panels):
    panel.imshow(shares[0, head, :32, :32], cmap="magma", vmin=0, vmax=0.6)
    panel.set_xticks(range(32), passage, fontsize=6, family="monospace")
    panel.set_yticks(range(32), passage, fontsize=6, family="monospace")
    panel.set_title(f"head {head}", fontsize=9)

# %% [markdown]
# ## Exercises
#
# 1. Three equal scores go through softmax. What share does each get?

# %%
answer = ...  # exercise 1
check(answer, ops.softmax(keras.Tensor([5.0, 5.0, 5.0]))[0], hint="they add up to 1")

# %% [markdown]
# 2. How many shares does one head compute for a text of 64 characters (the mask aside)? And for
#    128? Answer with both numbers, as a tuple.

# %%
answer = ...  # exercise 2
check(answer, (64**2, 128**2), hint="every place looks at every place")

# %% [markdown]
# 3. Write a mask for attention to the **last four** places only (itself included) for a text of 8
#    characters: an array of truth values of shape (8, 8).

# %%
answer = ...  # exercise 3


def looks_back_four(mask):
    i, j = np.indices((8, 8))
    return np.array_equal(np.asarray(mask, bool), (j <= i) & (j > i - 4))


check(answer, looks_back_four, hint="np.tri has a parameter k")

# %%
assert history.history["val_loss"][-1] < 2.2
plt.show()

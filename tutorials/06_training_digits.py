# %% [markdown]
# # Training, from beginning to end
#
# We teach a small network to read handwritten digits. Its dense layers are not taken from a shelf:
# we write our own, in ten lines. Then we train it, read the loss curves, see what overfitting
# looks like, and look at the digits that it still gets wrong.
#
# All of it is Keras's API but the small data set and the drawing of the curves.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import ops
from minigrad.inspect import check
from minigrad.utils import plot_history

keras.utils.set_random_seed(1)  # the same random numbers in every run

# %% [markdown]
# ## The data
#
# 1,797 digits written by real people, 8 × 8 pixels each, from 0 (paper) to 16 (ink). A fifth of
# them is put aside: the network will never train on these, so they tell how well it reads *new*
# digits.

# %%
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
print("training:", x_train.shape, "test:", x_test.shape)


def show(images, titles, title):
    """A row of digits, each with a line above it."""
    figure, axes = plt.subplots(1, len(images), figsize=(len(images), 1.6), layout="constrained")
    for panel, image, text in zip(axes, images, titles):
        panel.imshow(image, cmap="gray_r", vmin=0, vmax=16)
        panel.set_title(text, fontsize=9)
        panel.axis("off")
    figure.suptitle(title, fontsize=10)
    return figure


figure = show(x_train[:10], y_train[:10], "ten training examples and their labels")

# %% [markdown]
# ## A layer of our own
#
# A dense layer computes $y = xW + b$. It needs two things: weights, which are made in `build`
# because only the first input tells how many there must be, and `call`, which is the formula
# itself. The gradients are not our business: every operation in `call` knows its own, and the
# tape remembers which operations there were.


# %%
class SimpleDense(keras.layers.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias


layer = SimpleDense(4)
print("weights before the first call:", len(layer.weights))
print("output:", layer(np.ones((2, 3), "float32")).shape)
print("weights after it:", [(weight.name, weight.shape) for weight in layer.weights])

# %% [markdown]
# ## The network
#
# Two of these layers. Between them stands ReLU, $\max(0, x)$: without something that is not
# linear, two dense layers could do no more than one. At the end, softmax turns ten numbers into
# ten probabilities.

# %%
model = keras.Sequential(
    [
        keras.Input(shape=(8, 8)),
        keras.layers.Rescaling(1 / 16),  # pixels from 0 to 1
        keras.layers.Flatten(),  # 8 x 8 pixels become a row of 64
        SimpleDense(64),
        keras.layers.ReLU(),
        SimpleDense(10),
        keras.layers.Softmax(),
    ]
)
model.summary()

# %% [markdown]
# An untrained network guesses: one digit in ten is right, and the loss is about $-\log
# \frac{1}{10} \approx 2.3$, the surprise of someone who holds all ten digits equally likely.

# %%
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
before = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print(f"before training: loss {before['loss']:.2f}, accuracy {before['accuracy']:.0%}")

# %% [markdown]
# ## Training
#
# An epoch goes through all training digits once, 32 at a time. After each 32 the gradient of the
# loss tells every weight in which direction to move, and Adam moves it a little. A tenth of the
# training digits is held back to watch over the training: those are the `val_` numbers.

# %%
history = model.fit(x_train, y_train, epochs=25, batch_size=32, validation_split=0.1, verbose=2)

# %% [markdown]
# ## The loss curves
#
# Both curves fall: what the network learns holds for digits it does not train on. Where the
# dashed curve stops falling while the other goes on, the network begins to learn its examples by
# heart. That is called overfitting, and more epochs do not help there.

# %%
figure = plot_history(history)

# %% [markdown]
# ## How well does it read?

# %%
after = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print(f"after training: loss {after['loss']:.2f}, accuracy {after['accuracy']:.1%}")

# %% [markdown]
# ## The mistakes
#
# A single number hides what goes wrong. So count, for each digit, what it was taken for: the
# table below has a row for each true digit and a column for each answer.

# %%
probabilities = model.predict(x_test, verbose=0)
answers = probabilities.argmax(axis=1)

confusion = np.zeros((10, 10), int)
np.add.at(confusion, (y_test, answers), 1)

figure, panel = plt.subplots(figsize=(4.4, 4), layout="constrained")
panel.imshow(confusion, cmap="Blues")
for true, answer in zip(*confusion.nonzero()):
    colour = "white" if true == answer else "firebrick"
    panel.text(answer, true, confusion[true, answer], ha="center", va="center", color=colour)
panel.set(xlabel="answer", ylabel="true digit", xticks=range(10), yticks=range(10))

# %% [markdown]
# And look at them. For many, you would have hesitated yourself; the number in brackets is how
# sure the network was of its wrong answer.

# %%
wrong = np.flatnonzero(answers != y_test)
wrong = wrong[np.argsort(-probabilities[wrong].max(axis=1))][:8]  # the surest ones first
figure = show(
    x_test[wrong],
    [f"{y_test[i]} as {answers[i]}\n({probabilities[i].max():.0%})" for i in wrong],
    f"mistakes ({(answers != y_test).sum()} of {len(y_test)})",
)

# %% [markdown]
# ## Overfitting, on purpose
#
# Give a large network few examples and many epochs, and it learns them by heart. Its loss on what
# it trains on goes to zero; on new digits it gets *worse* after a while, for it becomes sure of its
# mistakes. The best moment to stop is where the dashed curve is lowest.

# %%
large = keras.Sequential(
    [
        keras.Input(shape=(8, 8)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
large.compile(
    keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
)
by_heart = large.fit(
    x_train[:150], y_train[:150], epochs=60, validation_data=(x_test, y_test), verbose=0
)
figure = plot_history(by_heart)
best = int(np.argmin(by_heart.history["val_loss"]))
print(f"lowest in epoch {best + 1}: {by_heart.history['val_loss'][best]:.3f}")
print(f"at the end: {by_heart.history['val_loss'][-1]:.3f}")

# %% [markdown]
# What helps: more data, a smaller network, `Dropout`, and stopping in time, which
# `keras.callbacks.EarlyStopping("val_loss", restore_best_weights=True)` does.
#
# ## Exercises
#
# 1. The network above guesses at first. With 26 classes (letters), what would its loss be before
#    training?

# %%
answer = ...  # exercise 1
check(answer, np.log(26), hint="the logarithm of the number of answers it holds equally likely")

# %% [markdown]
# 2. 1,437 training digits, a tenth held back, 32 in a batch: how many steps has an epoch?

# %%
answer = ...  # exercise 2
check(answer, 41, hint="1,293 digits are left; the last batch is smaller")

# %% [markdown]
# 3. *Without* ReLU between them, two dense layers can do no more than one. For these two, what are
#    the kernel and the bias of the one layer that does the same?

# %%
first, second = SimpleDense(64), SimpleDense(10)
flat = x_test.reshape(-1, 64).astype("float32") / 16
second(first(flat))  # makes their weights
first.bias.assign(np.linspace(-1, 1, 64))
answer = ...  # exercise 3, as (kernel, bias), from first.kernel, first.bias, second.kernel, …


def is_both(answer):
    kernel, bias = answer
    return np.allclose(ops.matmul(flat, kernel) + bias, second(first(flat)), atol=1e-4)


check(answer, is_both, hint="(x W₁ + b₁) W₂ + b₂, multiplied out")

# %%
assert after["accuracy"] > 0.9, "fewer than nine digits in ten are read right"
plt.show()

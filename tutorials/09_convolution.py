# %% [markdown]
# # Convolution: looking for the same thing everywhere
#
# A dense layer has a weight of its own for each pixel: what it learns about a stroke on the left
# it does not know on the right. A convolution slides **one** small pattern of weights over the
# picture. We compute it by hand, derive its gradient, train a small network on real digits, and
# look at what its filters look for and at what it gets wrong.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import layers, ops
from minigrad.inspect import check

keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = (x[..., None] / np.float32(16) for x in (x_train, x_test))

# %% [markdown]
# ## By hand
#
# At each place, multiply the pixels under the filter with its weights, and add up. A filter that is
# dark at the left and bright at the right answers to edges between the two.

# %%
edge = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "float32")  # Sobel and Feldman, 1968


def convolve(image, kernel):
    height, width = image.shape[0] - 2, image.shape[1] - 2
    out = np.zeros((height, width), "float32")
    for i in range(height):
        for j in range(width):
            out[i, j] = (image[i : i + 3, j : j + 3] * kernel).sum()
    return out


image = x_train[0, :, :, 0]
figure, panels = plt.subplots(1, 3, figsize=(7, 2.5), layout="constrained")
for panel, picture, title in zip(
    panels,
    [image, convolve(image, edge), convolve(image, edge.T)],
    ["a digit", "edges from left to right", "edges from top to bottom"],
):
    shown = panel.imshow(picture, cmap="gray_r" if picture is image else "RdBu", norm=None)
    if picture is not image:
        shown.set_clim(-4, 4)
    panel.set_title(title, fontsize=10)
    panel.axis("off")

fast = ops.conv(image[None, :, :, None], edge[:, :, None, None], padding="valid")
print("the same as ops.conv:", np.allclose(fast[0, :, :, 0], convolve(image, edge), atol=1e-5))

# %% [markdown]
# ## Its gradient
#
# Each weight of the filter is used at every place. Uses add up: the gradient of weight $(a, b)$ is
# the sum over all places of *gradient there* times *pixel under that weight*. That is a
# convolution again, of the picture with the gradient:

# %%
kernel = keras.Tensor(edge[:, :, None, None], requires_grad=True)
upstream = np.random.default_rng(0).normal(size=(6, 6)).astype("float32")
(ops.conv(image[None, :, :, None], kernel, padding="valid")[0, :, :, 0] * upstream).sum().backward()
by_hand = np.array(
    [[(image[a : a + 6, b : b + 6] * upstream).sum() for b in range(3)] for a in range(3)]
)
print("the tape agrees:", np.allclose(kernel.grad[:, :, 0, 0], by_hand, atol=1e-4))

# %% [markdown]
# ## A network
#
# Sixteen filters, then pooling, which keeps of each 2 × 2 pixels the largest: *whether* a pattern
# is there, less exactly where. Then the same again, on patterns of patterns.

# %%
model = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu", name="patterns"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
history = model.fit(
    x_train, y_train, epochs=15, batch_size=64, validation_data=(x_test, y_test), verbose=0
)
accuracy = history.history["val_accuracy"][-1]
print(f"test accuracy: {accuracy:.1%}, with {model.count_params():,} weights")
figure = keras.utils.plot_history(history)

# %% [markdown]
# A dense network of the first tutorials needs twice as many weights for about the same accuracy.
#
# ## What the filters look for
#
# Sixteen filters of 3 × 3 weights: red is positive, blue negative. Below them, where each of four
# answers to a digit.

# %%
filters = model.get_layer("patterns").kernel.numpy()[:, :, 0]
figure, panels = plt.subplots(2, 8, figsize=(7, 2), layout="constrained")
for panel, i in zip(panels.flat, range(16)):
    panel.imshow(filters[:, :, i], cmap="RdBu_r", vmin=-0.8, vmax=0.8)
    panel.axis("off")

# %%
answers = keras.Model(model.inputs, model.get_layer("patterns").output)
maps = answers.predict(x_test[:1], verbose=0)[0]
strongest = np.argsort(-maps.max(axis=(0, 1)))[:4]
figure, panels = plt.subplots(1, 5, figsize=(7, 1.7), layout="constrained")
panels[0].imshow(x_test[0, :, :, 0], cmap="gray_r")
panels[0].set_title("digit", fontsize=9)
for panel, i in zip(panels[1:], strongest):
    panel.imshow(maps[:, :, i], cmap="magma")
    panel.set_title(f"filter {i}", fontsize=9)
for panel in panels:
    panel.axis("off")

# %% [markdown]
# ## The mistakes

# %%
probabilities = model.predict(x_test, verbose=0)
wrong = np.flatnonzero(probabilities.argmax(axis=1) != y_test)[:8]
figure, panels = plt.subplots(1, max(len(wrong), 2), figsize=(7, 1.8), layout="constrained")
for panel in panels:
    panel.axis("off")
for panel, i in zip(panels, wrong):
    panel.imshow(x_test[i, :, :, 0], cmap="gray_r")
    panel.set_title(f"{y_test[i]}, read as {probabilities[i].argmax()}", fontsize=8)

# %% [markdown]
# ## Exercises
#
# 1. How many weights, biases included, has `Conv2D(32, 3)` on 16 channels?

# %%
answer = ...  # exercise 1
check(answer, model.layers[2].count_params(), hint="3 · 3 · 16 weights for each of 32 filters")

# %% [markdown]
# 2. A picture of 28 × 28 goes through `Conv2D(8, 5)` (no padding) and `MaxPooling2D(2)`. What is
#    the shape of the result, as (height, width, channels)?

# %%
answer = ...  # exercise 2
expected = keras.Sequential([layers.Conv2D(8, 5), layers.MaxPooling2D(2)])
check(answer, expected.compute_output_shape((1, 28, 28, 1))[1:], hint="28 − 5 + 1, then half of it")

# %% [markdown]
# 3. Write a 3 × 3 filter whose answer is the mean of the pixels under it.

# %%
answer = ...  # exercise 3
check(answer, np.full((3, 3), 1 / 9), hint="nine equal weights")

# %%
assert accuracy > 0.95, "fewer than 95 digits in 100 are read right"
plt.show()

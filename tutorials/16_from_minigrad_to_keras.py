# %% [markdown]
# # From minigrad to Keras, and beyond
#
# What you have learned is Keras's API: the same names, the same arguments, the same files. When a
# model outgrows this machine, change one import. This page shows what carries over, how weights
# travel, what differs, and how the same ideas are called in PyTorch, JAX and TensorFlow.

# %%
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import layers, ops
from minigrad.inspect import check

keras.utils.set_random_seed(0)
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## The same script
#
# Everything below this line is plain Keras 3. With `import keras` in place of `import minigrad as
# keras` it runs on JAX, PyTorch or TensorFlow, on a graphics processor if there is one:
#
# ```
# KERAS_BACKEND=jax python script.py
# ```

# %%
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
model = keras.Sequential(
    [
        keras.Input((8, 8)),
        layers.Rescaling(1 / 16),
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(32, 4, activation="relu"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=20, verbose=0)
before = model.evaluate(x_test, y_test, verbose=0, return_dict=True)

# %% [markdown]
# ## Files travel
#
# A `.keras` file holds the architecture, the weights and the state of the optimizer. Keras opens
# what minigrad wrote, and the reverse; training goes on where it stopped.

# %%
model.save(folder / "digits.keras")
again = keras.saving.load_model(folder / "digits.keras")
after = again.evaluate(x_test, y_test, verbose=0, return_dict=True)
print("before:", before, "\nafter: ", after)
assert np.isclose(before["loss"], after["loss"], rtol=1e-5)

# %% [markdown]
# ## Weights are arrays
#
# If all else fails: weights are a list of NumPy arrays, and any framework takes those.

# %%
for weight in model.weights:
    print(f"{weight.path:28} {weight.shape}")

# %% [markdown]
# One thing to know about layouts: a dense kernel is (inputs, units) here and in Keras, and the
# other way round in PyTorch, whose `nn.Linear` computes $xW^\top$. A convolution's kernel is
# (height, width, in, out) here, (out, in, height, width) there.

# %%
kernel, bias = model.layers[-1].get_weights()
linear_weight, linear_bias = kernel.T, bias  # what torch.nn.Linear(32, 10) would hold
features = np.random.default_rng(0).normal(size=(3, 32)).astype("float32")
print("equal:", np.allclose(features @ kernel + bias, features @ linear_weight.T + linear_bias))

# %% [markdown]
# ## The same ideas under other names
#
# | idea | minigrad | Keras | PyTorch | JAX |
# |---|---|---|---|---|
# | array with gradients | `Tensor` | `Variable` | `torch.Tensor` | any array |
# | walk back | `y.backward()` | | `y.backward()` | |
# | tape | `GradientTape` | TensorFlow's | `torch.autograd.grad` | |
# | gradient of a function | `grad(f)` | | `torch.func.grad(f)` | `jax.grad(f)` |
# | compile | `compile(f)` | `jit_compile=True` | `torch.compile(f)` | `jax.jit(f)` |
# | no gradient | `stop_gradient` | `ops.stop_gradient` | `x.detach()` | `lax.stop_gradient` |
# | layer | `layers.Layer` | `layers.Layer` | `nn.Module` | `flax.nnx.Module` |
# | half precision | `"mixed_bfloat16"` | the same | `torch.autocast` | by hand |
#
# PyTorch's way, on minigrad:

# %%
w = keras.Tensor([1.0, 2.0], requires_grad=True)
(w * w).sum().backward()
print("like PyTorch:", w.grad)
print("like JAX:    ", keras.grad(lambda w: ops.sum(w * w))(keras.Tensor([1.0, 2.0])))
with keras.GradientTape() as tape:
    v = keras.Variable([1.0, 2.0])
    total = ops.sum(v * v)
print("like TensorFlow:", tape.gradient(total, v))

# %% [markdown]
# ## What does not carry over
#
# The tape, the pictures and the checks of `minigrad.inspect`, `Tensor.backward`, and
# `explain_step` exist only here. A good habit: build and understand a model here, on a slice of
# the data; train it there. The other way round, everything that is left out here (pretrained
# models, quantization, distribution over many devices) is listed in `docs/keras_differences.md`.
#
# ## When is it time to go?
#
# When a step takes longer than you want to wait. This machine's step grows with the width of the
# network squared:

# %%
widths, milliseconds = [64, 128, 256, 512], []
for width in widths:
    wide = keras.Sequential(
        [keras.Input((width,)), *[layers.Dense(width, "relu") for _ in range(2)]]
    )
    wide.compile("adam", "mse")
    x = np.zeros((640, width), "float32")
    wide.fit(x, x, epochs=1, verbose=0)
    start = time.perf_counter()
    wide.fit(x, x, epochs=3, verbose=0)
    milliseconds.append((time.perf_counter() - start) / 60 * 1e3)
figure, panel = plt.subplots(figsize=(5, 3), layout="constrained")
panel.loglog(widths, milliseconds, "o-")
panel.set(xlabel="width of two dense layers", ylabel="ms a step of 32 examples")
panel.set_xticks(widths, widths)
for width, ms in zip(widths, milliseconds, strict=True):
    panel.annotate(f"{ms:.2f}", (width, ms), (0, 6), textcoords="offset points", ha="center")
panel.margins(y=0.2)
panel.minorticks_off()

# %% [markdown]
# ## Exercises
#
# 1. A PyTorch `nn.Linear(784, 128)` has a weight of shape (128, 784). What is the shape of the same
#    weights as a `Dense` kernel?

# %%
answer = ...  # exercise 1
check(answer, (784, 128), hint="Dense computes x @ kernel")

# %% [markdown]
# 2. PyTorch's convolution weight has the axes (out, in, height, width). Write the `np.transpose`
#    order that makes a Keras kernel of it.

# %%
answer = ...  # exercise 2, a tuple of four numbers
check(answer, (2, 3, 1, 0), hint="height is axis 2 of PyTorch's, and has to come first")

# %% [markdown]
# 3. Which environment variable chooses Keras's engine?

# %%
answer = ...  # exercise 3
check(answer, "KERAS_BACKEND", hint="see the command above")

# %%
plt.show()

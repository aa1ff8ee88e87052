# %% [markdown]
# # Writing a layer
#
# A layer is two things: **state** (weights), and a **computation** (`call`). This page writes both
# layers that Keras's own documentation shows, and looks at what `Layer` does around them: when
# weights are made, who finds them, what they are cast to, and where their gradients come from.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import ops
from minigrad.inspect import check
from minigrad.layers import Layer

# %% [markdown]
# ## A layer with weights


# %%
class SimpleDense(Layer):
    """y = x W + b"""

    def __init__(self, units=32):
        super().__init__()
        self.units = units

    # The state: made once, when the first input tells how many weights there must be.
    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
            trainable=True,
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", trainable=True, name="bias"
        )

    # The computation.
    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias


linear_layer = SimpleDense(4)
print("before the first call:", linear_layer.weights)
y = linear_layer(ops.ones((2, 2)))
print("after it:", [(w.path, w.shape) for w in linear_layer.weights])
assert len(linear_layer.weights) == 2
assert len(linear_layer.trainable_weights) == 2

# %% [markdown]
# We never call `call` ourselves: `layer(x)` does, after it has built the layer, cast the inputs and
# entered the layer's name into the names of its weights.
#
# Nothing was said about gradients. `matmul` and `+` each know their own; the tape remembers that
# these two ran:

# %%
target = np.ones((2, 4), "float32")
loss = ops.mean(ops.square(linear_layer(ops.ones((2, 2))) - target))
loss.backward()
print("gradient of the bias:", linear_layer.bias.grad)

# %% [markdown]
# ## A layer with state that is not trained
#
# A running sum, a moving average, a counter: state that `call` changes itself, by `assign`. It is a
# Variable with `trainable=False`, so no optimizer touches it.


# %%
class ComputeSum(Layer):
    """The sum of everything it has ever seen."""

    def __init__(self, input_dim):
        super().__init__()
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False, name="total")

    def call(self, inputs):
        self.total.assign(self.total + ops.sum(inputs))
        return self.total


my_sum = ComputeSum(2)
x = ops.ones((2, 2))
print("first call:", float(my_sum(x)), " second call:", float(my_sum(x)))
assert my_sum.weights == [my_sum.total]
assert my_sum.non_trainable_weights == [my_sum.total]
assert my_sum.trainable_weights == []

# %% [markdown]
# ## Layers inside layers
#
# A layer that is an attribute of another is found by it, with all its weights, however deep.


# %%
class Twice(Layer):
    """Two dense layers with a bend between them."""

    def __init__(self, hidden, units):
        super().__init__()
        self.first, self.second = SimpleDense(hidden), SimpleDense(units)

    def call(self, inputs):
        return self.second(ops.relu(self.first(inputs)))


twice = Twice(16, 1)
twice(np.zeros((1, 2), "float32"))
for weight in twice.weights:
    print(f"{weight.path:35} {weight.shape}")

# %% [markdown]
# ## Precision: the layer casts by itself
#
# Under a mixed policy the weights stay in float32, where small updates do not vanish, and `call`
# sees them and its inputs in float16. `call` does not change by a letter.

# %%
with_half = SimpleDense(4)
with_half.dtype_policy = keras.DTypePolicy("mixed_float16")
out = with_half(np.ones((2, 2), "float32"))
print("weights:", with_half.kernel.dtype, " output:", out.dtype)

# %% [markdown]
# ## In a model
#
# Our layers are as good as those on the shelf: `fit` trains them. Here they learn a curve.

# %%
keras.utils.set_random_seed(0)
x = np.linspace(-3, 3, 256, dtype="float32")[:, None]
y = np.sin(2 * x) + 0.1 * np.random.default_rng(0).normal(size=x.shape).astype("float32")
model = keras.Sequential([keras.Input((1,)), Twice(64, 64), keras.layers.ReLU(), SimpleDense(1)])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
history = model.fit(x, y, epochs=80, batch_size=64, verbose=0)
print(f"loss: {history.history['loss'][0]:.3f} → {history.history['loss'][-1]:.3f}")

figure, panel = plt.subplots(figsize=(5.4, 3.2), layout="constrained")
panel.plot(x, y, ".", ms=3, color="0.6", label="data")
panel.plot(x, model.predict(x, verbose=0), lw=2, label="network of our layers")
panel.set(xlabel="x", ylabel="y", ylim=(-1.8, 1.3))
panel.legend(loc="lower center", ncols=2)
assert history.history["loss"][-1] < 0.05

# %% [markdown]
# ## Saved and loaded
#
# A file holds no code, only names and settings. So a layer says in `get_config` what its
# constructor wants, and a decorator gives it a name by which it is found again.


# %%
@keras.saving.register_keras_serializable("tutorial")
class Scale(Layer):
    """y = x · factor, with one trained factor for each feature."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        initializer = keras.initializers.Constant(self.start)
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer=initializer)

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {**super().get_config(), "start": self.start}


again = keras.layers.deserialize(keras.layers.serialize(Scale(2.0)))
print(type(again).__name__, again.start)

# %% [markdown]
# ## Exercises
#
# 1. How many trainable numbers does `SimpleDense(10)` have for inputs of width 64?

# %%
answer = ...  # exercise 1
counted = SimpleDense(10)
counted.build((None, 64))
check(answer, counted.count_params(), hint="a column of weights for each unit, and the biases")

# %% [markdown]
# 2. Write `call` of a layer that *centres*: it subtracts from each feature its mean over the batch.


# %%
class Centre(Layer):
    def call(self, inputs):
        return ...  # exercise 2


def centres(result):
    return np.allclose(result, [[-1.0, -2.0], [1.0, 2.0]])


try:
    result = Centre()(np.array([[1.0, 2.0], [3.0, 6.0]], "float32"))
except (TypeError, ValueError):
    result = ...
check(result, centres, hint="ops.mean(inputs, axis=0)")

# %% [markdown]
# 3. With which weights does `SimpleDense(1)` compute the mean of its three inputs? Give the entry
#    of the kernel.

# %%
answer = ...  # exercise 3
check(answer, 1 / 3, hint="(a + b + c) / 3 = a·? + b·? + c·?")

# %%
plt.show()

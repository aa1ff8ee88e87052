# %% [markdown]
# # A training step of your own: a network that invents digits
#
# `fit` asks the model for one thing only: `train_step(data)`, one step of training. Whoever writes
# it decides what a step is, and keeps epochs, callbacks, progress bars and the compiler. We write
# one for a *variational autoencoder* (Kingma and Welling 2013), which squeezes each digit into two
# numbers, and can draw a digit from any two numbers.

# %%
import matplotlib.pyplot as plt
import numpy as np

import minigrad as keras
from minigrad import layers, ops
from minigrad.inspect import check

keras.utils.set_random_seed(2)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
x_train, x_test = (x.reshape(-1, 64) / np.float32(16) for x in (x_train, x_test))

# %% [markdown]
# ## The smallest train_step
#
# What `fit` does by default is written in ten lines. Forwards under a tape, gradients, an update,
# metrics:


# %%
class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(10)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with keras.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


plain = Plain()
plain.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = plain.fit(x_train, y_train, epochs=5, verbose=0)
print([round(float(loss), 2) for loss in history.history["loss"]])

# %% [markdown]
# ## Two numbers for a picture
#
# The **encoder** reads a digit and answers with a mean and a deviation in the plane; a point is
# drawn from that little cloud; the **decoder** draws a digit from the point. The loss has two
# parts:
#
# - *reconstruction*: the digit drawn should be the digit read;
# - *KL divergence* to the standard normal distribution: clouds should not flee from each other, nor
#   shrink to points, so that every place in the plane means something.
#
# $$ \mathrm{KL} = -\tfrac12 \sum_i \left(1 + \log \sigma_i^2 - \mu_i^2 - \sigma_i^2\right) $$
#
# Drawing is random, and yet has gradients: the point is written as $\mu + \sigma \cdot
# \varepsilon$ with random $\varepsilon$, a formula in which $\mu$ and $\sigma$ are differentiable.


# %%
class Sampling(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, inputs):
        mean, log_variance = inputs
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


inputs = keras.Input((64,))
x = layers.Dense(128, activation="relu")(inputs)
mean, log_variance = layers.Dense(2, name="mean")(x), layers.Dense(2, name="log_variance")(x)
encoder = keras.Model(inputs, [mean, log_variance, Sampling()([mean, log_variance])])

codes = keras.Input((2,))
x = layers.Dense(128, activation="relu")(codes)
decoder = keras.Model(codes, layers.Dense(64, activation="sigmoid")(x))


class VAE(keras.Model):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.trackers = [keras.metrics.Mean(name=n) for n in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self):  # set back at the beginning of each epoch
        return self.trackers

    def call(self, x):
        return self.decoder(self.encoder(x)[0])

    def train_step(self, x):
        with keras.GradientTape() as tape:
            mean, log_variance, point = self.encoder(x, training=True)
            drawn = self.decoder(point, training=True)
            bits = 64 * keras.losses.binary_crossentropy(x, drawn)  # a sum over the pixels
            kl = 1 + log_variance - ops.square(mean) - ops.exp(log_variance)
            kl = -0.5 * ops.sum(kl, axis=1)
            loss = ops.mean(bits + kl)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply(gradients, self.trainable_weights)
        for tracker, value in zip(self.trackers, (loss, ops.mean(bits), ops.mean(kl))):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(3e-3))
history = vae.fit(x_train, epochs=60, batch_size=64, verbose=0)
figure, panel = plt.subplots(figsize=(5.4, 3), layout="constrained")
for name in ("loss", "reconstruction", "kl"):
    panel.plot(history.history[name], label=name)
panel.set(xlabel="epoch", ylabel="nats a digit")
panel.legend()

# %% [markdown]
# ## The plane of digits
#
# Where do test digits land? Nobody told the network which digit is which, and yet equal digits lie
# together:

# %%
places = encoder.predict(x_test, verbose=0)[0]
figure, panel = plt.subplots(figsize=(5, 4.4), layout="constrained")
shown = panel.scatter(*places.T, c=y_test, cmap="tab10", s=10, vmin=-0.5, vmax=9.5)
figure.colorbar(shown, ticks=range(10), label="digit")
panel.set(xlabel="first number", ylabel="second number")

# %% [markdown]
# And what does the decoder draw at each place of the plane? One digit changes into the next:

# %%
grid = np.linspace(-2.2, 2.2, 14, dtype="float32")
points = np.stack(np.meshgrid(grid, grid[::-1]), axis=-1).reshape(-1, 2)
drawn = decoder.predict(points, verbose=0).reshape(14, 14, 8, 8)
figure, panel = plt.subplots(figsize=(5, 5), layout="constrained")
panel.imshow(drawn.transpose(0, 2, 1, 3).reshape(112, 112), cmap="gray_r")
panel.axis("off")
panel.set_title("digits that nobody wrote")

# %% [markdown]
# ## Two optimizers in one step
#
# A *generative adversarial network* (Goodfellow et al. 2014) has two networks that work against
# each other, so two losses, two tapes and two optimizers; `train_step` is the place for that too.
# `tests/programs/gan.py` is one in eighty lines.
#
# ## Exercises
#
# 1. For $\mu = 0$ and $\sigma = 1$ in both directions, what is the KL divergence?

# %%
answer = ...  # exercise 1
check(answer, 0.0, hint="how far is a distribution from itself?")

# %% [markdown]
# 2. Write the KL term of one digit for a `mean` and a `log_variance` of shape (2,).


# %%
def kl(mean, log_variance):
    return ...  # exercise 2


m, v = keras.Tensor([1.0, -2.0]), keras.Tensor([0.0, 1.0])
check(kl(m, v), 0.5 * (1 + 4 + np.e - 2), hint="the formula above, with ops")

# %% [markdown]
# 3. In `Plain.train_step`, add a penalty: 0.01 times the sum of the squared kernel. Which gradient
#    does it add to a kernel entry of 3?

# %%
answer = ...  # exercise 3
check(answer, 0.01 * 2 * 3.0, hint="the derivative of 0.01 · w²")

# %%
assert history.history["loss"][-1] < 26
plt.show()

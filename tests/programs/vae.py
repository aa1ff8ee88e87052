"""A variational autoencoder with its own train_step draws digits (Kingma, Welling 2013)."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers, ops


class Sampling(layers.Layer):
    """z = mean + deviation · noise: random, and yet with a gradient for both."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(7)

    def call(self, inputs):
        mean, log_variance = inputs
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class VAE(keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.trackers = [keras.metrics.Mean(name=n) for n in ("loss", "reconstruction", "kl")]

    @property
    def metrics(self):
        return self.trackers

    def call(self, x):
        return self.decoder(self.encoder(x)[2])

    def train_step(self, x):
        with keras.GradientTape() as tape:
            mean, log_variance, z = self.encoder(x)
            drawn = self.decoder(z)
            bits = keras.losses.binary_crossentropy(x, drawn)  # a mean over the pixels
            reconstruction = 64.0 * ops.mean(bits)
            kl = -0.5 * (1 + log_variance - ops.square(mean) - ops.exp(log_variance))
            kl = ops.mean(ops.sum(kl, axis=1))
            loss = reconstruction + kl
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        for tracker, value in zip(self.trackers, (loss, reconstruction, kl)):
            tracker.update_state(value)
        return {tracker.name: tracker.result() for tracker in self.trackers}


keras.utils.set_random_seed(int(sys.argv[2]))
x_train = np.load(sys.argv[1])["x_train"].reshape(-1, 64).astype("float32") / 16

inputs = keras.Input(shape=(64,))
x = layers.Dense(64, activation="relu")(inputs)
mean, log_variance = layers.Dense(2)(x), layers.Dense(2)(x)
encoder = keras.Model(inputs, [mean, log_variance, Sampling()([mean, log_variance])])
codes = keras.Input(shape=(2,))
x = layers.Dense(64, activation="relu")(codes)
decoder = keras.Model(codes, layers.Dense(64, activation="sigmoid")(x))

model = VAE(encoder, decoder)
model.compile(optimizer=keras.optimizers.Adam(3e-3))
history = model.fit(x_train, epochs=20, batch_size=64, verbose=2)
drawn = decoder.predict(np.random.default_rng(0).normal(size=(64, 2)).astype("float32"), verbose=0)
np.savez(sys.argv[3], drawn=drawn, **history.history)

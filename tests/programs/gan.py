"""Two networks, two optimizers, one train_step: a GAN learns a curve (Goodfellow et al. 2014)."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers, ops


class GAN(keras.Model):
    def __init__(self, generator, discriminator, **kwargs):
        super().__init__(**kwargs)
        self.generator, self.discriminator = generator, discriminator
        self.seed_generator = keras.random.SeedGenerator(11)
        self.generator_loss = keras.metrics.Mean(name="generator_loss")
        self.discriminator_loss = keras.metrics.Mean(name="discriminator_loss")

    def compile(self, generator_optimizer, discriminator_optimizer, loss):
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.judge = loss

    @property
    def metrics(self):
        return [self.generator_loss, self.discriminator_loss]

    def train_step(self, real):
        count = ops.shape(real)[0]
        noise = keras.random.normal((count, 2), seed=self.seed_generator)
        labels = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))])
        with keras.GradientTape() as tape:
            both = ops.concatenate([real, self.generator(noise)])
            loss = self.judge(labels, self.discriminator(both))
        weights = self.discriminator.trainable_weights
        self.discriminator_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.discriminator_loss.update_state(loss)

        noise = keras.random.normal((count, 2), seed=self.seed_generator)
        with keras.GradientTape() as tape:
            loss = self.judge(ops.ones((count, 1)), self.discriminator(self.generator(noise)))
        weights = self.generator.trainable_weights
        self.generator_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.generator_loss.update_state(loss)
        return {metric.name: metric.result() for metric in self.metrics}


keras.utils.set_random_seed(int(sys.argv[2]))
rng = np.random.default_rng(1)
angle = rng.uniform(0, 2 * np.pi, 2048)
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.03, (2048, 2))


def network(*widths):
    hidden = [layers.Dense(width, activation="leaky_relu") for width in widths[1:-1]]
    return keras.Sequential([keras.Input((widths[0],)), *hidden, layers.Dense(widths[-1])])


model = GAN(network(2, 64, 64, 2), network(2, 64, 64, 1))
model.compile(
    generator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
    discriminator_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
)
history = model.fit(circle.astype("float32"), epochs=60, batch_size=64, verbose=2)
noise = np.random.default_rng(0).normal(size=(1024, 2)).astype("float32")
np.savez(sys.argv[3], drawn=model.generator.predict(noise, verbose=0), **history.history)

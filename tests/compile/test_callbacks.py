"""A callback that reads or changes a model in mid-training gets the same compiled as not."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, optimizers
from tests.compile.trainings import rows

pytestmark = pytest.mark.usefixtures("kernels", "no_messages")


class Reads(mg.callbacks.Callback):
    """Notes all weights, the optimizer's state and a prediction after every batch."""

    def on_train_batch_end(self, batch, logs=None):
        state = [v.numpy() for v in [*self.model.weights, *self.model.optimizer.variables]]
        self.seen.append([*state, np.asarray(self.model(rows(2), training=False))])


class Sets(Reads):
    """Clips a weight after every batch, as in a Wasserstein GAN."""

    def on_train_batch_end(self, batch, logs=None):
        kernel = self.model.layers[0].kernel
        kernel.assign(np.clip(kernel.numpy(), -0.3, 0.3))
        super().on_train_batch_end(batch, logs)
        assert np.abs(kernel.numpy()).max() <= np.float32(0.3)


class SetsAll(Reads):
    """Goes back to the first weights in the middle of an epoch, by `set_weights`."""

    def on_train_begin(self, logs=None):
        self.first = self.model.get_weights()

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.model.set_weights(self.first)
        super().on_train_batch_end(batch, logs)


class ChangesTheRate(Reads):
    """Another learning rate for every batch."""

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = 0.1 / (batch + 1)


class Freezes(Reads):
    """Freezes a layer for the second epoch, and thaws it for the third."""

    def on_epoch_begin(self, epoch, logs=None):
        layer = self.model.layers[0]
        layer.trainable = epoch != 1
        self.before = layer.kernel.numpy()

    def on_epoch_end(self, epoch, logs=None):
        same = np.array_equal(self.model.layers[0].kernel.numpy(), self.before)
        assert same == (epoch == 1)


class FreezesInAnEpoch(Reads):
    """Freezes a layer between two batches."""

    def on_train_batch_begin(self, batch, logs=None):
        self.model.layers[0].trainable = batch != 1
        self.before = self.model.layers[0].kernel.numpy()

    def on_train_batch_end(self, batch, logs=None):
        same = np.array_equal(self.model.layers[0].kernel.numpy(), self.before)
        assert same == (batch == 1)
        super().on_train_batch_end(batch, logs)


class Recompiles(Reads):
    """Another optimizer and another loss from the second epoch on."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.compile(
                optimizers.SGD(0.01, momentum=0.5), "mae", jit_compile=self.model.jit_compile
            )


class RecompilesInAnEpoch(Reads):
    """Another loss between two batches."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if batch == 0:
            self.model.compile(optimizers.SGD(0.01), "mae", jit_compile=self.model.jit_compile)


class ChangesAnAttribute(Reads):
    """Another rate of dropout is a part of the step: it has to be recorded anew."""

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[1].rate = 0.2 * epoch
        self.model.compile("sgd", "mse", jit_compile=self.model.jit_compile)


CALLBACKS = [Reads, Sets, SetsAll, ChangesTheRate, Freezes, FreezesInAnEpoch]
CALLBACKS += [Recompiles, RecompilesInAnEpoch, ChangesAnAttribute]


def train(callback, jit_compile):
    mg.utils.set_random_seed(3)
    model = mg.Sequential(
        [layers.Dense(6, "tanh"), layers.Dropout(0.4), layers.BatchNormalization(), layers.Dense(2)]
    )
    optimizer = optimizers.Adam(0.05, global_clipnorm=1.0)
    model.compile(optimizer, "mse", jit_compile=jit_compile)
    callback = callback()
    callback.seen = []
    x, y = rows(10), rows(10, 2, seed=1)
    history = model.fit(x, y, batch_size=4, epochs=3, verbose=0, callbacks=[callback]).history
    if jit_compile:
        assert model.train_function.run.replays
    return [*history["loss"], model.get_weights(), callback.seen]


@pytest.mark.parametrize("callback", CALLBACKS)
def test_a_callback_gets_what_it_expects(callback):
    compiled, eager = train(callback, True), train(callback, False)
    for a, b in zip(mg.tree.flatten(compiled), mg.tree.flatten(eager), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_reading_alone_changes_nothing():
    with_it, without = train(Reads, True), train(type("Idle", (mg.callbacks.Callback,), {}), True)
    for a, b in zip(mg.tree.flatten(with_it[:-1]), mg.tree.flatten(without[:-1]), strict=True):
        np.testing.assert_array_equal(a, b)

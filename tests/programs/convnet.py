"""A small convolutional network learns to read digits."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(int(sys.argv[2]))
data = np.load(sys.argv[1])
x_train, x_test = (data[name][..., None] / np.float32(16) for name in ("x_train", "x_test"))

model = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ]
)
model.summary()
model.compile(
    optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 460)),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x_train, data["y_train"], epochs=10, validation_split=0.1, verbose=2)
loss, accuracy = model.evaluate(x_test, data["y_test"], verbose=0)
np.savez(sys.argv[3], curve=history.history["loss"], loss=loss, score=accuracy)

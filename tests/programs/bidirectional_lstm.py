"""A bidirectional LSTM learns to tell two authors apart, and stops when it stops improving."""

import sys

import numpy as np

import minigrad as keras
from minigrad import layers

keras.utils.set_random_seed(int(sys.argv[2]))
data = np.load(sys.argv[1])

inputs = keras.Input(shape=(None,), dtype="int32")
x = layers.Embedding(35, 32)(inputs)
x = layers.Bidirectional(layers.LSTM(32, return_sequences=True))(x)
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(inputs, outputs)
model.compile(
    optimizer=keras.optimizers.RMSprop(3e-3),
    loss="binary_crossentropy",
    metrics=["accuracy", keras.metrics.AUC(name="auc")],
)
stop = keras.callbacks.EarlyStopping("val_auc", mode="max", patience=4, restore_best_weights=True)
history = model.fit(
    data["x_train"],
    data["y_train"],
    batch_size=64,
    epochs=10,
    validation_data=(data["x_test"], data["y_test"]),
    callbacks=[stop],
    verbose=2,
)
results = model.evaluate(data["x_test"], data["y_test"], verbose=0, return_dict=True)
np.savez(sys.argv[3], curve=history.history["loss"], loss=results["loss"], score=results["auc"])

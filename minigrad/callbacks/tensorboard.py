"""The logs for TensorBoard."""

import io
import os
import time
import warnings

import numpy as np

from minigrad import ops, settings
from minigrad.callbacks import event_file
from minigrad.callbacks.callback import Callback
from minigrad.callbacks.event_file import EventFile
from minigrad.callbacks.logs import pythonify_logs
from minigrad.callbacks.optimizers_of import log_learning_rates


class TensorBoard(Callback):
    """Writes logs, weights and the graph of the model into files that TensorBoard shows.

    Look at them with `tensorboard --logdir=logs`, a package of its own. Training goes into the
    folder `train`, validation into `validation`.

    Args:
        log_dir: The folder.
        histogram_freq: How often, in epochs, the distributions of all weights are written; 0 is
            never.
        write_graph: Whether to write what layers the model has.
        write_images: Whether to write weights as pictures too, as often as their distributions.
        write_steps_per_second: Whether to write how fast training is.
        update_freq: "epoch"; "batch" or a number: write the logs after so many batches too.
        profile_batch, embeddings_freq, embeddings_metadata: For TensorFlow's own tools; of no
            effect here.

    Raises:
        ValueError: another `update_freq`.
    """

    reads_logs_rarely = True

    first_process_only = True

    def __init__(
        self,
        log_dir="logs",
        histogram_freq=0,
        write_graph=True,
        write_images=False,
        write_steps_per_second=False,
        update_freq="epoch",
        profile_batch=0,
        embeddings_freq=0,
        embeddings_metadata=None,
    ):
        super().__init__()
        if update_freq not in ("epoch", "batch") and not isinstance(update_freq, int):
            raise ValueError(
                "`update_freq` should be 'epoch', 'batch' or a number of batches. "
                f"Received: update_freq={update_freq!r}"
            )
        if profile_batch or embeddings_freq:
            warnings.warn(
                "TensorBoard: `profile_batch` and `embeddings_freq` have no effect here: what they "
                "write is made by TensorFlow alone. "
                f"Received: profile_batch={profile_batch}, embeddings_freq={embeddings_freq}",
                stacklevel=2,
            )
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._files = {}
        self._batches = 0
        self._epoch_start = (0, 0.0)

    def _file(self, part):
        if part not in self._files:
            self._files[part] = EventFile(os.path.join(self.log_dir, part))
        return self._files[part]

    def _write_numbers(self, part, step, numbers, form):
        values = [
            event_file.scalar(form.format(name), value)
            for name, value in numbers.items()
            if np.ndim(value) == 0
        ]
        if values:
            self._file(part).write(step, *values)
            self._file(part).flush()

    def set_model(self, model):
        super().set_model(model)
        self._close()
        if self.write_graph:
            self._write_layers()

    def _write_layers(self):
        try:
            text = self.model.to_json()
        except Exception as error:  # a class without a config is no reason not to train
            warnings.warn(f"TensorBoard: the model has no JSON form: {error}", stacklevel=5)
            return
        value = event_file.text_for_plugin("keras", text, "graph_keras_model")
        self._file("train").write(0, value)

    def on_train_begin(self, logs=None):
        self._batches = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_start = self._batches, time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        first, start = self._epoch_start
        self._batches = first + batch + 1
        if self.update_freq == "epoch" or self._batches % self.update_freq:
            return
        logs = pythonify_logs(logs)
        if self.write_steps_per_second:
            logs["steps_per_second"] = (batch + 1) / (time.perf_counter() - start)
        self._write_numbers("train", self._batches, logs, "batch_{}")

    def on_test_end(self, logs=None):
        if self.model.optimizer is not None:
            step = int(self.model.optimizer.iterations)
            self._write_numbers("validation", step, logs or {}, "evaluation_{}_vs_iterations")

    def on_epoch_end(self, epoch, logs=None):
        trained, validated = {}, {}
        for name, value in (logs or {}).items():
            part = validated if name.startswith("val_") else trained
            part[name.removeprefix("val_")] = value
        if self.model.optimizer is not None:
            log_learning_rates(self.model, trained)
        if self.write_steps_per_second:
            first, start = self._epoch_start
            seconds = time.perf_counter() - start
            trained["steps_per_second"] = (self._batches - first) / seconds
        self._write_numbers("train", epoch, trained, "epoch_{}")
        self._write_numbers("validation", epoch, validated, "epoch_{}")
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)

    def _write_weights(self, epoch):
        values = []
        for weight in self.model.weights:
            name = weight.path.replace(":", "_")
            array = np.asarray(ops.cast(weight, "float32"))
            values.append(event_file.histogram(f"{name}/histogram", array))
            if self.write_images:
                for i, picture in enumerate(pictures_of(array)):
                    tag = f"{name}/image/{i}"
                    values.append(event_file.image(tag, _as_png(picture), *picture.shape))
        self._file("train").write(epoch, *values)
        self._file("train").flush()

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        for file in self._files.values():
            file.close()
        self._files = {}


def pictures_of(weight):
    """A weight as pictures, matrices of brightness: none if it has too many axes for that.

    >>> [picture.shape for picture in pictures_of(np.ones(3))]
    [(3, 1)]
    """
    weight = np.squeeze(weight)
    if weight.ndim == 1:
        return [weight[:, None]]
    if weight.ndim == 2:
        return [weight.T if weight.shape[0] > weight.shape[1] else weight]
    if weight.ndim == 3:  # a picture for each filter
        channels_last = settings.image_data_format() == "channels_last"
        return list(np.moveaxis(weight, -1, 0) if channels_last else weight)
    return []


def _as_png(picture):
    from matplotlib.image import imsave  # takes a third of a second: only who draws pays for it

    buffer = io.BytesIO()
    imsave(buffer, picture, cmap="gray", format="png")
    return buffer.getvalue()

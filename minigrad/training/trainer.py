"""Trainer: `compile`, `fit`, `evaluate` and `predict`, which make a model of a layer."""

import warnings

import numpy as np

from minigrad import settings, tree
from minigrad.autograd.tensor import Tensor
from minigrad.callbacks import CallbackList
from minigrad.callbacks.logs import pythonify_logs
from minigrad.callbacks.training_state import go_on, resume
from minigrad.distribution.active import distribution
from minigrad.optimizers import Optimizer
from minigrad.training.compiling import Compiling
from minigrad.training.data import class_weight_to_sample_weights, train_validation_split
from minigrad.training.data.adapter import as_batch
from minigrad.training.epoch_iterator import EpochIterator
from minigrad.training.processes import begin, in_all_processes, somewhere, unite
from minigrad.training.steps import Steps
from minigrad.utils.sample_weight import unpack_x_y_sample_weight


class Trainer(Compiling, Steps):
    """What a Model can do besides what a Layer can: learn, be judged, predict.

    It is mixed in: `class Model(Trainer, Layer)`, whose constructor calls `Trainer.__init__(self)`.
    """

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        class_weight=None,
        sample_weight=None,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Learn from data, in several passes over it.

        Args:
            x: Inputs: an array or Tensor, or a list, tuple or dict of them; a pandas table. Or
                what gives batches `(inputs, targets)` or `(inputs, targets, sample_weight)`: a
                PyDataset, a generator, a PyTorch DataLoader, a `tf.data.Dataset`; then there is
                no `y`, `sample_weight` and `batch_size`.
            y: Targets: arrays as for `x`.
            batch_size: Samples in a step; 32 by default.
            epochs: The number of the last epoch + 1; the first is `initial_epoch`.
            verbose: 0 is silent, 1 (or "auto") a progress bar, 2 a line per epoch.
            callbacks: Callbacks, or a CallbackList.
            validation_split: The fraction of the samples, the last ones, that are validated with
                instead.
            validation_data: What to validate with after each epoch: `(x, y)`,
                `(x, y, sample_weight)`, or what gives batches.
            shuffle: Whether samples come in another order in each pass; "batch" shuffles within
                batches. For arrays and PyDatasets alone.
            class_weight: `{class: weight}`, for the loss.
            sample_weight: A weight for each sample, or for each step of it, for the loss.
            initial_epoch: See `epochs`.
            steps_per_epoch: Batches in an epoch; by default those of a pass.
            validation_steps: The same for the validation.
            validation_batch_size: By default `batch_size`.
            validation_freq: Validate after every so many epochs, or after those in this list.

        Returns:
            A History: `.history` has the logs of all epochs.

        Raises:
            ValueError: before `compile`, and for data that does not fit.
        """
        self._assert_compile_called("fit")
        epochs = self._limited(epochs)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = train_validation_split(
                (x, y, sample_weight), validation_split
            )
        data = EpochIterator(
            x,
            y,
            sample_weight,
            batch_size,
            steps_per_epoch,
            shuffle,
            class_weight,
            self.steps_per_execution,
        )
        validation = None
        if validation_data is not None:
            validation = EpochIterator(
                *unpack_x_y_sample_weight(validation_data),
                batch_size=validation_batch_size or batch_size,
                steps_per_epoch=validation_steps,
                steps_per_execution=self.steps_per_execution,
            )
        try:
            self._build_if_possible(data)
            callbacks = self._callback_list(
                callbacks, verbose, data, epochs=epochs, add_history=True
            )
            self._in_training = data, callbacks.callbacks
            with in_all_processes():
                self._run_epochs(
                    data, validation, callbacks, initial_epoch, epochs, validation_freq
                )
        finally:  # an interruption must not leave workers behind, nor what a callback holds
            for callback in self._in_training[1] if self._in_training else ():
                getattr(callback, "_let_go", bool)()
            self._in_training = None
            data.close()
            if validation is not None:
                validation.close()
        return self.history

    def _run_epochs(self, data, validation, callbacks, initial_epoch, epochs, validation_freq):
        self.stop_training = False
        callbacks.on_train_begin()
        # A callback may have found a backup to go on from.
        initial_epoch, self._initial_epoch = self._initial_epoch or initial_epoch, None
        state, self._resumption = self._resumption, None
        initial_epoch, state = begin(self, initial_epoch, state)
        if initial_epoch and state is None:
            go_on(self)
        training_logs = None
        self._expect_steps(data.num_batches, epochs - initial_epoch)
        for epoch in range(initial_epoch, epochs):
            if state is not None and not state["step"]:
                resume(self, state)
                state = None
            self.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            logs = None
            if state is not None:  # in the middle of this epoch
                logs, state = resume(self, state), None
            for first, last, batches in data:
                callbacks.on_train_batch_begin(first)
                logs = self._ready("train_function")(batches)
                callbacks.on_train_batch_end(last, logs)
                if somewhere(self.stop_training):
                    self.stop_training = True
                    break
            if logs is None:
                break  # the data has come to its end
            unite(self)
            training_logs = dict(self._get_metrics_result_or_logs(logs))
            if validation is not None and self._should_eval(epoch, validation_freq):
                results = self._evaluate(validation, callbacks)
                training_logs.update({f"val_{name}": value for name, value in results.items()})
            callbacks.on_epoch_end(epoch, training_logs)
            if somewhere(self.stop_training):
                break
        if isinstance(self.optimizer, Optimizer) and epochs > 0:
            self.optimizer.finalize_variable_values(self.trainable_weights)
        callbacks.on_train_end(training_logs)

    def evaluate(
        self,
        x=None,
        y=None,
        batch_size=None,
        verbose="auto",
        sample_weight=None,
        steps=None,
        callbacks=None,
        return_dict=False,
        **kwargs,
    ):
        """The loss and the metrics on data.

        Args:
            x, y, batch_size, verbose, sample_weight, callbacks: As in `fit`.
            steps: The number of batches; by default all of them.
            return_dict: Whether to return numbers by name.

        Returns:
            The loss if there are no metrics; else a list of the loss and the metrics, or a dict.
        """
        self._assert_compile_called("evaluate")
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        data = self._epoch_of(x, y, sample_weight, batch_size, steps)
        callbacks = self._callback_list(callbacks, verbose, data)
        logs = self._evaluate(data, callbacks)
        return logs if return_dict else self._flatten_metrics_in_order(logs)

    def _evaluate(self, data, callbacks):
        """The logs of one pass over the data, as floats."""
        self.stop_evaluating = False
        callbacks.on_test_begin()
        self.reset_metrics()
        logs = None
        try:
            for first, last, batches in data:
                callbacks.on_test_batch_begin(first)
                logs = self._ready("test_function")(batches)
                callbacks.on_test_batch_end(last, logs)
                if self.stop_evaluating:
                    break
        finally:
            data.close()
        # Without a batch there are no results: zeros would look like some.
        if logs is not None:
            unite(self, states=False)
        results = {} if logs is None else pythonify_logs(self._get_metrics_result_or_logs(logs))
        callbacks.on_test_end(results)
        return results

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs of the model for data.

        Args:
            x, batch_size, verbose, callbacks: As in `fit`.
            steps: The number of batches; by default all of them.

        Returns:
            NumPy arrays in the structure of the outputs.

        Raises:
            ValueError: there is no data.
        """
        data = self._epoch_of(x, None, None, batch_size, steps)
        callbacks = self._callback_list(callbacks, verbose, data)
        self.stop_predicting = False
        callbacks.on_predict_begin()
        outputs, columns = None, None
        try:
            for first, last, batches in data:
                callbacks.on_predict_batch_begin(first)
                outputs = self._ready("predict_function")(batches)
                leaves = tree.flatten(outputs)
                columns = columns or [[] for _ in leaves]
                for column, leaf in zip(columns, leaves, strict=True):
                    column.append(np.asarray(leaf))
                callbacks.on_predict_batch_end(last, {"outputs": outputs})
                if self.stop_predicting:
                    break
        finally:
            data.close()
        callbacks.on_predict_end()
        if columns is None:
            raise ValueError("predict: there is no data to predict from. Received: no batch.")
        return tree.pack_sequence_as(outputs, [np.concatenate(column) for column in columns])

    # One batch

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """Learn from one batch; arguments are as in `fit`, the result is as of `evaluate`."""
        self._assert_compile_called("train_on_batch")
        if class_weight is not None:
            if sample_weight is not None:
                raise ValueError(
                    "Arguments `sample_weight` and `class_weight` cannot be specified at the same "
                    f"time. Received: sample_weight={sample_weight}, class_weight={class_weight}"
                )
            sample_weight = class_weight_to_sample_weights(y, class_weight)
        batch = as_batch((x, y, sample_weight))
        return self._on_batch(self._ready("train_function"), batch, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """The loss and the metrics on one batch; arguments and result are as of `evaluate`."""
        self._assert_compile_called("test_on_batch")
        batch = as_batch((x, y, sample_weight))
        return self._on_batch(self._ready("test_function"), batch, return_dict)

    def _on_batch(self, function, batch, return_dict):
        self.reset_metrics()
        logs = function([batch])
        if distribution() is not None:
            unite(self, states=False)
            logs = self._get_metrics_result_or_logs(logs)
        logs = pythonify_logs(logs)
        return logs if return_dict else self._flatten_metrics_in_order(logs)

    def predict_on_batch(self, x):
        """The outputs for one batch, as NumPy arrays."""
        outputs = self._ready("predict_function")([as_batch((x,))])
        return tree.map_structure(lambda y: y.numpy() if isinstance(y, Tensor) else y, outputs)

    # Helpers

    def _epoch_of(self, x, y, sample_weight, batch_size, steps):
        return EpochIterator(
            x,
            y,
            sample_weight,
            batch_size=batch_size,
            steps_per_epoch=steps,
            steps_per_execution=self.steps_per_execution,
        )

    def _callback_list(self, callbacks, verbose, data, epochs=1, add_history=False):
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks,
            add_history=add_history,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=data.num_batches,
        )

    def _limited(self, epochs):
        limit = settings.max_epochs()
        if limit and limit < epochs:
            warnings.warn(f"Limiting epochs to {limit}", stacklevel=3)
            return limit
        return epochs

    def _should_eval(self, epoch, validation_freq):
        if isinstance(validation_freq, int):
            return (epoch + 1) % validation_freq == 0
        if isinstance(validation_freq, list | tuple | set | range):
            return epoch + 1 in validation_freq
        raise ValueError(
            "Expected `validation_freq` to be a list or int. "
            f"Received: validation_freq={validation_freq} of the type {type(validation_freq)}."
        )

    def _get_metrics_result_or_logs(self, logs):
        """The results of all metrics, unless the step returns logs of its own."""
        results = self.get_metrics_result()
        return results if isinstance(logs, dict) and set(logs) == set(results) else logs

    def _flatten_metrics_in_order(self, logs):
        """The numbers in the order of the metrics; other logs follow by name. One alone is bare."""
        names = [
            metric.name for group in self.metrics for metric in getattr(group, "metrics", [group])
        ]
        ordered = [name for name in names if name in logs]
        ordered += sorted(set(logs) - set(names))
        results = [logs[name] for name in ordered]
        return results[0] if len(results) == 1 else results

"""Compiling a model: what `compile` was given, and the functions that run the steps."""

import logging
import warnings

from minigrad import metrics as metrics_module
from minigrad import optimizers, tree
from minigrad.autograd.output_spec import compute_output_spec
from minigrad.autograd.symbolic import KerasTensor
from minigrad.compile.step import Compiled, owned
from minigrad.layers.state import tracking_off
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object
from minigrad.training.compile_loss import CompileLoss
from minigrad.training.compile_metrics import CompileMetrics
from minigrad.training.data.adapter import as_batch
from minigrad.training.execution import Execution, concatenate, last
from minigrad.training.steps import Steps
from minigrad.utils.sample_weight import unpack_x_y_sample_weight

_log = logging.getLogger("minigrad")

FUNCTIONS = ("train_function", "test_function", "predict_function")


class Compiling:
    """The part of a Trainer that sets up training."""

    def __init__(self):
        with tracking_off():
            self.compiled = False
            self.optimizer = self.loss = None
            self.run_eagerly = False
            self.steps_per_execution = 1
            self.stop_training = False
            self.train_function = self.test_function = self.predict_function = None
            self._jit_compile = "auto"
            self._compile_loss = self._compile_metrics = self._loss_tracker = None
            self._compile_arguments = None
            self._initial_epoch = None  # set by callbacks in `on_train_begin`,
            self._resumption = None  # with the state of a training that was interrupted
            self._in_training = None  # (data, callbacks) while `fit` runs
            self._note_signatures()

    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Choose the optimizer, the loss and the metrics that training is done with.

        Args:
            optimizer: An Optimizer, or its name.
            loss: A Loss, a function `f(y_true, y_pred)`, or a name, for all outputs; or a list,
                tuple or dict of them, one for each output (None: no loss).
            loss_weights: What the losses of several outputs are multiplied by.
            metrics: A list of Metrics, functions `f(y_true, y_pred)` or names; for several outputs
                a list or dict of such lists. "accuracy" becomes the one that fits the output.
            weighted_metrics: The same for metrics to which sample weights apply.
            run_eagerly: Run every step as Python code, for debugging.
            steps_per_execution: Batches that are run at once, between two calls of callbacks.
            jit_compile: Whether steps are compiled; "auto": where that is possible.
            auto_scale_loss: Whether the optimizer is wrapped in a LossScaleOptimizer where the
                dtype policy is "mixed_float16".
        """
        optimizer = optimizers.get(optimizer)
        arguments = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        if optimizer is not None and auto_scale_loss and self._needs_loss_scaling(optimizer):
            optimizer = optimizers.LossScaleOptimizer(optimizer, name="loss_scale_optimizer")
        if run_eagerly and jit_compile is True:
            warnings.warn(
                "If `run_eagerly` is True, then `jit_compile` cannot also be True. "
                "Disabling `jit_compile`.",
                stacklevel=2,
            )
        names = getattr(self, "output_names", None)
        with tracking_off():  # none of this is a part of the layer
            self._compile_arguments = arguments
            self.optimizer = optimizer
            self.loss = loss
            self._compile_loss = self._compile_metrics = None
            if loss is not None:
                self._compile_loss = CompileLoss(loss, loss_weights, output_names=names)
            if metrics is not None or weighted_metrics is not None:
                self._compile_metrics = CompileMetrics(
                    metrics, weighted_metrics, output_names=names
                )
            self._loss_tracker = metrics_module.Mean(name="loss")
            self.run_eagerly = run_eagerly
            self.jit_compile = False if run_eagerly else jit_compile
            self.steps_per_execution = steps_per_execution
            self.train_function = self.test_function = self.predict_function = None
            self.stop_training = False
            self.compiled = True

    def _needs_loss_scaling(self, optimizer):
        return self.dtype_policy.name == "mixed_float16" and not isinstance(
            optimizer, optimizers.LossScaleOptimizer
        )

    @property
    def jit_compile(self):
        """Whether steps are compiled, where that is possible."""
        return bool(self._jit_compile) and self._supports_jit()

    @jit_compile.setter
    def jit_compile(self, value):
        if value is True and not self._supports_jit():
            warnings.warn(
                "Model doesn't support `jit_compile=True`, because one of its layers does not. "
                "Proceeding with `jit_compile=False`.",
                stacklevel=3,
            )
            value = False
        self._jit_compile = value

    def _supports_jit(self):
        return not self._layers_without_jit()

    def _layers_without_jit(self):
        """The names of the layers that say of themselves that they cannot be compiled."""
        return [layer.name for layer in self._flatten_layers() if not layer.supports_jit]

    def _assert_compile_called(self, method):
        if not self.compiled:
            raise ValueError(f"You must call `compile()` before calling `{method}()`.")

    # What files hold of it

    def get_compile_config(self):
        """The arguments of `compile` as a config; {} before it was called."""
        if self._compile_arguments is None:
            return {}
        # As Keras writes it: no "auto".
        arguments = {**self._compile_arguments, "jit_compile": self.jit_compile}
        return serialize_keras_object(arguments)

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` returned."""
        if type(self).compile is not Compiling.compile:
            warnings.warn(
                "`compile()` was not called as part of model loading because the model's "
                "`compile()` method is custom. A class that overrides it should also override "
                "`get_compile_config()` and `compile_from_config(config)`; or call `compile()` "
                "after loading.",
                stacklevel=2,
            )
            return
        config = deserialize_keras_object(config)
        if config.get("jit_compile") is True:
            config["jit_compile"] = "auto"  # which is what most files mean that say True
        self.compile(**config)
        if self.optimizer is not None and self.built:
            self.optimizer.build(self.trainable_variables)

    def __getstate__(self):
        # The functions are made anew from the steps of the copy.
        return {**super().__getstate__(), **dict.fromkeys(FUNCTIONS)}

    # Metrics

    @property
    def metrics(self):
        """The metrics: the loss, those of `compile`, those in attributes, those of layers."""
        found = self._own_metrics()
        for layer in self._flatten_layers(include_self=False):
            if not isinstance(layer, Compiling):  # a model inside has its own training
                found.extend(layer._metrics)
        return found

    def _own_metrics(self):
        found = []
        if self._loss_tracker is not None:
            found.append(self._loss_tracker)
        if self._compile_metrics is not None:
            found.append(self._compile_metrics)
        if self._compile_loss is not None:
            found += self._compile_loss.metrics
        return found + list(self._metrics)

    @property
    def metrics_names(self):
        """The names of `metrics`."""
        return [metric.name for metric in self.metrics]

    def reset_metrics(self):
        """Let all metrics begin anew."""
        for metric in self.metrics:
            metric.reset_state()

    # How steps are run

    def make_train_function(self, force=False):
        """The function that runs `train_step` on a list of batches; made once unless `force`."""
        return self._function("train_function", self.train_step, last, force)

    def make_test_function(self, force=False):
        """The function that runs `test_step` on a list of batches."""
        return self._function("test_function", self.test_step, last, force)

    def make_predict_function(self, force=False):
        """The function that runs `predict_step` on a list of batches."""
        return self._function("predict_function", self.predict_step, concatenate, force)

    def _ready(self, name):
        """One of these functions; callbacks may have compiled the model anew."""
        if getattr(self, name) is None:
            getattr(self, f"make_{name}")()
        function = getattr(self, name)
        if type(function) is Execution:
            return function
        return lambda batches: function(owned(batches))  # the user's own

    def _expect_steps(self, batches, epochs):
        """Know that the first step of a training is followed by more with a batch like it.

        Only our own step is known not to look at what it computes, nor to keep it.
        """
        batches = batches or 0  # a generator's are not known
        run = getattr(self._ready("train_function"), "run", None)
        if isinstance(run, Compiled) and type(self).train_step is Steps.train_step:
            run.goes_on = batches > 2 or (batches > 0 and epochs > 1)

    def _function(self, name, step, combine, force):
        function = getattr(self, name)
        if function is None or force:
            jit_compile = self._jit_compile if self.jit_compile and not self.run_eagerly else False
            if (
                name == "train_function"
                and self._jit_compile
                and not (jit_compile or self.run_eagerly)
            ):
                _log.warning(
                    "%s trains uncompiled: `supports_jit` is False for its layers %s.",
                    self.name,
                    self._layers_without_jit(),
                )
            function = Execution(step, combine, jit_compile)
            with tracking_off():
                setattr(self, name, function)
        return function

    def explain_step(self, x=None, y=None, sample_weight=None):
        """What a compiled step of training consists of, measured.

        Args:
            x, y, sample_weight: A batch to record a step with, if none has been compiled yet. The
                model stays as it is.

        Returns:
            An Explanation: `print` it for the programs, the kernels and their times, `plot` it for
            a picture of these, or look at its attributes.

        Raises RuntimeError where steps are not compiled, which says why.
        """
        step = getattr(self._ready("train_function"), "run", None)
        if not isinstance(step, Compiled):
            raise RuntimeError(
                "explain_step: the steps of this model are not compiled. Call `compile` with "
                "jit_compile='auto'. "
                f"Received: jit_compile={self._jit_compile}, run_eagerly={self.run_eagerly}, "
                f"layers that cannot be compiled: {self._layers_without_jit()}"
            )
        if x is not None:
            self._symbolic_build(data_batch=(x, y, sample_weight))
            variables = [*self.variables, *self.optimizer.variables, *self.metrics_variables]
            before = [variable.numpy() for variable in variables]
            for _ in range(2):
                self.train_on_batch(x, y, sample_weight)
            for variable, value in zip(variables, before):
                variable.assign(value)
        return step.explain(f"{self.name}.train_step")

    # Building before the first step

    def _build_if_possible(self, data):
        """Build the model and the optimizer, so that callbacks find them built.

        Where the model cannot be traced, the first step builds it, or says what is wrong.
        """
        if not all(layer.built for layer in self._flatten_layers()):
            batch = data.peek()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._build_model(unpack_x_y_sample_weight(_without_values(batch))[0])
            except Exception:
                return
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _build_model(self, x):
        return compute_output_spec(self, x, training=False)

    def _symbolic_build(self, iterator=None, data_batch=None):
        """Build the model, its losses and metrics, and the optimizer for batches like this one."""
        batch = as_batch(data_batch) if iterator is None else iterator.peek()
        x, y, _ = unpack_x_y_sample_weight(_without_values(batch))
        y_pred = self._build_model(x)
        # A class that computes losses or metrics in its own way may not use these.
        metrics = self._compile_metrics
        # Recorded steps write into metrics that are built already.
        if metrics is not None and not metrics.built and _is_default(self, "compute_metrics"):
            metrics.build(y, y_pred)
        if self._compile_loss is not None and _is_default(self, "compute_loss"):
            compute_output_spec(self._compile_loss, y, y_pred)
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)


def _is_default(model, method):
    return getattr(type(model), method) is getattr(Steps, method)


def _without_values(batch):
    return tree.map_structure(
        lambda x: KerasTensor(x.shape, x.dtype) if hasattr(x, "shape") else x,
        batch,
        none_is_leaf=False,
    )

"""Distiller: trains a student on labels and on what its teacher says."""

from minigrad import losses, metrics, ops, tree
from minigrad.models import Model, Sequential
from minigrad.saving import deserialize_keras_object, serialize_keras_object

_OUTPUT = "final_output"


class Distiller(Model):
    """A student in training with its teacher, whose weights stay as they are.

    The loss is `student_loss_weight` times that of the labels, plus `1 - student_loss_weight`
    times the weighted sum of the distillation losses.

    Args:
        teacher: A trained model.
        student: A model with the same inputs and outputs.
        distillation_losses: A DistillationLoss, or a list of them.
        distillation_loss_weights: A number for each; 1 by default.
        student_loss_weight: From 0 to 1.
        name: Its name.

    Raises:
        ValueError: models that do not go together, or weights that do not fit.

    >>> import numpy as np, minigrad as mg
    >>> teacher = mg.Sequential([mg.Input((2,)), mg.layers.Dense(9), mg.layers.Dense(3)])
    >>> student = mg.Sequential([mg.Input((2,)), mg.layers.Dense(3)])
    >>> distiller = Distiller(teacher, student, mg.distillation.LogitsDistillation())
    >>> distiller.compile("sgd", mg.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = distiller.fit(np.ones((4, 2)), np.zeros(4), verbose=0).history
    >>> sorted(history)
    ['distillation_loss', 'loss', 'student_loss', 'total_loss']
    """

    def __init__(
        self,
        teacher,
        student,
        distillation_losses,
        distillation_loss_weights=None,
        student_loss_weight=0.5,
        name="distiller",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        _check_models(teacher, student)
        if not isinstance(student_loss_weight, int | float) or not 0 <= student_loss_weight <= 1:
            raise ValueError(
                "student_loss_weight must be a number between 0.0 and 1.0. "
                f"Received: student_loss_weight={student_loss_weight}"
            )
        if distillation_losses is None:
            raise ValueError(
                "'distillation_losses' cannot be `None`. Provide a distillation loss (e.g., "
                "LogitsDistillation or FeatureDistillation) or a list of distillation losses. "
                "Received: distillation_losses=None"
            )
        if not isinstance(distillation_losses, list | tuple):
            distillation_losses, distillation_loss_weights = [distillation_losses], None
        weights = distillation_loss_weights or [1.0] * len(distillation_losses)
        if len(weights) != len(distillation_losses):
            raise ValueError(
                f"Number of distillation_loss_weights ({len(weights)}) must match number of "
                f"distillation_losses ({len(distillation_losses)})."
            )
        for loss in distillation_losses:
            loss.validate_model_compatibility(teacher, student)
        self.teacher, self.student = teacher, student
        self.student_loss_weight = student_loss_weight
        self.distillation_losses = list(distillation_losses)
        self.distillation_loss_weights = list(weights)
        self.teacher.trainable = False
        self._teacher_features = _extractor(
            teacher, [loss.teacher_layer_name for loss in distillation_losses]
        )
        self._student_features = _extractor(
            student, [loss.student_layer_name for loss in distillation_losses]
        )
        self.student_loss_tracker = metrics.Mean(name="student_loss")
        self.distillation_loss_tracker = metrics.Mean(name="distillation_loss")
        self.total_loss_tracker = metrics.Mean(name="total_loss")

    def compile(self, optimizer="adam", loss=None, metrics=None, **kwargs):
        """Choose the optimizer and the loss of the student on the labels.

        Args:
            optimizer: An Optimizer, or its name.
            loss: A loss, or a structure of them like the outputs.
            metrics: A list of metrics.
            kwargs: What `Model.compile` takes besides.
        """
        if loss is None:
            raise ValueError("'loss' cannot be `None`. Received: loss=None")
        if metrics is not None and not isinstance(metrics, list | tuple):
            raise ValueError(f"metrics must be a list or tuple. Received: metrics={metrics}")
        self._student_loss = tree.map_structure(losses.get, loss)
        super().compile(optimizer=optimizer, loss=None, metrics=metrics, **kwargs)

    def call(self, inputs, training=None, **kwargs):
        """What the student says."""
        return self.student(inputs, training=training, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of the student; `sample_weight` has no effect."""
        if y_pred is None:
            y_pred = self(x, training=training)
        student_loss = distillation_loss = 0.0
        if self.student_loss_weight > 0 and y is not None:
            terms = tree.map_structure(
                lambda loss, truth, guess: ops.mean(loss(truth, guess)),
                self._student_loss,
                y,
                y_pred,
            )
            student_loss = sum(tree.flatten(terms))
        if self.student_loss_weight < 1:
            distillation_loss = self._distillation_loss(x, y_pred)
        total = self.student_loss_weight * student_loss
        total = total + (1.0 - self.student_loss_weight) * distillation_loss
        self.student_loss_tracker.update_state(student_loss)
        self.distillation_loss_tracker.update_state(distillation_loss)
        self.total_loss_tracker.update_state(total)
        return total

    def _distillation_loss(self, x, y_pred):
        if self._teacher_features is None:
            taught = {_OUTPUT: self.teacher(x, training=False)}
        else:
            taught = self._teacher_features(x, training=False)
        learned = {} if self._student_features is None else self._student_features(x, training=True)
        learned = {**learned, _OUTPUT: y_pred}
        total = 0.0
        for loss, weight in zip(self.distillation_losses, self.distillation_loss_weights):
            expected = taught[loss.teacher_layer_name or _OUTPUT]
            found = learned[loss.student_layer_name or _OUTPUT]
            loss.validate_outputs(expected, found)
            value = loss.compute_loss(expected, found)
            if getattr(value, "shape", ()) != ():
                raise ValueError(
                    f"The compute_loss method of {type(loss).__name__} must return a scalar "
                    f"tensor. Received: a non-scalar loss with shape {value.shape}"
                )
            total = total + weight * value
        return total

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize_keras_object(self.dtype_policy),
            "teacher": serialize_keras_object(self.teacher),
            "student": serialize_keras_object(self.student),
            "distillation_losses": [
                serialize_keras_object(loss) for loss in self.distillation_losses
            ],
            "distillation_loss_weights": self.distillation_loss_weights,
            "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for name in ("dtype", "teacher", "student", "distillation_losses"):
            if name in config:
                config[name] = deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _extractor(model, layer_names):
    """A model that gives the outputs of layers besides its own; None if no layer is asked for."""
    names = [name for name in dict.fromkeys(layer_names) if name is not None]
    if not names:
        return None
    output = model.layers[-1].output if isinstance(model, Sequential) else model.output
    outputs = {_OUTPUT: output, **{name: model.get_layer(name=name).output for name in names}}
    return Model(model.inputs, outputs, name=f"{model.name}_multi_feature_extractor")


def _check_models(teacher, student):
    for what, model in (("Teacher", teacher), ("Student", student)):
        if not isinstance(model, Model):
            raise ValueError(f"{what} must be a keras.Model. Received: {type(model)}")
    for what in ("inputs", "outputs"):
        ours, theirs = getattr(teacher, what, None), getattr(student, what, None)
        if ours is None or theirs is None:
            continue
        if len(ours) != len(theirs):
            raise ValueError(
                f"Teacher and student must have as many {what}. "
                f"Received: {len(ours)} and {len(theirs)}"
            )
        for a, b in zip(ours, theirs):
            fits = len(a.shape) == len(b.shape) and all(
                None in pair or pair[0] == pair[1] for pair in zip(a.shape, b.shape)
            )
            if not fits:
                raise ValueError(
                    f"Teacher and student {what[:-1]} shapes are incompatible: they have "
                    f"different dimensions. Received: teacher {a.shape}, student {b.shape}"
                )
            if a.dtype != b.dtype:
                raise ValueError(
                    f"Teacher and student {what[:-1]} dtypes must match. "
                    f"Received: teacher {a.dtype}, student {b.dtype}"
                )

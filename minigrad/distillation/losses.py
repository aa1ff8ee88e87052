"""How far a student is from its teacher: by outputs, or by what a layer inside gives."""

from minigrad import losses, ops, tree
from minigrad.saving import deserialize_keras_object, serialize_keras_object
from minigrad.saving.configurable import Configurable


class DistillationLoss(Configurable):
    """Base of what measures how far a student is from its teacher; override `compute_loss`."""

    # The layers to look at; None for the outputs of the models.
    teacher_layer_name = student_layer_name = None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        """The loss, a scalar.

        Args:
            teacher_outputs, student_outputs: Tensors, or structures of them.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement `compute_loss`.")

    def validate_outputs(self, teacher_outputs, student_outputs):
        """Raise ValueError for outputs of different structures."""
        tree.assert_same_structure(teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher, student):
        """Raise ValueError for models that this loss cannot be used with."""


class _Losses(DistillationLoss):
    """A loss for each output: of one name, or a structure like that of the outputs."""

    def __init__(self, loss):
        self.loss = tree.map_structure(losses.get, loss)
        if all(one is None for one in tree.flatten(self.loss)):
            raise ValueError(
                f"The `loss` argument of {type(self).__name__} must contain at least one "
                f"non-`None` value. Received: loss={loss}"
            )

    def validate_outputs(self, teacher_outputs, student_outputs):
        super().validate_outputs(teacher_outputs, student_outputs)
        try:
            tree.assert_same_structure(self.loss, teacher_outputs)
        except ValueError as error:
            raise ValueError(
                "Loss structure mismatch: the losses must have the structure of the outputs. "
                f"Received: loss={self.loss}. {error}"
            ) from None

    def _total(self, teacher_outputs, student_outputs):
        terms = tree.map_structure(
            lambda loss, truth, x: 0.0 if loss is None else ops.mean(self._term(loss, truth, x)),
            self.loss,
            teacher_outputs,
            student_outputs,
        )
        return sum(tree.flatten(terms))

    def _term(self, loss, teacher, student):
        return loss(teacher, student)

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "loss": deserialize_keras_object(config["loss"])})


class FeatureDistillation(_Losses):
    """The difference of what a layer of the teacher and a layer of the student give.

    Args:
        loss: Its name, an object, or a structure of them like the layer's outputs; None for those
            that do not count.
        teacher_layer_name, student_layer_name: None for the outputs of the models.

    Raises:
        ValueError: no loss at all.

    Source: A. Romero et al. (2015), "FitNets: hints for thin deep nets", arXiv:1412.6550.

    >>> import minigrad as mg
    >>> loss = FeatureDistillation("mse")
    >>> float(loss.compute_loss(mg.ops.ones((2, 3)), mg.ops.zeros((2, 3))))
    1.0
    """

    def __init__(self, loss="mse", teacher_layer_name=None, student_layer_name=None):
        super().__init__(loss)
        self.teacher_layer_name = teacher_layer_name
        self.student_layer_name = student_layer_name

    def validate_model_compatibility(self, teacher, student):
        for what, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if getattr(model, "inputs", None) is None:
                raise ValueError(
                    "FeatureDistillation with specific layer names requires Functional or "
                    f"Sequential models, but the {what} appears to be subclassed. Leave the names "
                    f"out to distill the outputs. Received: {what}={model}"
                )
            try:
                model.get_layer(name=name)
            except ValueError as error:
                raise ValueError(f"In {what} model: {error}") from None

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        return self._total(teacher_outputs, student_outputs)

    def get_config(self):
        return {
            "loss": serialize_keras_object(self.loss),
            "teacher_layer_name": self.teacher_layer_name,
            "student_layer_name": self.student_layer_name,
        }


class LogitsDistillation(_Losses):
    """The difference of logits, softened by a temperature.

    Args:
        temperature: The higher, the more the small probabilities count.
        loss: Its name, an object, or a structure of them like the outputs; None for those that do
            not count. The Kullback-Leibler divergence is that of softmax, times temperature².

    Raises:
        ValueError: no loss at all, or a temperature that is not above 0.

    Source: G. Hinton, O. Vinyals, J. Dean (2015), "Distilling the knowledge in a neural network",
    arXiv:1503.02531.

    >>> import minigrad as mg
    >>> logits = mg.ops.array([[1.0, 2.0]])
    >>> float(LogitsDistillation().compute_loss(logits, logits))
    0.0
    """

    def __init__(self, temperature=3.0, loss="kl_divergence"):
        super().__init__(loss)
        if not isinstance(temperature, int | float) or temperature <= 0:
            raise ValueError(
                f"temperature must be a positive number. Received: temperature={temperature}"
            )
        self.temperature = temperature

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        soften = lambda x: ops.divide(x, self.temperature)  # noqa: E731
        return self._total(
            tree.map_structure(soften, teacher_outputs),
            tree.map_structure(soften, student_outputs),
        )

    def _term(self, loss, teacher, student):
        if loss is losses.kl_divergence or isinstance(loss, losses.KLDivergence):
            divergence = loss(ops.softmax(teacher), ops.softmax(student))
            return divergence * self.temperature**2
        return loss(teacher, student)

    def get_config(self):
        return {"temperature": self.temperature, "loss": serialize_keras_object(self.loss)}

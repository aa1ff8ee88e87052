"""Models as estimators of scikit-learn: for its pipelines, searches and cross-validation."""

import copy

import numpy as np

from minigrad.models import Model
from minigrad.models.cloning import clone_model

try:  # optional: without it the classes are there, and say what they need
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
except ImportError:

    class _Nothing:
        """Stands for a base class of scikit-learn where that is not installed."""

    BaseEstimator = _Nothing
    ClassifierMixin = type("ClassifierMixin", (), {})
    RegressorMixin = type("RegressorMixin", (), {})
    TransformerMixin = type("TransformerMixin", (), {})


class _Estimator(BaseEstimator):
    """What the three kinds share."""

    _several_outputs = True

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        if BaseEstimator.__module__.partition(".")[0] != "sklearn":
            raise ImportError(
                f"{type(self).__name__} requires `scikit-learn` to be installed. "
                "Run `pip install scikit-learn` to install it."
            )
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def _more_tags(self):
        return {"non_deterministic": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    def __sklearn_clone__(self):
        is_model = isinstance(self.model, Model)
        return type(self)(
            copy.deepcopy(self.model) if is_model else self.model,
            self.warm_start,
            self.model_kwargs,
            self.fit_kwargs,
        )

    def _new_model(self, X, y):
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if isinstance(self.model, Model):
            model = self.model if self.warm_start else clone_model(self.model)
        else:
            model = self.model(X=X, y=y, **(self.model_kwargs or {}))
        if not model.compiled or not model.loss or not model.optimizer:
            raise RuntimeError(
                "Given model needs to be compiled, and have a loss and an optimizer. "
                f"Received: model={model}"
            )
        return model

    def fit(self, X, y, **kwargs):
        """Train the model.

        Args:
            X: Shape (samples, features).
            y: Targets, shape (samples,) or (samples, outputs).
            kwargs: For `Model.fit`, before those of `fit_kwargs`.
        """
        X, y = _validated(self, X, y, multi_output=self._several_outputs)
        y = self._encoded(y)
        self.model_ = self._new_model(X, y)
        self.history_ = self.model_.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        return self

    def _outputs(self, X):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        return self.model_.predict(_validated(self, X, reset=False), verbose=0)

    def predict(self, X):
        """What the model says of new samples, in the form of the targets."""
        return self._decoded(self._outputs(X))

    def _encoded(self, y):
        from sklearn.utils.multiclass import type_of_target

        kind = type_of_target(y)
        if kind == "unknown":
            raise ValueError(f"Unknown label type for data: {y!r}")
        self._is_flat = y.ndim == 1
        return y.reshape(-1, 1) if self._is_flat else y

    def _decoded(self, outputs):
        return outputs[:, 0] if self._is_flat and outputs.ndim == 2 else outputs


def _validated(estimator, *args, **kwargs):
    try:
        from sklearn.utils.validation import validate_data
    except ImportError:  # before scikit-learn 1.6
        return estimator._validate_data(*args, **kwargs)
    return validate_data(estimator, *args, **kwargs)


class SKLearnClassifier(ClassifierMixin, _Estimator):
    """A model as a classifier of scikit-learn.

    The targets reach the model as one-hot vectors: give it a softmax and the loss
    "categorical_crossentropy".

    Args:
        model: A compiled model, of which a copy is trained; or a function `f(X, y, ...)` that makes
            one for these data.
        warm_start: Whether a further `fit` goes on with the weights that there are.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Attributes:
        model_: The trained model.
        history_: What `Model.fit` returned.
        classes_: The labels, sorted.

    Raises:
        ImportError: scikit-learn is not installed.
    """

    _several_outputs = False

    def decision_function(self, X):
        """What the model gives, for each class."""
        return self._outputs(X)

    def predict_proba(self, X):
        """The probability of each class, if the model ends in a softmax."""
        return self._outputs(X)

    def _encoded(self, y):
        from sklearn.utils.multiclass import type_of_target

        kind = type_of_target(y)
        if kind == "unknown":
            raise ValueError(f"Unknown label type for data: {y!r}")
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                f"Only binary and multiclass target types are supported. Target type: {kind}"
            )
        self._is_flat = y.ndim == 1
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_))[numbers.ravel()]

    def _decoded(self, outputs):
        labels = self.classes_[outputs.argmax(axis=-1)]
        return labels if self._is_flat else labels[:, None]

    def _more_tags(self):
        return {"poor_score": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Estimator):
    """A model as a regressor of scikit-learn.

    Args:
        model: A compiled model, of which a copy is trained; or a function `f(X, y, ...)` that makes
            one for these data.
        warm_start: Whether a further `fit` goes on with the weights that there are.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Attributes:
        model_: The trained model.
        history_: What `Model.fit` returned.

    Raises:
        ImportError: scikit-learn is not installed.
    """

    def _more_tags(self):
        return {"poor_score": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Estimator):
    """A model as a step of scikit-learn's pipelines that gives other features, such as embeddings.

    Args:
        model: A compiled model, of which a copy is trained; or a function `f(X, y, ...)` that makes
            one for these data.
        warm_start: Whether a further `fit` goes on with the weights that there are.
        model_kwargs: Further arguments of the function.
        fit_kwargs: Arguments of `Model.fit`.

    Attributes:
        model_: The trained model.
        history_: What `Model.fit` returned.

    Raises:
        ImportError: scikit-learn is not installed.
    """

    def transform(self, X):
        """What the model gives for new samples."""
        return self._outputs(X)

    def _more_tags(self):
        return {"preserves_dtype": []}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

"""Models as estimators of scikit-learn, which must be installed: `minigrad.wrappers`."""

from minigrad.wrappers.sklearn_estimators import (
    SKLearnClassifier,
    SKLearnRegressor,
    SKLearnTransformer,
)

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]

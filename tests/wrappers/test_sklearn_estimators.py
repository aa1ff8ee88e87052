"""Models as estimators of scikit-learn, where that is installed."""

import importlib.util

import numpy as np
import pytest

import minigrad as mg
from minigrad.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
KINDS = [SKLearnClassifier, SKLearnRegressor, SKLearnTransformer]
needs_sklearn = pytest.mark.skipif(not HAS_SKLEARN, reason="scikit-learn is not installed")


def network(X, y, loss="mse", units=8, last=None):
    model = mg.Sequential(
        [
            mg.Input((X.shape[1],)),
            mg.layers.Dense(units, activation="relu"),
            mg.layers.Dense(y.shape[1] if y.ndim > 1 else 1, activation=last),
        ]
    )
    model.compile(mg.optimizers.Adam(0.02), loss)
    return model


CLASSES = {"loss": "categorical_crossentropy", "last": "softmax"}
QUIET = {"verbose": 0, "epochs": 30}


@pytest.mark.skipif(HAS_SKLEARN, reason="scikit-learn is installed")
@pytest.mark.parametrize("kind", KINDS)
def test_without_scikit_learn_the_error_says_what_to_do(kind):
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        kind(network)


@needs_sklearn
@pytest.mark.parametrize("labels", [["no", "yes"], [5, 3, 9]])
def test_a_classifier_learns_and_gives_labels(labels):
    y = np.array(labels)[np.argmax(X[:, : len(labels)], axis=1)]
    estimator = SKLearnClassifier(network, model_kwargs=CLASSES, fit_kwargs=QUIET)
    assert estimator.fit(X, y) is estimator and estimator.score(X, y) > 0.85
    assert estimator.classes_.tolist() == sorted(labels)
    assert set(estimator.predict(X)) <= set(labels)
    np.testing.assert_allclose(estimator.predict_proba(X).sum(1), 1, atol=1e-5)
    assert len(estimator.history_.history["loss"]) == 30


@needs_sklearn
def test_a_regressor_learns():
    y = X @ [1.0, -2.0, 0.5]
    model = network(X, y)
    estimator = SKLearnRegressor(model, fit_kwargs={**QUIET, "epochs": 60}).fit(X, y)
    assert estimator.predict(X).shape == y.shape and estimator.score(X, y) > 0.8
    assert estimator.model_ is not model  # a copy is trained
    assert estimator.predict(X[:2]).ndim == 1
    two = SKLearnRegressor(network, fit_kwargs=QUIET).fit(X, X[:, :2])
    assert two.predict(X).shape == (60, 2)


@needs_sklearn
def test_a_further_fit_goes_on_if_it_should():
    y = X[:, 0]
    model = network(X, y)
    warm = SKLearnRegressor(model, warm_start=True).fit(X, y, verbose=0)
    assert warm.model_ is model
    before = model.get_weights()[0]
    assert warm.fit(X, y, verbose=0, epochs=1).model_ is model
    assert not np.array_equal(before, model.get_weights()[0])


@needs_sklearn
def test_they_work_in_pipelines_and_searches():
    from sklearn.base import clone
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    y = X[:, 0]
    pipeline = make_pipeline(SKLearnTransformer(network, fit_kwargs=QUIET), LinearRegression()).fit(
        X, y
    )
    assert pipeline.score(X, y) > 0.5
    search = GridSearchCV(
        SKLearnRegressor(network, fit_kwargs={"verbose": 0}),
        {"model_kwargs": [{"units": 2}, {"units": 4}]},
        cv=2,
    ).fit(X, y)
    assert search.best_params_["model_kwargs"]["units"] in (2, 4)
    twin = clone(SKLearnRegressor(network(X, y), fit_kwargs=QUIET))
    assert twin.fit_kwargs == QUIET


@needs_sklearn
def test_mistakes_are_told():
    y = np.array(["a", "b"] * 30)
    classifier = SKLearnClassifier(network, model_kwargs=CLASSES, fit_kwargs={"verbose": 0})
    bare = mg.Sequential([mg.Input((3,)), mg.layers.Dense(1)])
    for call, error, message in (
        (lambda: classifier.fit(X, y[:1].repeat(60)), ValueError, "one class"),
        (lambda: classifier.fit(X, X[:, 0]), ValueError, "Only binary and multiclass"),
        (lambda: SKLearnRegressor(bare).fit(X, X[:, 0]), RuntimeError, "needs to be compiled"),
    ):
        with pytest.raises(error, match=message):
            call()

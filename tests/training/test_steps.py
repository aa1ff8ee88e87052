"""What a step does, and what a model may do instead."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import layers, losses, metrics, ops, optimizers

X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]], "float32")
Y = np.array([[1.0], [2.0], [-1.0]], "float32")
W = np.array([[0.5], [-0.25]], "float32")
WEIGHTS = np.array([1.0, 0.0, 3.0], "float32")


def linear_model(cls=mg.Sequential, **arguments):
    """`x @ W` with a mean squared error, learning by steps of 0.1 times the gradient."""
    model = cls([layers.Input((2,)), layers.Dense(1, use_bias=False, **arguments)])
    model.set_weights([W])
    model.compile(optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def gradient(weights=1.0):
    """Of mean(weight * (x @ W - y)²) by W."""
    return X.T @ (weights * 2 * (X @ W - Y)) / 3


def test_a_training_step_goes_down_the_gradient():
    model = linear_model()
    logs = model.train_step((mg.Tensor(X), mg.Tensor(Y)))
    np.testing.assert_allclose(model.get_weights()[0], W - 0.1 * gradient(), rtol=1e-5)
    assert float(logs["loss"]) == pytest.approx(((X @ W - Y) ** 2).mean(), rel=1e-5)
    assert float(logs["mae"]) == pytest.approx(np.abs(X @ W - Y).mean(), rel=1e-5)


def test_sample_weights_weigh_the_gradient():
    model = linear_model()
    model.train_step((mg.Tensor(X), mg.Tensor(Y), mg.Tensor(WEIGHTS)))
    expected = W - 0.1 * gradient(WEIGHTS[:, None])
    np.testing.assert_allclose(model.get_weights()[0], expected, rtol=1e-5)


def test_regularizers_and_losses_of_layers_are_a_part_of_the_loss():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss([ops.sum(x), ops.cast(3, "int32")])
            return x

    model = mg.Sequential(
        [layers.Input((2,)), layers.Dense(1, kernel_regularizer="l2", use_bias=False), Penalty()]
    )
    model.set_weights([W])
    model.compile(optimizers.SGD(0.1), "mse")
    logs = model.train_step((mg.Tensor(X), mg.Tensor(Y)))
    loss = ((X @ W - Y) ** 2).mean() + 0.01 * (W**2).sum() + (X @ W).sum() + 3
    assert float(logs["loss"]) == pytest.approx(loss, rel=1e-5)
    expected = W - 0.1 * (gradient() + 0.02 * W + X.sum(0)[:, None])
    np.testing.assert_allclose(model.get_weights()[0], expected, rtol=1e-5)


def test_losses_of_layers_are_enough():
    class Penalty(layers.Layer):
        def call(self, x):
            self.add_loss(ops.mean(x))
            return x

    model = mg.Sequential([layers.Input((2,)), layers.Dense(1), Penalty()])
    model.compile("sgd")
    assert set(model.train_step((mg.Tensor(X), mg.Tensor(Y)))) == {"loss"}


def test_without_any_loss_a_step_is_refused():
    model = linear_model()
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.train_step((mg.Tensor(X), mg.Tensor(Y)))


def test_without_trainable_weights_there_is_a_warning_and_a_loss():
    model = linear_model()
    model.trainable = False
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        logs = model.train_step((mg.Tensor(X), mg.Tensor(Y)))
    assert float(logs["loss"]) > 0
    np.testing.assert_array_equal(model.get_weights()[0], W)


def test_layers_are_told_whether_this_is_training():
    class Telling(layers.Layer):
        def call(self, x, training=False):
            told.append(training)
            return x

    told = []
    model = mg.Sequential([layers.Input((2,)), layers.Dense(1), Telling()])
    model.compile("sgd", "mse")
    told.clear()
    batch = mg.Tensor(X), mg.Tensor(Y)
    model.train_step(batch)
    model.test_step(batch)
    model.predict_step(batch)
    assert told == [True, False, False]


def test_tests_and_predictions_leave_no_graph():
    model = linear_model()
    assert not model.predict_step((mg.Tensor(X),)).requires_grad
    model.test_step((mg.Tensor(X), mg.Tensor(Y)))
    np.testing.assert_array_equal(model.get_weights()[0], W)


# Overriding


def test_train_step_can_be_written_with_a_tape():
    class Own(mg.Sequential):
        def train_step(self, data):
            x, y = data
            with mg.GradientTape() as tape:
                loss = self.compute_loss(y=y, y_pred=self(x, training=True))
            weights = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
            return {"loss": loss, "twice": 2 * loss}

    model = linear_model(Own)
    history = model.fit(X, Y, batch_size=3, verbose=0).history
    assert history["twice"] == [pytest.approx(2 * history["loss"][0])]
    np.testing.assert_allclose(model.get_weights()[0], W - 0.1 * gradient(), rtol=1e-5)


def test_train_step_can_be_written_with_backward():
    class Own(mg.Sequential):
        def train_step(self, data):
            x, y = data
            self.zero_grad()
            loss = ops.mean((self(x, training=True) - y) ** 2)
            loss.backward()
            for weight in self.trainable_weights:
                weight.assign_sub(0.1 * weight.grad)
            return {"loss": loss}

    model = linear_model(Own)
    model.fit(X, Y, batch_size=3, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], W - 0.1 * gradient(), rtol=1e-5)


@pytest.mark.parametrize("with_training", [True, False])
def test_compute_loss_can_be_overridden_and_need_not_know_of_training(with_training):
    class WithTraining(mg.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            told.append(training)
            return super().compute_loss(x, y, y_pred, sample_weight, training) * 3

    class Without(mg.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return super().compute_loss(x, y, y_pred, sample_weight) * 3

    told = []
    model = linear_model(WithTraining if with_training else Without)
    batch = mg.Tensor(X), mg.Tensor(Y)
    model.test_step(batch)
    logs = model.train_step(batch)
    assert float(logs["loss"]) == pytest.approx(3 * ((X @ W - Y) ** 2).mean(), rel=1e-5)
    assert told == [False, True] * with_training


def test_compute_metrics_can_be_extended():
    class Extended(mg.Sequential):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            logs["largest"] = ops.max(y_pred)
            return logs

    model = linear_model(Extended)
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert logs["largest"] == pytest.approx((X @ W).max(), rel=1e-5)


def test_a_metric_in_an_attribute_is_in_the_logs():
    class Tracking(mg.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.custom = metrics.Mean(name="custom")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            self.custom.update_state(loss * 4)
            return loss

    model = linear_model(Tracking)
    history = model.fit(X, Y, batch_size=3, verbose=0, epochs=2).history
    assert history["custom"] == pytest.approx([4 * loss for loss in history["loss"]])


def test_stateless_compute_loss_changes_nothing():
    model = linear_model()
    model.fit(X, Y, verbose=0)
    before = [v.numpy() for v in model.metrics_variables]
    states = [v.value for v in model.metrics_variables]
    loss, (weights, _, _) = model.stateless_compute_loss(
        [v.value for v in model.trainable_variables],
        [v.value for v in model.non_trainable_variables],
        states,
        x=X,
        y=mg.Tensor(Y),
        y_pred=mg.Tensor(Y + 2),
    )
    assert float(loss) == pytest.approx(4)
    assert len(weights) == 1
    for value, variable in zip(before, model.metrics_variables):
        np.testing.assert_array_equal(value, variable.numpy())


def test_a_scaled_loss_is_logged_as_it_is():
    model = linear_model()
    model.compile(optimizers.SGD(0.1, loss_scale_factor=1024.0), losses.MeanSquaredError())
    logs = model.train_step((mg.Tensor(X), mg.Tensor(Y)))
    assert float(logs["loss"]) == pytest.approx(((X @ W - Y) ** 2).mean(), rel=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], W - 0.1 * gradient(), rtol=1e-5)


def test_two_optimizers_train_two_networks():
    """The form of a GAN: one step changes both, each with an optimizer of its own."""

    class Game(mg.Model):
        def __init__(self):
            super().__init__()
            self.maker, self.judge = layers.Dense(2), layers.Dense(1)

        def compile(self, maker_optimizer, judge_optimizer):
            super().compile()
            self.maker_optimizer, self.judge_optimizer = maker_optimizer, judge_optimizer

        def call(self, x):
            return self.judge(self.maker(x))

        def train_step(self, data):
            x, _, _ = mg.utils.unpack_x_y_sample_weight(data)
            losses = {}
            for name, layer, optimizer, sign in (
                ("judge", self.judge, self.judge_optimizer, -1.0),
                ("maker", self.maker, self.maker_optimizer, 1.0),
            ):
                with mg.GradientTape() as tape:
                    loss = sign * ops.mean(ops.softplus(self(x)))
                weights = layer.trainable_weights
                optimizer.apply(tape.gradient(loss, weights), weights)
                losses[name] = loss
            return losses

    model = Game()
    model(X)
    before = model.get_weights()
    model.compile(optimizers.SGD(0.5), optimizers.Adam(0.5))
    history = model.fit(X, verbose=0, epochs=2).history
    assert sorted(history) == ["judge", "maker"]
    assert all((a != b).any() for a, b in zip(before, model.get_weights()))

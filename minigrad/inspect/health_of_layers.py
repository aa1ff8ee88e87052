"""What is wrong inside a model: dead units, vanishing gradients, steps of a wrong size."""

import itertools

import numpy as np

from minigrad.inspect.findings import note, problem, warning
from minigrad.inspect.layer_health import activation_of, main_layers

GOOD_UPDATE = 1e-3  # how far a step should move weights, relative to their norm


def _times(factor):
    return f"{factor:,.0f} times" if factor < 1e6 else f"{factor:.1e} times"


def check_architecture(model):
    """Findings about how the layers follow each other."""
    layers = main_layers(model)
    if not model.trainable_weights:
        yield problem(
            "nothing_trainable",
            "Nothing is trainable: no step will change anything.",
            "Set `layer.trainable = True`, then call `compile` again.",
        )
    kinds = [type(layer).__name__ for layer in layers]
    if kinds and "Dropout" in kinds[-1]:
        yield problem(
            "dropout_last",
            "The model ends in a dropout: it sets answers to 0 at random.",
            "Put the dropout before the last layer with weights.",
        )
    for layer in layers:
        if type(layer).__name__ == "Dropout" and layer.rate >= 0.8:
            yield warning(
                "much_dropout",
                f"{layer.name} drops {layer.rate:.0%} of what it is given.",
                "The rate is the share that is dropped, not the share that is kept: try 0.2 … 0.5.",
            )
    if type(model).__name__ == "Sequential":
        for before, after in itertools.pairwise(layers):
            both_dense = type(before).__name__ == type(after).__name__ == "Dense"
            if both_dense and activation_of(before) == "linear":
                yield warning(
                    "linear_stack",
                    f"{before.name} and {after.name} are two linear maps in a row, which are one.",
                    f"Give {before.name} an activation, such as 'relu'.",
                )


def check_layers(layers):
    """Findings about measured layers (LayerHealth)."""
    for one in layers:
        if one.dead > 0.4:
            yield (problem if one.dead > 0.9 else warning)(
                "dead_units",
                f"{one.dead:.0%} of {one.name}'s units are dead: their {one.activation} is 0 for "
                "every sample, so no gradient reaches them.",
                "Lower the learning rate, use initializer='he_normal', or "
                "activation='leaky_relu'; look at the scale of the inputs.",
            )
        if one.saturated > 0.5:
            yield warning(
                "saturated",
                f"{one.saturated:.0%} of the outputs of {one.name} are at the bounds of its "
                f"{one.activation}, where it is flat: hardly any gradient passes.",
                "Scale the inputs, use smaller initial weights or BatchNormalization, or "
                "activation='relu'.",
            )
        if one.same_units:
            yield problem(
                "same_units",
                f"All units of {one.name} have the same weights, get the same gradients, and stay "
                "the same.",
                "Initialise kernels at random: 'glorot_uniform' (the default) or 'he_normal'.",
            )
        if one.unreached:
            yield problem(
                "no_gradient",
                f"No gradient reaches {', '.join(one.unreached)}.",
                "The loss does not depend on them, or something on the way has no gradient: "
                "stop_gradient, argmax, round, numpy(). `inspect.check_gradients` tells more.",
            )
        if one.std == 0 and one.outputs > 1 and one.dead == 0 and one.weight_norm > 0:
            yield warning(
                "constant_output",
                f"{one.name} gives {one.mean:.4g} for everything.",
                "Its weights or its inputs are all 0, or all inputs are alike.",
            )
    yield from _flow(layers)
    yield from _step_size(layers)


def _flow(layers):
    """Whether gradients vanish or explode from the end of the model to its beginning."""
    flows = [one for one in layers if one.gradient > 0]
    if not flows:
        if any(one.weight_norm and not one.unreached for one in layers):
            yield problem(
                "gradient_zero",
                "The gradient is 0 everywhere: no step will change anything.",
                "Most often probabilities have reached 0 or 1, where the loss is cut off: use the "
                "loss with from_logits=True and no softmax, and scale the inputs.",
            )
        return
    if any(not np.isfinite(one.gradient) for one in layers):
        yield problem(
            "gradients_not_finite",
            "Gradients are NaN or infinite.",
            "Find the origin with `with inspect.nan_watch(): model.fit(...)`.",
        )
        return
    hidden = flows[:-1]
    if len(hidden) < 2:
        return
    first, last = hidden[0], hidden[-1]
    ratio = first.gradient / last.gradient
    if ratio < 1e-2:
        yield (problem if ratio < 1e-4 else warning)(
            "vanishing",
            f"Gradients vanish on the way back: at {first.name} they are {_times(1 / ratio)} as "
            f"small as at {last.name}.",
            "Use relu with 'he_normal', BatchNormalization or LayerNormalization, or shortcuts "
            "around layers (`layers.Add`).",
        )
    elif ratio > 1e2:
        yield (problem if ratio > 1e4 else warning)(
            "exploding",
            f"Gradients explode on the way back: at {first.name} they are {_times(ratio)} as "
            f"large as at {last.name}.",
            "Use smaller initial weights, normalisation, or clip: `Adam(..., clipnorm=1.0)`.",
        )


def _step_size(layers):
    moves = [one.update for one in layers if one.update is not None]
    if not moves:
        return
    update = float(np.median(moves))
    if update == 0:
        return
    if update < GOOD_UPDATE / 30:
        yield warning(
            "learning_rate_small",
            f"The learning rate looks about {_round(GOOD_UPDATE / update)}× too small: a step "
            f"moves weights by {update:.1e} of their size, where about 1e-3 is usual.",
            "Raise it; `inspect.lr_find(model, x, y)` suggests one.",
        )
    elif update > 30 * GOOD_UPDATE:
        yield warning(
            "learning_rate_large",
            f"The learning rate looks about {_round(update / GOOD_UPDATE)}× too large: a step "
            f"moves weights by {update:.1e} of their size, where about 1e-3 is usual.",
            "Lower it; `inspect.lr_find(model, x, y)` suggests one.",
        )


def _round(factor):
    """A factor to one digit: 100, 3000."""
    return f"{float(f'{factor:.1g}'):.0f}"


def check_first_loss(loss, classes, steps):
    """Whether an untrained classifier starts much worse than guessing."""
    if steps == 0 and classes > 1 and np.isfinite(loss) and loss > 3 * np.log(classes):
        yield warning(
            "first_loss",
            f"Untrained, the loss is {loss:.3g}; guessing among {classes} classes gives "
            f"{np.log(classes):.3g}.",
            "Outputs are too large from the start: scale the inputs, or use smaller initial "
            "weights.",
        )


def check_history(history):
    """Findings about the curves of a training: a dict of a list per quantity."""
    losses = np.array(history.get("loss", ()), float)
    if not len(losses):
        return
    if not np.isfinite(losses).all():
        epoch = int(np.flatnonzero(~np.isfinite(losses))[0]) + 1
        yield problem(
            "loss_not_finite",
            f"The loss is {losses[epoch - 1]} from epoch {epoch} on.",
            "Find the origin with `with inspect.nan_watch(): model.fit(...)`; most often the "
            "learning rate is too large.",
        )
        return
    rising = list(_overfitting(losses, history))
    if len(losses) >= 4:  # who overfits need not train for longer
        yield from (one for one in _trend(losses) if not rising or one.code != "not_finished")
    yield from rising


def _overfitting(losses, history):
    validation = np.array(history.get("val_loss", ()), float)
    if len(validation) >= 4 and len(validation) == len(losses):
        best = int(np.argmin(validation))
        rise = validation[-1] - validation[best]
        risen = best < len(validation) - 2 and rise > 0.1 * abs(validation[best])
        if risen and losses[-1] < losses[best]:
            yield warning(
                "overfitting",
                f"Overfitting: val_loss was best in epoch {best + 1} ({validation[best]:.4g}) and "
                f"is {validation[-1]:.4g} now, while loss still falls.",
                "Stop there (`EarlyStopping(patience=3, restore_best_weights=True)`), add dropout, "
                "weight decay or data, or make the model smaller.",
            )


def _trend(losses):
    start, end = losses[0], losses[-1]
    if end > 1.5 * start and end > start + 1e-6:
        yield problem(
            "diverging",
            f"The loss grows, from {start:.4g} to {end:.4g}.",
            "Lower the learning rate, tenfold to begin with.",
        )
        return
    if abs(start - end) < 0.01 * abs(start):
        yield problem(
            "not_learning",
            f"The loss stays where it was: {start:.4g} at first, {end:.4g} now.",
            "Check that labels belong to inputs, that something is trainable, and the learning "
            "rate (`inspect.lr_find`). Can the model learn ten samples by heart?",
        )
        return
    steps = np.diff(losses)
    turns = np.mean(np.sign(steps[1:]) != np.sign(steps[:-1]))
    if turns > 0.6 and np.abs(steps).mean() > 0.2 * abs(losses.mean()):
        yield warning(
            "oscillating",
            "The loss jumps up and down from epoch to epoch.",
            "Lower the learning rate, or raise batch_size.",
        )
    recent = losses[-max(2, len(losses) // 5) :]
    if recent[-1] < 0.97 * recent[0] and recent[-1] == losses.min():
        yield note(
            "not_finished",
            f"The loss was still falling at the end ({losses[-1]:.4g}).",
            "Train for more epochs.",
        )

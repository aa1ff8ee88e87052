"""What is wrong with data, labels and loss before a single step: the mistakes of the first day."""

import numpy as np

from minigrad.autograd.record import listening
from minigrad.autograd.tensor import Tensor
from minigrad.inspect.findings import note, problem, warning
from minigrad.inspect.layer_health import activation_of, main_layers

REGRESSION = {
    "mse", "mae", "mape", "msle", "meansquarederror", "meanabsoluteerror", "huber", "logcosh",
    "meanabsolutepercentageerror", "meansquaredlogarithmicerror",
}  # fmt: skip
ELEMENTWISE = {"subtract", "add", "multiply", "equal", "true_divide", "less", "greater"}


def loss_name(loss):
    """The name of a loss without capitals and underscores: "sparsecategoricalcrossentropy"."""
    if not isinstance(loss, str):
        loss = getattr(loss, "__name__", None) or type(loss).__name__
    return loss.replace("_", "").lower()


def check_inputs(model, x):
    """Findings about the inputs."""
    embeds = any(type(layer).__name__ == "Embedding" for layer in main_layers(model))
    prepares = any(
        type(layer).__name__ in ("Normalization", "Rescaling", "BatchNormalization")
        for layer in main_layers(model)[:3]
    )
    values = np.asarray(x)
    if values.dtype.kind not in "fiu" or not values.size:
        return
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
        yield problem(
            "inputs_not_finite",
            f"{len(rows)} of {len(values)} inputs hold NaN or infinity, first row {rows[0]}.",
            "Remove these rows or fill the gaps; every weight they touch becomes NaN.",
        )
        return
    if embeds or prepares:
        return
    top, low = float(values.max()), float(values.min())
    if low >= 0 and 100 < top <= 255:
        yield warning(
            "inputs_not_scaled",
            f"Inputs go from {low:g} to {top:g}, as pixels do; layers are made for about -1 … 1.",
            "Divide: `x / 255`, or begin the model with `layers.Rescaling(1 / 255)`.",
        )
    elif max(abs(top), abs(low)) > 50:
        yield warning(
            "inputs_not_scaled",
            f"Inputs go from {low:.4g} to {top:.4g}; layers are made for about -1 … 1.",
            "Begin the model with `layers.Normalization()` and `adapt` it to x, or standardise x.",
        )
    elif values.ndim == 2 and values.shape[1] > 1:
        spread = values.std(axis=0)
        spread = spread[spread > 0]
        if len(spread) and spread.max() > 100 * spread.min():
            yield warning(
                "features_uneven",
                f"The widest feature varies {spread.max() / spread.min():.0f} times as much as the "
                "narrowest, and drowns it.",
                "Begin the model with `layers.Normalization()` and `adapt` it to x.",
            )


def check_labels(model, x, y, outputs_shape):
    """Findings about the labels, by shapes and values."""
    labels = np.asarray(y)
    loss, last = loss_name(model.loss), activation_of(_last(model))
    from_logits = bool(getattr(model.loss, "from_logits", False))
    if len(labels) != len(np.asarray(x)):
        yield problem(
            "lengths_differ",
            f"There are {len(np.asarray(x))} inputs and {len(labels)} labels.",
            "Give every input its label; check how the two were cut or shuffled.",
        )
        return
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        yield problem(
            "labels_not_finite",
            f"{int((~np.isfinite(labels)).sum())} labels are NaN or infinite.",
            "Remove these rows; the loss is NaN from the first batch on.",
        )
        return
    columns = outputs_shape[-1] if len(outputs_shape) > 1 else 1
    whole = labels.dtype.kind in "iub" or bool((labels == np.round(labels)).all())
    one_hot = (
        labels.ndim == len(outputs_shape)
        and labels.shape[-1] == columns > 1
        and set(np.unique(labels)) <= {0, 1}
        and bool((labels.sum(-1) == 1).all())
    )
    if loss.startswith("sparse"):
        yield from _sparse(labels, one_hot, whole, columns)
    elif loss.startswith("categorical") and columns > 1 and not one_hot and whole:
        if labels.ndim < len(outputs_shape) or labels.shape[-1] == 1:
            yield problem(
                "labels_are_numbers",
                f"Labels are class numbers (shape {labels.shape}), but the loss is for one-hot "
                "labels.",
                "Use loss='sparse_categorical_crossentropy', or `utils.to_categorical(y)`.",
            )
    elif loss == "binarycrossentropy" and set(np.unique(labels)) == {-1, 1}:
        yield problem(
            "labels_are_signs",
            "Labels are -1 and 1, but binary crossentropy wants 0 and 1.",
            "Use `(y + 1) / 2`, or loss='hinge'.",
        )
    elif loss == "binarycrossentropy" and last == "softmax" and columns > 1:
        yield warning(
            "binary_of_softmax",
            "Binary crossentropy treats the outputs as independent answers, but a softmax makes "
            "them compete.",
            "Use a categorical crossentropy for one answer, a sigmoid for several.",
        )
    elif loss in REGRESSION:
        yield from _regression(labels, outputs_shape, last)
    if "crossentropy" in loss and last == "softmax" and columns == 1:
        yield problem(
            "softmax_of_one",
            "The softmax of a single unit is 1, whatever it is given.",
            "Use activation='sigmoid' with binary crossentropy, or a unit per class.",
        )
    if "crossentropy" in loss and from_logits and last in ("softmax", "sigmoid"):
        yield problem(
            "softmax_twice",
            f"The last layer computes a {last}, and the loss (from_logits=True) another one.",
            "Drop one of them: `activation=None` in the last layer, with from_logits=True.",
        )
    if "crossentropy" in loss and not from_logits and last not in ("softmax", "sigmoid"):
        yield problem(
            "logits_as_probabilities",
            f"The loss wants probabilities, but the last layer ({last}) does not make any.",
            "Use the loss with from_logits=True, or a softmax (sigmoid for one unit) at the end.",
        )
    if whole and labels.size and "crossentropy" in loss:
        yield from _imbalance(labels.argmax(-1) if one_hot else labels.reshape(-1))


def _last(model):
    return main_layers(model)[-1]


def _sparse(labels, one_hot, whole, columns):
    if one_hot:
        yield problem(
            "labels_are_one_hot",
            f"Labels look one-hot (shape {labels.shape}), but the loss is sparse: it wants class "
            "numbers.",
            "Use loss='categorical_crossentropy', or `y.argmax(-1)`.",
        )
    elif not whole:
        yield problem(
            "labels_are_not_whole",
            "The loss is for class numbers, but labels are broken numbers.",
            "For a regression use loss='mse' and a last layer without softmax.",
        )
    elif labels.size and (labels.max() >= columns or labels.min() < 0):
        yield problem(
            "labels_out_of_range",
            f"Labels go from {labels.min():g} to {labels.max():g}, but there are {columns} "
            f"outputs, for the classes 0 … {columns - 1}.",
            "Number the classes from 0, or give the last layer a unit per class.",
        )


def _regression(labels, outputs_shape, last):
    columns = outputs_shape[-1] if len(outputs_shape) > 1 else 1
    wide = labels.shape[-1] if labels.ndim > 1 else 1
    if labels.ndim <= len(outputs_shape) and wide != columns and 1 in (wide, columns):
        yield problem(
            "loss_broadcasts",
            f"The loss broadcasts labels of shape {labels.shape} with outputs of shape "
            f"{tuple(outputs_shape)}: every label is compared with every output.",
            f"Give the last layer {wide} unit(s), or the labels {columns} column(s).",
        )
    bounds = {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf)}
    if last in bounds and labels.size:
        low, high = bounds[last]
        if labels.min() < low or labels.max() > high:
            yield problem(
                "targets_out_of_reach",
                f"Targets go from {labels.min():.4g} to {labels.max():.4g}, but a {last} at the "
                f"end stays within {low:g} … {high:g}.",
                "Use no activation in the last layer, or scale the targets.",
            )
    if labels.size and labels.dtype.kind == "f" and np.abs(labels).max() > 100:
        yield warning(
            "targets_not_scaled",
            f"Targets go from {labels.min():.4g} to {labels.max():.4g}: the first losses and "
            "gradients are huge.",
            "Standardise them, `(y - y.mean()) / y.std()`, and undo it in the predictions.",
        )


def _imbalance(numbers):
    classes, counts = np.unique(numbers, return_counts=True)
    share = counts.max() / counts.sum()
    if len(classes) == 1:
        yield problem(
            "one_class",
            f"All labels are {classes[0]:g}.",
            "There is nothing to tell apart: check how the data was cut or sorted.",
        )
    elif share > 0.9:
        yield warning(
            "imbalance",
            f"{share:.0%} of the labels are class {classes[counts.argmax()]:g}: who always says so "
            "has this accuracy.",
            "Pass `class_weight` to fit, and judge by recall or AUC (`inspect.confusion`).",
        )


def check_broadcasting(run, size):
    """Run the loss; a Finding if it pairs every sample with every other.

    (n, 1) and (n,) broadcast to (n, n), which no error tells.
    """
    found = []

    def listener(primitive, inputs, params, outputs):
        if primitive.name in ELEMENTWISE and type(outputs) is Tensor:
            shapes = [x.shape for x in inputs if type(x) is Tensor]
            if outputs.shape == (size, size) and set(shapes) == {(size,), (size, 1)}:
                found.append(shapes)

    with listening(listener):
        run()
    if found and size > 1:
        first, second = found[0]
        yield problem(
            "loss_broadcasts",
            f"The loss broadcasts {first} with {second} to {(size, size)}: every sample is "
            "compared with every other.",
            "Reshape one of them: `ops.squeeze(y_pred, -1)`, or labels of shape (n, 1).",
        )


def check_size(model, x):
    """A note where the model has far more weights than there are numbers to learn from."""
    count = sum(weight.size for weight in model.trainable_weights)
    numbers = np.asarray(x).size
    if count > 100 * numbers:
        yield note(
            "many_weights",
            f"The model has {count:,} trainable weights for {numbers:,} numbers of data: it can "
            "learn them by heart.",
            "Watch val_loss, and stop early (`callbacks.EarlyStopping`), or take a smaller model.",
        )

"""Keras's classes and functions that minigrad does not have yet, and those it never will.

A class that appears in minigrad must leave PENDING (a test says so), and its cases run from then
on. Nothing else hides a case: what is neither here nor in the case tables fails a test.
"""

LAYERS = ""
LOSSES = ""
METRICS = ""
OPTIMIZERS = ""
INITIALIZERS = ""

PENDING: set[str] = {
    f"{namespace}.{name}"
    for namespace, names in {
        "layers": LAYERS,
        "losses": LOSSES,
        "metrics": METRICS,
        "optimizers": OPTIMIZERS,
        "initializers": INITIALIZERS,
    }.items()
    for name in names.split()
}

# No numbers to compare: why.
_BASE = "a base class: its subclasses have cases"
_CONFIG = "makes objects from configs: tested with saving"
_PEER = "wraps an object of another framework"
WITHOUT_CASES: dict[str, str] = {
    **dict.fromkeys(
        [
            "layers.Layer",
            "layers.Wrapper",
            "losses.Loss",
            "metrics.Metric",
            "optimizers.Optimizer",
            "optimizers.schedules.LearningRateSchedule",
            "initializers.Initializer",
            "regularizers.Regularizer",
            "constraints.Constraint",
        ],
        _BASE,
    ),
    **{
        f"{namespace}.{name}": _CONFIG
        for namespace in (
            "layers losses metrics optimizers optimizers.schedules initializers regularizers "
            "constraints activations"
        ).split()
        for name in ("get", "serialize", "deserialize")
        if (namespace, name) not in (("layers", "get"), ("optimizers.schedules", "get"))
    },
    **dict.fromkeys(
        [
            "layers.FlaxLayer",
            "layers.JaxLayer",
            "layers.TFSMLayer",
            "layers.TorchModuleWrapper",
        ],
        _PEER,
    ),
    **dict.fromkeys(
        [
            "layers.Hashing",
            "layers.HashedCrossing",
            "layers.IntegerLookup",
            "layers.StringLookup",
            "layers.TextVectorization",
        ],
        "Keras computes it with TensorFlow",
    ),
    "activations.sparsemax": "Keras 3.15 errs: what should sum to 1 along the axis does not",
    "layers.InputLayer": "Input makes it; it computes nothing",
    "layers.InputSpec": "describes inputs, computes nothing",
}
# Of those, the ones that minigrad has no reason to offer.
NEVER = {name for name, reason in WITHOUT_CASES.items() if reason == _PEER}

"""Names of Keras 2 that Keras 3 keeps only to say that they are gone."""


class _Gone:
    """Raises ImportError when it is made."""

    def __init__(self, *args, **kwargs):
        name = type(self).__name__
        raise ImportError(
            f"`keras.optimizers.legacy.{name}` is not supported in Keras 3. Use "
            f"`keras.optimizers.{name}`."
        )


Adagrad, Adam, Ftrl, RMSprop, SGD, Optimizer = (
    type(name, (_Gone,), {"__module__": __name__, "__doc__": _Gone.__doc__})
    for name in ("Adagrad", "Adam", "Ftrl", "RMSprop", "SGD", "Optimizer")
)

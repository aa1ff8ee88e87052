"""A callback made of functions."""

from minigrad.callbacks.callback import Callback


class LambdaCallback(Callback):
    """Calls functions at the moments that the arguments are named after.

    Args:
        on_epoch_begin, on_epoch_end: `f(epoch, logs)`.
        on_train_begin, on_train_end: `f(logs)`.
        on_train_batch_begin, on_train_batch_end: `f(batch, logs)`.
        kwargs: The other methods of Callback; anything else becomes an attribute.

    >>> hello = LambdaCallback(on_train_begin=lambda logs: print("hello"))
    >>> hello.on_train_begin({})
    hello
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        vars(self).update(kwargs)
        vars(self).update({name: call for name, call in given.items() if call is not None})

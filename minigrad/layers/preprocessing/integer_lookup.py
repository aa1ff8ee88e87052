"""IntegerLookup: whole numbers as their indices in a vocabulary."""

import numpy as np

from minigrad import ops
from minigrad.layers.preprocessing.index_lookup import IndexLookup


class IntegerLookup(IndexLookup):
    """The index of each whole number in a vocabulary, which is given or found by `adapt`.

    Args:
        max_tokens: How long the vocabulary may be at most, what follows included.
        num_oov_indices: How many indices unknown numbers share; with 0 they are an error.
        mask_token: The number that is index 0, or is left out of vectors.
        oov_token: What an inverted layer returns for the index of an unknown number.
        vocabulary: A list of numbers, or a file of them; else call `adapt`.
        vocabulary_dtype: Only "int64" is possible.
        idf_weights: A weight for each, with output_mode="tf_idf".
        invert: Whether to turn indices into numbers.
        output_mode: "int": indices; "one_hot": a vector for each; "multi_hot", "count", "tf_idf":
            a vector for each sample, with 1, the count, or the count times the weight.
        sparse: Only False is possible.
        pad_to_max_tokens: Whether vectors have length `max_tokens` in any case.
        oov_method: How unknown numbers are shared out: "floormod" or "farmhash".
        salt: Of the hash, one or two ints.

    >>> from minigrad import layers
    >>> layer = layers.IntegerLookup(vocabulary=[12, 36, 1138, 42])
    >>> layer([[12, 1138, 42], [42, 1000, 36]]).numpy()
    array([[1, 3, 4],
           [4, 0, 2]])
    """

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token=-1,
        vocabulary=None,
        vocabulary_dtype="int64",
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        salt=None,
        name=None,
        **kwargs,
    ):
        if vocabulary_dtype != "int64":
            raise ValueError(
                "Only `vocabulary_dtype='int64'` is supported. "
                f"Received: vocabulary_dtype={vocabulary_dtype}"
            )
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary_dtype=vocabulary_dtype,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            oov_method=oov_method,
            salt=salt,
            name=name,
            **kwargs,
        )

    def _token(self, value):
        return int(value)

    def _as_tokens(self, tokens, shape):
        return ops.convert_to_tensor(np.array(tokens, "int64").reshape(shape), "int64")

"""StringLookup: strings as their indices in a vocabulary."""

import numpy as np

from minigrad.layers.preprocessing.index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """The index of each string in a vocabulary, which is given or found by `adapt`.

    Args:
        max_tokens: How long the vocabulary may be at most, what follows included.
        num_oov_indices: How many indices unknown strings share, by a hash; with 0 they are an
            error.
        mask_token: The string that is index 0, or is left out of vectors.
        oov_token: What an inverted layer returns for the index of an unknown string.
        vocabulary: A list of strings, or a file with one in a line; else call `adapt`.
        idf_weights, output_mode, pad_to_max_tokens, sparse, salt: As for `IntegerLookup`.
        invert: Whether to turn indices into strings, a NumPy array of them.
        encoding: Of strings that are bytes.

    >>> from minigrad import layers
    >>> layers.StringLookup(vocabulary=["a", "b"])([["b", "a", "z"]]).numpy()
    array([[2, 1, 0]])
    """

    _not_in_config = (*IndexLookup._not_in_config, "vocabulary_dtype")

    def __init__(
        self,
        max_tokens=None,
        num_oov_indices=1,
        mask_token=None,
        oov_token="[UNK]",
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        pad_to_max_tokens=False,
        sparse=False,
        encoding="utf-8",
        name=None,
        salt=None,
        **kwargs,
    ):
        self.encoding = encoding
        super().__init__(
            max_tokens=max_tokens,
            num_oov_indices=num_oov_indices,
            mask_token=mask_token,
            oov_token=oov_token,
            vocabulary_dtype="string",
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            invert=invert,
            output_mode=output_mode,
            sparse=sparse,
            pad_to_max_tokens=pad_to_max_tokens,
            salt=salt,
            name=name,
            **kwargs,
        )

    def _token(self, value):
        return value.decode(self.encoding) if isinstance(value, bytes) else str(value)

    def _as_tokens(self, tokens, shape):
        return np.array(tokens, dtype=object).reshape(shape)

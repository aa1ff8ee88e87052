"""IndexLookup: what IntegerLookup and StringLookup have in common."""

import collections
import os

import numpy as np

from minigrad import ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.autograd.tensor import Tensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import checked_mode, dense_only, encoded, encoded_shape
from minigrad.layers.preprocessing.hashing import checked_salt, hashed_to

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


class IndexLookup(Layer):
    """Tokens as their indices in a vocabulary, or the reverse.

    The vocabulary begins with the mask token (in "int" mode, if there is one), then come
    `num_oov_indices` places for tokens that are not in it, then the tokens.
    """

    _not_in_config = ("trainable", "has_input_vocabulary")

    def __init__(
        self,
        max_tokens,
        num_oov_indices,
        mask_token,
        oov_token,
        vocabulary_dtype,
        vocabulary=None,
        idf_weights=None,
        invert=False,
        output_mode="int",
        sparse=False,
        pad_to_max_tokens=False,
        oov_method="floormod",
        name=None,
        salt=None,
        vocabulary_size=None,
        has_input_vocabulary=None,
        **kwargs,
    ):
        for ignored in ("trainable", "dtype"):
            kwargs.pop(ignored, None)
        super().__init__(name=name, **kwargs)
        dense_only(sparse)
        self.max_tokens = max_tokens
        self.num_oov_indices = num_oov_indices
        self.mask_token = mask_token
        self.oov_token = oov_token
        self.vocabulary_dtype = vocabulary_dtype
        self.invert = invert
        self.output_mode = checked_mode(type(self).__name__, output_mode, _MODES)
        self.sparse = sparse
        self.pad_to_max_tokens = pad_to_max_tokens
        self.oov_method = oov_method
        self.salt = checked_salt(type(self).__name__, salt)
        self._check(vocabulary, idf_weights)
        # A file is saved with the model, so its path is not kept.
        self.input_vocabulary = None if isinstance(vocabulary, str) else _listed(vocabulary)
        self.input_idf_weights = _listed(idf_weights)
        self._static = has_input_vocabulary
        if has_input_vocabulary is None:
            self._static = vocabulary is not None
        self._frozen_size = vocabulary_size
        self._tokens = []
        self._indices = {}
        self.idf_weights = None
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = False
        self._counts = collections.Counter()
        self._document_counts = collections.Counter()
        self._documents = 0
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        self._build_at_init()

    def _check(self, vocabulary, idf_weights):
        name = type(self).__name__
        if self.max_tokens is not None and self.max_tokens <= 1:
            raise ValueError(
                f"If `max_tokens` is set for `{name}`, it must be greater than 1. "
                f"Received: max_tokens={self.max_tokens}"
            )
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError(
                "If pad_to_max_tokens is True, must set `max_tokens`. "
                f"Received: max_tokens={self.max_tokens}"
            )
        if self.num_oov_indices < 0:
            raise ValueError(
                f"`num_oov_indices` for `{name}` must be >= 0. "
                f"Received: num_oov_indices={self.num_oov_indices}"
            )
        if self.oov_method not in ("floormod", "farmhash"):
            raise ValueError(
                "`oov_method` must be 'floormod' or 'farmhash'. "
                f"Received: oov_method={self.oov_method}"
            )
        integers = self.vocabulary_dtype != "string"
        if self.salt is not None and integers and self.oov_method != "farmhash":
            raise ValueError(
                "`salt` can only be used when `oov_method='farmhash'`. "
                f"Received: oov_method={self.oov_method}"
            )
        if self.invert and self.output_mode != "int":
            raise ValueError(
                "`output_mode` must be `'int'` when `invert` is true. "
                f"Received: output_mode={self.output_mode}"
            )
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. "
                f"Received: idf_weights={idf_weights} and output_mode={self.output_mode}"
            )
        if self.output_mode == "tf_idf" and vocabulary is not None and idf_weights is None:
            raise ValueError(
                "When specifying the `vocabulary` argument, in TF-IDF output mode, the "
                f"`idf_weights` argument must also be provided. Received: {idf_weights=}"
            )

    # What differs between strings and integers

    def _token(self, value):
        """A token of data, as it is in the vocabulary."""
        raise NotImplementedError(f"{type(self).__name__} must define `_token(value)`.")

    def _array(self, data):
        """Data as an array of tokens."""
        return np.asarray(data)

    # The vocabulary

    def _first_oov(self):
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    def _first_token(self):
        return self._first_oov() + self.num_oov_indices

    def vocabulary_size(self):
        """The number of indices, those for the mask and for unknown tokens included."""
        return self._first_token() + len(self._tokens)

    def get_vocabulary(self, include_special_tokens=True):
        """The tokens by their indices.

        Args:
            include_special_tokens: Whether the mask token and the places for unknown tokens are
                included.
        """
        if not include_special_tokens:
            return list(self._tokens)
        special = [self.mask_token] * self._first_oov() + [self.oov_token] * self.num_oov_indices
        return special + list(self._tokens)

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the vocabulary, in place of `adapt`.

        Args:
            vocabulary: A list or an array of tokens, or the path of a text file with one in a
                line. It may begin with the mask token and those for unknown ones.
            idf_weights: In "tf_idf" mode, the weight of each.
        """
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError(
                "`idf_weights` must be set if output_mode is 'tf_idf', and only then. "
                f"Received: output_mode={self.output_mode} and idf_weights={idf_weights}"
            )
        if isinstance(vocabulary, str):
            vocabulary = self._read(vocabulary)
        vocabulary = [self._token(one) for one in np.asarray(vocabulary).tolist()]
        if not vocabulary:
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={vocabulary}")
        start = self._first_token()
        special = self.get_vocabulary()[:start]
        has_special = bool(start) and vocabulary[:start] == special
        tokens = vocabulary[start:] if has_special else vocabulary
        self._check_tokens(tokens, special)
        self._use(tokens)
        if idf_weights is not None:
            self._set_weights_of_tokens(vocabulary, idf_weights, has_special)

    def _read(self, path):
        if not os.path.exists(path):
            raise ValueError(
                f"Vocabulary file {path} does not exist. Received: vocabulary={path!r}"
            )
        if self.output_mode == "tf_idf":
            raise ValueError(
                "output_mode `'tf_idf'` does not support loading a vocabulary from file. "
                f"Received: vocabulary={path!r}"
            )
        with open(path, encoding="utf-8") as file:
            return _without_empty_end(file.read().split("\n"))

    def _check_tokens(self, tokens, special):
        repeated = [one for one, n in collections.Counter(tokens).items() if n > 1]
        if repeated:
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your "
                f"dataset. The repeated terms are: {repeated}"
            )
        reserved = [("mask", self.mask_token)]
        if self.invert:  # in the other direction no token gives it
            reserved.append(("OOV", self.oov_token))
        for name, token in reserved:
            if token is not None and token in tokens:
                raise ValueError(
                    f"Found reserved {name} token at unexpected location in `vocabulary`. Either "
                    "remove all mask and OOV tokens, or include them only at the start of the "
                    f"vocabulary in precisely this order: {special}. Received: {name} token="
                    f"{token} at index {tokens.index(token)}"
                )
        size = self._first_token() + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received "
                f"vocabulary size is {size}; `max_tokens` is {self.max_tokens}."
            )

    def _use(self, tokens):
        """Look up these tokens from now on."""
        size = self._first_token() + len(tokens)
        vectors = self.output_mode != "int" and not self.pad_to_max_tokens
        if vectors and self._frozen_size not in (None, size):
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, the "
                "vocabulary size cannot be changed after the layer is called. Old vocab size is "
                f"{self._frozen_size}, new vocab size is {size}"
            )
        self._frozen_size = size
        self._tokens = list(tokens)
        start = self._first_token()
        self._indices = {token: start + i for i, token in enumerate(tokens)}

    def _set_weights_of_tokens(self, vocabulary, idf_weights, has_special):
        weights = np.asarray(idf_weights, settings.floatx())
        if weights.shape != (len(vocabulary),):
            raise ValueError(
                "`idf_weights` must be the same length as vocabulary. "
                f"Received: idf_weights of shape {weights.shape}, {len(vocabulary)} tokens"
            )
        if not has_special:  # what is unknown counts as much as a token does in the mean
            start = np.full(self._first_token(), weights.mean(), weights.dtype)
            weights = np.concatenate([start, weights])
        self.idf_weights = self._padded(weights)

    def _padded(self, weights):
        missing = self.max_tokens - len(weights) if self.pad_to_max_tokens else 0
        return np.concatenate([weights, np.zeros(missing, weights.dtype)])

    # Looking at data

    def adapt(self, data, steps=None):
        """Find the vocabulary: all tokens in the data, the most frequent first.

        Args:
            data: An array or a list of tokens, or anything else that yields batches of them.
            steps: How many batches to take, None for all.
        """
        self.reset_state()
        if isinstance(data, (list, tuple, np.ndarray, Tensor)) or not hasattr(data, "__iter__"):
            array = self._array(data)
            self.update_state(array[:, None] if array.ndim == 1 else array)
        else:
            for step, batch in enumerate(data):
                if step == steps:
                    break
                self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the tokens of a batch; each row is a document."""
        data = self._array(data)
        rows = data.reshape(-1, data.shape[-1]) if data.ndim > 1 else data.reshape(1, -1)
        self.count_documents(rows.tolist())

    def count_documents(self, documents):
        """Count the tokens of documents, lists of them."""
        if self._static:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via "
                "`vocabulary` argument or `set_vocabulary()` method. "
                f"Received: vocabulary of {len(self._tokens)} tokens"
            )
        for document in documents:
            tokens = [self._token(one) for one in document]
            self._counts.update(tokens)
            self._document_counts.update(set(tokens))
        self._documents += len(documents)

    def finalize_state(self):
        """Make the vocabulary of what was counted."""
        if self._static or not self._counts:
            return
        for special in (self.mask_token, self.oov_token):
            self._counts.pop(special, None)
        # By count, and where they are equal by the tokens, both falling.
        tokens = sorted(self._counts, key=lambda token: (self._counts[token], token), reverse=True)
        if self.max_tokens:
            tokens = tokens[: self.max_tokens - self._first_token()]
        self._use(tokens)
        if self.output_mode == "tf_idf":
            counts = np.array([self._document_counts[token] for token in tokens])
            weights = np.log(1 + self._documents / (1 + counts)).astype(settings.floatx())
            start = np.full(self._first_token(), weights.mean(), weights.dtype)
            self.idf_weights = self._padded(np.concatenate([start, weights]))
        self.reset_state()

    def reset_state(self):
        """Forget what was counted."""
        self._counts = collections.Counter()
        self._document_counts = collections.Counter()
        self._documents = 0

    # Looking up

    def call(self, inputs):
        if self.invert:
            return self._tokens_at(np.asarray(inputs))
        data = self._array(inputs)
        found = [self._index(self._token(one)) for one in data.ravel().tolist()]
        return self._as_output(np.array(found, "int64").reshape(data.shape))

    def _as_output(self, indices):
        if self.output_mode == "int":
            return ops.convert_to_tensor(indices, "int64")
        depth = self._depth()
        if depth is None:
            raise RuntimeError(
                f"When using `output_mode={self.output_mode}` and `pad_to_max_tokens=False`, you "
                "must set the layer's vocabulary before calling it: pass a `vocabulary` argument "
                "to the layer, or call `adapt` with some sample data."
            )
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        outputs = encoded(indices, mode, depth, settings.floatx())
        if self.output_mode != "tf_idf":
            return outputs
        if self.idf_weights is None:
            raise ValueError(
                "When `output_mode` is `'tf_idf'`, `idf_weights` must be provided, or `adapt` "
                f"called. Received: idf_weights={self.idf_weights}"
            )
        return outputs * self.idf_weights

    def _depth(self):
        return self.max_tokens if self.pad_to_max_tokens else self._frozen_size

    def _index(self, token):
        if self.mask_token is not None and token == self.mask_token:
            return 0 if self.output_mode == "int" else -1  # -1: in no vector
        index = self._indices.get(token)
        if index is not None:
            return index
        if not self.num_oov_indices:
            raise ValueError(
                "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
                f"{token}, consider setting `num_oov_indices=1`."
            )
        return self._first_oov() + self._place(token)

    def _place(self, token):
        """Which of the places for unknown tokens."""
        if self.num_oov_indices == 1:
            return 0
        if isinstance(token, int) and self.oov_method == "floormod":
            return token % self.num_oov_indices
        return hashed_to(token, self.num_oov_indices, self.salt)

    def _tokens_at(self, indices):
        vocabulary = self.get_vocabulary()
        known = range(len(vocabulary))
        found = [vocabulary[i] if i in known else self.oov_token for i in indices.ravel().tolist()]
        return self._as_tokens(found, indices.shape)

    def _as_tokens(self, tokens, shape):
        """Tokens as the inverted layer returns them."""
        raise NotImplementedError(f"{type(self).__name__} must define `_as_tokens`.")

    def compute_output_shape(self, input_shape):
        mode = "multi_hot" if self.output_mode in ("count", "tf_idf") else self.output_mode
        return encoded_shape(input_shape, mode, self._depth())

    def compute_output_spec(self, inputs):
        dtype = "int64" if self.output_mode == "int" else settings.floatx()
        if self.invert:
            dtype = self.vocabulary_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    # Files

    def get_config(self):
        config = super().get_config()
        config["vocabulary"] = self.input_vocabulary
        config["idf_weights"] = self.input_idf_weights
        config["vocabulary_size"] = self._frozen_size
        for name in ("trainable", "dtype"):
            config.pop(name, None)
        return config

    def save_own_variables(self, store):
        if self.output_mode == "tf_idf" and self.idf_weights is not None:
            store["idf_weights"] = self.idf_weights

    def load_own_variables(self, store):
        if self.output_mode == "tf_idf":
            self.idf_weights = np.asarray(store["idf_weights"])

    def save_assets(self, dir_path):
        """Write the vocabulary, unless it is in the config."""
        if self.input_vocabulary is None:
            with open(os.path.join(dir_path, "vocabulary.txt"), "w", encoding="utf-8") as file:
                file.write("\n".join(str(token) for token in self.get_vocabulary()))

    def load_assets(self, dir_path):
        """Read the vocabulary, unless it is in the config."""
        if self.input_vocabulary is None:
            with open(os.path.join(dir_path, "vocabulary.txt"), encoding="utf-8") as file:
                lines = _without_empty_end(file.read().split("\n"))
            weights = self.idf_weights if self.output_mode == "tf_idf" else None
            if lines:
                self.set_vocabulary(lines, idf_weights=weights)


def _listed(values):
    return values.tolist() if isinstance(values, np.ndarray) else values


def _without_empty_end(lines):
    while lines and not lines[-1]:
        lines.pop()
    return lines

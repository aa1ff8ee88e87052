"""TextVectorization: texts as indices of their words."""

import re

import numpy as np

from minigrad import ops, settings
from minigrad.autograd.symbolic import KerasTensor
from minigrad.layers.layer import Layer
from minigrad.layers.preprocessing.encoding import checked_mode
from minigrad.layers.preprocessing.string_lookup import StringLookup
from minigrad.saving.serialization import deserialize_keras_object, serialize_keras_object

_PUNCTUATION = re.compile(r"[!\"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']")
_WORD = re.compile(r"[^ \t\n\r\f\v]+")
_STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation")


class TextVectorization(Layer):
    """Cuts texts into words and looks these up, in a vocabulary that is given or found by `adapt`.

    Args:
        max_tokens: How long the vocabulary may be at most.
        standardize: What is done to a text first: "lower_and_strip_punctuation", "lower",
            "strip_punctuation", None, or a function of an array of strings.
        split: Where it is cut: "whitespace", "character", None, or a function of an array of
            strings that returns a list of lists, or an array with a further axis.
        ngrams: An int n for runs of up to n words, or a tuple of lengths.
        output_mode: "int": indices, 0 behind the end, 1 for unknown words; "multi_hot", "count",
            "tf_idf": a vector for each text, see `IntegerLookup`.
        output_sequence_length: How many indices there are in "int" mode; as many as the longest
            text has, if None.
        pad_to_max_tokens: Whether vectors have length `max_tokens` in any case.
        vocabulary: A list of words, or a file with one in a line.
        idf_weights: A weight for each, with output_mode="tf_idf".
        sparse, ragged: Only False is possible.
        encoding: Of strings that are bytes.

    >>> from minigrad import layers
    >>> layer = layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["The cat sat.", "The dog"])
    >>> layer.get_vocabulary()
    ['', '[UNK]', 'the', 'sat', 'dog', 'cat']
    >>> layer(["the bird sat"]).numpy()
    array([[2, 1, 3, 0]])
    """

    _not_in_config = ("standardize", "split")

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=None,
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
        idf_weights=None,
        sparse=False,
        ragged=False,
        encoding="utf-8",
        name=None,
        **kwargs,
    ):
        for argument, value, names in (
            ("standardize", standardize, _STANDARDIZE),
            ("split", split, ("whitespace", "character")),
        ):
            if value is not None and not callable(value) and value not in names:
                raise ValueError(
                    f"Unknown value for `{argument}` argument of TextVectorization. Allowed "
                    f"values are: {names}, None, or a function. Received: {argument}={value}"
                )
        output_mode = checked_mode(
            "TextVectorization", output_mode, ("int", "one_hot", "multi_hot", "count", "tf_idf")
        )
        if not (ngrams is None or isinstance(ngrams, int)) and not (
            isinstance(ngrams, tuple) and all(isinstance(one, int) for one in ngrams)
        ):
            raise ValueError(
                "`ngrams` must be None, an integer, or a tuple of integers. "
                f"Received: ngrams={ngrams}"
            )
        if output_sequence_length is not None and (
            output_mode != "int" or not isinstance(output_sequence_length, int)
        ):
            raise ValueError(
                "`output_sequence_length` must be either None or an integer, and None if "
                "`output_mode` is not 'int'. Received: "
                f"output_sequence_length={output_sequence_length}, output_mode={output_mode}"
            )
        if ragged:
            raise ValueError(
                "`ragged=True` cannot be used: minigrad has dense tensors only. "
                f"Received: ragged={ragged}"
            )
        static = kwargs.pop("has_input_vocabulary", None)
        size = kwargs.pop("vocabulary_size", None)
        super().__init__(name=name, **kwargs)
        self.standardize = standardize
        self.split = split
        self.ngrams = ngrams
        self.output_mode = output_mode
        self.output_sequence_length = output_sequence_length
        self.ragged = ragged
        self.encoding = encoding
        self._lookup_layer = StringLookup(
            max_tokens=max_tokens,
            vocabulary=vocabulary,
            idf_weights=idf_weights,
            pad_to_max_tokens=pad_to_max_tokens,
            mask_token="",
            output_mode=output_mode,
            sparse=sparse,
            encoding=encoding,
            has_input_vocabulary=static,
            vocabulary_size=size,
        )
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.supports_jit = False

    def build(self, input_shape=None):
        """Nothing to do: the vocabulary is not a variable."""

    # Words

    def _documents(self, inputs):
        """A list of the words of each text."""
        texts = np.asarray(inputs)
        if texts.dtype.kind in "SO":
            decoded = [
                one.decode(self.encoding) if isinstance(one, bytes) else str(one)
                for one in texts.ravel().tolist()
            ]
            texts = np.array(decoded, dtype=np.str_).reshape(texts.shape)
        texts = self._standardized(texts)
        if self.split is None:
            documents = [list(row) for row in np.atleast_2d(texts).tolist()]
            if texts.ndim == 1:
                documents = [[one] for one in texts.tolist()]
            return [self._with_ngrams(words) for words in documents]
        if texts.ndim > 1:
            if texts.shape[-1] != 1:
                raise ValueError(
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 "
                    "or the last shape dimension must be 1. "
                    f"Received: inputs.shape={texts.shape} with rank={texts.ndim}"
                )
            texts = texts[..., 0]
        return [self._with_ngrams(words) for words in self._cut(np.atleast_1d(texts))]

    def _standardized(self, texts):
        if callable(self.standardize):
            return np.asarray(self.standardize(texts))
        if self.standardize is None:
            return texts
        changed = texts.ravel().tolist()
        if "lower" in self.standardize:
            changed = [_lower(one) for one in changed]
        if "strip_punctuation" in self.standardize:
            changed = [_PUNCTUATION.sub("", one) for one in changed]
        return np.array(changed, dtype=np.str_).reshape(texts.shape)

    def _cut(self, texts):
        if callable(self.split):
            return [list(map(str, words)) for words in self.split(texts)]
        if self.split == "character":
            return [list(text) for text in texts.tolist()]
        return [_WORD.findall(text) for text in texts.tolist()]

    def _with_ngrams(self, words):
        if self.ngrams is None:
            return words
        lengths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams
        return [" ".join(words[i : i + n]) for n in lengths for i in range(len(words) - n + 1)]

    # The vocabulary

    def adapt(self, data, batch_size=None, steps=None):
        """Find the vocabulary: all words in the data, the most frequent first.

        Args:
            data: A list or an array of texts, or anything else that yields batches of them.
            batch_size: Accepted, without effect.
            steps: How many batches to take, None for all.
        """
        self.reset_state()
        if isinstance(data, (list, tuple, np.ndarray)) or not hasattr(data, "__iter__"):
            data = [data]
            steps = None
        for step, batch in enumerate(data):
            if step == steps:
                break
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data):
        """Count the words of a batch of texts."""
        self._lookup_layer.count_documents(self._documents(data))

    def finalize_state(self):
        """Make the vocabulary of what was counted."""
        self._lookup_layer.finalize_state()

    def reset_state(self):
        """Forget what was counted."""
        self._lookup_layer.reset_state()

    def get_vocabulary(self, include_special_tokens=True):
        """The words by their indices; see `StringLookup.get_vocabulary`."""
        return self._lookup_layer.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """The number of indices, those for the end and for unknown words included."""
        return self._lookup_layer.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Set the vocabulary, in place of `adapt`; see `StringLookup.set_vocabulary`."""
        self._lookup_layer.set_vocabulary(vocabulary, idf_weights=idf_weights)

    # The call

    def call(self, inputs):
        documents = self._documents(inputs)
        lookup = self._lookup_layer
        length = self.output_sequence_length
        if length is None or self.output_mode != "int":
            length = max(map(len, documents), default=0)
        absent = 0 if self.output_mode == "int" else -1
        indices = np.full((len(documents), length), absent, "int64")
        for row, words in zip(indices, documents, strict=True):
            words = words[:length]
            row[: len(words)] = [lookup._index(word) for word in words]
        is_int = self.output_mode == "int"
        outputs = ops.convert_to_tensor(indices, "int64") if is_int else lookup._as_output(indices)
        return outputs if np.ndim(inputs) else outputs[0]

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return (*input_shape[:1], self.output_sequence_length)
        return self._lookup_layer.compute_output_shape((*input_shape[:1], None))

    def compute_output_spec(self, inputs):
        dtype = "int64" if self.output_mode == "int" else settings.floatx()
        return KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    # Files

    def get_config(self):
        config = super().get_config()
        lookup = self._lookup_layer
        for name in ("standardize", "split"):
            value = getattr(self, name)
            config[name] = serialize_keras_object(value) if callable(value) else value
        return {
            **config,
            "max_tokens": lookup.max_tokens,
            "pad_to_max_tokens": lookup.pad_to_max_tokens,
            "sparse": lookup.sparse,
            "vocabulary": lookup.input_vocabulary,
            "idf_weights": lookup.input_idf_weights,
            "vocabulary_size": self.vocabulary_size() if lookup._tokens else None,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("standardize", "split"):
            if isinstance(config.get(name), dict):
                config[name] = deserialize_keras_object(config[name])
        if isinstance(config.get("ngrams"), list):
            config["ngrams"] = tuple(config["ngrams"])
        return super().from_config(config)

    def save_own_variables(self, store):
        self._lookup_layer.save_own_variables(store)

    def load_own_variables(self, store):
        self._lookup_layer.load_own_variables(store)

    def save_assets(self, dir_path):
        """Write the vocabulary, unless it is in the config."""
        self._lookup_layer.save_assets(dir_path)

    def load_assets(self, dir_path):
        """Read the vocabulary, unless it is in the config."""
        self._lookup_layer.load_assets(dir_path)


def _lower(text):
    """Lower case of the letters A to Z; others stay, as TensorFlow leaves them."""
    return "".join(one.lower() if one.isascii() else one for one in text)

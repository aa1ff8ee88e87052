"""LowRank: fine-tuning a large weight by a small change of it (LoRA)."""

from minigrad import ops


def adaptable(name):
    """The property for a weight that may be adapted; the Variable itself is in `_<name>`."""
    own = f"_{name}"

    def read(self):
        weight = self.__dict__.get(own)
        if weight is None:
            raise AttributeError(
                f"{self.name}: there is no `{name}` before the layer is built, which calling it "
                "does."
            )
        return self._adapted(weight) if self.lora_enabled else weight

    def assign(self, value):
        setattr(self, own, value)

    return property(read, assign, doc=f"`_{name}`, plus its change where LoRA is enabled.")


class LowRank:
    """A layer whose weight W can be frozen, and trained as W + alpha / rank · A @ B.

    A has `rank` columns and B as many rows, so that there is little to train (Hu et al., 2021).
    B starts from zeros: at first the layer computes what it did. A file holds the sum, and none of
    A and B: what loads it needs to know nothing of LoRA.

    Attributes:
        lora_enabled: Whether it is done.
        lora_rank, lora_alpha: As passed to the constructor or `enable_lora`.
    """

    lora_enabled = False
    _adaptable = "kernel"

    def _note_lora(self, rank, alpha):
        self.lora_rank = rank
        self.lora_alpha = rank if alpha is None else alpha

    def _maybe_enable_lora(self):
        if self.lora_rank:
            self._add_low_rank(self.lora_rank, "he_uniform", "zeros")

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freeze the weight, and train a change of low rank from now on. Call `compile` again.

        Args:
            rank: The rank of the change.
            lora_alpha: The change counts `lora_alpha / rank` times; `rank` if None.
            a_initializer, b_initializer: What A and B start from.

        Raises:
            ValueError: the layer is not built, has a constraint, or has been adapted already.

        >>> from minigrad import layers
        >>> layer = layers.Dense(100)
        >>> layer.build((None, 50))
        >>> layer.enable_lora(2)
        >>> [v.shape for v in layer.trainable_weights]  # the bias, A and B
        [(100,), (50, 2), (2, 100)]
        """
        name = self._adaptable
        if getattr(self, f"{name}_constraint", None) is not None:
            raise ValueError(
                f"{self.name}: LoRA is incompatible with constraints. Make the layer without "
                f"`{name}_constraint`. Received: rank={rank}"
            )
        if not self.built:
            raise ValueError(
                f"{self.name}: cannot enable lora on a layer that isn't yet built. Call it on data "
                f"first. Received: rank={rank}"
            )
        if self.lora_enabled:
            raise ValueError(
                f"{self.name}: lora is already enabled. This can only be done once per layer. "
                f"Received: rank={rank}"
            )
        self._tracker.unlock()
        self._note_lora(rank, lora_alpha)
        self._add_low_rank(rank, a_initializer, b_initializer)
        self._lock_state()

    def _add_low_rank(self, rank, a_initializer, b_initializer):
        name = self._adaptable
        weight = getattr(self, f"_{name}")
        regularizer = getattr(self, f"{name}_regularizer")
        for letter, shape, initializer in (
            ("a", (*weight.shape[:-1], rank), a_initializer),
            ("b", (rank, weight.shape[-1]), b_initializer),
        ):
            made = self.add_weight(
                name=f"lora_{name}_{letter}",
                shape=shape,
                initializer=initializer,
                regularizer=regularizer,
                dtype="float32",  # small changes would be lost in 16 bits
            )
            setattr(self, f"lora_{name}_{letter}", made)
        weight.trainable = False
        self.lora_enabled = True

    def _low_rank(self):
        return [getattr(self, f"lora_{self._adaptable}_{letter}") for letter in "ab"]

    def _change(self):
        a, b = self._low_rank()
        return ops.matmul(a, b) * (self.lora_alpha / self.lora_rank)

    def _adapted(self, weight):
        return ops.cast(weight + self._change(), self.compute_dtype)

    # Files

    def _saved_weights(self):
        added = {id(one) for one in self._low_rank()}
        return [one for one in self._own_weights() if id(one) not in added]

    def save_own_variables(self, store):
        if not self.lora_enabled:
            super().save_own_variables(store)
            return
        frozen = getattr(self, f"_{self._adaptable}")
        for index, variable in enumerate(self._saved_weights()):
            if variable is frozen:
                variable = ops.cast(ops.cast(frozen, "float32") + self._change(), frozen.dtype)
            store[f"{index}"] = variable

    def load_own_variables(self, store):
        if not self.lora_enabled:
            super().load_own_variables(store)
            return
        variables = self._saved_weights()
        if len(store.keys()) != len(variables):
            super().load_own_variables(store)  # raises
        for index, variable in enumerate(variables):
            variable.assign(store[f"{index}"])
        _, b = self._low_rank()
        b.assign(ops.zeros_like(b))  # were A zero too, neither would ever get a gradient

    def get_config(self):
        config = super().get_config()
        if self.lora_rank:
            config |= {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha}
        return config

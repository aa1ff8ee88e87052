"""DropoutRNNCell: dropout masks that stay the same at every timestep."""

from minigrad import ops, random


class DropoutRNNCell:
    """Mixed into a cell, gives it dropout masks for inputs and state (Gal & Ghahramani 2016).

    A mask is drawn when it is first asked for, and kept until it is reset, which RNN does after
    each sequence. The cell has the rates in `dropout` and `recurrent_dropout`, a SeedGenerator in
    `seed_generator`, and may say in `dropout_mask_count` that it wants so many masks in a list.
    """

    dropout_mask_count = None

    def get_dropout_mask(self, step_input):
        """What to multiply the inputs of each timestep by; None without dropout."""
        return self._kept_mask("_dropout_mask", step_input, self.dropout)

    def get_recurrent_dropout_mask(self, step_input):
        """What to multiply the state of each timestep by; None without dropout."""
        return self._kept_mask("_recurrent_dropout_mask", step_input, self.recurrent_dropout)

    def reset_dropout_mask(self):
        """Forget the mask of the inputs."""
        self.__dict__.pop("_dropout_mask", None)

    def reset_recurrent_dropout_mask(self):
        """Forget the mask of the state."""
        self.__dict__.pop("_recurrent_dropout_mask", None)

    def _kept_mask(self, name, like, rate):
        if rate > 0 and name not in self.__dict__:
            ones = ops.ones_like(like)
            masks = [
                random.dropout(ones, rate, seed=self.seed_generator)
                for _ in range(self.dropout_mask_count or 1)
            ]
            self.__dict__[name] = masks if self.dropout_mask_count else masks[0]
        return self.__dict__.get(name)

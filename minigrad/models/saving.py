"""The part of Model that is about files."""

from minigrad.saving import model_files


class Saving:
    """`save`, `save_weights` and `load_weights` of models."""

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Save the whole model: see `saving.save_model`.

        >>> import os, tempfile
        >>> import minigrad as mg
        >>> model = mg.Sequential([mg.Input((3,)), mg.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(os.path.join(folder, "m.keras"))
        ...     copy = mg.saving.load_model(os.path.join(folder, "m.keras"))
        >>> bool((copy.layers[0].kernel.numpy() == model.layers[0].kernel.numpy()).all())
        True
        """
        model_files.save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Save the weights alone: see `saving.save_weights`."""
        model_files.save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Take the weights in a file: see `saving.load_weights`."""
        model_files.load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

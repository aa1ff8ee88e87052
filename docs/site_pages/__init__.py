"""What the site's build writes before Sphinx reads: tutorials, reference, primitives."""

"""Pictures of graphs without graphviz: cards, boxes around them, arrows between them.

It knows nothing of tensors and models: `inspect` and `utils.plot_model` say what stands on a card.
"""

from minigrad.drawing.scene import Card, Scene

__all__ = ["Card", "Scene"]

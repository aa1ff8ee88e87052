"""Every primitive's formula and VJPs, to be read, drawn, and evaluated."""

from minigrad.inspect.formulas.language import Formula
from minigrad.inspect.formulas.structure import RULES, Rule

__all__ = ["RULES", "Formula", "Rule"]

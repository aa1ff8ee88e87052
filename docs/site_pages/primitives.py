"""The page of all primitives with their VJPs, from the formulas that the tests evaluate."""

from pathlib import Path

from minigrad import layers, ops  # noqa: F401  declare the primitives
from minigrad.autograd.primitive import PRIMITIVES
from minigrad.inspect.formulas import RULES, Formula

PAGE = Path(__file__).parent.parent / "reference" / "primitives.md"
HEAD = r"""# All primitives

What a primitive computes, and what it sends back to its inputs: $\bar{y}$ is the gradient that
arrives from above, $\bar{x}$ what is added to that of $x$. Where inputs are broadcast, the walk
back sums. The page is made from `minigrad.inspect.formulas`; the tests evaluate each formula
against the primitive.
"""


def entry(name):
    """One primitive, as Markdown."""
    rule = RULES[name]
    primitive = PRIMITIVES.get(name)
    inputs = rule.inputs or (primitive.inputs if primitive else ())
    rows = [f"y &= {rule.forward.latex}"]
    rows += [
        rf"\bar{{{_symbol(one)}}} &\mathrel{{+}}= {vjp.latex}"
        for one, vjp in zip(inputs, rule.vjps)
        if vjp is not None
    ]
    rows += [rf"{letter} &= {formula.latex}" for letter, formula in rule.let.items()]
    body = " \\\\\n".join(rows)
    words = f"{rule.words}\n" if rule.words else ""
    return f"## {name}\n\n```{{math}}\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n```\n\n{words}"


def _symbol(name):
    """An input as a symbol: x1 is x with an index."""
    return Formula(name).latex if name.isidentifier() else name


def write():
    text = "\n".join([HEAD, *(entry(name) for name in sorted(RULES))])
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        PAGE.write_text(text, encoding="utf-8")

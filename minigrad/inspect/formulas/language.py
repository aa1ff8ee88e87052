"""The language of formulas: Python expressions, read as LaTeX, MathML, plain text, or evaluated.

A formula is written once, such as `"g * (1 - y**2)"`. What people read and what a test evaluates
against the rule of the primitive come from that one string, so they cannot drift apart.
"""

import ast
import functools

from minigrad.inspect.formulas.printers import LATEX, MATHML, TEXT, Latex, MathMl, Text


@functools.lru_cache(maxsize=4096)
def parse(formula):
    """The syntax tree of a formula."""
    return ast.parse(formula, mode="eval").body


class Formula:
    """One formula, in every form.

    >>> f = Formula("g * (1 - y**2)")
    >>> f.text
    'g · (1 − y²)'
    >>> f.local().text
    '1 − y²'
    >>> f.value(g=2.0, y=0.5)
    1.5
    """

    def __init__(self, source):
        self.source = source
        self._tree = parse(source)

    @property
    def names(self):
        """The names that it speaks of, those of functions included."""
        return {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}

    @property
    def latex(self):
        return LATEX.show(self._tree)

    @property
    def mathml(self):
        return f"<math displaystyle='true'>{MATHML.show(self._tree)}</math>"

    @property
    def text(self):
        return TEXT.show(self._tree)

    def text_with(self, names):
        """The formula as text, with other words for its names."""
        return Text(names).show(self._tree)

    def latex_with(self, names):
        """The formula in LaTeX, with other words (in LaTeX) for its names."""
        return Latex(names).show(self._tree)

    def mathml_with(self, names):
        """The formula in MathML without `<math>`, with other pieces of MathML for its names."""
        return MathMl(names).show(self._tree)

    def value(self, **names):
        """The formula computed with NumPy, for these values of its names."""
        from minigrad.inspect.formulas.functions import FUNCTIONS

        return eval(compile(ast.Expression(self._tree), self.source, "eval"), {}, FUNCTIONS | names)

    def local(self):
        """The local derivative: the formula with an upstream gradient of 1."""
        return Formula(ast.unparse(_Simplified().visit(ast.parse(self.source, mode="eval")).body))

    def __repr__(self):
        return self.text


def _is_one(node):
    return isinstance(node, ast.Constant) and node.value == 1


class _Simplified(ast.NodeTransformer):
    """Puts 1 for g, and leaves out factors of 1."""

    def visit_Name(self, node):
        return ast.Constant(1) if node.id == "g" else node

    def visit_BinOp(self, node):
        node = self.generic_visit(node)
        if isinstance(node.op, ast.Mult):
            if _is_one(node.left):
                return node.right
            if _is_one(node.right):
                return node.left
        if isinstance(node.op, ast.Div) and _is_one(node.right):
            return node.left
        return node

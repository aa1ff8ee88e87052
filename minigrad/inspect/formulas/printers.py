"""Formulas as people read them: one walk over the syntax tree, three ways to write.

`TEXT` writes Unicode for terminals, `LATEX` for papers and notebooks, `MATHML` for HTML pages:
browsers draw it by themselves.
"""

import ast
import html
import re

OPERATORS = {
    ast.Add: ("+", "+", 1),
    ast.Sub: ("−", "-", 1),
    ast.Mult: ("·", r"\cdot", 2),
    ast.Div: ("/", "/", 2),
    ast.FloorDiv: ("//", "//", 2),
    ast.Mod: ("mod", r"\bmod", 2),
    ast.MatMult: ("@", r"\,", 2),
    ast.Pow: ("^", "^", 4),
    ast.BitAnd: ("∧", r"\wedge", 1),
    ast.BitOr: ("∨", r"\vee", 1),
    ast.BitXor: ("⊕", r"\oplus", 1),
    ast.LShift: ("≪", r"\ll", 1),
    ast.RShift: ("≫", r"\gg", 1),
    ast.Eq: ("=", "=", 0),
    ast.NotEq: ("≠", r"\ne", 0),
    ast.Lt: ("<", "<", 0),
    ast.LtE: ("≤", r"\le", 0),
    ast.Gt: (">", ">", 0),
    ast.GtE: ("≥", r"\ge", 0),
}
GREEK = {
    name: chr(code)
    for name, code in {
        "alpha": 0x3B1, "beta": 0x3B2, "gamma": 0x3B3, "delta": 0x3B4, "epsilon": 0x3B5,
        "lambda_": 0x3BB, "mu": 0x3BC, "pi": 0x3C0, "sigma": 0x3C3, "tau": 0x3C4, "phi": 0x3C6,
    }.items()
}  # fmt: skip
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
# Functions that have a sign of their own: text, LaTeX. {0} is the first argument, and so on.
SIGNS = {
    "abs": ("|{0}|", r"\left|{0}\right|"),
    "floor": ("⌊{0}⌋", r"\left\lfloor {0} \right\rfloor"),
    "ceil": ("⌈{0}⌉", r"\left\lceil {0} \right\rceil"),
    "T": ("{0}ᵀ", r"{{{0}}}^{{\top}}"),
    "inv": ("{0}⁻¹", r"{{{0}}}^{{-1}}"),
    "column": ("{0}", "{0}"),
    "matrix": ("{0}", "{0}"),
    "row": ("{0}", "{0}"),
    "heads": ("{0}", "{0}"),
    "conj": ("{0}*", r"\overline{{{0}}}"),
    "transpose_of": (
        "(∂y/∂{0})ᵀ g",
        r"\left(\frac{{\partial y}}{{\partial {0}}}\right)^{{\top}} \bar{{y}}",
    ),
}  # fmt: skip
# Of these only the argument is written: they lay out axes for the evaluation.
UNSEEN = {name for name, forms in SIGNS.items() if forms == ("{0}", "{0}")}
KNOWN = {
    "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
    "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh", "arcsin": r"\arcsin",
    "arccos": r"\arccos", "arctan": r"\arctan", "max": r"\max", "min": r"\min", "det": r"\det",
    "sigmoid": r"\sigma",
}  # fmt: skip
TOTALS = {
    "sum": ("Σ", r"\sum", "∑"),
    "prod": ("Π", r"\prod", "∏"),
    "mean": ("mean", r"\operatorname{mean}", "mean"),
    "largest": ("max", r"\max", "max"),
    "smallest": ("min", r"\min", "min"),
}
WORDS = {"sigmoid": "σ"}


class Printer:
    """A walk over a syntax tree that writes each piece in the way of a subclass.

    Args:
        names: {name in the formula: what is written for it}, already in the way of the subclass.
    """

    def __init__(self, names=None):
        self.names = names or {}

    def show(self, tree, level=0):
        written, strength = self._written(tree)
        return self.brackets(written) if strength < level else written

    def _written(self, tree):
        match tree:
            case ast.Constant(value):
                return self.number(value), 9
            case ast.Name(name):
                return self.names.get(name) or self.name(name), 9
            case ast.UnaryOp(ast.USub(), operand):
                return self.minus(self.show(operand, 2)), 1
            case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
                return self.negated(self.show(operand, 4)), 3
            case ast.BinOp(left, ast.Pow(), right):
                return self.power(self.show(left, 5), right), 4
            case ast.BinOp(left, ast.Div(), right) if self.fractions:
                return self.fraction(self.show(left), self.show(right)), 3
            case ast.BinOp(left, op, right):
                level = OPERATORS[type(op)][2]
                first = isinstance(left, ast.UnaryOp) and isinstance(op, (ast.Mult, ast.Div))
                stricter = level + (not isinstance(op, (ast.Add, ast.Mult, ast.MatMult)))
                return self.binary(
                    self.show(left, level - first), op, self.show(right, stricter)
                ), level
            case ast.Compare(left, [op], [right]):
                return self.binary(self.show(left, 1), op, self.show(right, 1)), 0
            case ast.Call(ast.Name(name), args, keywords):
                return self._call(name, args, keywords)
            case ast.Subscript(value, index):
                return self.indexed(self.show(value, 5), self._index(index)), 8
            case ast.Tuple(elements) | ast.List(elements):
                return self.sequence([self.show(one) for one in elements]), 9
            case ast.Attribute(value, name):
                return self.indexed(self.show(value, 5), self.word(name)), 8
        raise ValueError(f"A formula cannot hold this: {ast.unparse(tree)}")

    def _index(self, index):
        if isinstance(index, ast.Slice):
            ends = [self.show(one) if one else "" for one in (index.lower, index.upper)]
            return self.plain(":").join(ends)
        return self.show(index)

    def _call(self, name, args, keywords):
        shown = [self.show(one) for one in args] + [self.show(one.value) for one in keywords]
        if name == "where":
            return self.cases(*shown), 1
        if name in TOTALS:
            return self.total(
                name, self.show(args[0], 2 * self.fractions), shown[1:]
            ), 3 - 2 * self.fractions
        if name == "sqrt":
            return self.root(shown[0]), 8
        if name in SIGNS:
            tight = name in ("T", "inv", "conj") or name in UNSEEN
            return self.sign(name, [self.show(one, 5 if tight else 0) for one in args]), 4
        return self.function(name, shown), 6


class Text(Printer):
    """Unicode."""

    fractions = False

    def brackets(self, x):
        return f"({x})"

    def plain(self, x):
        return x

    word = plain

    def number(self, value):
        return str(value)

    def name(self, name):
        if name in GREEK:
            return GREEK[name]
        match = re.fullmatch(r"([a-zA-Z])(\d)", name)
        return match[1] + match[2].translate(SUBSCRIPTS) if match else name

    def minus(self, x):
        return f"−{x}"

    def negated(self, x):
        return f"¬{x}"

    def power(self, base, exponent):
        if isinstance(exponent, ast.Constant) and isinstance(exponent.value, int):
            return base + str(exponent.value).translate(SUPERSCRIPTS)
        return f"{base}^{self.show(exponent, 9)}"

    def binary(self, left, op, right):
        return f"{left} {OPERATORS[type(op)][0]} {right}"

    def cases(self, condition, yes, no):
        return f"{yes} if {condition} else {no}"

    def total(self, name, what, over):
        sign = TOTALS[name][0]
        return f"{sign}({'; '.join([what, *over])})"

    def root(self, x):
        return f"√{x}" if len(x) == 1 else f"√({x})"

    def sign(self, name, args):
        return SIGNS[name][0].format(*args)

    def function(self, name, args):
        return f"{WORDS.get(name, name)}({', '.join(args)})"

    def indexed(self, x, index):
        return f"{x}[{index}]"

    def sequence(self, items):
        return f"({', '.join(items)})"


class Latex(Printer):
    """LaTeX, without packages beyond amsmath."""

    fractions = True

    def brackets(self, x):
        return rf"\left({x}\right)"

    def plain(self, x):
        return x

    def word(self, x):
        return r"\mathrm{" + x.replace("_", r"\_") + "}"

    def number(self, value):
        return str(value)

    def name(self, name):
        if name == "g":
            return r"\bar{y}"
        if name in GREEK:
            return "\\" + name.rstrip("_")
        match = re.fullmatch(r"([a-zA-Z])(\d)", name)
        if match:
            return f"{match[1]}_{{{match[2]}}}"
        return name if len(name) == 1 else self.word(name)

    def minus(self, x):
        return f"-{x}"

    def negated(self, x):
        return rf"\neg {x}"

    def power(self, base, exponent):
        return f"{base}^{{{self.show(exponent)}}}"

    def fraction(self, above, below):
        return rf"\frac{{{above}}}{{{below}}}"

    def binary(self, left, op, right):
        return f"{left} {OPERATORS[type(op)][1]} {right}"

    def cases(self, condition, yes, no):
        rows = rf"{yes} & \text{{if }} {condition} \\ {no} & \text{{else}}"
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    def total(self, name, what, over):
        sign = TOTALS[name][1]
        return sign + (f"_{{{', '.join(over)}}}" if over else "") + f" {what}"

    def root(self, x):
        return rf"\sqrt{{{x}}}"

    def sign(self, name, args):
        return SIGNS[name][1].format(*args)

    def function(self, name, args):
        known = KNOWN.get(name) or r"\operatorname{" + name.replace("_", r"\_") + "}"
        return rf"{known}\left({', '.join(args)}\right)"

    def indexed(self, x, index):
        return f"{x}_{{{index}}}"

    def sequence(self, items):
        return rf"\left({', '.join(items)}\right)"


class MathMl(Printer):
    """MathML Core."""

    fractions = True

    def brackets(self, x):
        return self._row(self.plain("("), x, self.plain(")"))

    def _row(self, *pieces):
        return f"<mrow>{''.join(pieces)}</mrow>"

    def plain(self, x):
        return f"<mo>{html.escape(x)}</mo>"

    def word(self, x):
        return f'<mi mathvariant="normal">{html.escape(x)}</mi>'

    def number(self, value):
        return f"<mn>{html.escape(str(value))}</mn>"

    def name(self, name):
        if name == "g":
            return "<mover><mi>y</mi><mo>¯</mo></mover>"
        if name in GREEK:
            return f"<mi>{GREEK[name]}</mi>"
        match = re.fullmatch(r"([a-zA-Z])(\d)", name)
        if match:
            return f"<msub><mi>{match[1]}</mi><mn>{match[2]}</mn></msub>"
        return f"<mi>{html.escape(name)}</mi>"

    def minus(self, x):
        return self._row(self.plain("−"), x)

    def negated(self, x):
        return self._row(self.plain("¬"), x)

    def power(self, base, exponent):
        return f"<msup>{self._row(base)}{self._row(self.show(exponent))}</msup>"

    def fraction(self, above, below):
        return f"<mfrac>{self._row(above)}{self._row(below)}</mfrac>"

    def binary(self, left, op, right):
        sign = "<mspace width='0.2em'/>"
        if not isinstance(op, ast.MatMult):
            sign = self.plain(OPERATORS[type(op)][0])
        return self._row(left, sign, right)

    def cases(self, condition, yes, no):
        def line(what, when):
            return f"<mtr><mtd>{what}</mtd><mtd><mtext>{when}</mtext></mtd></mtr>"

        rows = line(yes, "if&nbsp;").replace("</mtext>", f"</mtext>{condition}") + line(no, "else")
        return self._row(self.plain("{"), f"<mtable columnalign='left'>{rows}</mtable>")

    def total(self, name, what, over):
        sign = TOTALS[name][2]
        drawn = self.plain(sign)
        if over:
            drawn = f"<munder>{drawn}{self._row(self.plain(',').join(over))}</munder>"
        return self._row(drawn, what)

    def root(self, x):
        return f"<msqrt>{x}</msqrt>"

    def sign(self, name, args):
        (x,) = args
        if name in ("T", "inv"):
            above = self.plain("⊤") if name == "T" else self._row("<mo>−</mo><mn>1</mn>")
            return f"<msup>{self._row(x)}{above}</msup>"
        if name in UNSEEN:
            return x
        if name == "conj":
            return f"<mover>{x}<mo>¯</mo></mover>"
        if name == "transpose_of":
            slope = self.fraction("<mo>∂</mo><mi>y</mi>", f"<mo>∂</mo>{x}")
            return self._row(f"<msup>{self.brackets(slope)}<mo>⊤</mo></msup>", self.name("g"))
        left, right = {"abs": "||", "floor": "⌊⌋", "ceil": "⌈⌉"}[name]
        return self._row(self.plain(left), x, self.plain(right))

    def function(self, name, args):
        inside = self.plain(",").join(args)
        return self._row(self.word(WORDS.get(name, name)), self.brackets(inside))

    def indexed(self, x, index):
        return f"<msub>{self._row(x)}{self._row(index)}</msub>"

    def sequence(self, items):
        return self.brackets(self.plain(",").join(items))


TEXT, LATEX, MATHML = Text(), Latex(), MathMl()

"""Which products of variables a formula asks for: the algebra is formulaic's, the coding R's.

Sums, interactions and crossings are expanded here, with the same result: formulaic brings pandas
along, which takes longer to import than most fits take.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from models.formula.deparse import in_r
from models.formula.syntax import (
    Call,
    Name,
    Node,
    Number,
    Operation,
    Parenthesis,
    Sign,
    Text,
    Truth,
)
from models.formula.syntax_error import at

_ALGEBRA = {"+": "+", "-": "-", "*": "*", "/": "/", ":": ":", "^": "**"}


@dataclass(frozen=True)
class Terms:
    """The variables of one side and their products.

    `products` holds places in `variables`, each product sorted by first appearance, the empty one
    being the intercept. Order is R's: by the number of variables, then as written.
    """

    variables: tuple[Node, ...]
    products: tuple[tuple[int, ...], ...]

    @property
    def has_intercept(self) -> bool:
        """Whether there is a column of ones."""
        return () in self.products

    def full_coded(self, is_factor: Sequence[bool]) -> frozenset[tuple[tuple[int, ...], int]]:
        """Which factors of which products have a column for each level, by R's rule.

        A factor is coded by contrasts where the product without it is a term too. The empty product
        counts as one even without an intercept, except for the first factor there is.
        """
        terms = {(), *self.products}
        full = {
            (product, place)
            for product in self.products
            for place in product
            if tuple(one for one in product if one != place) not in terms
        }
        if not self.has_intercept:
            factors = ((one, place) for one in self.products for place in one if is_factor[place])
            full |= set(islice(factors, 1))
        return frozenset(full)


def expand(text: str, summands: Iterable[tuple[str, Node]]) -> Terms:
    """Expand `a*b`, `(a + b)^2`, `a/b` and the like into products of variables.

    Raises
    ------
    FormulaError
        At what is no term: a stray number, a comparison outside of I().
    """
    variables: dict[str, Node] = {}
    signed = tuple(summands)
    written = "".join(f" {sign} {_safe(text, node, variables)}" for sign, node in signed)
    products = _plainly(signed, {key: place for place, key in enumerate(variables)})
    if products is None:
        products = by_formulaic(f"1{written}")
    ordered = sorted(dict.fromkeys(products), key=len)
    return Terms(tuple(variables.values()), tuple(ordered))


def by_formulaic(written: str) -> list[tuple[int, ...]]:
    """Products of the variables v0, v1, ... of any formula, as formulaic expands them."""
    from formulaic import Formula

    return [
        tuple(sorted(int(factor.expr[1:]) for factor in term.factors if factor.expr != "1"))
        for term in Formula(written)
    ]


def _plainly(
    signed: Sequence[tuple[str, Node]], places: Mapping[str, int]
) -> list[tuple[int, ...]] | None:
    """Products of a sum of variables and of their interactions; None where more is asked."""
    products: list[tuple[int, ...]] = [()]
    n_numbers = 0
    for sign, node in signed:
        if isinstance(node, Number):
            n_numbers += 1
            if n_numbers == 1 and (sign == "+") != (node.value == 1.0):
                products.remove(())
            continue
        more = _crossed(node, places)
        if sign == "-" or more is None:
            return None
        products += more
    return products if n_numbers < 2 else None


def _crossed(node: Node, places: Mapping[str, int]) -> list[tuple[int, ...]] | None:
    """Products of variables joined by +, : and *."""
    if isinstance(node, Name | Call):
        return [(places[in_r(node)],)]
    if isinstance(node, Parenthesis):
        return _crossed(node.inner, places)
    if not isinstance(node, Operation) or node.operator not in {"+", ":", "*"}:
        return None
    left, right = _crossed(node.left, places), _crossed(node.right, places)
    if left is None or right is None:
        return None
    joined = [tuple(sorted({*one, *other})) for one in left for other in right]
    if node.operator == ":":
        return joined
    return [*left, *right] if node.operator == "+" else [*left, *right, *joined]


def _safe(text: str, node: Node, variables: dict[str, Node]) -> str:
    """The algebra with v0, v1, ... for the variables: nothing a person wrote is evaluated."""
    if isinstance(node, Name | Call):
        key = in_r(node)
        variables.setdefault(key, node)
        return f"v{list(variables).index(key)}"
    if isinstance(node, Number) and node.value in {0.0, 1.0}:
        return str(int(node.value))
    if isinstance(node, Parenthesis):
        return f"({_safe(text, node.inner, variables)})"
    if isinstance(node, Operation) and node.operator == "^":
        return _power(text, node, variables)
    if isinstance(node, Operation) and node.operator in _ALGEBRA:
        left = _safe(text, node.left, variables)
        return f"({left} {_ALGEBRA[node.operator]} {_safe(text, node.right, variables)})"
    if isinstance(node, Number | Text | Truth):
        raise at(text, node.start, "this is no term. Numbers other than 0 and 1 go into I(...).")
    sign = isinstance(node, Sign)
    what = f"'{getattr(node, 'operator', '')}'"
    hint = "Put it into I(...)" if not sign else "Write I(-x) for a column with its sign turned"
    raise at(text, node.start, f"{what} makes no term. {hint}.")


def _power(text: str, node: Operation, variables: dict[str, Node]) -> str:
    power = node.right
    if not isinstance(power, Number) or power.value != int(power.value) or power.value < 1:
        raise at(text, power.start, "expected a whole number behind ^, as in (a + b)^2.")
    if isinstance(node.left, Name | Call):
        # R keeps the column itself here, without a word: an unasked-for straight line.
        name = in_r(node.left)
        raise at(
            text,
            node.start,
            f"{name}^{power.text} means {name} itself. Write I({name}^{power.text}).",
        )
    return f"({_safe(text, node.left, variables)} ** {int(power.value)})"

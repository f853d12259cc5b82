"""Several specifications from the cross-products of one design: subsets of its columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.design import Design
from models.linear.fit import fit_products, products_of_terms
from models.linear.layout import Layout
from models.linear.linear_fit import LinearFit
from models.linear.products import Products
from models.panel import Floats, within_between
from models.random_terms import RandomTerm
from models.results import Part
from models.screen import Column

_LEVEL = "(Intercept)"
_NOTHING = 1e-7
"""Share of a column's spread below which what others leave of it is rounding."""


@dataclass(frozen=True, eq=False)
class SharedProducts:
    """The sums over rows of a wide design, from which narrower models are fitted.

    `columns` are those of `products`' fixed effects. With `level` None, the layout cannot be cut
    (sites have own levels): each model then sums its own rows.
    """

    score: Floats
    columns: tuple[Column, ...]
    trend: tuple[RandomTerm, ...]
    level: tuple[RandomTerm, ...]
    products: Products
    layout: Layout

    @classmethod
    def of(
        cls, score: Floats, columns: Sequence[Column], design: Design, trend: Sequence[RandomTerm]
    ) -> "SharedProducts":
        """Sum the rows once, for the widest model.

        Parameters
        ----------
        score, columns
            Outcome (n,) and every column that some specification has.
        design
            Whose participants, and sites where it has any, the rows are of.
        trend
            Own levels and trends of participants, or own levels where there is no room for more.
        """
        site = site_terms(design)
        level = (level_term(design), *site)
        own = (*trend, *site)
        matrix = np.column_stack([column.values for column in columns])
        products, layout = products_of_terms(score, matrix, own)
        return cls(score, tuple(columns), own, level, products, layout)

    def fit(self, columns: Sequence[Column], *, has_trend: bool) -> LinearFit:
        """Fit a model with some of the columns, with own trends or without.

        Raises
        ------
        NoNumberError
            As `models.linear.fit.fit_linear`.
        """
        names = [column.term for column in columns]
        if self.layout.is_nested or self.layout.is_crossed:
            random = self.trend if has_trend else self.level
            matrix = np.column_stack([column.values for column in columns])
            products, layout = products_of_terms(self.score, matrix, random)
            return fit_products(products, names, layout)
        terms = [column.term for column in self.columns]
        places = [terms.index(name) for name in names]
        products = with_columns(self.products, places)
        if has_trend or len(self.layout.columns) == 1:
            return fit_products(products, names, self.layout)
        return fit_products(levels_only(products), names, levels_layout(self.layout))


def level_term(design: Design) -> RandomTerm:
    """Own levels of participants."""
    return RandomTerm("participant", (_LEVEL,), np.ones((len(design.codes), 1)), design.codes)


def site_terms(design: Design) -> tuple[RandomTerm, ...]:
    """Own levels of sites, where the design has any."""
    if design.sites is None:
        return ()
    ones = np.ones((len(design.sites), 1))
    return (RandomTerm("site", (_LEVEL,), ones, design.sites),)


def with_columns(products: Products, places: Sequence[int]) -> Products:
    """The sums of a model with some of the fixed effects' columns; the outcome stays.

    `places` begin with the column of ones, which the others may have been centred by.
    """
    kept = [*places, products.n_fixed]
    units = products.column_units
    return replace(
        products,
        n_fixed=len(places),
        B=products.B[:, :, kept],
        C=products.C[np.ix_(kept, kept)],
        column_units=units[np.ix_(kept, kept)],
    )


def levels_only(products: Products) -> Products:
    """The sums of a model in which participants have own levels, from one with trends as well."""
    return replace(
        products,
        A=products.A[:, :1, :1],
        B=products.B[:, :1, :],
        z_units=products.z_units[:1, :1],
        inner_units=products.inner_units[:1, :1],
    )


def levels_layout(layout: Layout) -> Layout:
    """The layout without the trends; own levels stand first in it."""
    block = replace(layout.blocks[0], names=layout.blocks[0].names[:1], columns=(0,))
    return replace(layout, columns=layout.columns[:1], blocks=(block,))


def use_columns(sessions: Floats, design: Design) -> tuple[Column, ...]:
    """Sessions in the window, within and between, less what the design says already.

    Parameters
    ----------
    sessions
        Sessions begun in each analysed row's window (n,), none missing.
    """
    found: list[Column] = []
    kept = [column.values for column in design.columns]
    for part, values in zip(
        ("within", "between"), within_between(sessions, design.codes), strict=True
    ):
        spread = values.std()
        if not spread > 0:
            continue
        matrix = np.column_stack(kept)
        rest = values - matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]
        if rest.std() < _NOTHING * spread:
            continue
        kept.append(values)
        label = f"Sessions in the window, {part}"
        kind: Part = "within" if part == "within" else "between"
        found.append(Column(f"{part}:sessions in the window", label, kind, None, values))
    return tuple(found)

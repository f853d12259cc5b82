"""A table's sums, by the queries of `queries/sums/`: all that the likelihood needs of its rows."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from sqlglot import exp

from etl.sums.engine import Engine
from etl.sums.model_table import TABLE, ModelTable
from models.formula.deparse import in_r
from models.formula.matrices import INTERCEPT
from models.formula.variables import Factor
from models.linear.nested import Cells
from models.linear.pattern_sums import PatternSums
from models.linear.patterns import pays_off, places_among, symmetric
from models.linear.products import Products
from models.linear.standardise import shift_and_scale, units_about
from models.panel import Codes, Floats
from models.table.code import one_line
from models.table.request import Request, check_columns
from models.table.rows import ColumnError, DroppedRows, check_text
from models.table.statistics import FactorLevels, Statistics
from models.table.streaming import can_stream
from models.table.sums import Model, Outline, TableSums
from queries import sqlfile
from queries.repeated import repeated
from study.errors import UserError

SAMPLE_ROWS = 10_000
KEPT = "cross_products"
NESTED = "nested_products"


def gather(
    engine: Engine, asked: Request, file: str, *, by_participant: bool = False
) -> tuple[Statistics, Model]:
    """Sum up the rows of `model_table`, which the engine knows already.

    Parameters
    ----------
    by_participant
        Keep each participant's sums apart, even where patterns would say as much.

    Raises
    ------
    UserError
        If the formula and the columns do not go together, or sums cannot answer what is asked.
    """
    _refuse(asked)
    types = engine.types(TABLE)
    check_columns(asked.formula, types.names(), file)
    table = ModelTable(engine, asked, types)
    check_text(table.sample(SAMPLE_ROWS), asked)
    table.define()
    n_read, dropped = _missing(table)
    model = Model.of(asked, types, table.levels_of)
    table.define_values(model)
    told = _described(model, file)
    units = _Units.of(engine, model.outline)
    if units is None:
        none = dict.fromkeys(model.outline.groups, 0)
        return told(sums=TableSums(None, 0, n_read, dropped, none)), model
    table.define_numbers(units.of_z, units.of_x)
    found = _Sums.of(engine, model.outline, units)
    n_levels, is_nested = found.groups()
    products, labels, upper = found.products(by_participant=by_participant)
    statistics = told(
        inner=model.outline.groups[found.inner - 1],
        sums=TableSums(products, products.n_rows, n_read, dropped, n_levels, is_nested),
        labels=_texts(labels),
        upper=_texts(upper),
    )
    return statistics, model


def _described(model: Model, source: str) -> "partial[Statistics]":
    """What is known of statistics before there are any."""
    outline = model.outline
    return partial(
        Statistics,
        source=source,
        formula=one_line(model.asked),
        names=outline.names,
        empty=outline.empty,
        bars=outline.bars,
        factors=tuple(
            FactorLevels(one.label, one.levels, one.is_treatment)
            for one in model.design.variables
            if isinstance(one, Factor)
        ),
        inner=outline.groups[0],
    )


def _texts(labels: pl.Series | None) -> tuple[str, ...] | None:
    return None if labels is None else tuple(labels.cast(pl.String).to_list())


def _refuse(asked: Request) -> None:
    """Refuse what cannot be had of sums.

    Raises
    ------
    UserError
        Naming the option or the function, and the engine that has the rows.
    """
    if not asked.is_linear:
        raise UserError(
            f"--family {asked.family}: only gaussian models are fitted from sums of rows. Leave "
            "--engine out: polars reads the rows."
        )
    if asked.df == "kr":
        raise UserError(
            "--df kr: Kenward and Roger's degrees of freedom need the rows. Use satterthwaite, or "
            "leave --engine out."
        )
    if not can_stream(asked):
        raise UserError(
            "formula: center(), scale(), poly() and bs() need the rows. Compute such a column "
            "beforehand, or leave --engine out."
        )


def _missing(table: ModelTable) -> tuple[int, tuple[DroppedRows, ...]]:
    query = repeated(sqlfile.load("sums/missing_values.sql"), {"m": len(table.columns)})
    row = table.engine.fetch(query).row(0, named=True)
    counts = {name: int(row[f"n_missing_{i}"]) for i, name in enumerate(table.columns)}
    dropped = tuple(DroppedRows(name, n) for name, n in counts.items() if n)
    return int(row["n_rows"]), dropped


@dataclass(frozen=True, eq=False)
class _Units:
    """Units of the columns of Z and of [X y], with the column of ones in each."""

    z: Floats
    x: Floats
    z_constant: int | None
    x_constant: int | None

    @property
    def of_z(self) -> tuple[Floats, Floats]:
        return shift_and_scale(self.z, self.z_constant)

    @property
    def of_x(self) -> tuple[Floats, Floats]:
        return shift_and_scale(self.x, self.x_constant)

    @classmethod
    def of(cls, engine: Engine, outline: Outline) -> "_Units | None":
        """From the moments of each column; None if there is no row.

        Raises
        ------
        ColumnError
            Naming a column that could not be computed in all rows.
        """
        q, width = len(outline.effects), len(outline.names) + 1
        query = repeated(sqlfile.load("sums/column_moments.sql"), {"v": q + width})
        row = engine.fetch(query).row(0, named=True)
        if not row["n_rows"]:
            return None
        outcome = f"the outcome {in_r(outline.asked.formula.response)}"
        for place, name in enumerate((*outline.effects, *outline.names, outcome)):
            _require_all(row, place, name)
        low, high, mean, spread = (
            np.array([row[f"{kind}_{place}"] for place in range(q + width)], dtype=np.float64)
            for kind in ("low", "high", "mean", "spread")
        )
        spread[low == high] = 0.0
        z_constant = _place(outline.effects)
        x_constant = _place(outline.names)
        layout = outline.layout(dict.fromkeys(outline.groups, 1), is_nested=False)
        is_shifted = np.array(
            [one and z_constant is not None for one in layout.is_shiftable]
            + [x_constant is not None] * width
        )
        spread = np.where(is_shifted, spread, np.hypot(mean, spread))
        mean = np.where(is_shifted, mean, 0.0)
        return cls(
            units_about(mean[:q], spread[:q], low[:q], z_constant),
            units_about(mean[q:], spread[q:], low[q:], x_constant),
            z_constant,
            x_constant,
        )


def _place(names: tuple[str, ...]) -> int | None:
    return names.index(INTERCEPT) if INTERCEPT in names else None


def _require_all(row: dict[str, int], place: int, name: str) -> None:
    n_rows = row["n_rows"]
    n_bad = n_rows - row[f"n_inside_{place}"]
    if not n_bad:
        return
    rows = "1 row" if n_bad == 1 else f"{n_bad:,} rows"
    raise ColumnError(
        f"{name} cannot be computed in {rows}, or is too large to be squared. The logarithm of 0 "
        "or less does not exist: log1p(x) takes 0, or leave those rows out. (Without --engine the "
        "message names the first such row.)"
    )


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums per participant, kept in the engine, and what is asked of them."""

    engine: Engine
    outline: Outline
    units: _Units
    counts: dict[str, int]

    @classmethod
    def of(cls, engine: Engine, outline: Outline, units: _Units) -> "_Sums":
        sizes = {"z": len(outline.effects), "x": len(outline.names) + 1}
        engine.keep(KEPT, repeated(sqlfile.load("sums/cross_products.sql"), sizes))
        counts = engine.fetch(repeated(sqlfile.load("sums/group_counts.sql"), {}))
        return cls(engine, outline, units, counts.row(0, named=True))

    @property
    def q(self) -> int:
        return len(self.outline.effects)

    @property
    def width(self) -> int:
        return len(self.outline.names) + 1

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers Z'Z and Z'[X y] have."""
        return {"a": self.q * (self.q + 1) // 2, "b": self.q * self.width}

    def groups(self) -> tuple[dict[str, int], bool]:
        """Levels of each grouping factor, and whether one lies within another.

        Raises
        ------
        UserError
            If there are more than two, or they cross.
        """
        groups, counts = self.outline.groups, self.counts
        levels = [int(counts["n_1"]), int(counts["n_2"])][: len(groups)]
        if len(groups) > 2 or (len(groups) == 2 and int(counts["n_pairs"]) != max(levels)):
            raise UserError(
                f"formula: {', '.join(groups)} cross, or are more than two. Sums of rows are kept "
                "for one grouping factor, or for one within another. Leave --engine out: polars "
                "reads the rows."
            )
        return dict(zip(groups, levels, strict=True)), len(groups) == 2

    @property
    def inner(self) -> int:
        """Which factor is eliminated first, 1 or 2: the one with more levels."""
        is_second = len(self.outline.groups) == 2 and self.counts["n_2"] > self.counts["n_1"]
        return 2 if is_second else 1

    def products(
        self, *, by_participant: bool
    ) -> tuple[Products | PatternSums, pl.Series | None, pl.Series | None]:
        """Sums of patterns where these are few, else of participants; with labels of levels."""
        if by_participant or not self._pays_off():
            return self._of_participants()
        found, upper = self._of_patterns()
        return found, None, upper

    def _pays_off(self) -> bool:
        query = repeated(sqlfile.load("sums/pattern_counts.sql"), self.sizes)
        n_patterns = int(self.engine.fetch(query)["n_patterns"][0])
        return pays_off(n_patterns, self.q, int(self.counts["n_pairs"]), self.width)

    def _column_products(self) -> Floats:
        """C of the documentation: [X y]'[X y] (width, width)."""
        query = repeated(sqlfile.load("sums/column_products.sql"), {"x": self.width})
        row = self.engine.fetch(query).row(0, named=True)
        entries = [row[f"c_{i}"] for i in range(self.width * (self.width + 1) // 2)]
        found: Floats = symmetric(np.array([entries]), self.width)[0]
        return found

    def _of_participants(self) -> tuple[Products, pl.Series, pl.Series | None]:
        frame = self.engine.fetch(exp.select("*").from_(KEPT)).sort(f"group_{self.inner}")
        n = frame.height
        upper, parents = None, None
        if len(self.outline.groups) == 2:
            upper, parents = _numbered(frame[f"group_{3 - self.inner}"])
        a, b = _columns(frame, "a"), _columns(frame, "b")
        found = Products(
            group_rows=frame["n_rows"].cast(pl.Int64).to_numpy(),
            n_fixed=self.width - 1,
            A=symmetric(a, self.q),
            B=np.ascontiguousarray(b).reshape(n, self.q, self.width),
            C=self._column_products(),
            z_units=self.units.z,
            inner_units=self.units.z,
            column_units=self.units.x,
            parents=parents,
        )
        return found, frame[f"group_{self.inner}"], upper

    def _of_patterns(self) -> tuple[PatternSums, pl.Series | None]:
        query = repeated(sqlfile.load("sums/pattern_sums.sql"), self.sizes)
        frame = self.engine.fetch(query)
        frame = frame.sort([name for name in frame.columns if name.startswith("a_")])
        crossed = symmetric(_columns(frame, "a"), self.q)
        cells, upper = self._cells(crossed) if len(self.outline.groups) == 2 else (None, None)
        found = PatternSums(
            n_rows=int(frame["n_rows"].sum()),
            n_fixed=self.width - 1,
            A=crossed,
            members=frame["n_groups"].cast(pl.Int64).to_numpy(),
            G=symmetric(_columns(frame, "g"), self.q * self.width),
            C=self._column_products(),
            z_units=self.units.z,
            column_units=self.units.x,
            cells=cells,
        )
        return found, upper

    def _cells(self, crossed: Floats) -> tuple[Cells, pl.Series]:
        level = exp.alias_(exp.column(f"group_{3 - self.inner}"), "upper_level")
        self.engine.define(NESTED, exp.select("*", level).from_(KEPT))
        query = repeated(sqlfile.load("sums/cell_sums.sql"), self.sizes)
        frame = self.engine.fetch(query)
        upper, levels = _numbered(frame["upper_level"])
        own = symmetric(_columns(frame, "a"), self.q)
        cells = Cells(
            levels=levels,
            patterns=places_among(crossed, own),
            n_groups=frame["n_groups"].cast(pl.Int64).to_numpy(),
            B=np.ascontiguousarray(_columns(frame, "b")).reshape(-1, self.q, self.width),
            n_levels=len(upper),
        )
        return cells, upper


def _columns(frame: pl.DataFrame, kind: str) -> Floats:
    """Columns kind_0, kind_1, ... (n, k)."""
    n = sum(name.startswith(f"{kind}_") for name in frame.columns)
    names = [f"{kind}_{place}" for place in range(n)]
    return np.asarray(frame.select(names).to_numpy(), dtype=np.float64)


def _numbered(labels: pl.Series) -> tuple[pl.Series, Codes]:
    """The distinct labels in order, and the place of each among them."""
    codes = labels.rank("dense").cast(pl.Int64).to_numpy() - 1
    return labels.unique().sort(), codes

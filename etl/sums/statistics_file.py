"""Statistics of a table as a Parquet file that another machine can fit a model from.

One row a pattern of Z'Z (`pattern`), a pattern in a site (`cell`) or a participant (`participant`);
what belongs to all of them lies in the file's metadata, under `rapport_statistics`, as JSON.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.linear.nested import Cells
from models.linear.pattern_sums import PatternSums
from models.linear.patterns import places_among, symmetric
from models.linear.products import Products
from models.panel import Floats
from models.table.rows import DroppedRows
from models.table.statistics import FactorLevels, Statistics
from models.table.sums import TableSums
from study.errors import UserError

KEY = b"rapport_statistics"
FORM = 1
SMALL = 5
"""Sums over fewer participants than this are not shared unless that is asked for."""
_SCHEMA = pa.schema(
    {
        "kind": pa.string(),
        "participant": pa.string(),
        "upper": pa.string(),
        "n_participants": pa.int64(),
        "n_rows": pa.int64(),
        "a": pa.list_(pa.float64()),
        "b": pa.list_(pa.float64()),
        "g": pa.list_(pa.float64()),
    }
)


def write(path: Path, one: Statistics, *, may_be_small: bool) -> None:
    """Write statistics to a file.

    Raises
    ------
    UserError
        If some sums are of fewer than `SMALL` participants and `may_be_small` is False, or if there
        is nothing to share.
    """
    if one.sums.products is None:
        raise UserError(f"{one.source}: no row has a value in every column of the formula.")
    if not path.absolute().parent.is_dir():
        raise UserError(f"{path}: there is no such folder to write to.")
    small = one.member_counts[one.member_counts < SMALL]
    if len(small) and not may_be_small:
        raise UserError(
            f"{one.source}: {len(small):,} of {len(one.member_counts):,} sums would be of fewer "
            f"than {SMALL} participants ({int(small.sum()):,} participants in all): whoever gets "
            "the file could tell something of each. Nothing was written. Take whole weeks for "
            "time, leave a site's own level out, or, if those who get the file may know it, add "
            "--share-small-groups."
        )
    rows = list(_rows(one))
    table = pa.Table.from_pylist(rows, schema=_SCHEMA)
    table = table.replace_schema_metadata({KEY: json.dumps(_about(one)).encode()})
    pq.write_table(table, path, compression="zstd")


def _rows(one: Statistics) -> Iterator[dict[str, Any]]:
    products = one.sums.products
    if isinstance(products, Products):
        for place, label in enumerate(one.labels or ()):
            yield {
                "kind": "participant",
                "participant": label,
                "upper": _upper(one, products.parents, place),
                "n_participants": 1,
                "n_rows": int(products.group_rows[place]),
                "a": _lower(products.A[place]),
                "b": products.B[place].ravel().tolist(),
            }
        return
    assert products is not None
    for place in range(len(products.A)):
        yield {
            "kind": "pattern",
            "n_participants": int(products.members[place]),
            "a": _lower(products.A[place]),
            "g": _lower(products.G[place]),
        }
    cells = products.cells
    for place in range(0 if cells is None else len(cells.levels)):
        assert cells is not None
        yield {
            "kind": "cell",
            "upper": _upper(one, cells.levels, place),
            "n_participants": int(cells.n_groups[place]),
            "a": _lower(products.A[cells.patterns[place]]),
            "b": cells.B[place].ravel().tolist(),
        }


def _upper(one: Statistics, codes: Any, place: int) -> str | None:
    return None if one.upper is None or codes is None else one.upper[int(codes[place])]


def _lower(matrix: Floats) -> list[float]:
    rows, columns = np.tril_indices(len(matrix))
    found: list[float] = matrix[rows, columns].tolist()
    return found


def _about(one: Statistics) -> dict[str, Any]:
    products = one.sums.products
    assert products is not None
    return {
        "form": FORM,
        "formula": one.formula,
        "names": one.names,
        "empty": one.empty,
        "bars": one.bars,
        "factors": [[f.label, f.levels, f.is_treatment] for f in one.factors],
        "inner": one.inner,
        "n_rows": one.sums.n_rows,
        "n_rows_read": one.sums.n_rows_read,
        "dropped": [[d.column, d.n_rows] for d in one.sums.dropped],
        "n_levels": dict(one.sums.n_levels),
        "is_nested": one.sums.is_nested,
        "upper": one.upper,
        "z_units": products.z_units.tolist(),
        "column_units": products.column_units.tolist(),
        "c": _lower(products.C),
    }


def read(path: Path) -> Statistics:
    """Read statistics from a file.

    Raises
    ------
    UserError
        If there is no such file, or it is not one of `write`.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file.")
    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise UserError(f"{path.name}: this is no Parquet file.") from error
    about = (table.schema.metadata or {}).get(KEY)
    if about is None:
        raise UserError(
            f"{path.name}: holds no statistics. Expected a file of rapport fit --share-statistics."
        )
    told = json.loads(about)
    if told["form"] != FORM:
        raise UserError(
            f"{path.name}: was written in form {told['form']}; this program reads form {FORM}. "
            "Write it anew with this version."
        )
    return _statistics(path.name, told, table.to_pylist())


def _statistics(source: str, told: dict[str, Any], rows: list[dict[str, Any]]) -> Statistics:
    upper = None if told["upper"] is None else tuple(told["upper"])
    participants = [row for row in rows if row["kind"] == "participant"]
    products: Products | PatternSums
    if participants:
        products = _products(told, participants, upper)
    else:
        products = _pattern_sums(told, rows, upper)
    return Statistics(
        source=source,
        formula=told["formula"],
        names=tuple(told["names"]),
        empty=tuple(told["empty"]),
        bars=tuple((group, tuple(names), joint) for group, names, joint in told["bars"]),
        factors=tuple(FactorLevels(a, tuple(b), c) for a, b, c in told["factors"]),
        inner=told["inner"],
        sums=TableSums(
            products,
            told["n_rows"],
            told["n_rows_read"],
            tuple(DroppedRows(column, n) for column, n in told["dropped"]),
            told["n_levels"],
            told["is_nested"],
        ),
        labels=tuple(row["participant"] for row in participants) or None,
        upper=upper,
    )


def _products(
    told: dict[str, Any], rows: list[dict[str, Any]], upper: tuple[str, ...] | None
) -> Products:
    z, x = np.array(told["z_units"]), np.array(told["column_units"])
    parents = None
    if upper is not None:
        place = {label: at for at, label in enumerate(upper)}
        parents = np.array([place[row["upper"]] for row in rows])
    return Products(
        group_rows=np.array([row["n_rows"] for row in rows]),
        n_fixed=len(told["names"]),
        A=_matrices(rows, "a", len(z)),
        B=np.array([row["b"] for row in rows]).reshape(-1, len(z), len(x)),
        C=symmetric(np.array([told["c"]]), len(x))[0],
        z_units=z,
        inner_units=z,
        column_units=x,
        parents=parents,
    )


def _pattern_sums(
    told: dict[str, Any], rows: list[dict[str, Any]], upper: tuple[str, ...] | None
) -> PatternSums:
    z, x = np.array(told["z_units"]), np.array(told["column_units"])
    q, width = len(z), len(x)
    own = [row for row in rows if row["kind"] == "pattern"]
    crossed = _matrices(own, "a", q)
    cells = None
    if upper is not None:
        in_site = [row for row in rows if row["kind"] == "cell"]
        place = {label: at for at, label in enumerate(upper)}
        cells = Cells(
            levels=np.array([place[row["upper"]] for row in in_site]),
            patterns=places_among(crossed, _matrices(in_site, "a", q)),
            n_groups=np.array([row["n_participants"] for row in in_site]),
            B=np.array([row["b"] for row in in_site]).reshape(-1, q, width),
            n_levels=len(upper),
        )
    return PatternSums(
        n_rows=told["n_rows"],
        n_fixed=len(told["names"]),
        A=crossed,
        members=np.array([row["n_participants"] for row in own]),
        G=_matrices(own, "g", q * width),
        C=symmetric(np.array([told["c"]]), width)[0],
        z_units=z,
        column_units=x,
        cells=cells,
    )


def _matrices(rows: list[dict[str, Any]], kind: str, size: int) -> Floats:
    return symmetric(np.array([row[kind] for row in rows]), size)

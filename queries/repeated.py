"""Queries over any number of columns: what a file writes once is done for every column of a kind.

The files of `queries/sums/` run as they stand on tables with one column of each kind: `sum(z_i *
x_j) as b_i`. For a model with more columns, each output is repeated: over all columns of the kind
where it names one (`x_i`), over all pairs where it names two of different kinds (`z_i * x_j`, i
before j), and over unordered pairs where they are of one kind (`x_i * x_j`: lower triangle by
rows). Outputs are numbered from 0 under the name that the file gives them.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from sqlglot import exp, parse_one

from queries.sqlfile import Query

_PLACE = re.compile(r"([a-z])_([ij])\Z")


def repeated(query: Query, sizes: Mapping[str, int]) -> exp.Select:
    """The select of a query for `sizes` columns of each kind, such as {"z": 2, "x": 12}."""
    tree = _select(parse_one(query.sql, read="duckdb"))
    known = dict(sizes)
    selects = [*(_select(cte.this) for cte in tree.find_all(exp.CTE)), tree]
    for select in selects:
        made = [(one, tuple(_copies(one, known))) for one in select.expressions]
        select.set("expressions", [copy for _, copies in made for copy in copies])
        if group := select.args.get("group"):
            grouped = [copy for one in group.expressions for copy in _copies(one, known)]
            group.set("expressions", grouped)
        known |= {
            match[1]: len(copies)
            for one, copies in made
            if (match := _PLACE.match(one.alias_or_name)) is not None
        }
    return tree


def _select(tree: object) -> exp.Select:
    if not isinstance(tree, exp.Select):
        raise TypeError(f"not a plain select: {type(tree).__name__}")
    return tree


def _copies(output: exp.Expression, sizes: Mapping[str, int]) -> Iterator[exp.Expression]:
    """An output once for each choice of columns."""
    places = _places(output)
    if not places:
        yield output
        return
    choices = [
        choice
        for choice in product(*(range(sizes[kind]) for kind, _ in places))
        if len({kind for kind, _ in places}) == len(places) or choice[1] <= choice[0]
    ]
    for number, choice in enumerate(choices):
        copy = output.copy()
        of = dict(zip(places, choice, strict=True))
        for column in copy.find_all(exp.Column):
            if match := _PLACE.match(column.name):
                column.set("this", exp.to_identifier(f"{match[1]}_{of[match[1], match[2]]}"))
        if isinstance(copy, exp.Alias):
            stem = output.alias.removesuffix("_i")
            copy.set("alias", exp.to_identifier(f"{stem}_{number}"))
        yield copy


def _places(output: exp.Expression) -> list[tuple[str, str]]:
    """The kinds of columns that an output names, with their letters: i, then j."""
    found = {
        (match[1], match[2])
        for column in output.find_all(exp.Column)
        if (match := _PLACE.match(column.name)) is not None
    }
    return sorted(found, key=lambda place: place[1])

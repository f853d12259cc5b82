"""What an analysis is: an id, what it reads from a mart, and what computes its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import duckdb

from access.viewer import Viewer
from models.analyses import Inputs, Tell
from study.definition import Study

R = TypeVar("R")


@dataclass(frozen=True)
class Analysis(Generic[R]):
    """An analysis that is computed with the models and kept beside them.

    Parameters
    ----------
    id
        Name of its file; pages read it with `models.analyses.saved(results, id, kind)`.
    label
        What it answers, for the line that tells how far a fit is.
    version
        Raised when what `read` asks for changes its meaning. Code of `models/` needs no version:
        its own fingerprint is part of the inputs' hash.
    kind
        The frozen dataclass that `compute` returns, of plain values that JSON can hold: no NaN, no
        infinity, None for what does not exist.
    read
        `read(study, con, viewer)`: its inputs, through `queries/`. May raise `NotEstimableError`.
    compute
        `compute(inputs, tell)`: the result, from `models/`. Raises `NoNumberError` where the data
        hold no answer; that is kept as 'not estimable' with its sentence. Any other exception is a
        fault.
    """

    id: str
    label: str
    version: int
    kind: type[R]
    read: Callable[[Study, duckdb.DuckDBPyConnection, Viewer], Inputs]
    compute: Callable[[Inputs, Tell], R]

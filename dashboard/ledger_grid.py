"""From ledger lines to the rows and cells of a grid: between the read and the figure."""

import polars as pl

WORDS = {
    "done": "done",
    "late": "done late",
    "partly": "partly done",
    "missed": "missed",
    "open": "still open",
    "excused": "excused",
    "nothing_due": "nothing due",
}
RUNNING = "…"
BY_SHARE = "share"
# A browser draws so many rows at ease, and nobody reads more.
MOST_PARTICIPANTS = 300


def first(people: pl.DataFrame, order: str | None) -> list[str]:
    """Ids of those who get a line: the first of the order, of `queries.adherence.grid_people`."""
    return _in_order(people, order).head(MOST_PARTICIPANTS)["participant_id"].to_list()


def session_cells(
    frame: pl.DataFrame, order: str | None, people: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One cell per participant and study week, with what it says and its row.

    Parameters
    ----------
    frame
        As `queries.adherence.session_weeks` returns. Not modified.
    order
        'share' puts the smallest share of sessions done first; anything else goes by site, then
        enrolment.
    people
        As `queries.adherence.grid_people` returns, where `frame` is of some of them only.

    Returns
    -------
    pl.DataFrame
        The same rows with `position` (the study week), `text` (written into the cell; mostly
        empty), `words`, `detail`, and the columns of `_rows`.
    """
    running = pl.when("is_running_week")
    count = pl.when(pl.col("status") == "partly").then(pl.format("{}/{}", "n_done", "n_due"))
    cells = frame.with_columns(
        position=pl.col("study_week").cast(pl.Int64),
        text=count.otherwise(pl.lit("")) + running.then(pl.lit(RUNNING)).otherwise(pl.lit("")),
        words=pl.col("status").replace_strict(WORDS, return_dtype=pl.String)
        + running.then(pl.lit(", week still runs")).otherwise(pl.lit("")),
        detail=pl.format("{} of {} done, {} sessions of use", "n_done", "n_due", "n_sessions"),
    )
    closed = pl.col("n_due").sum() - pl.col("n_open").sum()
    share = pl.when(closed > 0).then(pl.col("n_done").sum() / closed)
    return _rows(cells, order, share, people)


def survey_cells(
    frame: pl.DataFrame, order: str | None, people: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One cell per participant and scheduled survey, with what it says and its row.

    Parameters
    ----------
    frame
        As `queries.adherence.surveys` returns. Not modified.
    order, people
        As for `session_cells`; the share is of the surveys filled in.
    """
    filled_in = pl.col("status").is_in(["done", "late"])
    closed = pl.col("status").is_in(["done", "late", "missed"]).sum()
    cells = frame.with_columns(
        position=pl.col("survey_position"),
        text=pl.lit(""),
        words=pl.col("status").replace_strict(WORDS, return_dtype=pl.String),
        detail=pl.col("survey_label"),
    )
    return _rows(cells, order, pl.when(closed > 0).then(filled_in.sum() / closed), people)


def usage_cells(frame: pl.DataFrame, people: pl.DataFrame | None = None) -> pl.DataFrame:
    """One cell per participant and study week with the number of sessions of use.

    Parameters
    ----------
    frame
        As `queries.adherence.session_weeks` returns. Not modified.
    """
    running = pl.when("is_running_week").then(pl.lit(RUNNING)).otherwise(pl.lit(""))
    cells = frame.with_columns(
        position=pl.col("study_week").cast(pl.Int64),
        text=pl.col("n_sessions").cast(pl.String) + running,
    )
    return _rows(cells, None, pl.lit(None, dtype=pl.Float64), people)


def _in_order(people: pl.DataFrame, order: str | None) -> pl.DataFrame:
    if order == BY_SHARE:
        return people.sort("share_done", "participant_id", nulls_last=True)
    by = ("site_position", "site_label", "enrolled_date", "participant_id")
    return people.sort(*by, nulls_last=True)


def _rows(
    cells: pl.DataFrame, order: str | None, share: pl.Expr, people: pl.DataFrame | None
) -> pl.DataFrame:
    """Cells with `row`, `heading`, `heading_row` and `n_people`, the first participants only.

    Rows count from 0 at the top. By site, the row above each site's first is left free for its
    heading; by share there is no heading. `n_people` is how many participants there are, in rows or
    not.
    """
    if people is None:
        people = cells.group_by("participant_id").agg(
            pl.col("site_position", "site_label", "enrolled_date").first(), share_done=share
        )
    people = _in_order(people, order)
    site = ["site_position", "site_label"]
    if order == BY_SHARE:
        shift, heading = pl.lit(0), pl.lit(None, pl.String)
    else:
        shift = pl.struct(site).rank("dense")
        heading = pl.format("{} · {}", "site_label", pl.len().over(site))
    row = (pl.int_range(pl.len()) + shift).cast(pl.Int64)
    placed = people.with_columns(row=row, heading=heading, n_people=pl.len()).with_columns(
        heading_row=pl.when(pl.col("heading").is_not_null()).then(
            pl.col("row").min().over(site) - 1
        )
    )
    shown = placed.head(MOST_PARTICIPANTS).select(
        "participant_id", "row", "share_done", "heading", "heading_row", "n_people"
    )
    return cells.join(shown, on="participant_id").sort("row", "position")

"""`rapport reliability`: how reliable the scales of a study are, as text or as JSON."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl
from rich import box
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from access.viewer import local_viewer
from etl.console import console
from etl.version import rapport_version
from models.measurement.scale_report import ReliabilityRow, ScaleReport, instrument_reports
from queries.filters import Filters
from queries.item_answers import item_answers
from study.definition import Study
from study.errors import UserError
from study.scoring import items_of
from study.scoring_key import Instrument
from warehouse.reader import MartReader
from warehouse.workspace import Workspace

FOUND, NO_NUMBER = 0, 1
WEEK, FILLING_IN = "survey of week", "filling-in"


@dataclass(frozen=True)
class ReportedScale:
    """A scale's report with what it rests on.

    `occasions` are study weeks of surveys or numbers of filling-ins, as `occasion_is` says;
    `n_left_out` counts filling-ins that satisfy no scheduled survey.
    """

    instrument: str
    label: str
    n_participants: int
    n_filling_ins: int
    n_left_out: int
    occasion_is: str
    occasions: tuple[int, ...]
    report: ScaleReport


def run(
    study: Study,
    workspace: Workspace,
    *,
    instrument_id: str | None = None,
    scale_id: str | None = None,
    is_pairwise: bool = False,
    is_own: bool = False,
    as_json: bool = False,
) -> int:
    """Compute, write to standard output and give the exit code: 0, or 1 without any number.

    Raises
    ------
    UserError
        If there is no build, or no such instrument or scale.
    """
    con = MartReader(workspace).cursor()
    scales: list[ReportedScale] = []
    for instrument in _instruments(study, instrument_id, scale_id):
        answers = _answers(con, instrument)
        scales += reported(
            instrument, answers, scale_id=scale_id, is_pairwise=is_pairwise, is_own=is_own
        )
    if as_json:
        found = {"scales": [to_dict(one) for one in scales], "version": rapport_version()}
        # Not through rich, which would break long lines.
        console().file.write(
            json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        )
    else:
        out = console()
        for one in scales:
            for part in parts(one):
                out.print(part)
    has_number = any(row.value is not None for one in scales for row in one.report.rows)
    return FOUND if has_number else NO_NUMBER


def reported(
    instrument: Instrument,
    answers: pl.DataFrame,
    *,
    scale_id: str | None = None,
    is_pairwise: bool = False,
    is_own: bool = False,
) -> list[ReportedScale]:
    """A report per scale, or of one.

    Parameters
    ----------
    answers
        As `queries.item_answers` gives them.
    is_own
        Whether occasions are each participant's own. If not, an occasion of a scheduled instrument
        is the survey of a week, and filling-ins that satisfy none are left out.
    """
    kept = instrument if scale_id is None else _only(instrument, scale_id)
    is_by_week = instrument.schedule is not None and not is_own
    occasion = "survey_week" if is_by_week else "occasion_number"
    placed = answers.with_columns(pl.col(occasion).alias("occasion"))
    used = placed.drop_nulls("occasion")
    reports = instrument_reports(
        kept, used, missing="pairwise" if is_pairwise else "complete", same_occasions=not is_own
    )
    labels = {scale.id: scale.label for scale in kept.scales}
    found = []
    for report in reports:
        if scale_id not in (None, report.scale):
            continue
        items = items_of(kept, kept.scale(report.scale))
        own = placed.filter(pl.col("item_id").is_in(items)).drop_nulls("keyed_value")
        forms = own.select("participant_id", "occasion_number", "occasion").unique()
        counted = forms.drop_nulls("occasion")
        found.append(
            ReportedScale(
                instrument=instrument.id,
                label=f"{instrument.label}: {labels[report.scale]}",
                n_participants=counted["participant_id"].n_unique(),
                n_filling_ins=counted.height,
                n_left_out=forms.height - counted.height,
                occasion_is=WEEK if is_by_week else FILLING_IN,
                occasions=tuple(counted["occasion"].unique().sort().to_list()),
                report=report,
            )
        )
    return found


def to_dict(scale: ReportedScale) -> dict[str, Any]:
    """A report in plain parts, with each item's part in alpha; what does not exist is None."""
    report = scale.report
    return {
        "instrument": scale.instrument,
        "scale": report.scale,
        "n_participants": scale.n_participants,
        "n_filling_ins": scale.n_filling_ins,
        "n_left_out": scale.n_left_out,
        "occasion_is": scale.occasion_is,
        "occasions": scale.occasions,
        "rows": [dataclasses.asdict(row) for row in report.rows],
        "items": [dataclasses.asdict(item) for item in report.alpha.items] if report.alpha else [],
        "warnings": report.warnings,
    }


def parts(scale: ReportedScale) -> Iterator[RenderableType]:
    """The parts of a scale's report, from top to bottom."""
    yield Text(f"{scale.label} ({scale.instrument}.{scale.report.scale})", style="bold")
    yield Text(_basis(scale))
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("coefficient", "of"):
        table.add_column(head, no_wrap=head == "coefficient")
    for head in ("value", "95 % CI", "n"):
        table.add_column(head, justify="right", no_wrap=True)
    numbers = [row for row in scale.report.rows if row.value is not None]
    for row in numbers:
        table.add_row(row.coefficient, row.of, *_cells(row))
    if numbers:
        yield table
    for row in scale.report.rows:
        if row.value is None:
            yield _bullet(f"{row.coefficient} ({row.of}): {row.explanation}", "")
    for warning in scale.report.warnings:
        yield _bullet(warning, "yellow")
    yield Text("")


def _bullet(sentence: str, style: str) -> Padding:
    return Padding(Text(f"- {sentence}", style=style), (0, 0, 0, 1))


def _basis(scale: ReportedScale) -> str:
    text = "No filling-in"
    if scale.n_filling_ins:
        numbers = ", ".join(map(str, scale.occasions))
        text = (
            f"{scale.n_filling_ins:,} filling-ins of {scale.n_participants:,} participants; "
            f"occasions, in order: {scale.occasion_is} {numbers}"
        )
    if scale.n_left_out:
        text += (
            f"\n{scale.n_left_out:,} filling-ins satisfy no scheduled survey and are left out; "
            "--own-occasions takes them in"
        )
    return text


def _cells(row: ReliabilityRow) -> tuple[str, str, str]:
    value = "–" if row.value is None else f"{row.value:.2f}"
    n = "–" if row.n_participants is None else f"{row.n_participants:,}"
    if row.ci_low is None or row.ci_high is None:
        return value, "–", n
    return value, f"{row.ci_low:.2f} to {row.ci_high:.2f}", n


def _instruments(
    study: Study, instrument_id: str | None, scale_id: str | None
) -> tuple[Instrument, ...]:
    """Those asked for: of a scale without an instrument, all that have a scale of that name."""
    found = [one for one in study.instruments if instrument_id in (None, one.id)]
    if not found:
        names = ", ".join(one.id for one in study.instruments) or "none"
        asked = f"no instrument {instrument_id!r}" if instrument_id else "no instrument"
        raise UserError(f"The study has {asked}. It has: {names}.")
    having = [one for one in found if scale_id in (None, *(scale.id for scale in one.scales))]
    if not having:
        names = ", ".join(f"{one.id}.{scale.id}" for one in found for scale in one.scales)
        raise UserError(f"There is no scale {scale_id!r}. There are: {names}.")
    return tuple(having)


def _only(instrument: Instrument, scale_id: str) -> Instrument:
    """The instrument with one scale, and those that it is the mean of."""
    scale = instrument.scale(scale_id)
    kept = [one for one in instrument.scales if one.id == scale_id or one.id in scale.of]
    return instrument.model_copy(update={"scales": tuple(kept)})


def _answers(con: duckdb.DuckDBPyConnection, instrument: Instrument) -> pl.DataFrame:
    try:
        return item_answers(con, local_viewer(), Filters(), instrument.id)
    except duckdb.CatalogException as error:
        raise UserError(
            "The build was made by an older Rapport, which kept no answers to items. Run: "
            "rapport load"
        ) from error

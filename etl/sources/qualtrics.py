"""Qualtrics exports: CSV or TSV, three head rows, previews and tests among the responses."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

import polars as pl

from etl.sources.columns import as_json
from etl.sources.delimited import DelimitedReader
from etl.sources.format import Fit, Format, Opening
from etl.sources.reader import REST, ROW, BadRow, Batch
from etl.sources.sample import Sample
from etl.sources.survey_table import (
    SurveyTable,
    count_texts,
    header_of,
    item_fields,
    mapped_fields,
    open_table,
)

PERSONAL = (
    "IPAddress",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "RecipientName",
    "LocationLatitude",
    "LocationLongitude",
    "LocationAccuracy",
)
"""Columns that say who or where somebody is: left out unless the study file maps them."""
OLDER_NAMES = {
    "ResponseID": "ResponseId",
    "ExternalDataReference": "ExternalReference",
    "EmailAddress": "RecipientEmail",
    "Name": "RecipientName",
}
"""By its name in older exports, what a column is called now."""
PREVIEW, TEST, SPAM, GENERATED = 1, 2, 8, 256
"""Bits of `Status`: 0 is a response like any other, 4 an imported, 16 an offline one."""
OWN_BITS = PREVIEW | TEST | GENERATED
OWN_STATUS = ("survey preview", "survey test", "offline preview", "synthetic")
OTHER_STATUS = ("ip address", "imported", "spam", "offline", "ex")
OWN_CHANNEL = ("preview", "test")
FINISHED = ("1", "true")
UNFINISHED = ("0", "false")
SEEN_UNANSWERED = "-99"
TIMES = ("StartDate", "EndDate", "RecordedDate")
NEEDED = ("StartDate", "EndDate", "Finished", "ResponseId")
_TOLD = ("Status", "DistributionChannel", "Finished", "Progress")
_NUMBERED = re.compile(r"V\d+")
_IMPORT_ID = re.compile(r"""^\{["']ImportId["']""")
_ZONE = re.compile(r"""["']timeZone["']:\s*["']([^"']+)["']""")
_UTC = frozenset(("Z", "UTC", "Etc/UTC"))

PREVIEW_EXPECTED = "a participant's response, not a preview or a test of the survey"
UNFINISHED_EXPECTED = (
    'a finished response; unfinished = "keep" of the source in study.toml takes the others too'
)


@dataclass(frozen=True)
class _Head:
    """What the rows before the responses say.

    Parameters
    ----------
    n_records
        How many there are after the first line.
    names
        By today's name of a column, its name in the first line.
    zone
        The zone of times, where the export names it.
    """

    n_records: int
    names: Mapping[str, str]
    zone: str | None


class QualtricsReader:
    """Reads the responses of a survey; `source_row` counts them from 1."""

    format = "Qualtrics"
    is_ragged = False

    def __init__(self, path: Path, opening: Opening) -> None:
        """Read the head rows; responses come later.

        Raises
        ------
        UserError
            If an archive holds no table or several, or the header cannot be used.
        """
        source = opening.source
        self._source = source
        _, delimiter = header_of(path, source)
        head = _head(open_table(path, source, delimiter, ()))
        self._zone = head.zone
        mapped = mapped_fields(source)
        personal = {head.names[name] for name in PERSONAL if name in head.names.keys() - mapped}
        dropped = {head.names.get(name, name) for name in opening.drop}
        # Lines that end with a comma make a column without a name.
        self._hidden = {*personal, *dropped, ""}
        table = open_table(path, source, delimiter, self._hidden)
        self._table = SurveyTable(table, head.names, head.n_records)
        self._counts: Counter[str] = Counter()

    def columns(self) -> tuple[str, ...]:
        """Names in the first line, less what is left out."""
        names = self._table.names
        return tuple(name for name, column in names.items() if column not in self._hidden)

    def has(self, field: str) -> bool:
        """Whether there is such a column."""
        return field in self.columns()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The responses' text, without what is left out."""
        return self._table.raw_text(raw)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the responses; see `Reader`."""
        self._counts.clear()
        wanted = tuple(dict.fromkeys(fields))
        others = tuple(name for name in self.columns() if name not in wanted) if rest else ()
        for batch in self._table.batches((*wanted, *_TOLD, *others)):
            rows = batch.rows.with_columns(
                *(
                    pl.lit(None, dtype=pl.String).alias(name)
                    for name in (*wanted, *_TOLD)
                    if name not in batch.rows.columns
                )
            )
            is_own, is_unfinished = _is_own(), self._is_unfinished()
            bad = (
                *self._refused(batch, rows.filter(is_own), "survey_preview", PREVIEW_EXPECTED),
                *self._refused(
                    batch,
                    rows.filter(is_unfinished & ~is_own),
                    "unfinished_response",
                    UNFINISHED_EXPECTED,
                ),
            )
            kept = rows.filter(~(is_own | is_unfinished))
            self._count(kept, item_fields(self._source, wanted))
            asked = self._stamped(kept).select(ROW, *wanted)
            if rest:
                asked = asked.with_columns(as_json(kept.select(others)).alias(REST))
            raw = batch.raw.join(kept.select(ROW), on=ROW, how="semi", maintain_order="left")
            yield Batch(asked, raw, (*batch.bad, *bad))

    def notes(self) -> tuple[str, ...]:
        """What is to be known of zone, texts in place of numbers, and marks of Qualtrics' own."""
        said = [self._zone_note()] if self._zone_note() else []
        n = self._counts
        if n["text"]:
            said.append(
                f"Answers that are texts, not numbers, and so refused: {n['text']:,}. Export again "
                "with 'Use numeric values'."
            )
        if n["unanswered"]:
            said.append(
                f"Answers of {SEEN_UNANSWERED}, which the export writes for questions that were "
                f"seen and not answered: {n['unanswered']:,}. Add it to 'missing' of the source."
            )
        if n["spam"]:
            said.append(f"Responses that Qualtrics marks as possible spam, kept: {n['spam']:,}.")
        if n["unknown"]:
            said.append(
                f"Responses whose Status is in other words than known, kept: {n['unknown']:,}. "
                "Export again with 'Use numeric values', so that previews are told."
            )
        return tuple(said)

    def _zone_note(self) -> str:
        own = self._source.time_zone
        if self._zone is None and own is None:
            return (
                "Times are of the zone of the Qualtrics account that exported them. Set time_zone "
                "of the source, unless it is the study's."
            )
        if self._zone is None or own is None or self._zone == own or {self._zone, own} <= _UTC:
            return ""
        return (
            f"The export says that its times are of the zone {self._zone}, not of {own}. Correct "
            "time_zone of the source, or leave it out."
        )

    def _stamped(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Times in UTC, where the export names their zone and the study file does not."""
        columns = self._source.answers or self._source.roster
        is_iso = columns is None or columns.time_format == "iso"
        if self._zone is None or self._source.time_zone is not None or not is_iso:
            return rows
        zone = "UTC" if self._zone in _UTC else self._zone
        return rows.with_columns(_in_zone(name, zone) for name in TIMES if name in rows.columns)

    # -- responses ------------------------------------------------------------------------------

    def _is_unfinished(self) -> pl.Expr:
        if self._source.unfinished == "keep":
            return pl.lit(value=False)
        said, progress = _words("Finished"), _number("Progress")
        is_begun = (progress < 100).fill_null(value=False)
        # Exports in other languages write Finished in their own words.
        return said.is_in(UNFINISHED) | (~said.is_in(FINISHED) & is_begun)

    def _refused(
        self, batch: Batch, rows: pl.DataFrame, rule: str, expected: str
    ) -> tuple[BadRow, ...]:
        raw = batch.raw.join(rows.select(ROW), on=ROW, how="semi", maintain_order="left")
        texts = zip(raw[ROW], self.raw_text(raw), strict=True)
        return tuple(BadRow(number, expected, text, rule) for number, text in texts)

    def _count(self, rows: pl.DataFrame, items: Sequence[str]) -> None:
        known = (*OWN_STATUS, *OTHER_STATUS, "")
        self._counts.update(
            text=count_texts(rows, items, self._source),
            spam=_n(rows, (_bits() & SPAM != 0) | _words("Status").is_in(["spam"])),
            unknown=_n(rows, _bits().is_null() & ~_words("Status").is_in(known)),
        )
        if SEEN_UNANSWERED not in self._source.missing:
            for name in items:
                self._counts["unanswered"] += _n(rows, _words(name) == SEEN_UNANSWERED)


def _is_own() -> pl.Expr:
    """Whether a response is a preview, a test, or was generated."""
    return (
        (_bits() & OWN_BITS != 0).fill_null(value=False)
        | _words("Status").is_in(OWN_STATUS)
        | _words("DistributionChannel").is_in(OWN_CHANNEL)
    )


def _in_zone(column: str, zone: str) -> pl.Expr:
    """Times of a zone with the offset they had there; what is no such time stays as it is."""
    text = pl.col(column).str.strip_chars()
    local = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    placed = local.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    stamp = placed.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return pl.coalesce(stamp, text).alias(column)


def _bits() -> pl.Expr:
    return pl.col("Status").str.strip_chars().cast(pl.Int64, strict=False)


def _words(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.strip_chars().str.to_lowercase()


def _number(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().cast(pl.Float64, strict=False)


def _n(rows: pl.DataFrame, condition: pl.Expr) -> int:
    return rows.filter(condition).height


# -- head rows ----------------------------------------------------------------------------------


def _head(file: DelimitedReader) -> _Head:
    columns = tuple(name for name in file.columns() if name)
    first = next(iter(file.batches(columns)), None)
    rows = first.rows.filter(pl.col(ROW) <= 2) if first is not None else None
    cells = (
        dict(zip(rows[ROW], rows.drop(ROW).iter_rows(), strict=True)) if rows is not None else {}
    )
    texts = {number: dict(zip(columns, row, strict=True)) for number, row in cells.items()}
    n_records = _n_head(texts)
    ids = " ".join(str(cell) for cell in texts.get(n_records, {}).values())
    said = _ZONE.search(ids) if n_records else None
    zone = said[1] if said and (said[1] in _UTC or said[1] in available_timezones()) else None
    labels = texts.get(1, {}) if n_records else {}
    names: dict[str, str] = {}
    for column in columns:
        is_numbered = _NUMBERED.fullmatch(column) and labels.get(column)
        name = str(labels[column]).strip() if is_numbered else column
        names.setdefault(OLDER_NAMES.get(name, name), column)
    return _Head(n_records, names, zone)


def _n_head(texts: Mapping[int, Mapping[str, str | None]]) -> int:
    """How many records after the first line are head: import ids tell, or words for times."""
    if any(_IMPORT_ID.match(cell or "") for cell in texts.get(2, {}).values()):
        return 2
    first = texts.get(1, {})
    times = [first.get(name) or "" for name in TIMES]
    in_words = any(text.strip() and not re.search(r"\d", text) for text in times)
    return int(in_words or not {"StartDate", "EndDate"}.isdisjoint(first.values()))


def fit(sample: Sample) -> Fit:
    """The row of import ids; in older exports, what the columns are called."""
    if sample.shape != "csv":
        return Fit(False, "it is no table", 0)
    head = [str(cell) for record in sample.records[:2] for cell in record.values()]
    if any(_IMPORT_ID.match(cell) for cell in head):
        return Fit(True, "its head holds a row of ImportId", 1)
    names = {
        OLDER_NAMES.get(name, name) for name in (*sample.columns, *head[: len(sample.columns)])
    }
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        share = 1 - len(lacking) / len(NEEDED)
        return Fit(False, f"it has no {', '.join(lacking)} and no row of ImportId", share)
    return Fit(True, f"it has {', '.join(NEEDED)}", 0.9)


TRAPS = (
    "There are three head rows: names, question texts, import ids. All are told by their content, "
    "and so are exports with two or one of them; responses are counted from 1.",
    "Head cells hold line breaks, and so do answers.",
    "Older exports call the first columns V1, V2, ...; their second row names them, and the names "
    "are read as today's (`ResponseID` as `ResponseId`, `ExternalDataReference` as "
    "`ExternalReference`).",
    "A comma at the end of every line makes a column without a name, which is left out.",
    "Exports are UTF-8 with or without a byte order mark, or UTF-16 with tabs; and they come "
    "zipped, one table to a ZIP.",
    "An export with choice texts has no numbers: each such answer is refused, and it is said that "
    "'Use numeric values' is needed.",
    "Times are of the account's zone. Where the row of import ids names it and the source sets no "
    "time_zone, times are read in it; where the two differ, or nobody names it, that is said.",
    "Previews and tests (`Status`, `DistributionChannel`) are refused as survey_preview, responses "
    "that generated data filled too.",
    'Unfinished responses are refused as unfinished_response unless `unfinished = "keep"`; where '
    "`Finished` is in other words than TRUE or 1, `Progress` tells.",
    "IP address, recipient's names and e-mail, and location are left out, unless the study file "
    "maps them.",
    "Questions that were seen and not answered can be exported as -99: listed under `missing` they "
    "are missing, else they are refused and it is said.",
    "A question with several answers has a column for each; an empty one is missing, not 0.",
    "Possible spam is kept, and counted in the notes.",
)
CONFIRMED = (
    "Three head rows, and Finished and Progress: "
    "qualtrics.com/support/survey-platform/data-and-analysis-module/data/download-data/"
    "understanding-your-dataset. Names, import ids and the older two-row head with V1, V2 and a "
    "comma at the end: the sample files of github.com/ropensci/qualtRics. Status 0 and 1 "
    "(search.r-project.org/CRAN/refmans/excluder/html/qualtrics_fetch.html), Survey Preview and "
    "Survey Test in public analysis code; 32 and 36 (= 32 + 4, imported) of employee projects "
    "(qualtrics.com/support/employee-experience/creating-360-project/data-tab-360/"
    "understanding-your-response-data-set-360) say that the numbers are sums. Not confirmed: 2, 8, "
    "16 and 256, and that `timeZone` stands in every row of import ids."
)
EXPORT = (
    "Data & Analysis, Export & Import, Export Data, CSV: 'Use numeric values', and neither 'Remove "
    "line breaks' nor other changes are needed. Note the time zone of your account."
)

FORMAT = Format(
    id="qualtrics",
    label="Qualtrics CSV",
    fit=fit,
    open=QualtricsReader,
    traps=TRAPS,
    confirmed=CONFIRMED,
    export=EXPORT,
)

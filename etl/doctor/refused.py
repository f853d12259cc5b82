"""What a load would refuse, and what it would make of each source."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from etl.doctor.findings import Finding, Place, counted, some
from etl.receipt import Failure, Receipt, RuleCount
from study.definition import Study

PLACES_SHOWN = 5


def failure_findings(failed: Iterable[Failure]) -> list[Finding]:
    """Sources without a file, and files that cannot be read."""
    return [
        Finding(
            code="no_file",
            severity="error",
            source=one.source_id,
            subject=one.source_file,
            message=one.message,
            places=(Place(file=one.source_file),),
        )
        for one in failed
    ]


@dataclass
class _Refusal:
    """One rule in one source, over all its files."""

    files: dict[str, list[RuleCount]] = field(default_factory=dict)

    def add(self, file: str, one: RuleCount) -> None:
        self.files.setdefault(file, []).append(one)

    @property
    def all(self) -> list[RuleCount]:
        return [one for counts in self.files.values() for one in counts]

    @property
    def count(self) -> int:
        return sum(one.n_refused for one in self.all)

    def places(self) -> tuple[Place, ...]:
        """Each file with its first rows; those with most first."""
        places = [
            Place(
                file=file,
                columns=tuple(dict.fromkeys(one.column_name for one in counts if one.column_name)),
                rows=tuple(sorted({row for one in counts for row in one.first_rows}))[
                    :PLACES_SHOWN
                ],
                count=sum(one.n_refused for one in counts),
            )
            for file, counts in self.files.items()
        ]
        return tuple(sorted(places, key=lambda place: -(place.count or 0)))


def refusal_findings(receipts: Iterable[Receipt]) -> list[Finding]:
    """One finding for each source and rule, with up to five places."""
    refusals: dict[tuple[str, str, bool, str], _Refusal] = {}
    n_files: Counter[str] = Counter()
    for receipt in receipts:
        n_files[receipt.source_id] += 1
        for one in receipt.by_rule:
            key = (receipt.source_id, one.rule, one.is_cell, one.expected)
            refusals.setdefault(key, _Refusal()).add(receipt.source_file, one)
    return [
        Finding(
            code=rule,
            severity="warning",
            source=source_id,
            subject=some(refusal.places()[0].columns),
            message=f"{counted(refusal.count, 'answer' if is_cell else 'row')} would be refused "
            f"({rule}): {_said(refusal.places(), n_files[source_id])}.",
            remedy=f"Expected {expected}.",
            count=refusal.count,
            places=refusal.places(),
        )
        for (source_id, rule, is_cell, expected), refusal in refusals.items()
    ]


def _said(places: tuple[Place, ...], n_files: int) -> str:
    """The first five rows: those of the file with most, then those of the next.

    Files go by their last name; where a source has one file, its rows are enough.
    """
    left, parts = PLACES_SHOWN, []
    for place in places:
        rows = place.rows[:left]
        if rows:
            noun = "row" if len(rows) == 1 else "rows"
            file = f"{place.file.rpartition('/')[2]} " if n_files > 1 else ""
            parts.append(f"{file}{noun} {', '.join(f'{row:,}' for row in rows)}")
            left -= len(rows)
    n_all = sum(place.count or 0 for place in places)
    return "; ".join(parts) + (" and others" if n_all > PLACES_SHOWN - left else "")


def unusable_findings(study: Study, receipts: Iterable[Receipt]) -> list[Finding]:
    """Sources of which not one row counts, although rows were read."""
    read: dict[str, list[Receipt]] = {}
    for one in receipts:
        read.setdefault(one.source_id, []).append(one)
    found = []
    for source in study.sources:
        own = read.get(source.id, [])
        n_read = sum(one.rows_read for one in own)
        if n_read and not sum(one.rows_loaded for one in own):
            found.append(
                Finding(
                    code="no_row_usable",
                    severity="error",
                    source=source.id,
                    message=f"Not one of {counted(n_read, 'row')} can be used.",
                    remedy="Look at the rules that refuse them: most often it is the format of "
                    "times, or ids that the roster writes otherwise.",
                    count=n_read,
                )
            )
    return found

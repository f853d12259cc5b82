"""How the columns of a REDCap export hang together: forms, choices, labels, what is left out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from etl.sources.redcap_dictionary import Dictionary, DictionaryField, checkbox_column
from etl.sources.survey_table import is_blank

EVENT = "redcap_event_name"
INSTRUMENT = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"
SURVEY_ID = "redcap_survey_identifier"
SYSTEM = (EVENT, INSTRUMENT, INSTANCE, "redcap_data_access_group", SURVEY_ID)
COMPLETE = "_complete"
TIMESTAMP = "_timestamp"
NOT_COMPLETED = "[not completed]"
STATUS = {"Incomplete": "0", "Unverified": "1", "Complete": "2"}
TICKED = {"Unchecked": "0", "Checked": "1"}


@dataclass(frozen=True)
class Layout:
    """An export's header beside the project's dictionary."""

    dictionary: Dictionary
    header: tuple[str, ...]

    @cached_property
    def field_of(self) -> dict[str, DictionaryField]:
        """By column, the field it belongs to."""
        fields = self.dictionary.fields
        boxes = {name for name, field in fields.items() if field.kind == "checkbox"}
        # A code that no choice has is one for missing data.
        extra = {
            column: fields[base]
            for column in self.header
            for base in {column.partition("___")[0], column.rpartition("___")[0]} & boxes
        }
        return extra | {column: field for field in fields.values() for column in field.columns}

    @cached_property
    def form_of(self) -> dict[str, str]:
        """By column of the header, the form it is on; the record id and REDCap's own are on none.

        A field goes before what REDCap adds to every form, should they share a name.
        """
        added = {
            f"{form}{ending}": form
            for form in self.dictionary.forms
            for ending in (COMPLETE, TIMESTAMP)
        }
        of_fields = {column: field.form for column, field in self.field_of.items()}
        known = added | of_fields
        return {
            column: known[column]
            for column in self.header
            if column in known and column != self.dictionary.record_id
        }

    def is_box(self, column: str) -> bool:
        """Whether a column is one box of a checkbox."""
        field = self.field_of.get(column)
        return field is not None and field.kind == "checkbox"

    def missing_ticks_of(self, column: str) -> tuple[str, ...]:
        """Beside a box, columns of missing data codes: ticked, they say that nothing is known."""
        own = self.field_of[column]
        return tuple(
            name
            for name in self.header
            if self.field_of.get(name) is own and name not in own.columns
        )

    @cached_property
    def strangers(self) -> tuple[str, ...]:
        """Columns of the export that the dictionary does not explain."""
        known = {*self.form_of, *SYSTEM, self.dictionary.record_id}
        return tuple(column for column in self.header if column not in known)

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """Fields of the dictionary that the export does not have."""
        there = frozenset(self.header)
        return tuple(
            field.name
            for field in self.dictionary.fields.values()
            if field.kind != "descriptive" and there.isdisjoint(field.columns or (field.name,))
        )

    def columns_of(self, name: str) -> tuple[str, ...]:
        """Columns that a name means: those of a field, boxes and all, or the one called so."""
        own = (column for column, field in self.field_of.items() if field.name == name)
        return (name, *own)

    def personal(self, mapped: Iterable[str]) -> tuple[str, ...]:
        """Columns that say who somebody is or hold free text, unless the study file maps them."""
        kept = {self.dictionary.record_id, *mapped}
        return tuple(
            column
            for column in self.header
            if column not in kept
            and (
                column == SURVEY_ID
                or (column in self.form_of and self._is_personal(self.field_of.get(column)))
            )
        )

    @staticmethod
    def _is_personal(field: DictionaryField | None) -> bool:
        return field is not None and field.is_personal

    # -- what a row says ------------------------------------------------------------------------

    def evidence(self, forms: Iterable[str]) -> tuple[str, ...]:
        """Columns that tell whether somebody opened the forms."""
        wanted = frozenset(forms)
        return tuple(
            column
            for column, form in self.form_of.items()
            if form in wanted and not self._is_calculated(column)
        )

    def _is_calculated(self, column: str) -> bool:
        field = self.field_of.get(column)
        return field is not None and field.is_calculated

    def is_opened(self, form: str) -> pl.Expr:
        """Whether a row holds anything of a form: more than unticked boxes and status 0."""
        signs = [self._sign(column) for column in self.evidence([form])]
        return pl.any_horizontal(signs) if signs else pl.lit(value=False)

    def _sign(self, column: str) -> pl.Expr:
        text = pl.col(column).str.strip_chars()
        field = self.field_of.get(column)
        if self.is_box(column):
            return ~(is_blank(column) | text.is_in(["0", "Unchecked"]))
        if field is None and column.endswith(COMPLETE):
            return text.is_in(["1", "2", "Unverified", "Complete"]).fill_null(value=False)
        if field is None:
            return ~(is_blank(column) | (text == NOT_COMPLETED))
        return ~is_blank(column)

    # -- values ---------------------------------------------------------------------------------

    def codes(self, column: str) -> dict[str, str]:
        """By label, the code; labels that stand for several codes are not among them."""
        field = self.field_of.get(column)
        if field is None:
            return dict(STATUS) if column.endswith(COMPLETE) and column in self.form_of else {}
        if field.kind == "checkbox":
            # The API can write the label of the choice into its box.
            own = [plain(label) for code, label in field.choices if self._is_box(column, code)]
            return TICKED | dict.fromkeys(own, "1")
        labels = [plain(label) for _, label in field.choices]
        return {
            plain(label): code for code, label in field.choices if labels.count(plain(label)) == 1
        }

    def _is_box(self, column: str, code: str) -> bool:
        return column == checkbox_column(self.field_of[column].name, code)

    def shared_labels(self, column: str) -> tuple[str, ...]:
        """Labels that stand for several codes of a field."""
        field = self.field_of.get(column)
        if field is None or field.kind == "checkbox":
            return ()
        labels = [plain(label) for _, label in field.choices]
        return tuple(dict.fromkeys(one for one in labels if labels.count(one) > 1))


def plain(label: str) -> str:
    """A label as an export shows it: without markup, and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", label)).strip()


def plain_cells(column: str) -> pl.Expr:
    """`plain` for a column."""
    return (
        pl.col(column)
        .str.replace_all(r"<[^>]*>", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )

"""REDCap data dictionaries: which fields a project has, on which form, what their codes mean."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from etl.sources.text import encoding_of_start
from study.errors import UserError

DELIMITERS = ",;\t|"
HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "kind": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
    "identifier": ("Identifier?", "identifier"),
    "annotation": ("Field Annotation", "field_annotation"),
}
"""What is read of a dictionary, by the heading of a download and by the one of the API."""
OPTIONAL = ("annotation",)
FIXED_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "yesno": (("1", "Yes"), ("0", "No")),
    "truefalse": (("1", "True"), ("0", "False")),
}
_CODED = ("radio", "dropdown", "checkbox")
_CALCULATED = re.compile(r"@CALC(TEXT|DATE)\b")
_PERSONAL_VALIDATION = re.compile(r"email|phone.*")


@dataclass(frozen=True)
class DictionaryField:
    """A field of a project.

    Parameters
    ----------
    kind
        `text`, `notes`, `radio`, `dropdown`, `checkbox`, `yesno`, `truefalse`, `calc`, `slider`,
        `file`, `descriptive` or `sql`.
    choices
        Codes and labels, where the field has them.
    """

    name: str
    form: str
    kind: str
    label: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    validation: str = ""
    is_identifier: bool = False
    annotation: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in an export: a checkbox has one a choice."""
        if self.kind == "descriptive":
            return ()
        if self.kind == "checkbox":
            return tuple(checkbox_column(self.name, code) for code, _ in self.choices)
        return (self.name,)

    @property
    def is_calculated(self) -> bool:
        """Whether REDCap fills it by itself, so that a value says nothing of the form's use."""
        return self.kind == "calc" or _CALCULATED.search(self.annotation) is not None

    @property
    def is_personal(self) -> bool:
        """Whether it says who somebody is, by its mark, its validation or being free text."""
        return (
            self.is_identifier
            or self.kind in ("notes", "file", "descriptive")
            or _PERSONAL_VALIDATION.fullmatch(self.validation) is not None
        )


@dataclass(frozen=True)
class Dictionary:
    """All fields of a project, in its order; the first is the record id, whatever it is called."""

    fields: Mapping[str, DictionaryField]

    @property
    def record_id(self) -> str:
        """Name of the field that tells records apart."""
        return next(iter(self.fields))

    @property
    def forms(self) -> tuple[str, ...]:
        """Names of the forms."""
        return tuple(dict.fromkeys(one.form for one in self.fields.values()))


def checkbox_column(field: str, code: str) -> str:
    """The column of one choice: codes in lower case, and `_` for what no column name may have."""
    return f"{field}___{re.sub('[^a-z0-9_]', '_', code.lower())}"


def load_dictionary(path: Path, encoding: str) -> Dictionary:
    """Read a data dictionary.

    Raises
    ------
    UserError
        If it is none, or describes a field twice.
    """
    rows = _rows(path, encoding)
    places = _places(path, next(rows, []))
    fields: dict[str, DictionaryField] = {}
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(places.values()):
            raise UserError(
                f"{path.name}, row {number}: it has {len(row)} columns. Expected as many as the "
                "header has. Download the data dictionary from REDCap again."
            )
        one = _field({key: row[place].strip() for key, place in places.items()})
        if one.name in fields:
            raise UserError(
                f"{path.name}, row {number}: {one.name} is described a second time. Expected each "
                "field once. Download the data dictionary from REDCap again."
            )
        fields[one.name] = one
    if not fields:
        raise UserError(f"{path.name} describes no field. Download the data dictionary again.")
    return Dictionary(fields)


def choices_of(text: str) -> tuple[tuple[str, str], ...]:
    """Codes and labels of `1, a | 2, b`; a label may hold commas, and bars that start no code."""
    found: list[tuple[str, str]] = []
    parts = [part for part in text.split("|") if part.strip()]
    if "," not in text:
        return tuple((part.strip(), part.strip()) for part in parts)
    for part in parts:
        code, comma, label = part.partition(",")
        if comma and not re.search(r"\s", code.strip()):
            found.append((code.strip(), label.strip()))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} | {part.strip()}")
    return tuple(found)


def _rows(path: Path, encoding: str) -> Iterator[list[str]]:
    data = path.read_bytes()
    marked = encoding_of_start(data, encoding)
    # Spreadsheet programs save what REDCap wrote as UTF-8 in the encoding of their country.
    for name in (marked, "utf-8", "cp1252", "latin-1"):
        try:
            text = data.decode(name)
            break
        except UnicodeDecodeError:
            continue
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _places(path: Path, header: list[str]) -> dict[str, int]:
    names = [name.strip().strip('"').lstrip("\ufeff").strip('"').lower() for name in header]
    places = {
        key: names.index(spelling.lower())
        for key, spellings in HEADINGS.items()
        for spelling in spellings
        if spelling.lower() in names
    }
    lacking = [HEADINGS[key][0] for key in HEADINGS if key not in (*places, *OPTIONAL)]
    if lacking:
        raise UserError(
            f"{path.name} is no data dictionary of REDCap: it has no column "
            f"{', '.join(map(repr, lacking))}. Download it from the project (Data Dictionary, "
            "'Download the current Data Dictionary') and name it under 'dictionary' of the source "
            "in study.toml."
        )
    return places


def _field(cells: Mapping[str, str]) -> DictionaryField:
    kind = cells["kind"].lower()
    coded = choices_of(cells["choices"]) if kind in _CODED else ()
    return DictionaryField(
        name=cells["name"],
        form=cells["form"],
        kind=kind,
        label=cells["label"],
        choices=FIXED_CHOICES.get(kind, coded),
        validation=cells["validation"].lower(),
        is_identifier=cells["identifier"].lower() in ("y", "yes", "true", "1"),
        annotation=cells.get("annotation", ""),
    )

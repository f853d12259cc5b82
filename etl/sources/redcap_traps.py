"""What is known to go wrong with REDCap exports, and what was confirmed of the format."""

TRAPS = (
    "The record id is the dictionary's first field, whatever it is called: "
    '`participant = "redcap_record"` stands for it.',
    "There is one row a record, event and instance, mostly empty: a row that holds nothing of the "
    "mapped forms is no record of the source, and how many there are is said.",
    "Repeating instruments, repeating events (instance without an instrument) and forms that are "
    "both are told apart by what the rows hold; `redcap_occasion` labels each filling-in by event, "
    "instrument and instance.",
    "A date that stands on another form is taken from the row of the same record and event that no "
    "repeating instrument has; never from another event.",
    "A participant's id that stands on one form only is taken for all rows of its record, unless "
    "the record has several.",
    "A roster in pieces (enrolment in one event, arm in another) becomes one row a record: the "
    "first value of each field counts; a row that says otherwise is refused as conflicting_row.",
    "Boxes of a checkbox are exported as 0 even where nobody opened the form: these are missing. "
    "In a form that was saved, or that holds anything else, 0 stays 0.",
    "Columns of missing data codes beside a checkbox (`field___unk`), when ticked, make all its "
    "boxes missing; other missing data codes go into the source's `missing`.",
    "An export with labels is translated back to codes by the dictionary; a label that stands for "
    "several codes is left, so that the answer is refused, and that is said.",
    "An export whose first line holds labels is refused: it must be exported as raw data.",
    "Labels in the dictionary may hold commas, bars and markup.",
    "Fields that the dictionary marks as identifiers, e-mail addresses, telephone numbers, notes, "
    "files and the survey identifier are left out, unless the study file maps them by name; a "
    "pattern is no name.",
    "A survey's timestamp of `[not completed]` is no time.",
    "Calculated fields do not make a form count as opened; descriptive fields have no column.",
    "Fields that only the export or only the dictionary has are named.",
    "The delimiter of the export and of the dictionary, byte order marks and dictionaries that a "
    "spreadsheet program saved in another encoding are seen by themselves.",
)
CONFIRMED = (
    "Dates are exported as year-month-day whatever their validation "
    "(github.com/OuhscBbmc/REDCapR/issues/294). Repeating events have an instance and no "
    "instrument, and a form can repeat in one event and not in another "
    "(github.com/CHOP-CGTInformatics/REDCapTidieR, issues 120, 169, 176 and 200). "
    "`<form>_complete` is 0, 1 or 2 "
    "(linkml.io/linkml-redcap/reference/record/FormCompleteStatus). `<form>_timestamp` exists for "
    "forms that are surveys, and only if the export asks for it "
    "(github.com/redcap-tools/PyCap/issues/175); that it can hold `[not completed]` was seen in "
    "public analysis code only. Columns of boxes have codes in lower case with `_` for `-` "
    "(REDCapTidieR, R/utils.R). Missing data codes are written as the value itself, and for "
    "checkboxes as columns of their own "
    "(utahctsi.atlassian.net/wiki/spaces/RC1/pages/1118601267/Missing+Data+Codes). The columns of "
    "the dictionary, and projects with events, repeating instruments and checkboxes, were tried on "
    "the exports of REDCapR's tests. Not confirmed: how markup in labels is exported; labels are "
    "compared without it."
)
EXPORT = (
    "Data Exports, Reports, and Stats: 'All data', 'CSV / Microsoft Excel (raw data)'; and from "
    "Project Setup, Data Dictionary, the current dictionary. Ask for the survey timestamps if the "
    "forms are surveys."
)

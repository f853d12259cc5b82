"""The reference page of what a check can find, and of its output for programs."""

from docs.pages.markdown import table
from etl.doctor.codes import CODES
from etl.doctor.findings import Finding
from etl.doctor.report import CheckReport, FileSummary, SourceSummary
from etl.rules import EXPECTED

JSON_PARTS = (CheckReport, SourceSummary, FileSummary, Finding)


def page() -> str:
    """Every code, and the fields of `rapport check --json`."""
    own = [(f"`{code}`", meaning) for code, meaning in CODES.items() if code not in EXPECTED]
    parts = [
        "# What a check can find\n\n"
        "`rapport check` loads nothing. It ends with 0 where nothing is wrong, 1 with warnings, 2 "
        "with errors; notes do not count. Refused rows bear the code of [the rule that refuses "
        "them](rules.md).\n",
        table(["code", "what was found"], own),
        "\n# For programs\n\n`rapport check --json` writes one object. Rows are numbered as in "
        "[the rules](rules.md); no participant's id or answer stands in it.\n",
    ]
    for part in JSON_PARTS:
        fields = [
            (f"`{name}`", field.description or "") for name, field in part.model_fields.items()
        ]
        parts += [
            f"\n## {part.__name__}\n\n{(part.__doc__ or '').strip()}\n",
            table(["field", "meaning"], fields),
        ]
    return "\n".join(parts)

"""Fields that look as if they said who a participant is: by their names and by what they hold."""

import re

import polars as pl

from etl.doctor.findings import Finding, counted, some
from etl.doctor.raw_tables import RawTables, total
from etl.fields import needs
from study.definition import Study

_PERSONAL = re.compile(
    r"(?:.*_)?(?:e_?mail|phone|mobile|tel|ip|ip_?addr(?:ess)?|device_?(?:id|token)|idfa|gaid"
    r"|(?:first|last|full|given|family|sur|middle)_?name|street|post_?code|zip(?:_?code)?"
    r"|lat(?:itude)?|lon(?:gitude)?|dob|birth_?da(?:te|y)|date_of_birth|nhs_?(?:no|number)"
    r"|ssn|mrn)(?:_.*)?|name|address"
)
"""Whole names, in `snake_case`: `screen_name` says nothing of a person, `last_name` does."""
_THING_NAME = re.compile(
    r"(?:.*\.)?(?:screen|page|view|event|feature|module|lesson|exercise|content|button|app|os|device"
    r"|file|font|image|audio|video)\.name"
)
"""A nested name that is a thing's: `screen.name` is `screen_name` written otherwise."""
KINDS = {
    "e_mail": "e-mail addresses",
    "phone": "telephone numbers",
    "ip": "IP addresses",
    "birth_date": "dates of birth",
}
FEW_ROWS = 1_000_000
LEAST_BIRTH_DATES, LEAST_TEXTS = 5, 20


def personal_columns(columns: tuple[str, ...], study: Study) -> tuple[str, ...]:
    """Fields that look personal and are neither mapped to something nor dropped."""
    mapped = {field for source in study.sources for field in needs(source).fields}
    dropped = set(study.privacy.drop)
    return tuple(
        name
        for name in columns
        if name not in mapped
        and name not in dropped
        and name.rsplit(".", 1)[-1] not in dropped
        and is_personal(name)
    )


def is_personal(name: str) -> bool:
    """Whether a field's name, or its last part, is that of something personal."""
    parts = (name, name.rsplit(".", 1)[-1])
    is_thing = _THING_NAME.fullmatch(name.lower()) is not None
    return not is_thing and any(_PERSONAL.fullmatch(_snake(part)) for part in parts)


def _snake(name: str) -> str:
    """`RecipientEmail`, `ip-address` and `$device id` in one spelling."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def personal_value_findings(raw: RawTables) -> list[Finding]:
    """Kept properties that hold addresses, numbers or birthdays, or free text; never what."""
    n_events = total(raw.volumes["n_events"])
    one_in = 1 + n_events // FEW_ROWS
    values = raw.fetch("personal_values", one_in=one_in)
    seen = f" (in one row of {one_in})" if one_in > 1 else ""
    found = []
    for (source_id, kind), own in values.group_by("source_id", "kind", maintain_order=True):
        n_values = total(own["n_values"])
        if kind == "free_text":
            found += _free_text(source_id, own) if n_values >= LEAST_TEXTS else []
        elif kind != "birth_date" or n_values >= LEAST_BIRTH_DATES:
            found.append(
                Finding(
                    code="personal_value",
                    severity="warning",
                    source=source_id,
                    subject=some(own["property"], 5),
                    message=f"{counted(n_values, 'value')} look like {KINDS[kind]}{seen}.",
                    remedy="If nothing needs them, name the property under privacy.drop in "
                    "study.toml.",
                    count=n_values,
                )
            )
    return found


def _free_text(source_id: str, own: pl.DataFrame) -> list[Finding]:
    return [
        Finding(
            code="free_text",
            severity="info",
            source=source_id,
            subject=some(own["property"], 5),
            message=f"{counted(total(own['n_values']), 'value')} are sentences, in which anybody "
            "may be named.",
            remedy="If nothing needs them, name the property under privacy.drop in study.toml.",
            count=total(own["n_values"]),
        )
    ]

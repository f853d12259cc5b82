"""Fields of an export that look as if they said who a participant is."""

import re

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
        and not _THING_NAME.fullmatch(name.lower())
        and any(_PERSONAL.fullmatch(_snake(part)) for part in (name, name.rsplit(".", 1)[-1]))
    )


def _snake(name: str) -> str:
    """`RecipientEmail`, `ip-address` and `$device id` in one spelling."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")

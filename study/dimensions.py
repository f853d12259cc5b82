"""The five dimensions of digital therapeutic alliance, and the total.

They are the themes of Taylor et al. (2025), BMC Public Health 25:2450,
doi:10.1186/s12889-025-23603-5: a qualitative, hypothesis-generating study of thirteen users of an
app for paranoia. Which scale measures which dimension is for each study to say, in `[dimensions]`
of its study file; the paper does not say it. The paper sees flexibility as the context in which
an alliance forms, so models may treat it as a moderator.
"""

from dataclasses import dataclass

from study.definition import TOTAL_DIMENSION


@dataclass(frozen=True)
class AllianceDimension:
    """A dimension that scores are shown by."""

    id: str
    label: str
    definition: str
    is_total: bool = False


DIMENSIONS: tuple[AllianceDimension, ...] = (
    AllianceDimension("humanness", "Humanness of the app", "The app is met as a caring other."),
    AllianceDimension(
        "meaningfulness", "Personal meaningfulness", "The app speaks to the person's own life."
    ),
    AllianceDimension(
        "progression", "Progression towards goals", "The app helps to move towards own goals."
    ),
    AllianceDimension("use", "How it is to use the app", "Using the app feels easy and right."),
    AllianceDimension(
        "flexibility", "Flexibility", "The app leaves room to use it in one's own way and time."
    ),
    AllianceDimension(TOTAL_DIMENSION, "Alliance (total)", "The alliance as a whole.", True),
)
BY_ID = {dimension.id: dimension for dimension in DIMENSIONS}

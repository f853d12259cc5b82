"""All analyses, in the order in which they are computed."""

from typing import Any

from etl.analyses.analysis import Analysis
from etl.analyses.dropout import DROPOUT
from etl.analyses.forecast import FORECAST
from etl.analyses.multiverse import MULTIVERSE
from etl.analyses.prompts import PROMPTS
from etl.analyses.raw_points import RAW_POINTS
from etl.analyses.tipping import TIPPING
from etl.analyses.variants import VARIANTS

ANALYSES: tuple[Analysis[Any], ...] = (
    RAW_POINTS,
    *(DROPOUT, TIPPING, FORECAST),
    *(VARIANTS, PROMPTS, MULTIVERSE),
)

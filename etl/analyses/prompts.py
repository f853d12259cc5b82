"""Micro-randomised versions of features: causal excursion effects."""

from etl.analyses.analysis import Analysis
from etl.analyses.variants import read
from models.randomised.prompt_result import PromptReport
from models.randomised.prompts import compute

PROMPTS = Analysis(
    id="prompts",
    label="Micro-randomised prompts",
    version=1,
    kind=PromptReport,
    read=read,
    compute=compute,
)

"""The code that reproduces a preset's fit from its exported rows."""

from models.results import Code, FitResult
from models.table.code import snippets
from models.table.request import request


def rows_file(model_id: str) -> str:
    """Name under which the code expects the exported rows of a model."""
    return f"{model_id}.csv"


def reproducing(result: FitResult, *, family: str, method: str, df: str) -> Code:
    """Code in Python (Rapport, statsmodels) and R for a result whose formula is filled in."""
    asked = request(result.formula, family=family, method=method, df=df)
    return Code(**snippets(asked, rows_file(result.model_id)))

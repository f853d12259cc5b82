"""Mixed models of any table: `fit_table`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from models.errors import NoNumberError
from models.table.answer import NoNumber, TableFit
from models.table.code import levels_of_factors, snippets
from models.table.estimate import Estimates, estimate
from models.table.outcome import with_trials
from models.table.prepare import prepare
from models.table.request import Request, request
from models.table.rows import analysed_rows, check_not_empty


def fit_table(
    frame: pl.DataFrame,
    formula: str,
    *,
    family: str = "gaussian",
    method: str | None = None,
    df: str = "satterthwaite",
) -> TableFit:
    """Fit a mixed model to a table.

    Parameters
    ----------
    frame
        One row per observation. Text columns are factors in the fixed part; null and NaN are
        missing, and rows without a value in a column of the formula are left out and counted.
    formula
        In lme4's syntax, such as ``y ~ arm * week + (1 + week | id)``.
    family
        gaussian, binomial (logit), poisson or negbinomial (log).
    method
        reml (default) or ml for gaussian; laplace (default) or agq:N for the others.
    df
        satterthwaite, kr (Kenward-Roger) or none, for gaussian; the others are tested by z.

    Returns
    -------
    TableFit
        With `error` set, and without estimates, where the data hold no answer.

    Raises
    ------
    UserError
        If formula, columns and options do not go together; the message names the remedy.
    """
    return fit_request(frame, request(formula, family=family, method=method, df=df))


def fit_request(
    frame: pl.DataFrame, asked: Request, file: str = "data.csv", delimiter: str = ","
) -> TableFit:
    """As `fit_table`, for a request that was checked; `file` is named in the code."""
    rows = with_trials(analysed_rows(frame, asked), asked)
    fit = replace(
        unfitted(asked, file, levels_of_factors(rows.frame, asked), delimiter),
        n_rows=rows.frame.height,
        n_rows_read=rows.n_read,
        rows_dropped=rows.dropped,
    )
    try:
        check_not_empty(rows, asked)
        prepared = prepare(rows, asked)
        fit = replace(
            fit,
            n_groups=prepared.n_groups,
            not_estimable=prepared.columns.left_out,
            warnings=(*prepared.warnings, *(one.explanation for one in prepared.columns.left_out)),
        )
        return with_estimates(fit, estimate(prepared, asked))
    except NoNumberError as error:
        return refused(fit, error)


def unfitted(
    asked: Request,
    file: str,
    levels: Mapping[str, Sequence[str]] | None = None,
    delimiter: str = ",",
) -> TableFit:
    """What is known before anything is fitted; `levels` of factors are named in the code."""
    return TableFit(
        formula=" ".join(asked.formula.text.split()),
        family=asked.family,
        method=asked.method,
        df_method=asked.df,
        code=snippets(asked, file, levels, delimiter),
    )


def with_estimates(fit: TableFit, found: Estimates) -> TableFit:
    """The fit with what was estimated."""
    return replace(
        fit,
        df_method=found.df_method or fit.df_method,
        fixed=found.fixed,
        random=found.random,
        residual_variance=found.residual_variance,
        dispersion=found.dispersion,
        loglik=found.loglik,
        n_parameters=found.n_parameters,
        converged=True,
        singular=found.is_singular,
        warnings=(*fit.warnings, *found.warnings),
    )


def refused(fit: TableFit, error: NoNumberError) -> TableFit:
    """The fit with why there are no estimates."""
    sentence, reason = str(error), error.reason
    return replace(fit, error=NoNumber(reason, sentence), warnings=(*fit.warnings, sentence))

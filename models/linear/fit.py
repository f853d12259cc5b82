"""Linear mixed models by (restricted) maximum likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.errors import NotConvergedError
from models.linear.curvature import Curvature, curvature
from models.linear.deviance import Deviance, Evaluation
from models.linear.layout import Layout, Parameters, layout_of_terms
from models.linear.linear_fit import LinearFit
from models.linear.optimise import Maximum, maximise
from models.linear.pattern_sums import PatternSums
from models.linear.products import Products, ProductsBuilder, constant_place
from models.linear.refusals import (
    levels_present,
    refuse_fixed_groups,
    refuse_no_residuals,
    refuse_unestimable,
)
from models.panel import Floats
from models.random_terms import RandomCovariance, RandomTerm

_FINE_STEP_LEFT, _LARGEST_STEP_LEFT = 1e-10, 1e-2
_MOST_POLISHING = 2
_FLAT = 1e-6  # relative curvature below which a direction is left alone
_SMALL, _NO_BEND = 0.05, 1e-6  # a standard error of a thousand times the effects' size


def fit_linear(
    y: Floats, X: Floats, names: Sequence[str], random: Sequence[RandomTerm], *, reml: bool = True
) -> LinearFit:
    """Fit `y = X b + Z u + e` to rows.

    Parameters
    ----------
    y : (n,) outcome
    X : (n, p) columns of the fixed effects, `names` theirs
    random : the bars of the formula. One grouping factor, one nested in another, or crossed ones;
        which it is, is read from the codes.
    reml : restricted likelihood (default), or the likelihood, which tests of fixed effects by
        likelihood ratio need

    Raises
    ------
    NotEstimableError
        If the data cannot answer; `models.linear.refusals` has the reasons.
    NotConvergedError
        If no maximum was found that two optimisers agree on.
    ValueError
        If there are missing values or no rows.

    References
    ----------
    Bates et al. (2015), J Stat Softw 67(1). doi:10.18637/jss.v067.i01
    """
    products, layout = products_of_terms(y, X, random)
    return fit_products(products, names, layout, reml=reml)


def products_of_terms(
    y: Floats, X: Floats, random: Sequence[RandomTerm]
) -> tuple[Products, Layout]:
    """The sums that `fit_linear` reduces rows to, and the layout of their random effects."""
    if len(y) == 0 or not random:
        raise ValueError("a mixed model needs rows and a random effect")
    layout, Z, codes = layout_of_terms(random)
    if not (np.isfinite(y).all() and np.isfinite(X).all() and np.isfinite(Z).all()):
        raise ValueError("values are missing or infinite: drop these rows, and count them, first")
    builder = ProductsBuilder(layout, constant_place(X))
    builder.add(y, X, Z, codes)
    return builder.products(), layout


def fit_products(
    products: Products | PatternSums, names: Sequence[str], layout: Layout, *, reml: bool = True
) -> LinearFit:
    """Fit a model from the sums of its rows alone, per group or per pattern; see `fit_linear`."""
    refuse_unestimable(products, names, layout)
    deviance = Deviance.of(products, layout, is_reml=reml)
    refuse_no_residuals(deviance, layout)
    refuse_fixed_groups(deviance, layout)
    maximum = maximise(deviance, layout)
    optimum = _polished(deviance, layout.parameters(), maximum.theta)
    if not optimum.step_left < _LARGEST_STEP_LEFT:
        raise NotConvergedError(
            "The likelihood still rises where the optimisers stopped. "
            "Simplify the random effects, or check the outcome for extreme values.",
            reason="gradient",
        )
    return _in_own_units(deviance, names, layout, optimum, maximum)


@dataclass(frozen=True, eq=False)
class Optimum:
    """The maximum, all standardised."""

    theta: Floats
    found: Evaluation
    bend: Curvature

    @classmethod
    def at(cls, deviance: Deviance, parameters: Parameters, theta: Floats) -> "Optimum":
        """Evaluate the deviance and its curvature."""
        found = deviance.at(parameters.factors(theta))
        return cls(
            theta, found, curvature(deviance, parameters, theta, np.sqrt(found.variance), found)
        )

    @cached_property
    def step_left(self) -> float:
        """Length of the Newton step that is left, in standard errors of theta."""
        hessian = self.bend.profiled
        bends = np.abs(np.diag(hessian))
        scale = 1 / np.sqrt(np.where(bends > 0, bends, np.inf))
        values, vectors = np.linalg.eigh(scale[:, None] * hessian * scale)
        along = vectors.T @ (scale * self.bend.gradient)
        return float(np.sqrt(np.sum(along**2 / np.maximum(np.abs(values), _FLAT)) / 2))


def _polished(deviance: Deviance, parameters: Parameters, theta: Floats) -> Optimum:
    """Newton steps more, where the searches stopped short of what the Hessian can give.

    What is left of a step says how far estimates depend on the way there: on the order in which
    sums were added up, on starts.
    """
    optimum = Optimum.at(deviance, parameters, theta)
    for _ in range(_MOST_POLISHING):
        if not _FINE_STEP_LEFT < optimum.step_left < _LARGEST_STEP_LEFT:
            break
        bend = optimum.bend
        step = np.linalg.lstsq(bend.profiled, bend.gradient, rcond=_FLAT)[0]
        further = Optimum.at(deviance, parameters, optimum.theta - step)
        if not further.step_left < optimum.step_left:
            break
        optimum = further
    return optimum


def _is_flat(optimum: Optimum, layout: Layout) -> bool:
    """Whether the deviance hardly bends in some direction of theta, relative to its size.

    So it is where nobody has both of two effects: nothing then says how they vary together.
    (It is, too, where a variance is 0, but then that says it all.)
    """
    parameters = layout.parameters()
    factors = parameters.factors(optimum.theta)
    lengths = [np.linalg.norm(factors[factor], 2) for factor, _, _ in parameters.places]
    size = np.maximum(np.array(lengths), _SMALL)
    bends = np.linalg.eigvalsh(size[:, None] * optimum.bend.profiled * size)
    return bool(bends[0] < _NO_BEND)


def _in_own_units(
    deviance: Deviance,
    names: Sequence[str],
    layout: Layout,
    optimum: Optimum,
    maximum: Maximum,
) -> LinearFit:
    products, found, bend = deviance.products, optimum.found, optimum.bend
    p, y_unit = products.n_fixed, products.y_unit
    to_own = np.linalg.inv(products.column_units[: p + 1, : p + 1])
    contrast = y_unit * to_own @ np.append(-found.beta, 1.0)
    turn = y_unit * to_own[:p, :p]
    scale = np.append(np.ones(len(optimum.theta)), 1 / y_unit)
    variance = found.variance * y_unit**2
    factors = layout.parameters().factors(optimum.theta)
    theta = layout.parameters(products.z_units).theta(factors)
    is_flat = not maximum.is_singular and _is_flat(optimum, layout)
    return LinearFit(
        names=tuple(names),
        beta=-contrast[:p],
        cov_beta=found.variance * turn @ found.S_inverse @ turn.T,
        random=_covariances(layout, theta, variance),
        residual_variance=variance,
        log_likelihood=-(found.deviance + deviance.of_units) / 2,
        is_reml=deviance.is_reml,
        n_rows=products.n_rows,
        n_groups=tuple(zip(layout.groups, levels_present(products, layout), strict=True)),
        is_singular=maximum.is_singular or is_flat,
        theta=theta,
        theta_names=layout.theta_names,
        hessian=scale[:, None] * bend.hessian * scale,
        cov_slopes=scale[:, None, None] * (turn @ bend.cov_slopes @ turn.T),
        gradient_norm=optimum.step_left,
        optimisers=maximum.optimisers,
        scaled_theta=optimum.theta,
        is_identified=not is_flat,
        units=tuple(products.z_units[np.ix_(b.columns, b.columns)] for b in layout.blocks),
    )


def _covariances(layout: Layout, theta: Floats, variance: float) -> tuple[RandomCovariance, ...]:
    found, start = [], 0
    for block in layout.blocks:
        size = len(block.names)
        triangle = np.zeros((size, size))
        for entry in block.entries:
            triangle[entry] = theta[start]
            start += 1
        covariance = variance * triangle @ triangle.T
        found.append(RandomCovariance(block.group, block.names, covariance, block.is_correlated))
    return tuple(found)

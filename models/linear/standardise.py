"""Columns in units that keep sums exact: shifted and scaled by powers of two, and back again."""

import numpy as np

from models.panel import Flags, Floats


def standardising_units(columns: Floats, is_shiftable: Flags, constant: int | None) -> Floats:
    """Units U (k, k) with columns = standardised @ U: near zero on average, spread near one.

    Scales are powers of two and shifts multiples of them, so that whole numbers (weeks, counts,
    scores) stay exact and their sums do not depend on the order of rows: participants seen in the
    same weeks then have the same products, bit for bit. Shifting takes a column `constant` of
    ones; without one (None) columns are only scaled.
    """
    means, spreads = np.zeros(columns.shape[1]), np.zeros(columns.shape[1])
    for place, column in enumerate(columns.T):
        if place == constant:
            continue
        is_shifted = is_shiftable[place] and constant is not None
        means[place] = float(column.mean()) if is_shifted else 0.0
        spreads[place] = _root_mean_square(column - means[place])
    return units_about(means, spreads, columns[0], constant)


def units_about(means: Floats, spreads: Floats, some: Floats, constant: int | None) -> Floats:
    """Units (k, k) of columns whose means and spreads about them are known, (k,) each.

    A mean of 0 and the root mean square as spread leave a column where it is. `some` are values of
    each column: of one that does not vary, its own. See `standardising_units`.
    """
    units = np.eye(len(means))
    for place, (mean, spread) in enumerate(zip(means.tolist(), spreads.tolist(), strict=True)):
        if place == constant:
            continue
        if spread <= 1e-12 * abs(mean):  # rounding, in a column that does not vary
            spread = 0.0
        quantum = float(2.0 ** np.floor(np.log2(spread))) if spread > 0 else 1.0
        units[place, place] = quantum
        if constant is not None:
            shift = np.round(mean / quantum) * quantum if spread > 0 else float(some[place])
            units[constant, place] = shift
    return units


def shift_and_scale(units: Floats, constant: int | None) -> tuple[Floats, Floats]:
    """What to subtract from each column, and what then to divide it by."""
    scale = np.diag(units).copy()
    if constant is None:
        return np.zeros(len(units)), scale
    shift = units[constant].copy()
    shift[constant] = 0.0
    return shift, scale


def in_units(columns: Floats, units: Floats) -> Floats:
    """Standardised columns (n, k), from own ones and `units` (k, k) as `standardising_units`."""
    scale = np.diag(units)
    away = units - np.diag(scale)
    constants = np.flatnonzero(away.any(axis=1))
    shift = away[constants[0]] if len(constants) else np.zeros(len(units))
    return np.asarray((columns - shift) / scale)


def _root_mean_square(values: Floats) -> float:
    """Without squares that leave the range of numbers."""
    largest = float(np.abs(values).max())
    return largest * float(np.sqrt(np.mean((values / largest) ** 2))) if largest > 0 else 0.0

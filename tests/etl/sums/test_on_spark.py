"""Spark adds up what DuckDB does."""

import pytest

from etl.sums.gather import gather
from etl.sums.model_table import TABLE
from etl.sums.spark import spark_sums
from etl.table_fit import fit_file
from models.table.fit import unfitted
from models.table.request import request
from models.table.sums import fit_sums
from tests.etl.engines.spark_once import shared_spark
from tests.etl.sums.tables import SITE, assert_same, table

FORMULA = 'mood ~ week + arm + log1p(visits) + I(week > 2 | arm == "app") + (1 + week | person)'


@pytest.mark.exhaustive
@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("formula", [SITE, FORMULA])
def test_spark_gives_the_same_fit(formula, tmp_path):
    path = tmp_path / "rows.parquet"
    table(200).write_parquet(path)
    asked = request(formula)
    engine = spark_sums(shared_spark())
    engine.open(TABLE, path)
    found, model = gather(engine, asked, path.name)
    fit = fit_sums(unfitted(asked, path.name), model.outline, found.sums)
    assert_same(fit_file(path, formula), fit)

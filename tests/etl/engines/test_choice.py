"""What the options of `rapport load` ask for, and what is said where it cannot be had."""

import subprocess
from pathlib import Path

import polars as pl
import pytest

import etl.engines.spark_session as spark_session
from etl.engines.choice import EngineWish, chosen, settle_lake, wish_of
from etl.engines.duckdb import DUCKDB
from etl.engines.json_text import is_other_text, require_same_text
from etl.engines.spark_session import (
    HELD,
    LOCAL,
    SparkPlace,
    java_version,
    place_of,
    require_spark,
    settings_of,
)
from etl.lake import lake_of
from study.errors import UserError
from warehouse.workspace import Workspace


def test_without_options_it_is_duckdb(tmp_path):
    wish = wish_of("duckdb", None, (), None)
    assert wish == EngineWish()
    with chosen(wish, Workspace(tmp_path)) as engine:
        assert engine is DUCKDB


def test_a_master_without_spark_is_refused():
    with pytest.raises(UserError, match="--engine spark"):
        wish_of("duckdb", "yarn", (), None)
    with pytest.raises(UserError, match="--engine spark"):
        wish_of("duckdb", None, ("spark.executor.memory=1g",), None)


def test_settings_are_key_and_value():
    place = place_of("yarn", ("spark.executor.memory=8g", "spark.x.extraJavaOptions=-Da=b -Dc=d"))
    assert place.master == "yarn"
    assert place.settings == (
        ("spark.executor.memory", "8g"),
        ("spark.x.extraJavaOptions", "-Da=b -Dc=d"),
    )
    assert place_of(None, ()).master == LOCAL


@pytest.mark.parametrize("text", ["spark.executor.memory", "memory=8g", "=8g", ""])
def test_what_is_no_setting_is_refused(text):
    with pytest.raises(UserError, match="key=value"):
        place_of(None, (text,))


@pytest.mark.parametrize("key", HELD)
def test_what_the_marts_depend_on_stays(key):
    with pytest.raises(UserError, match="stays so"):
        place_of(None, (f"{key}=other",))
    assert place_of(None, (f"{key}={HELD[key]}",)).settings == ((key, HELD[key]),)


def test_without_pyspark_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match=r"pip install 'rapport-dta\[spark\]'"):
        require_spark()


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ("no idea", None),
    ],
)
def test_the_version_of_java_is_read(monkeypatch, said, version):
    answer = subprocess.CompletedProcess([], 0, stdout="", stderr=said)
    monkeypatch.setattr(spark_session.shutil, "which", lambda _name: "/usr/bin/java")
    monkeypatch.setattr(spark_session.subprocess, "run", lambda *_, **__: answer)
    assert java_version() == version


@pytest.mark.parametrize(
    ("version", "said"), [(None, "no Java was found"), (11, "Java 11 was found")]
)
def test_without_java_it_says_how_to_get_it(monkeypatch, version, said):
    monkeypatch.setattr(spark_session, "find_spec", lambda _name: object())
    monkeypatch.setattr(spark_session, "java_version", lambda: version)
    with pytest.raises(UserError, match=f"{said}.*default-jre-headless.*JAVA_HOME"):
        require_spark()


def test_java_home_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java_version() is None


def test_what_is_missing_is_said_before_anything_is_loaded(monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda _name: None)
    with pytest.raises(UserError, match="PySpark"):
        wish_of("spark", None, (), None)


def test_spark_gets_a_lake_in_the_workspace_unless_one_is_named(tmp_path):
    workspace = Workspace(tmp_path / "own")
    assert settle_lake(workspace, EngineWish()) is None
    assert lake_of(workspace) is None
    settle_lake(workspace, EngineWish("spark", SparkPlace()))
    assert lake_of(workspace) == workspace.root / "lake"
    said = settle_lake(workspace, EngineWish(lake=tmp_path / "named"))
    assert said is not None
    settle_lake(workspace, EngineWish("spark", SparkPlace()))
    assert lake_of(workspace) == Path(tmp_path / "named")


@pytest.mark.parametrize(
    ("value", "is_other"),
    [
        *(("3", False), ("-12", False), ("3.5", False), ("0.001", False), ("0.0", False)),
        *(("0.0005", True), ("1.5e-7", True), ("10000000.0", True), ("123456789.5", True)),
        *(("12345678901234567890", False), ("1E400", True), ("home", False), ("3.5 kg", False)),
    ],
)
def test_numbers_that_spark_writes_otherwise(value, is_other):
    assert is_other_text(value) is is_other


def test_a_study_that_asks_for_such_a_number_is_not_built_on_spark():
    def asked(name, value):
        return pl.DataFrame({"property": [name], "property_value": [value]})

    require_same_text(asked("level", "3"))
    require_same_text(asked("level", None))
    with pytest.raises(UserError, match=r"'dose' is 0\.0005"):
        require_same_text(asked("dose", "0.0005"))
    with pytest.raises(UserError, match="apostrophe"):
        require_same_text(asked("today's", "x"))


@pytest.mark.parametrize(
    ("master", "given", "parts"),
    [
        ("local[*]", (), "8"),
        ("local", (), "8"),
        ("local[*]", ("spark.sql.shuffle.partitions=400",), "400"),
        ("yarn", (), None),
        ("local-cluster[2,1,1024]", (), None),
    ],
)
def test_on_one_machine_rows_are_shuffled_into_few_parts_unless_told_otherwise(
    master, given, parts
):
    settings = settings_of(place_of(master, given))
    assert settings.get("spark.sql.shuffle.partitions") == parts
    assert settings["spark.sql.session.timeZone"] == "UTC"

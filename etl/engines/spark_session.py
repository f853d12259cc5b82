"""Where Spark runs and how: a master and settings, and what has to be there for it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from study.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"
JAVA = 17
"""The oldest Java that this Spark runs on."""
HELD = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}
"""What the same marts as DuckDB's depend on: nobody changes it."""
DEFAULTS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.memory": "2g",
}
"""What is so unless somebody says otherwise."""
LOCAL_DEFAULTS = {"spark.sql.shuffle.partitions": "8"}
"""The same for Spark on one machine: of 200 parts, as usual, each costs more than what is in it."""
_SETTING = re.compile(r"(spark\.[\w.-]+)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class SparkPlace:
    """A master, such as `local[*]`, `spark://host:7077`, `yarn` or `k8s://https://...`, and
    settings (`spark.executor.memory`, ...) as they would stand in `spark-defaults.conf`.
    """

    master: str = LOCAL
    settings: tuple[tuple[str, str], ...] = ()


def place_of(master: str | None, settings: tuple[str, ...]) -> SparkPlace:
    """What was asked for on the command line.

    Parameters
    ----------
    settings
        Each `key=value`.

    Raises
    ------
    UserError
        If one is no setting, or would change what the marts depend on.
    """
    pairs = []
    for text in settings:
        match = _SETTING.fullmatch(text.strip())
        if match is None:
            raise UserError(
                f"--spark-conf {text!r} is no setting of Spark. Write key=value, such as "
                "spark.executor.memory=8g"
            )
        key, value = match[1], match[2].strip()
        if key in HELD and value.lower() != HELD[key].lower():
            raise UserError(
                f"--spark-conf {key} is {HELD[key]} here and stays so: with another value the "
                "marts would not be those that DuckDB makes."
            )
        pairs.append((key, value))
    return SparkPlace(master or LOCAL, tuple(pairs))


def told_spark(path: Path) -> str:
    """A file or folder as Spark wants it named: letters stand for themselves, unlike in a URI."""
    return f"file://{path.absolute()}"


@contextmanager
def spark_session(place: SparkPlace) -> Iterator["SparkSession"]:
    """A session of its own; Spark is stopped at the end, unless it ran before.

    Raises
    ------
    UserError
        If PySpark or Java are missing, or Spark cannot be reached.
    """
    require_spark()
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    before = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("rapport").master(place.master)
    for key, value in settings_of(place).items():
        builder = builder.config(key, value)
    try:
        running = builder.getOrCreate()
    except PySparkException as error:
        raise UserError(
            f"Spark could not be started at {place.master}: {str(error).splitlines()[0]} "
            "Look at --master and --spark-conf, and at what Spark printed above."
        ) from error
    try:
        yield running.newSession()
    finally:
        if before is None:
            running.stop()


def settings_of(place: SparkPlace) -> dict[str, str]:
    """Every setting that Spark is started with: what was said of a place goes before defaults."""
    is_here = place.master.startswith("local[") or place.master == "local"
    defaults = DEFAULTS | (LOCAL_DEFAULTS if is_here else {})
    return {**defaults, **dict(place.settings), **HELD}


def require_spark() -> None:
    """Raise `UserError`, with how to get them, where PySpark or Java are missing."""
    if find_spec("pyspark") is None:
        raise UserError(
            "PySpark is not installed, which --engine spark needs. Get it with: "
            "python -m pip install 'rapport-dta[spark]'   (from a copy of the repository: "
            "python -m pip install '.[spark]'). Without --engine the build is made by DuckDB."
        )
    version = java_version()
    if version is None or version < JAVA:
        found = "no Java was found" if version is None else f"Java {version} was found"
        raise UserError(
            f"Spark needs Java {JAVA} or newer, and {found}. Debian and Ubuntu: "
            "sudo apt-get install default-jre-headless; elsewhere see https://adoptium.net. "
            "Where it is installed but not found, set JAVA_HOME."
        )


def java_version() -> int | None:
    """The main version of the Java that Spark would run on; None where there is none."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which(str(Path(home, "bin", "java"))) if home else shutil.which("java")
    if program is None:
        return None
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(\d+)(?:\.(\d+))?', said.stderr + said.stdout)
    if match is None:
        return None
    main = int(match[1])
    return int(match[2] or 0) if main == 1 else main  # Java 8 calls itself 1.8.

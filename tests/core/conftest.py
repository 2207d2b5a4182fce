"""The engines that portfolio measures run on: each makes a frame of an Arrow table, and rows of a frame."""

from __future__ import annotations

import datetime as dt
import shutil
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa


@dataclass(frozen=True)
class Engine:
    """An engine.

    Attributes:
        name: Its name.
        frame: Turns an Arrow table into the engine's frame.
        collect: Turns a frame into dictionaries, one a row.
    """

    name: str
    frame: Callable[[pa.Table], Any]
    collect: Callable[[Any], list[dict[str, Any]]]

    def rows(self, frame: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the engines have no type in common
        """Return a frame's rows with plain dates and None, whatever the engine calls them."""
        return [{name: _plain(value) for name, value in row.items()} for row in self.collect(frame)]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell of any type
    if isinstance(value, dt.datetime):
        return None if value != value else value.date()  # noqa: PLR0124 - pandas' "not a time" equals nothing
    return None if value is None or value is pd.NA or value != value else value  # noqa: PLR0124 - NaN likewise


def _stamped(table: pa.Table) -> pd.DataFrame:
    """Return a frame as pandas users have it: time stamps for dates, NumPy integers."""
    frame = table.to_pandas()
    for name in table.column_names:
        if str(table.schema.field(name).type) == "date32[day]":
            frame[name] = pd.to_datetime(frame[name])
    return frame


def _spark() -> Iterator[Engine]:
    if shutil.which("java") is None:
        pytest.skip("needs Java, which PySpark runs on")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow to import, and of no use without Java

    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.ui.enabled": "false",
    }
    builder = SparkSession.builder.master("local[1]").appName("duebook-tests")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield Engine("pyspark", session.createDataFrame, lambda frame: frame.toArrow().to_pylist())
    session.stop()


def _eager(name: str) -> Engine:
    connection = duckdb.connect()
    return {
        engine.name: engine
        for engine in (
            Engine("pandas", _stamped, lambda frame: frame.to_dict("records")),
            Engine(
                "pandas-arrow",
                lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
                lambda frame: frame.to_dict("records"),
            ),
            Engine("polars", pl.from_arrow, lambda frame: frame.to_dicts()),
            Engine(
                "polars-lazy",
                lambda table: pl.from_arrow(table).lazy(),
                lambda frame: frame.collect().to_dicts(),
            ),
            Engine("duckdb", connection.from_arrow, lambda frame: frame.to_arrow_table().to_pylist()),
            Engine("pyarrow", lambda table: table, lambda frame: frame.to_pylist()),
        )
    }[name]


IN_PROCESS = ("pandas", "pandas-arrow", "polars", "polars-lazy", "duckdb", "pyarrow")


@pytest.fixture(scope="session", params=IN_PROCESS)
def quick_engine(request: pytest.FixtureRequest) -> Engine:
    """Return each engine that answers in milliseconds."""
    return _eager(request.param)


@pytest.fixture(scope="session", params=[*IN_PROCESS, "pyspark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Return each engine."""
    if request.param != "pyspark":
        yield _eager(request.param)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's own, of the Python and pandas it finds
        yield from _spark()

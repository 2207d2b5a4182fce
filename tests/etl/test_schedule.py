"""The schedule: what APScheduler is told, and a real scheduler process that missed a time and is stopped."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from queue import Queue
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from duebook.errors import InputError
from duebook.policy import default_policy
from duebook_etl.book import Book
from duebook_etl.config import Config, load_config
from duebook_etl.schedule import GRACE, run_schedule, scheduler_of
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from erp import Database

NIGHT = '[[schedule]]\njob = "refresh"\ncron = "30 2 * * *"\ntimezone = "Asia/Shanghai"\n'
WEEKLY = '[[schedule]]\njob = "refresh"\ncron = "0 6 * * 1"\ntimezone = "UTC"\n'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


def written(folder: Path, tables: str) -> Config:
    file = folder / "duebook.toml"
    file.write_text(tables, encoding="utf-8")
    return load_config(file)


def jobs(config: Config, store: Store) -> list[tuple[str, datetime]]:
    scheduler = scheduler_of(config, store)
    found = [(job.id, job.next_run_time) for job in scheduler.get_jobs()]
    scheduler.shutdown()
    return found


def test_a_job_runs_at_its_hour_in_its_time_zone(tmp_path: Path, store: Store):
    ((key, time),) = jobs(written(tmp_path, NIGHT), store)
    assert key == "refresh 30 2 * * * Asia/Shanghai"
    local = time.astimezone(ZoneInfo("Asia/Shanghai"))
    assert (local.hour, local.minute, local.utcoffset()) == (2, 30, timedelta(hours=8))
    assert (time.astimezone(UTC).hour, time.astimezone(UTC).minute) == (18, 30)
    assert timedelta(0) < time - datetime.now(UTC) <= timedelta(days=1)


def test_runs_do_not_overlap_or_pile_up_and_may_be_late(tmp_path: Path, store: Store):
    scheduler = scheduler_of(written(tmp_path, NIGHT), store)
    (job,) = scheduler.get_jobs()
    scheduler.shutdown()
    assert (job.max_instances, job.coalesce) == (1, True)
    assert job.misfire_grace_time == GRACE.total_seconds() == 12 * 3600


def test_the_store_keeps_the_jobs_and_drops_those_no_longer_wanted(tmp_path: Path, store: Store):
    both = jobs(written(tmp_path, NIGHT + WEEKLY), store)
    assert sorted(key for key, _ in both) == ["refresh 0 6 * * 1 UTC", "refresh 30 2 * * * Asia/Shanghai"]
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as again:
        assert jobs(written(tmp_path, WEEKLY), again) == [
            job for job in both if job[0].startswith("refresh 0 6")
        ]
        assert [key for key, _ in jobs(written(tmp_path, NIGHT), again)] == [
            "refresh 30 2 * * * Asia/Shanghai"
        ]


def test_a_time_that_was_missed_stays_due_when_the_scheduler_starts_again(tmp_path: Path, store: Store):
    config = written(tmp_path, NIGHT)
    due = datetime.now(UTC) - timedelta(hours=3)
    make_due(config, store, due)
    ((_, time),) = jobs(config, store)
    assert time == due


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            '[[source]]\nname = "a"\nconnector = "tryton"\nurl = "postgresql://h/d"\n',
            r"has no \[\[schedule\]\]",
        ),
        (NIGHT, r"has no \[\[source\]\]"),
    ],
)
def test_a_schedule_needs_a_job_and_a_source(tmp_path: Path, tables: str, message: str):
    with pytest.raises(InputError, match=message):
        run_schedule(written(tmp_path, tables), default_policy(), announce=print)


def test_a_job_for_a_day_that_never_comes_is_refused_before_the_scheduler_starts(tmp_path: Path):
    with pytest.raises(InputError, match=r"line 3: \[\[schedule\]\] cron: '0 0 31 2 \*' never runs"):
        written(tmp_path, NIGHT.replace("30 2 * * *", "0 0 31 2 *"))


def test_a_job_for_a_day_of_leap_years_has_its_next_time(tmp_path: Path, store: Store):
    ((_, time),) = jobs(written(tmp_path, NIGHT.replace("30 2 * * *", "0 0 29 2 *")), store)
    local = time.astimezone(ZoneInfo("Asia/Shanghai"))
    assert (local.month, local.day, local.hour) == (2, 29, 0)


def make_due(config: Config, store: Store, time: datetime) -> None:
    """Make the one job due at a time, as if nothing had run since, in APScheduler's own table."""
    jobs(config, store)
    with store.write() as connection:
        kept = connection.scalar(text("SELECT job_state FROM apscheduler_jobs"))
        state = pickle.loads(kept)  # noqa: S301 - written above
        values = {"time": time.timestamp(), "state": pickle.dumps(state | {"next_run_time": time})}
        connection.execute(
            text("UPDATE apscheduler_jobs SET next_run_time = :time, job_state = :state"), values
        )


SERVICE = """
import sys
from pathlib import Path
from duebook.policy import default_policy
from duebook_etl.config import load_config
from duebook_etl.schedule import run_schedule

run_schedule(load_config(Path(sys.argv[1])), default_policy(), announce=lambda line: print(line, flush=True))
"""


class Service:
    """A scheduler in a process of its own; what it says comes line by line."""

    def __init__(self, config: Path) -> None:
        """Start it."""
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", SERVICE, str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip())

    def line(self) -> str:
        """Return the next line, waiting for it."""
        return self._lines.get(timeout=60)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        os.kill(self.process.pid, number)
        return self.process.wait(timeout=60)


@pytest.fixture
def service() -> Iterator[list[Service]]:
    started: list[Service] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait()
        if each.process.stdout is not None:
            each.process.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM, which Windows has not")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_scheduler_makes_up_for_what_was_missed_once_and_stops_cleanly(
    tmp_path: Path, store: Store, tryton: Database, service: list[Service], number: int
):
    url = tryton.postgres.url(tryton.name).render_as_string()
    source = f'[[source]]\nname = "books"\nconnector = "tryton"\nurl = "{url}"\n'
    # Due every hour, and last run hours ago: several times were missed, and one run makes up for all of them.
    config = written(tmp_path, source + NIGHT.replace("30 2", "0 *"))
    make_due(config, store, datetime.now(UTC) - timedelta(hours=5))
    service.append(Service(tmp_path / "duebook.toml"))
    key = config.schedule[0].key
    assert service[0].line().startswith(f"{key}: next at 20")
    assert service[0].line() == f"{key}: run 1 ok"
    assert service[0].stop(number) == 0
    assert service[0].line() == "Stopping: a running refresh ends after the source it is reading."
    assert service[0].line() == "Stopped."
    (run,) = Book(store, default_policy()).status()
    assert (run.trigger, run.status) == ("schedule", "ok")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert run.as_of in {today, today - timedelta(1)}
    ((_, time),) = jobs(config, store)
    assert time > datetime.now(UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGTERM, which Windows has not")
def test_a_run_that_fails_is_announced_and_the_schedule_goes_on(
    tmp_path: Path, store: Store, tryton: Database, service: list[Service]
):
    url = tryton.postgres.url("no_such_database").render_as_string()
    config = written(tmp_path, f'[[source]]\nname = "books"\nconnector = "tryton"\nurl = "{url}"\n{NIGHT}')
    make_due(config, store, datetime.now(UTC) - timedelta(minutes=1))
    service.append(Service(tmp_path / "duebook.toml"))
    service[0].line()
    assert service[0].line().endswith(": run 1 failed")
    assert 'database "no_such_database" does not exist' in service[0].line()
    assert service[0].stop() == 0

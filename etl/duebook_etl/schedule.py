"""The schedule: the jobs of the configuration at their times, until told to stop.

The jobs are kept in the store's own database, so a time that passed while nothing was running is made up for,
once, when the scheduler starts again within :data:`GRACE`. One job runs at a time. On SIGTERM or Ctrl-C a
running refresh finishes the source it is reading, keeps it, and ends there without publishing; the store and
the workbooks are whole at any moment.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from duebook.errors import DuebookError, InputError
from duebook_etl.crontab import cron_trigger
from duebook_etl.refresh import nobody, refresh
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from types import FrameType

    from duebook.policy import Policy
    from duebook_etl.book import Book
    from duebook_etl.config import Config, ScheduleConfig
    from duebook_workbooks.forms.form import Answer

GRACE: Final = timedelta(hours=12)
"""How late a job may still start: a machine that was off at night refreshes in the morning after."""


@dataclass(frozen=True)
class _Service:
    """What a job needs and its record in the store cannot hold."""

    config: Config
    policy: Policy
    store: Store
    announce: Callable[[str], None]
    answers: Callable[[Book], Answer]
    stop: threading.Event = field(default_factory=threading.Event)


class _Desk:
    """Where a job finds the service: one for the process."""

    service: _Service | None = None


def run_schedule(
    config: Config,
    policy: Policy,
    *,
    announce: Callable[[str], None],
    answers: Callable[[Book], Answer] = nobody,
) -> None:
    """Run the jobs at their times until SIGTERM or SIGINT; call it in the main thread.

    Args:
        config: The configuration.
        policy: The policy in force.
        announce: Told what happens, a line each.
        answers: Gives what answers the worksheet functions, as of :func:`duebook_etl.refresh.refresh`.

    Raises:
        InputError: The configuration has no schedule or no source.
        StoreError: The store cannot be opened.
    """
    config.sources()
    with Store.open(config.store.address()) as store:
        service = _Service(config, policy, store, announce, answers)
        _Desk.service = service
        scheduler = scheduler_of(config, store)
        try:
            with _signals() as told:
                for job in scheduler.get_jobs():
                    announce(f"{job.name}: next at {job.next_run_time:%Y-%m-%d %H:%M %Z}")
                scheduler.resume()
                _wait(told)
                service.stop.set()
                announce("Stopping: a running refresh ends after the source it is reading.")
                scheduler.shutdown(wait=True)
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=True)
            _Desk.service = None
    announce("Stopped.")


def scheduler_of(config: Config, store: Store) -> BackgroundScheduler:
    """Return a paused scheduler that has exactly the jobs of a configuration, kept in the store.

    A job that is there already keeps its next time; one that the configuration no longer has is removed.

    Args:
        config: The configuration.
        store: The store.

    Raises:
        InputError: The configuration has no schedule.
    """
    if not config.schedule:
        raise InputError("The configuration has no [[schedule]].", hint="Add one: job, cron and timezone.")
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=store.engine)},
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": int(GRACE.total_seconds()),
        },
        timezone=UTC,
    )
    scheduler.start(paused=True)
    wanted = {schedule.key: schedule for schedule in config.schedule}
    kept = {job.id for job in scheduler.get_jobs()}
    for key in kept - wanted.keys():
        scheduler.remove_job(key)
    for key in wanted.keys() - kept:
        trigger = cron_trigger(wanted[key].cron, wanted[key].timezone)
        scheduler.add_job(run_job, trigger, args=(key,), id=key, name=key)
    return scheduler


def run_job(key: str) -> None:
    """Run one job of the schedule now; the scheduler calls it.

    The refresh is as of the day it is in the schedule's time zone. What goes wrong is announced and on
    record, and the schedule goes on.

    Args:
        key: The key of the schedule.
    """
    service = _Desk.service
    if service is None:
        raise RuntimeError("a job runs only inside run_schedule")
    schedule = next(each for each in service.config.schedule if each.key == key)
    try:
        report = refresh(
            service.config,
            service.store,
            service.policy,
            as_of=_today(schedule),
            trigger="schedule",
            stopping=service.stop.is_set,
            answers=service.answers,
        )
    except DuebookError as error:
        service.announce(f"{key}: {error}")
    else:
        service.announce(f"{key}: run {report.run} {report.status}")
        for source in report.sources:
            if source.message:
                service.announce(f"{key}: {source.message}")


def _today(schedule: ScheduleConfig) -> date:
    return datetime.now(ZoneInfo(schedule.timezone)).date()


@contextmanager
def _signals() -> Iterator[SimpleQueue[int]]:
    """Give a queue that SIGTERM and SIGINT go to; unlike an event, a handler may fill it at any moment."""
    told: SimpleQueue[int] = SimpleQueue()

    def stop(number: int, _frame: FrameType | None) -> None:
        told.put(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(told: SimpleQueue[int]) -> None:
    while True:
        with suppress(Empty):
            told.get(timeout=1)  # Windows interrupts no wait without an end
            return

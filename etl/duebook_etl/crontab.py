"""When the fields of a crontab say that a job runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

_STEP: Final = re.compile(r"[1-7]")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def cron_trigger(cron: str, timezone: str) -> BaseTrigger:
    """Return when a crontab's five fields say that a job runs.

    As cron does, and APScheduler alone does not: 0 and 7 are Sunday, a range of weekdays may pass the end of
    the week, and where both a day of the month and a weekday are named, either is enough.

    Args:
        cron: Minute, hour, day of the month, month, weekday.
        timezone: The time zone, as IANA names it.

    Raises:
        ValueError: A field is not one of a crontab.
    """
    from apscheduler.triggers.combining import OrTrigger  # noqa: PLC0415 - slow to import, seldom needed
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415

    fields = cron.split()
    if len(fields) != len(("minute", "hour", "day", "month", "weekday")):
        raise ValueError(
            f"{cron!r} has {len(fields)} fields; a crontab has 5: minute, hour, day, month, weekday, "
            "such as '30 2 * * *'."
        )
    minute, hour, day, month, weekday = fields
    try:
        weekday = _named_weekdays(weekday)
        days = [(day, weekday)] if "*" in (day[0], weekday[0]) else [(day, "*"), ("*", weekday)]
        triggers = [
            CronTrigger(minute=minute, hour=hour, day=d, month=month, day_of_week=w, timezone=timezone)
            for d, w in days
        ]
    except (ValueError, IndexError) as error:
        raise ValueError(f"{cron!r} is no crontab: {error}.") from None
    return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)


def _named_weekdays(field: str) -> str:
    """Write a crontab's weekdays as names: APScheduler counts from Monday, cron from Sunday."""
    if field == "*":
        return field
    names: list[str] = []
    for part in field.lower().split(","):
        span, slash, step = part.partition("/")
        if slash and not _STEP.fullmatch(step):
            raise ValueError(f"weekdays {part!r}: the step after '/' is a number from 1 to 7")
        first, dash, last = ("0-6" if span == "*" else span).partition("-")
        start = _weekday(first)
        stop = _weekday(last) if dash else (6 if step else start)
        days = range(start, stop + 1 if stop >= start else stop + 8)
        names.extend(_WEEKDAYS[day % 7] for day in days[:: int(step or 1)])
    return ",".join(dict.fromkeys(names))


def _weekday(text: str) -> int:
    if text in _WEEKDAYS:
        return _WEEKDAYS.index(text)
    if text.isdecimal() and int(text) <= len(_WEEKDAYS):
        return int(text)
    raise ValueError(f"weekday {text!r} is neither 0 to 7 nor {', '.join(_WEEKDAYS)}")

"""The configuration, ``duebook.toml``: read, checked as a whole, and kept without its secrets.

A secret is named where it is used and looked up only then: ``${NAME}`` stands for an environment variable,
``keyring:NAME`` for a secret of the system's keyring. So a question to the store needs no password of an ERP,
and a configuration can be printed.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import unicodedata
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args, get_origin
from urllib.parse import quote, unquote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
)

from duebook.errors import InputError
from duebook.toml_lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apscheduler.triggers.base import BaseTrigger
    from pydantic_core import ErrorDetails

    from duebook_etl.extract import Source

DEFAULT_FILE: Final = "duebook.toml"
KEYRING_SERVICE: Final = "duebook"
_PROBLEMS_SHOWN: Final = 5
_REFERENCE: Final = re.compile(r"\$\{(?P<variable>[A-Za-z_]\w*)\}|keyring:(?P<secret>[\w.-]+)")
_VARIABLE: Final = re.compile(r"\$\{(?P<variable>[A-Za-z_]\w*)\}")
_URL: Final = re.compile(r"[A-Za-z][\w+.-]*://")
_PASSWORD: Final = re.compile(r"://[^/:@?]*:(?P<password>[^@]+)@")
_PASSWORD_OPTION: Final = re.compile(r"[?&;](?:password|passwd|pwd)\s*=(?P<password>[^&;]*)", re.IGNORECASE)
_WEEKDAY_STEP: Final = re.compile(r"[1-7]")
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535
_SQLITE: Final = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<file>[^?]+)(?P<options>\?.*)?")
_ANY_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a crontab that never runs from here on never runs
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the question ``Did you mean '...'?`` for the name nearest to a wrong one, if one is near."""
    by_folded = {known.casefold(): known for known in names}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1)
    return f"Did you mean {by_folded[found[0]]!r}?" if found else None


def _problem(text: str, hint: str | None) -> ValueError:
    return ValueError(f"{text} {hint}" if hint else text)


def _folder(info: ValidationInfo) -> Path:
    """Return the folder of the configuration file: relative paths start there."""
    file: Path = info.context or Path(DEFAULT_FILE)
    return file.parent


def _holds_password(url: str) -> bool:
    """Return whether a URL has a password written out, not a reference to one."""
    found = (pattern.search(unquote(url)) for pattern in (_PASSWORD, _PASSWORD_OPTION))
    return any(one and one["password"] and not _REFERENCE.search(one["password"]) for one in found)


def _address(value: str, info: ValidationInfo) -> str:
    if not _URL.match(value) and not _REFERENCE.fullmatch(value):
        raise ValueError("is no database URL; write one such as postgresql+psycopg://reader@host:5432/erp.")
    sqlite = _SQLITE.fullmatch(value)
    if sqlite and sqlite["file"] != ":memory:":
        return f"{sqlite['scheme']}{_folder(info) / sqlite['file']}{sqlite['options'] or ''}"
    return value


def _path(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value  # pydantic says what is wrong with it
    if not value:
        raise ValueError("it is empty.")
    if "\0" in value:
        raise ValueError("it holds a character that no path has.")
    written = _VARIABLE.sub(lambda found: _variable(found["variable"]), value)
    return _folder(info) / Path(written).expanduser()


def _workbook(value: object, info: ValidationInfo) -> object:
    path = _path(value, info)
    if isinstance(path, Path) and path.suffix.lower() != ".xlsx":
        raise ValueError(f"{value!r} is no workbook; its path ends in .xlsx, such as out/portfolio.xlsx.")
    return path


def _credit_file(value: object, info: ValidationInfo) -> object:
    path = _path(value, info)
    if isinstance(path, Path) and path.suffix.lower() not in {".csv", ".xlsx"}:
        raise ValueError(f"{value!r} is no credit file; its path ends in .csv or .xlsx.")
    return path


def _name(value: str) -> str:
    # Marks are part of the letters of many languages; "/" separates a source from its company.
    fine = all(char in "-_. " or unicodedata.category(char)[0] in "LMN" for char in value)
    if not fine or value != value.strip():
        raise ValueError(
            f"{value!r} is no name of a source; write letters of any language, digits, '-', '_' and '.', "
            "with blanks only between them."
        )
    return value


def _connector(value: str) -> str:
    from duebook_connectors import CONNECTORS  # noqa: PLC0415 - the SQL of every ERP, which a schema does not need

    if value not in CONNECTORS:
        allowed = f"{value!r} is no connector; there are {', '.join(sorted(CONNECTORS))}."
        raise _problem(allowed, nearest(value, CONNECTORS))
    return value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("it is empty.")
    return value


def _cron(value: str) -> str:
    if cron_trigger(value, "UTC").get_next_fire_time(None, _ANY_DAY) is None:
        raise ValueError(f"{value!r} never runs: no such day exists in the months it names.")
    return value


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = nearest(value, sorted(zoneinfo.available_timezones()))
        raise _problem(f"{value!r} is no time zone; write one such as Asia/Shanghai.", near) from None
    return value


def _reference(value: str) -> str:
    if not _REFERENCE.fullmatch(value):
        raise ValueError(
            "holds the secret itself, which does not belong in a file; write ${NAME} and set the environment "
            "variable NAME, or write keyring:NAME and keep it in the system's keyring."
        )
    return value


def _origin(value: str) -> str:
    found = _ORIGIN.fullmatch(value)
    if not found or int(found["port"] or 0) > _HIGHEST_PORT:
        raise ValueError(
            f"{value!r} is no origin; write scheme, host and port in small letters, such as "
            "https://credit.example:8443."
        )
    return value.removesuffix(":443" if value.startswith("https:") else ":80")  # as browsers write it


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_Text = Annotated[str, Field(min_length=1)]
_Address = Annotated[str, AfterValidator(_address)]
_File = Annotated[Path, BeforeValidator(_path)]


class StoreConfig(_Table):
    """Where Duebook keeps what it read: ``[store]``.

    Attributes:
        url: An SQLAlchemy URL without its secrets; a relative SQLite file is beside the configuration.
    """

    url: Annotated[_Address, Field(validate_default=True)] = "sqlite:///duebook.db"

    def address(self) -> str:
        """Return the URL with its secrets in place, for the driver and for nothing else.

        Raises:
            InputError: An environment variable or a secret of the keyring is missing; the message names it.
        """
        return _with_secrets(self.url, "[store] url")


class SourceConfig(_Table):
    """An ERP's database: one ``[[source]]``.

    Attributes:
        name: What people call it; the store's ``source``. Letters, digits, ``-``, ``_``,
            ``.``, and blanks between them.
        connector: The name of its connector.
        url: An SQLAlchemy URL as written, references to secrets in it.
        companies: The companies to read, by id or name; ``*`` for all.
    """

    name: Annotated[_Text, AfterValidator(_name)]
    connector: Annotated[str, AfterValidator(_connector)]
    url: Annotated[_Address, Field(repr=False)]
    companies: Annotated[tuple[_Text, ...], AfterValidator(_some)] = ("*",)

    def opened(self) -> Source:
        """Return the source with its secrets in place, for the driver and for nothing else.

        Raises:
            InputError: An environment variable or a secret of the keyring is missing; the message names it.
        """
        from duebook_etl.extract import Source  # noqa: PLC0415 - the drivers, which a configuration does without

        url = _with_secrets(self.url, f"[[source]] {self.name!r}, url")
        return Source(self.name, self.connector, url, self.companies)


class PolicyConfig(_Table):
    """Which credit policy is in force: ``[policy]``.

    Attributes:
        file: Its file; None for the default policy.
    """

    file: _File | None = None


class ModelConfig(_Table):
    """Where the fitted model of serious delinquency lies: ``[model]``.

    Attributes:
        file: Its file, which ``duebook model fit`` writes; until then fixed points stand.
    """

    file: _File = Field(default="model.json", validate_default=True)


class CreditFileConfig(_Table):
    """Where the credit file lies, what is known of customers beyond the ledger: ``[credit_file]``.

    Attributes:
        path: A ``.csv`` in UTF-8 or a ``.xlsx``, read at every refresh.
    """

    path: Annotated[Path, BeforeValidator(_credit_file)]


class WorkbookConfig(_Table):
    """A workbook to publish: one ``[[workbook]]``.

    Attributes:
        template: Which standard workbook.
        path: Where it is published: a file that ends in ``.xlsx``.
        language: Its language.
    """

    template: Literal["portfolio"]
    path: Annotated[Path, BeforeValidator(_workbook)]
    language: Literal["en", "zh"] = "en"


class ScheduleConfig(_Table):
    """A job and when it runs: one ``[[schedule]]``.

    Attributes:
        job: What runs.
        cron: When, the five fields of a crontab.
        timezone: The time zone of those fields, as IANA names it.
    """

    job: Literal["refresh"]
    cron: Annotated[str, AfterValidator(_cron)]
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"

    @property
    def key(self) -> str:
        """What tells this schedule from every other."""
        return f"{self.job} {self.cron} {self.timezone}"


class ServerConfig(_Table):
    """How `duebook serve` is reached: ``[server]``.

    Attributes:
        host: The address it listens on; ``0.0.0.0`` for every one.
        port: Its port.
        certificate: The file of its certificate and those that sign it, in PEM; None for none.
        key: The file of the certificate's key.
        token: The sign-in token as a reference, ``${NAME}`` or ``keyring:NAME``; None for one that the
            server makes.
        origins: Where else it is reached, behind a proxy for instance: ``https://credit.example``.
    """

    host: _Text = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=0, le=_HIGHEST_PORT)] = 8443
    certificate: _File | None = None
    key: _File | None = None
    token: Annotated[str, AfterValidator(_reference)] | None = None
    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()

    def secret(self) -> str | None:
        """Return the sign-in token, for the server and for nothing else; None where none is named.

        Raises:
            InputError: The variable of the environment or the secret of the keyring is missing.
        """
        return None if self.token is None else _with_secrets(self.token, "[server] token")


class Config(_Table):
    """A whole configuration: its paths are absolute and it holds no secret."""

    store: StoreConfig
    model: ModelConfig
    source: tuple[SourceConfig, ...] = ()
    policy: PolicyConfig = PolicyConfig()
    credit_file: CreditFileConfig | None = None
    workbook: tuple[WorkbookConfig, ...] = ()
    schedule: tuple[ScheduleConfig, ...] = ()
    server: ServerConfig = ServerConfig()
    _folder: Path = PrivateAttr(default=Path())

    def model_post_init(self, context: object) -> None:
        """Keep the folder of the file, which pydantic is given as its context."""
        if isinstance(context, Path):
            self._folder = context.parent

    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know though the configuration works; no secret is repeated."""
        return tuple(
            f"[[source]] {source.name!r}: its url holds a password, which does not belong in a file; write "
            "${NAME} in its place and set the environment variable NAME, or write keyring:NAME and keep it "
            "in the system's keyring."
            for source in self.source
            if _holds_password(source.url)
        )

    def shown(self, path: Path) -> str:
        """Return a path as people write it: from the configuration's folder on where it lies in it."""
        within = path.is_relative_to(self._folder)
        return (path.relative_to(self._folder) if within else path).as_posix()

    def sources(self, names: Sequence[str] | None = None) -> tuple[SourceConfig, ...]:
        """Return the sources of these names, in the order of the configuration; all of them without names.

        Raises:
            InputError: There is no source of such a name, or none at all.
        """
        if not self.source:
            raise InputError("The configuration has no [[source]].", hint="Add one: name, connector and url.")
        known = [source.name for source in self.source]
        for name in names or ():
            if name not in known:
                allowed = f"source: {name!r} is none of {', '.join(known)}."
                raise InputError(allowed, hint=nearest(name, known))
        return tuple(source for source in self.source if names is None or source.name in names)


def load_config(path: Path) -> Config:
    """Read a configuration and check all of it.

    Args:
        path: The file.

    Returns:
        The configuration, frozen, with absolute paths and without secrets.

    Raises:
        InputError: The file is missing, is no TOML, or holds what no configuration holds. The message has a
            line for each problem (at most five), with its file, line, key and the nearest valid key.
    """
    path = path.absolute()
    try:
        text = path.read_bytes().decode("utf-8-sig")  # editors on Windows write the mark
        content = tomllib.loads(text)
    except FileNotFoundError:
        hint = "Write one with `duebook init`, or name another with --config."
        raise InputError(f"There is no configuration {path}.", hint=hint) from None
    except OSError as error:
        raise InputError(f"The configuration {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"The configuration {path} is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: {_toml_problem(str(error))}") from None
    lines = Lines(text)
    try:
        config = Config.model_validate({"store": {}, "model": {}} | content, context=path)
    except ValidationError as error:
        problems = [_explain(detail, lines) for detail in error.errors(include_url=False)]
    else:
        problems = _repeated(config, lines)
        if not problems:
            return config
    shown = [f"{path.name}, {problem}" for problem in problems[:_PROBLEMS_SHOWN]]
    if len(problems) > _PROBLEMS_SHOWN:
        shown.append(f"{path.name}: {len(problems) - _PROBLEMS_SHOWN} more problems.")
    raise InputError("\n".join(shown))


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
        if slash and not _WEEKDAY_STEP.fullmatch(step):
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


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"the environment variable {name} is not set.")
    return value


def _secret(name: str) -> str:
    import keyring  # noqa: PLC0415 - slow to import, and seldom needed
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError as error:
        raise ValueError(
            f"the secret {name} cannot be read from the keyring ({type(error).__name__})."
        ) from None
    if value is None:
        raise ValueError(
            f"the keyring has no secret {name}; add it with `keyring set {KEYRING_SERVICE} {name}`."
        )
    return value


def _with_secrets(url: str, where: str) -> str:
    """Put the secrets into a URL; a password is written as it is, so it is escaped here."""
    password = _PASSWORD.search(url)
    options = url.find("?")

    def replace(found: re.Match[str]) -> str:
        variable = found["variable"]
        value = _variable(variable) if variable else _secret(found["secret"])
        in_password = password is not None and password.start("password") <= found.start() < password.end(
            "password"
        )
        in_options = 0 <= options < found.start()
        return quote(value, safe="") if in_password or in_options else value

    try:
        return _REFERENCE.sub(replace, url)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None


_MODELS: Final[dict[str, type[_Table]]] = {
    "store": StoreConfig,
    "source": SourceConfig,
    "policy": PolicyConfig,
    "model": ModelConfig,
    "credit_file": CreditFileConfig,
    "workbook": WorkbookConfig,
    "schedule": ScheduleConfig,
    "server": ServerConfig,
}


def _title(table: str) -> str:
    several = table in Config.model_fields and get_origin(Config.model_fields[table].annotation) is tuple
    return f"[[{table}]]" if several else f"[{table}]"


def _explain(detail: ErrorDetails, lines: Lines) -> str:
    """Say what pydantic found in the words of the file."""
    place, problem, received = detail["loc"], detail["type"], detail["input"]
    table, key = str(place[0]), next((str(part) for part in place[1:] if isinstance(part, str)), None)
    if key is None:
        return lines.of(place) + _explain_table(table, problem)
    title = _title(table)
    fields = _MODELS[table].model_fields
    hint = None
    if problem == "extra_forbidden":
        text, hint = f"{title} has no key {key!r}; there are {', '.join(fields)}.", nearest(key, fields)
    elif problem == "missing":
        text = f"{title} needs the key {key!r}."
    elif problem == "value_error":
        text = f"{title} {key}: {detail['ctx']['error']}"
    elif problem == "literal_error":
        allowed = get_args(fields[key].annotation)
        text = f"{title} {key}: {received!r} is not allowed; write {' or '.join(map(repr, allowed))}."
        hint = nearest(str(received), allowed)
    elif problem == "string_too_short":
        text = f"{title} {key}: it is empty."
    elif problem in {"greater_than_equal", "less_than_equal"}:
        text = f"{title} {key}: {received!r} is not allowed; write a number from 0 to {_HIGHEST_PORT}."
    else:
        kinds = {"tuple_type": "a list of texts", "int_type": "a whole number"}
        kind = kinds.get(problem, "a text in quotes")
        text = f"{title} {key}: {received!r} is not {kind}."
    return lines.of(place) + _sentence(text, hint)


def _explain_table(table: str, problem: str) -> str:
    if problem == "extra_forbidden":
        titles = ", ".join(_title(name) for name in Config.model_fields)
        return _sentence(
            f"there is no table [{table}]; there are {titles}.", nearest(table, Config.model_fields)
        )
    return f"{table} must be a table, written {_title(table)}."


def _sentence(text: str, hint: str | None) -> str:
    return f"{text} {hint}" if hint else text


def _repeated(config: Config, lines: Lines) -> list[str]:
    """Name what must be there once and is there twice."""
    keyed = [
        ("source", "name", [source.name for source in config.source]),
        ("workbook", "path", [os.path.normcase(workbook.path.resolve()) for workbook in config.workbook]),
        ("schedule", "cron", [schedule.key for schedule in config.schedule]),
    ]
    problems = []
    for table, key, values in keyed:
        for index, value in enumerate(values):
            if value in values[:index]:
                first = lines.find((table, values.index(value), key))
                taken = f"{_title(table)} {key}: {value!r} is already taken at line {first}."
                problems.append(lines.of((table, index, key)) + taken)
    return problems


def _toml_problem(message: str) -> str:
    """Turn tomllib's ``what (at line 3, column 5)`` around, so that the line comes first."""
    found = re.fullmatch(r"(?P<what>.*) \(at (?P<where>.*)\)", message)
    return f"{found['where']}: {found['what']}." if found else f"{message}."

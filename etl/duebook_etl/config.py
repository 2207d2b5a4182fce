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
from duebook_etl.crontab import cron_trigger
from duebook_etl.secret_references import REFERENCE, holds_password, variable, with_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

    from duebook_etl.extract import Source

DEFAULT_FILE: Final = "duebook.toml"
_PROBLEMS_SHOWN: Final = 5
_VARIABLE: Final = re.compile(r"\$\{(?P<variable>[A-Za-z_]\w*)\}")
_URL: Final = re.compile(r"[A-Za-z][\w+.-]*://")
_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535
_SQLITE: Final = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<file>[^?]+)(?P<options>\?.*)?")
_ANY_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)  # a crontab that never runs from here on never runs


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


def _address(value: str, info: ValidationInfo) -> str:
    if not _URL.match(value) and not REFERENCE.fullmatch(value):
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
    written = _VARIABLE.sub(lambda found: variable(found["variable"]), value)
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
    if not REFERENCE.fullmatch(value):
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
        return with_secrets(self.url, "[store] url")


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

        url = with_secrets(self.url, f"[[source]] {self.name!r}, url")
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
        previous: How many versions before the last are kept beside it.
        host: The program that opens it, whose spelling its formulas of the add-in get.
        customer: For a profile: the customer shown at first, an id as functions take it; None for the one
            that owes most.
    """

    template: Literal["portfolio", "profile", "worklist"]
    path: Annotated[Path, BeforeValidator(_workbook)]
    language: Literal["en", "zh"] = "en"
    previous: Annotated[int, Field(strict=True, ge=0, le=99)] = 1
    host: Literal["excel", "office", "calc"] = "excel"
    customer: _Text | None = None


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
        return None if self.token is None else with_secrets(self.token, "[server] token")


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
            if holds_password(source.url)
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
        text = f"{title} {key}: {received!r} is not allowed; write {_either(allowed)}."
        hint = nearest(str(received), allowed)
    elif problem == "string_too_short":
        text = f"{title} {key}: it is empty."
    elif problem in {"greater_than_equal", "less_than_equal"}:
        bounds = fields[key].metadata
        low, high = (next(getattr(one, of) for one in bounds if hasattr(one, of)) for of in ("ge", "le"))
        text = f"{title} {key}: {received!r} is not allowed; write a number from {low} to {high}."
    else:
        kinds = {"tuple_type": "a list of texts", "int_type": "a whole number"}
        kind = kinds.get(problem, "a text in quotes")
        text = f"{title} {key}: {received!r} is not {kind}."
    return lines.of(place) + _sentence(text, hint)


def _either(names: Sequence[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}" if others else last


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

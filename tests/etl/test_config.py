"""The configuration: what it means, what it refuses and in which words, and how secrets stay out of it."""

from __future__ import annotations

import io
import sys
import unicodedata
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import keyring
import keyring.backend
import pytest
from sqlalchemy import make_url

from duebook.errors import InputError
from duebook_cli.context import the_policy
from duebook_cli.output import say, show_table
from duebook_etl.config import Config, load_config
from duebook_etl.crontab import cron_trigger
from duebook_etl.secret_references import KEYRING_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Load = Callable[[str], Config]

SECRET = f"{token_urlsafe(6)}/of:the@server"
FULL = """
[store]
url = "sqlite:///books/duebook.db"

[[source]]
name = "group-erp"
connector = "odoo"
url = "postgresql+psycopg://reader:${ERP_PASSWORD}@erp.example:5432/erp"
companies = ["1", "North Ltd"]

[[source]]
name = "second"
connector = "tryton"
url = "postgresql+psycopg://reader@erp.example/tryton"

[policy]
file = "policy.toml"

[[workbook]]
template = "portfolio"
path = "out/portfolio.xlsx"
language = "zh"

[[schedule]]
job = "refresh"
cron = "30 2 * * *"
timezone = "Asia/Shanghai"
"""
SOURCE = """[[source]]
name = "erp"
connector = "odoo"
url = "postgresql+psycopg://reader@host/erp"
"""
WORKBOOK = """[[workbook]]
template = "portfolio"
path = "portfolio.xlsx"
"""
SCHEDULE = """[[schedule]]
job = "refresh"
cron = "30 2 * * *"
timezone = "Asia/Shanghai"
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write_and_load(text: str) -> Config:
        file = tmp_path / "duebook.toml"
        file.write_text(text, encoding="utf-8")
        return load_config(file)

    return write_and_load


def refusal(load: Load, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load(text)
    return str(caught.value)


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring of this test's own."""

    priority = 1

    def __init__(self) -> None:
        """Begin with no secret."""
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret."""
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        del self.secrets[service, username]


@pytest.fixture
def own_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


SERVER = """[server]
host = "0.0.0.0"
port = 443
certificate = "tls/server.crt"
key = "${TLS}/server.key"
token = "${DUEBOOK_TOKEN}"
origins = ["https://credit.example:443", "https://[::1]:8443"]
"""


def test_the_server_has_every_value_and_its_token_only_when_asked_for(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TLS", str(tmp_path / "keys"))
    monkeypatch.setenv("DUEBOOK_TOKEN", SECRET)
    config = load(SERVER)
    server = config.server
    assert (server.host, server.port) == ("0.0.0.0", 443)  # noqa: S104 - read, not listened on
    assert (server.certificate, server.key) == (
        tmp_path / "tls" / "server.crt",
        tmp_path / "keys" / "server.key",
    )
    assert server.origins == ("https://credit.example", "https://[::1]:8443")
    assert SECRET not in repr(config)
    assert server.secret() == SECRET
    monkeypatch.delenv("DUEBOOK_TOKEN")
    with pytest.raises(
        InputError, match=r"\[server\] token: the environment variable DUEBOOK_TOKEN is not set\."
    ):
        server.secret()


def test_a_server_that_says_nothing_listens_on_this_computer(load: Load):
    server = load(SOURCE).server
    assert (server.host, server.port) == ("127.0.0.1", 8443)
    assert (server.certificate, server.key, server.secret(), server.origins) == (None, None, None, ())


def test_the_token_of_the_server_comes_from_the_keyring(load: Load, own_keyring: MemoryKeyring):
    own_keyring.set_password(KEYRING_SERVICE, "office", SECRET)
    assert load('[server]\ntoken = "keyring:office"\n').server.secret() == SECRET


@pytest.mark.parametrize("around", ["{}", "${{NAME}}{}", "keyring:office {}"])
def test_a_token_in_the_file_is_refused_and_not_repeated(load: Load, around: str):
    word = token_urlsafe(6)
    message = refusal(load, f'[server]\ntoken = "{around.format(word)}"\n')
    assert message == (
        "duebook.toml, line 2: [server] token: holds the secret itself, which does not belong in a file; "
        "write ${NAME} and set the environment variable NAME, or write keyring:NAME and keep it in the "
        "system's keyring."
    )


def test_a_full_configuration_has_every_value_and_absolute_paths(load: Load, tmp_path: Path):
    config = load(FULL)
    assert config.store.url == f"sqlite:///{tmp_path}/books/duebook.db"
    assert [source.name for source in config.source] == ["group-erp", "second"]
    assert config.source[0].connector == "odoo"
    assert config.source[0].companies == ("1", "North Ltd")
    assert config.source[1].companies == ("*",)
    assert config.policy.file == tmp_path / "policy.toml"
    assert config.workbook[0].path == tmp_path / "out" / "portfolio.xlsx"
    assert config.workbook[0].language == "zh"
    assert (config.schedule[0].cron, config.schedule[0].timezone) == ("30 2 * * *", "Asia/Shanghai")


def test_what_is_left_out_has_a_default(load: Load, tmp_path: Path):
    config = load(SOURCE + WORKBOOK)
    assert config.store.url == f"sqlite:///{tmp_path}/duebook.db"
    assert config.policy.file is None
    assert config.workbook[0].language == "en"
    assert config.schedule == ()


def test_a_mark_at_the_start_of_the_file_is_no_problem(tmp_path: Path):
    file = tmp_path / "duebook.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SOURCE.encode())
    assert load_config(file).source[0].name == "erp"


@pytest.mark.parametrize(
    "url",
    ["sqlite:////var/books.db", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://h/db?host=/run/pg"],
)
def test_a_url_without_a_relative_file_stays_as_it_is(load: Load, url: str):
    assert load(f'[store]\nurl = "{url}"\n').store.url == url


def test_paths_take_environment_variables(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBOOKS", str(tmp_path / "shared"))
    text = WORKBOOK.replace("portfolio.xlsx", "${WORKBOOKS}/credit.xlsx")
    assert load(text).workbook[0].path == tmp_path / "shared" / "credit.xlsx"
    monkeypatch.delenv("WORKBOOKS")
    assert refusal(load, text) == (
        "duebook.toml, line 3: [[workbook]] path: the environment variable WORKBOOKS is not set."
    )


def test_a_password_comes_from_the_environment_only_when_asked_for(
    load: Load, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ERP_PASSWORD", SECRET)
    source = load(FULL).source[0]
    assert SECRET not in repr(source)
    assert make_url(source.opened().url).password == SECRET
    assert make_url(source.opened().url).host == "erp.example"


def test_a_missing_variable_is_named_and_the_rest_of_the_configuration_still_serves(
    load: Load, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("ERP_PASSWORD", raising=False)
    config = load(FULL)
    assert config.source[1].opened().url == "postgresql+psycopg://reader@erp.example/tryton"
    with pytest.raises(InputError) as caught:
        config.source[0].opened()
    assert (
        str(caught.value) == "[[source]] 'group-erp', url: the environment variable ERP_PASSWORD is not set."
    )


def test_a_whole_url_comes_from_the_environment_as_it_is(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ERP_URL", "postgresql+psycopg://u:p%40ss@h/db?sslmode=require")
    source = load('[[source]]\nname = "a"\nconnector = "odoo"\nurl = "${ERP_URL}"\n').source[0]
    assert source.url == "${ERP_URL}"
    assert source.opened().url == "postgresql+psycopg://u:p%40ss@h/db?sslmode=require"


def test_an_option_of_a_url_is_escaped(load: Load, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET", "a&b=c")
    text = SOURCE.replace("host/erp", "host/erp?password=${SECRET}&sslmode=require")
    assert make_url(load(text).source[0].opened().url).query == {"password": "a&b=c", "sslmode": "require"}


def test_a_password_comes_from_the_keyring(load: Load, own_keyring: MemoryKeyring):
    own_keyring.set_password(KEYRING_SERVICE, "erp-reader", SECRET)
    source = load(SOURCE.replace("reader@", "reader:keyring:erp-reader@")).source[0]
    assert SECRET not in repr(source)
    assert make_url(source.opened().url).password == SECRET


def test_a_missing_secret_is_named_with_the_command_that_adds_it(load: Load, own_keyring: MemoryKeyring):
    assert own_keyring.secrets == {}
    source = load(SOURCE.replace("reader@", "reader:keyring:erp-reader@")).source[0]
    with pytest.raises(InputError) as caught:
        source.opened()
    assert str(caught.value) == (
        "[[source]] 'erp', url: the keyring has no secret erp-reader; "
        "add it with `keyring set duebook erp-reader`."
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://reader:{}@host/erp",
        "postgresql+psycopg://reader:p%40{}@host/erp",
        "postgresql+psycopg://host/erp?user=reader&password={}",
        "mssql+pyodbc:///?odbc_connect=SERVER%3Derp%3BUID%3Dreader%3BPWD%3D{}",
    ],
)
def test_a_password_in_the_file_is_warned_of_and_not_repeated(load: Load, url: str):
    word = token_urlsafe(6)
    config = load(SOURCE.replace("postgresql+psycopg://reader@host/erp", url.format(word)))
    (warning,) = config.warnings()
    assert warning.startswith("[[source]] 'erp': its url holds a password")
    assert "write ${NAME} in its place" in warning
    assert word not in warning
    assert word not in repr(config)


def test_a_reference_to_a_secret_is_nothing_to_warn_of(load: Load):
    assert load(SOURCE.replace("reader@", "reader:${ERP_PASSWORD}@")).warnings() == ()
    assert load(SOURCE).warnings() == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (SOURCE.replace("[[source]]", "[source]"), 1, "source must be a table, written [[source]]."),
        ("[[store]]\n", 1, "store must be a table, written [store]."),
        ("\nstore = 5\n", 2, "store must be a table, written [store]."),
        (SOURCE.replace('"erp"', "5"), 2, "[[source]] name: 5 is not a text in quotes."),
        (SOURCE.replace('"erp"', '""'), 2, "[[source]] name: it is empty."),
        (SOURCE + "companies = []\n", 5, "[[source]] companies: it is empty."),
        (SOURCE + 'companies = "*"\n', 5, "[[source]] companies: '*' is not a list of texts."),
        (SOURCE + "companies = [1]\n", 5, "[[source]] companies: 1 is not a text in quotes."),
        (
            SOURCE.replace("postgresql+psycopg://", ""),
            4,
            "[[source]] url: is no database URL; write one such as postgresql+psycopg://reader@host:5432/erp.",
        ),
        (
            WORKBOOK.replace('"portfolio"', '"portfolo"'),
            2,
            (
                "[[workbook]] template: 'portfolo' is not allowed; write 'portfolio', 'profile' or "
                "'worklist'. Did you mean 'portfolio'?"
            ),
        ),
        (
            WORKBOOK + 'language = "de"\n',
            4,
            "[[workbook]] language: 'de' is not allowed; write 'en' or 'zh'.",
        ),
        (
            WORKBOOK + "previous = -1\n",
            4,
            "[[workbook]] previous: -1 is not allowed; write a number from 0 to 99.",
        ),
        (WORKBOOK.replace('"portfolio.xlsx"', "7"), 3, "[[workbook]] path: 7 is not a text in quotes."),
        (WORKBOOK.replace("portfolio.xlsx", ""), 3, "[[workbook]] path: it is empty."),
        (
            SCHEDULE.replace("Shanghai", "Shangai"),
            4,
            (
                "[[schedule]] timezone: 'Asia/Shangai' is no time zone; write one such as Asia/Shanghai. "
                "Did you mean 'Asia/Shanghai'?"
            ),
        ),
        (
            SCHEDULE.replace("30 2 * * *", "2:30"),
            3,
            (
                "[[schedule]] cron: '2:30' has 1 fields; a crontab has 5: minute, hour, day, month, weekday, "
                "such as '30 2 * * *'."
            ),
        ),
        (
            SCHEDULE.replace("30 2 * * *", "30 2 * * 8"),
            3,
            (
                "[[schedule]] cron: '30 2 * * 8' is no crontab: weekday '8' is neither 0 to 7 nor "
                "sun, mon, tue, wed, thu, fri, sat."
            ),
        ),
        (
            SCHEDULE.replace("30 2 * * *", "0 0 31 2 *"),
            3,
            "[[schedule]] cron: '0 0 31 2 *' never runs: no such day exists in the months it names.",
        ),
        (
            SCHEDULE.replace("30 2 * * *", "0 6 * * 1-5/x"),
            3,
            (
                "[[schedule]] cron: '0 6 * * 1-5/x' is no crontab: weekdays '1-5/x': "
                "the step after '/' is a number from 1 to 7."
            ),
        ),
        (
            SCHEDULE.replace('job = "refresh"', 'job = "refesh"'),
            2,
            "[[schedule]] job: 'refesh' is not allowed; write 'refresh'. Did you mean 'refresh'?",
        ),
        ('[server]\nport = "443"\n', 2, "[server] port: '443' is not a whole number."),
        (
            "[server]\nport = 65536\n",
            2,
            "[server] port: 65536 is not allowed; write a number from 0 to 65535.",
        ),
        ("[server]\nport = -1\n", 2, "[server] port: -1 is not allowed; write a number from 0 to 65535."),
        ('[server]\nhost = ""\n', 2, "[server] host: it is empty."),
        ('[server]\nkey = ""\n', 2, "[server] key: it is empty."),
        ('[server]\norigins = "*"\n', 2, "[server] origins: '*' is not a list of texts."),
        (
            '[server]\norigins = ["https://Credit.example/"]\n',
            2,
            (
                "[server] origins: 'https://Credit.example/' is no origin; write scheme, host and port in "
                "small letters, such as https://credit.example:8443."
            ),
        ),
        (
            '[server]\norigins = ["https://credit.example:65536"]\n',
            2,
            (
                "[server] origins: 'https://credit.example:65536' is no origin; write scheme, host and port "
                "in small letters, such as https://credit.example:8443."
            ),
        ),
        (
            "[server]\ncertficate = 'x'\n",
            2,
            (
                "[server] has no key 'certficate'; there are host, port, certificate, key, token, origins. "
                "Did you mean 'certificate'?"
            ),
        ),
        ("[[server]]\n", 1, "server must be a table, written [server]."),
        (SOURCE + "\n" + SOURCE, 7, "[[source]] name: 'erp' is already taken at line 2."),
        (
            SCHEDULE + "\n" + SCHEDULE,
            8,
            "[[schedule]] cron: 'refresh 30 2 * * * Asia/Shanghai' is already taken at line 3.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_key(load: Load, text: str, line: int, message: str):
    assert refusal(load, text) == f"duebook.toml, line {line}: {message}"


def test_a_typo_in_a_key_is_named_with_what_was_meant(load: Load):
    assert refusal(load, SOURCE.replace("connector", "conector")).splitlines() == [
        "duebook.toml, line 1: [[source]] needs the key 'connector'.",
        (
            "duebook.toml, line 3: [[source]] has no key 'conector'; there are name, connector, url, "
            "companies. Did you mean 'connector'?"
        ),
    ]


def test_a_typo_in_a_table_is_named_with_what_was_meant(load: Load):
    assert refusal(load, "[sorce]\n") == (
        "duebook.toml, line 1: there is no table [sorce]; there are [store], [model], [[source]], [policy], "
        "[credit_file], [[workbook]], [[schedule]], [server]. Did you mean 'source'?"
    )


def test_what_is_no_toml_is_said_with_its_line(load: Load):
    message = refusal(load, SOURCE + "name = 'again'\n")
    assert message.startswith("duebook.toml: line 5, column 15: Cannot overwrite a value")
    assert refusal(load, '[store]\nurl = "sqlite:').startswith("duebook.toml: ")


def test_an_unknown_connector_is_named_with_the_nearest(load: Load):
    message = refusal(load, SOURCE.replace('"odoo"', '"odo"')).removeprefix("duebook.toml, line 3: ")
    assert message.startswith("[[source]] connector: 'odo' is no connector; there are odoo, ")
    assert message.endswith("Did you mean 'odoo'?")


def test_two_workbooks_at_one_path_are_refused(load: Load, tmp_path: Path):
    message = refusal(load, WORKBOOK + WORKBOOK.replace("portfolio.xlsx", "x/../portfolio.xlsx"))
    assert message.startswith(f"duebook.toml, line 6: [[workbook]] path: '{tmp_path}")
    assert message.endswith("is already taken at line 3.")


@pytest.mark.parametrize("path", ["out/", "out/p.csv", ".", ".xlsx", "xlsx"])
def test_a_workbook_that_is_no_workbook_is_refused(load: Load, path: str):
    assert refusal(load, WORKBOOK.replace("portfolio.xlsx", path)) == (
        f"duebook.toml, line 3: [[workbook]] path: {path!r} is no workbook; "
        "its path ends in .xlsx, such as out/portfolio.xlsx."
    )


def test_a_path_with_a_character_that_no_path_has_is_refused(load: Load):
    message = refusal(load, WORKBOOK.replace("portfolio.xlsx", "a\\u0000.xlsx"))
    assert message == "duebook.toml, line 3: [[workbook]] path: it holds a character that no path has."


def test_the_ending_of_a_workbook_may_be_in_capitals(load: Load, tmp_path: Path):
    text = WORKBOOK.replace("portfolio.xlsx", "out/CREDIT.XLSX")
    assert load(text).workbook[0].path == tmp_path / "out" / "CREDIT.XLSX"


@pytest.mark.parametrize(
    "name", ["a/b", "/", "a\nb", "a\n", "a\tb", "\x1b[31m", "a\x9bb", "a\x7f", " ", "  ", " a", "a "]
)
def test_a_name_that_would_break_a_line_or_a_path_is_refused(load: Load, name: str):
    written = "".join(f"\\u{ord(char):04x}" for char in name)
    assert refusal(load, SOURCE.replace('"erp"', f'"{written}"')) == (
        f"duebook.toml, line 2: [[source]] name: {name!r} is no name of a source; write letters of any "
        "language, digits, '-', '_' and '.', with blanks only between them."
    )


@pytest.mark.parametrize(
    "name", ["group-erp", "North_2.1", "Groupe Été 2", "华北 账套", "हिन्दी", "Zu\u0308rich"]
)
def test_a_name_may_be_of_any_language(load: Load, name: str):
    assert load(SOURCE.replace('"erp"', f'"{name}"')).source[0].name == name


def test_at_most_five_problems_are_shown(load: Load):
    text = "".join(f"[wrong{n}]\n" for n in range(7))
    lines = refusal(load, text).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "duebook.toml: 2 more problems."


def test_a_missing_file_says_how_to_write_one(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "none.toml")
    assert caught.value.message == f"There is no configuration {tmp_path / 'none.toml'}."
    assert caught.value.hint == "Write one with `duebook init`, or name another with --config."


def test_a_folder_and_a_file_of_another_encoding_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_config(tmp_path)
    file = tmp_path / "duebook.toml"
    file.write_bytes('name = "Zürich"'.encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        load_config(file)


def test_sources_are_chosen_by_name(load: Load):
    config = load(FULL)
    assert [source.name for source in config.sources()] == ["group-erp", "second"]
    assert [source.name for source in config.sources(["second"])] == ["second"]
    with pytest.raises(InputError) as caught:
        config.sources(["groep-erp"])
    assert str(caught.value) == "source: 'groep-erp' is none of group-erp, second. Did you mean 'group-erp'?"
    with pytest.raises(InputError, match=r"has no \[\[source\]\]"):
        load(WORKBOOK).sources()


# 1 March 2026 is a Sunday.
@pytest.mark.parametrize(
    ("cron", "after", "runs"),
    [
        ("30 2 * * *", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 2, 30, tzinfo=UTC)),
        ("0 6 * * 0", datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 8, 6, tzinfo=UTC)),
        ("0 6 * * 7", datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 8, 6, tzinfo=UTC)),
        ("0 6 * * 1-5", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("0 6 * * 1-5", datetime(2026, 3, 6, 7, tzinfo=UTC), datetime(2026, 3, 9, 6, tzinfo=UTC)),
        ("0 6 * * mon-fri", datetime(2026, 3, 6, 7, tzinfo=UTC), datetime(2026, 3, 9, 6, tzinfo=UTC)),
        ("0 6 * * 6-1", datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 7, 6, tzinfo=UTC)),
        ("0 6 * * */3", datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, 6, tzinfo=UTC)),
        ("0 6 15 * 1", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("0 6 15 * 1", datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 15, 6, tzinfo=UTC)),
        ("0 6 15 * *", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 15, 6, tzinfo=UTC)),
    ],
)
def test_a_crontab_means_what_cron_means_by_it(cron: str, after: datetime, runs: datetime):
    assert cron_trigger(cron, "UTC").get_next_fire_time(None, after) == runs


@pytest.mark.parametrize("weekday", ["*/0", "1-5/x", "1/", "*/-1", "*/8", "1,2/0", "*/2/2", "*/²", "*/٣"])
def test_a_step_of_weekdays_that_is_none_is_refused_in_words(weekday: str):
    wrong = weekday.rpartition(",")[2]
    with pytest.raises(ValueError, match="crontab") as caught:
        cron_trigger(f"0 6 * * {weekday}", "UTC")
    assert str(caught.value) == (
        f"'0 6 * * {weekday}' is no crontab: weekdays {wrong!r}: the step after '/' is a number from 1 to 7."
    )


@pytest.mark.parametrize("cron", ["0 0 31 2 *", "0 0 30 2 *", "* * 31 4,6,9,11 *"])
def test_a_crontab_that_never_runs_is_refused(load: Load, cron: str):
    message = refusal(load, SCHEDULE.replace("30 2 * * *", cron))
    assert message.startswith(f"duebook.toml, line 3: [[schedule]] cron: {cron!r} never runs: ")


@pytest.mark.parametrize("cron", ["0 0 29 2 *", "0 0 31 2 1", "0 0 31 * *", "0 0 29 2 */7"])
def test_a_crontab_that_runs_seldom_is_none_that_never_runs(load: Load, cron: str):
    assert load(SCHEDULE.replace("30 2 * * *", cron)).schedule[0].cron == cron


@pytest.mark.parametrize("cron", ["61 2 * * *", "a b c d e", "* * * *", "0 0 * * 1-", "0 0 * * 1/0", ""])
def test_what_is_no_crontab_is_refused(cron: str):
    with pytest.raises(ValueError, match="crontab"):
        cron_trigger(cron, "UTC")


def test_a_policy_that_cannot_be_read_is_said_in_words(load: Load, tmp_path: Path):
    config = load('[policy]\nfile = "policy.toml"\n')
    file = tmp_path / "policy.toml"
    with pytest.raises(InputError) as caught:
        the_policy(config)
    assert caught.value.message == f"{file}: the policy cannot be read: there is no such file."
    assert caught.value.hint == "[policy] file names it; leave it out for the default policy."
    file.write_bytes('name = "Zürich"'.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        the_policy(config)
    assert caught.value.message == f"{file}: the policy is not UTF-8 text."
    assert caught.value.hint == "Save it as UTF-8."


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another word for a folder that is read")
def test_a_policy_that_is_a_folder_is_said_in_words(load: Load, tmp_path: Path):
    (tmp_path / "policy.toml").mkdir()
    with pytest.raises(InputError) as caught:
        the_policy(load('[policy]\nfile = "policy.toml"\n'))
    assert caught.value.message == f"{tmp_path / 'policy.toml'}: the policy cannot be read: Is a directory."


CONTROLS = "\x00\x07\t\n\r\x1b\x7f\x85\x9b"  # of both blocks of Unicode's category Cc


def test_control_characters_of_a_database_do_not_reach_the_console(capsys: pytest.CaptureFixture[str]):
    show_table(f"T{CONTROLS}t", [f"C{CONTROLS}c"], [[f"R{CONTROLS}r"]], total=[f"S{CONTROLS}s"])
    say(f"L{CONTROLS}l")
    out = capsys.readouterr().out
    shown = "\N{REPLACEMENT CHARACTER}" * len(CONTROLS)
    for first, last in ("Tt", "Cc", "Rr", "Ss", "Ll"):
        assert f"{first}{shown}{last}" in out
    assert {char for char in out if unicodedata.category(char) == "Cc"} == {"\n"}


def test_control_characters_are_question_marks_where_the_encoding_has_no_better(
    monkeypatch: pytest.MonkeyPatch,
):
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding="gbk") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        show_table("华北", ["name"], [["a\tb\x1bc"]])
        stream.flush()
        out = written.getvalue().decode("gbk")
        monkeypatch.undo()
    assert "华北" in out
    assert "a?b?c" in out


def test_what_is_no_control_character_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]):
    show_table("华北 [bold]", ["name"], [["Été\u00a0… [red]"], [None]])
    out = capsys.readouterr().out
    assert "华北 [bold]" in out
    assert "Été\u00a0… [red]" in out


def test_the_credit_file_lies_beside_the_configuration(load: Load):
    config = load('[credit_file]\npath = "credit.XLSX"\n')
    assert config.credit_file is not None
    assert config.shown(config.credit_file.path) == "credit.XLSX"
    assert load("").credit_file is None
    assert refusal(load, '[credit_file]\npath = "credit.ods"\n') == (
        "duebook.toml, line 2: [credit_file] path: 'credit.ods' is no credit file; "
        "its path ends in .csv or .xlsx."
    )
    assert refusal(load, "[credit_file]\n") == "duebook.toml, line 1: [credit_file] needs the key 'path'."


def test_a_wrong_key_of_the_model_is_named(load: Load):
    assert refusal(load, '[model]\npath = "m.json"\n').startswith(
        "duebook.toml, line 2: [model] has no key 'path'; there are file."
    )

"""`duebook serve`: the worksheet functions for Excel on Windows, Mac and the web."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from datetime import UTC
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from duebook.errors import DuebookError, InputError, NoAnswerError
from duebook_addin.book import use_book, use_policy
from duebook_cli.cellbook import CellBook
from duebook_cli.context import CONFIG_FILE, the_policy, the_store
from duebook_cli.keeping import Keeper
from duebook_cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy
    from duebook_addin.server.app import HeldStatus
    from duebook_etl.config import Config, ServerConfig
    from duebook_etl.store import Store

TOKEN_FILE: Final = "duebook.token"  # noqa: S105 - where it lies, not what it is
_FEWEST: Final = 16  # characters of a token that nobody guesses
_KEYCHAIN: Final = "~/Library/Keychains/login.keychain-db"
_PORTS: Final = {"https": 443, "http": 80}
_NAMELESS: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised, not listened on


def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 for every address.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="The port; 0 for a free one.")] = None,
    self_signed: Annotated[
        bool, typer.Option("--self-signed", help="Make a certificate once, and use it from then on.")
    ] = False,
    http: Annotated[
        bool, typer.Option("--http", help="Without TLS: to try it out on this computer, nothing else.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For token and certificate; left out, beside the configuration."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="A line a batch, on standard error.")] = False,
) -> None:
    """Serve the Office.js add-in and the functions it asks, until Ctrl-C or SIGTERM.

    [server] of the configuration says where, with which certificate and which sign-in token. Without a token
    there, one is made once and kept in a file that only its owner reads.
    """
    try:
        from duebook_addin.server.app import create_app
        from duebook_addin.server.run import listen, make_server, run
    except ModuleNotFoundError as error:
        raise InputError(
            f"The server needs the package {error.name}, which is not installed.",
            hint="Install duebook[server].",
        ) from None
    from duebook.policy import default_policy
    from duebook_etl.config import ServerConfig, load_config

    alone = context.obj == CONFIG_FILE and not context.obj.exists()
    config = None if alone else load_config(context.obj)
    policy = default_policy() if config is None else the_policy(config)
    given = ServerConfig() if config is None else config.server
    address = given.host if host is None else host
    folder = (state or Path(context.obj).parent).absolute()
    tls, lines = _tls(given, address, folder, self_signed=self_signed, http=http)
    if verbose:
        _log_batches()
    with listen(address, given.port if port is None else port) as listening:
        own = _origins(tls, address, listening.getsockname()[1])
        lines += _where(address, own, given.origins)
        token, kept = _token(given, folder)  # last, as what is refused before is to leave no token behind
        server = make_server(
            create_app(
                token=token,
                origins=[*own, *given.origins],
                status=lambda: held(config, policy),
                prepare=_Prepare(config, policy),
            ),
            tls=tls,
            started=lambda: _tell([*given.origins, *own][0], kept, lines),
        )
        run(server, listening)
    say("Ended.")


def _tell(url: str, kept: Path | None, lines: Sequence[str]) -> None:
    say(f"Duebook answers at {url} until Ctrl-C.")
    for line in lines:
        say(line)
    say(f"Manifest for Excel: {url}/manifest.xml")
    say(
        "Sign-in token: as [server] token names it."
        if kept is None
        else f"Sign-in token: in {kept}, which only its owner reads; it is shown nowhere."
    )


def _where(address: str, own: Sequence[str], origins: Sequence[str]) -> list[str]:
    """Return what to say of where the server listens, if it answers elsewhere or not to everybody."""
    if origins:
        return [f"It listens on {address}, port {urlsplit(own[0]).port or _PORTS[urlsplit(own[0]).scheme]}."]
    if address in _NAMELESS and all(_is_loopback(urlsplit(each).hostname or "") for each in own):
        return [
            (
                "Other computers are refused: name in [server] origins how they reach this one, such as "
                f"{own[0].replace('localhost', 'credit.example')}."
            )
        ]
    return []


def _log_batches() -> None:
    import logging

    logging.basicConfig(format="%(asctime)s %(message)s")
    logging.getLogger("duebook.server").setLevel(logging.DEBUG)


def _token(given: ServerConfig, folder: Path) -> tuple[str, Path | None]:
    """Return the sign-in token, and the file that keeps it where the configuration names none."""
    named = given.secret()
    if named is not None:
        return _checked(named, "[server] token"), None
    file = folder / TOKEN_FILE
    try:
        if not file.exists():
            from duebook_addin.server.certificate import write_private

            folder.mkdir(parents=True, exist_ok=True)
            write_private(file, f"{secrets.token_urlsafe(32)}\n".encode())
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise InputError(
                f"{file}: others than its owner can read the sign-in token.",
                hint="Delete the file; the next start makes a new token.",
            )
        return _checked(file.read_text(encoding="utf-8").strip(), str(file)), file
    except OSError as error:
        raise InputError(f"{file}: the sign-in token cannot be kept there: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file}: it holds no token.", hint="Delete it; the next start makes one.") from None


def _checked(token: str, where: str) -> str:
    if len(token) < _FEWEST or not all("!" <= char <= "~" for char in token):
        raise InputError(
            f"{where}: a sign-in token has at least {_FEWEST} characters, letters, digits and signs without "
            "blanks."
        )
    return token


def _tls(
    given: ServerConfig, address: str, folder: Path, *, self_signed: bool, http: bool
) -> tuple[tuple[Path, Path] | None, list[str]]:
    """Return the files of the certificate and of its key, None for plain HTTP, and what to say of them."""
    from duebook_addin.server.certificate import own_certificate
    from duebook_addin.server.run import check_certificate

    if http:
        if self_signed:
            raise InputError("--http is without TLS, and --self-signed with; give one of them.")
        if not _is_loopback(address):
            raise InputError(
                f"host {address!r}: without TLS the server listens on this computer only (127.0.0.1); "
                "the token would travel in the clear.",
                hint="Leave --http away, and give --self-signed or a certificate.",
            )
        return None, ["Without TLS: Excel loads nothing from here but on this computer, to try it out."]
    if self_signed:
        hosts = [urlsplit(origin).hostname or "" for origin in given.origins]
        own = own_certificate(folder, [each for each in (address, *hosts) if each not in _NAMELESS])
        return (own.certificate, own.key), _how_to_trust(own.certificate) if own.made else []
    if given.certificate is None or given.key is None:
        missing = [name for name in ("certificate", "key") if getattr(given, name) is None]
        raise InputError(
            f"[server] has no {' and no '.join(missing)}; Excel loads add-ins over TLS only.",
            hint="--self-signed makes both, --http tries the server out on this computer.",
        )
    check_certificate(given.certificate, given.key)
    return (given.certificate, given.key), []


def _how_to_trust(certificate: Path) -> list[str]:
    return [
        f"New certificate: {certificate}. Each computer that runs Excel has to trust it once:",
        f'  Windows: certutil -user -addstore Root "{certificate}"',
        f'  macOS:   security add-trusted-cert -r trustRoot -k {_KEYCHAIN} "{certificate}"',
    ]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origins(tls: tuple[Path, Path] | None, address: str, port: int) -> list[str]:
    """Return where the server is reached by itself, the name that people use first."""
    from duebook_addin.server.certificate import LOOPBACK, hosts_of

    scheme = "http" if tls is None else "https"
    hosts = list(LOOPBACK if tls is None else hosts_of(tls[0]))
    named = address.lower()
    if named not in (*LOOPBACK, *_NAMELESS) and (tls is None or named in hosts):
        hosts.insert(0, named)
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return list(dict.fromkeys(f"{scheme}://{f'[{host}]' if ':' in host else host}{shown}" for host in hosts))


def held(config: Config | None, policy: Policy) -> HeldStatus:
    """Return what a server with this configuration and policy holds now."""
    from importlib.metadata import version

    from duebook_addin.server.app import HeldPolicy, HeldStatus

    in_force = HeldPolicy(policy.name, policy.version, policy.valid_from)
    now = version("duebook")
    if config is None:
        return HeldStatus(now, in_force, message="There is no configuration; only the functions are here.")
    try:
        with the_store(config, create=False) as store:
            return _held(store, policy, HeldStatus(now, in_force, store="ready"))
    except NoAnswerError as error:
        return HeldStatus(now, in_force, message=str(error))
    except DuebookError as error:
        return HeldStatus(now, in_force, store="unreadable", message=str(error))


def _held(store: Store, policy: Policy, so_far: HeldStatus) -> HeldStatus:
    from duebook_addin.server.app import HeldCompany, HeldRun
    from duebook_etl.book import Book
    from duebook_etl.runs import reconciliations

    book = Book(store, policy)
    run = book.last_run()
    if run is None:
        return replace(so_far, store="empty", message="The store holds no ledger yet.")
    last = reconciliations(store)
    wrong = book.unreconciled()
    companies = [(each, (each.source, each.company)) for each in book.companies()]
    return replace(
        so_far,
        last_run=HeldRun(
            run.run,
            run.status,
            run.started.replace(tzinfo=UTC),
            run.finished and run.finished.replace(tzinfo=UTC),
            run.as_of,
        ),
        companies=tuple(
            HeldCompany(
                *(each.source, each.company, each.name, each.currency),
                as_of=last[place].as_of if place in last else None,
                reconciled=place in last and place not in wrong,
            )
            for each, place in companies
        ),
    )


@dataclass(frozen=True)
class _Prepare:
    """Lays store and policy before the functions, in a process that computes."""

    config: Config | None
    policy: Policy

    def __call__(self) -> None:
        use_policy(lambda: self.policy)
        config = self.config
        use_book(None if config is None else CellBook(Keeper(lambda _: (config, self.policy)).opened))

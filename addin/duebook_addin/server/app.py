"""The HTTP API: the add-in's files for everybody, calls and status for who is signed in."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from duebook_addin.assets import assets
from duebook_addin.officejs.manifest import manifest_xml
from duebook_addin.officejs.metadata import functions_json
from duebook_addin.server.files import catalogue, read_files
from duebook_addin.server.held import HeldCompany, HeldPolicy, HeldRun, HeldStatus
from duebook_addin.server.limits import Limits
from duebook_addin.server.openapi import (
    ANSWERS,
    BATCH_BODY,
    DECLARATIONS,
    METADATA,
    describe,
    problems,
)
from duebook_addin.server.wire import RefusedError
from duebook_addin.server.workers import Workers, nothing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from duebook_addin.server.files import ServedFile

__all__ = ["HeldCompany", "HeldPolicy", "HeldRun", "HeldStatus", "create_app"]

_LOG: Final = logging.getLogger("duebook.server")
_RETRY_AFTER: Final = "2"
_PORTS: Final = {"https": 443, "http": 80}
# Office.js comes from Microsoft's host; Excel on the web shows the page in a frame of one of these.
_FRAMES: Final = (
    "https://*.officeapps.live.com https://*.office.com https://*.office365.com https://*.sharepoint.com "
    "https://*.microsoft.com https://*.microsoft365.com https://*.cloud.microsoft https://*.live.com "
    "https://*.partner.officewebapps.cn"  # operated by 21Vianet in China
)
_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self' https://appsforoffice.microsoft.com; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-src https://appsforoffice.microsoft.com; "  # where Office asks whether to trust its own server
        f"frame-ancestors 'self' {_FRAMES}"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_PUBLIC_CACHE: Final = "no-cache"
_PRIVATE_CACHE: Final = {"cache-control": "no-store"}
_DESCRIPTION: Final = (
    "The worksheet functions of Duebook over HTTP, and what the Office.js add-in reads of them. Cells hold "
    "binary numbers, and every number is read as one. Beside the statuses of each operation there are 404 "
    "for a path that is not here and 405 for a method that a path does not know, with the same body."
)
_bearer: Final = HTTPBearer(auto_error=False, description="The sign-in token of this server.")


def create_app(  # noqa: PLR0913 - what the command line knows and this package does not
    *,
    token: str,
    origins: Sequence[str],
    status: Callable[[], HeldStatus],
    prepare: Callable[[], None] = nothing,
    limits: Limits | None = None,
    files: Path | None = None,
) -> FastAPI:
    """Return the app.

    Args:
        token: What who signs in has to know.
        origins: Where the server is reached, as ``https://localhost:8443``: a request to any other host is
            refused, and so are calls by a page of any other origin.
        status: Tells what the server holds; called in a thread whenever somebody asks.
        prepare: Called once in each process that computes, before its first batch: it lays store and policy
            before the functions. It can be pickled.
        limits: What a request may ask; left out, the defaults.
        files: The folder of the add-in's parts; left out, the one that ships.

    Raises:
        InputError: A file of the add-in is missing.
    """
    bounds = limits or Limits()
    served = read_files(files or assets("officejs"))

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        app.state.workers = workers = Workers(prepare, bounds)
        try:
            yield
        finally:
            await asyncio.to_thread(workers.stop)

    app = FastAPI(
        title="Duebook",
        version=version("duebook"),
        description=_DESCRIPTION,
        lifespan=living,
        docs_url=None,  # these pages are scripts from servers of others
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.limits = bounds
    app.openapi = lambda: describe(app, bounds)  # type: ignore[method-assign] # the documented way
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
    )
    app.add_middleware(_Reached, origins=origins)
    for kind in (HTTPException, RefusedError, Exception):
        app.add_exception_handler(kind, _problem)
    _add_public(app, served)
    _add_private(app, _SignIn(token, origins), status, _Bodies(bounds))
    return app


def _add_public(app: FastAPI, served: dict[str, ServedFile]) -> None:
    everything = catalogue()
    wrong_host = problems(421)

    def giving(file: ServedFile) -> Callable[[], Awaitable[Response]]:
        async def give() -> Response:
            return Response(file.content, media_type=file.media_type)

        return give

    for path, file in served.items():
        app.add_api_route(path, giving(file), include_in_schema=False)

    @app.get("/health", responses=wrong_host)
    async def health() -> dict[str, str]:
        """Say that the server lives."""
        return {"status": "ok"}

    @app.get("/catalogue.json", response_model=None, responses=DECLARATIONS)
    async def functions() -> Response:
        """Return the declarations of all functions: parameters, help in both languages, examples."""
        return _JsonText(everything)

    @app.get("/functions.json", response_model=None, responses=METADATA)
    async def metadata(request: Request) -> Response:
        """Return the functions as Office reads them, with help in English."""
        return _JsonText(functions_json("en", f"{request.state.origin}/taskpane.html"))

    @app.get("/functions.zh.json", response_model=None, responses=METADATA)
    async def chinese_metadata(request: Request) -> Response:
        """Return the functions as Office reads them, with help in Chinese."""
        return _JsonText(functions_json("zh", f"{request.state.origin}/taskpane.html"))

    @app.get("/manifest.xml", response_class=_Xml, responses=wrong_host)
    async def manifest(request: Request) -> Response:
        """Return the manifest of the add-in, for the address that this request came to."""
        return _Xml(manifest_xml(request.state.origin))


def _add_private(app: FastAPI, sign_in: _SignIn, status: Callable[[], HeldStatus], bodies: _Bodies) -> None:
    signed_in = [Depends(sign_in)]

    @app.get("/status", dependencies=signed_in, responses=problems(401, 403, 421, 500))
    def held(response: Response) -> HeldStatus:
        """Tell what the server holds: last run, policy, and which companies reconcile."""
        response.headers.update(_PRIVATE_CACHE)
        return status()

    @app.post(
        "/calls",
        dependencies=signed_in,
        response_model=None,
        responses=ANSWERS,
        openapi_extra=BATCH_BODY,
    )
    async def calls(request: Request) -> Response:
        """Answer a batch of calls, one answer for each, in order.

        Whatever is wrong with one call is its answer, an error cell; so is an unknown function, `#NAME?`.
        """
        started = time.perf_counter()
        async with bodies.read(request) as body:
            answered = await request.app.state.workers.answer(body)
        _LOG.debug(
            "batch of %d bytes: %d bytes in %.3f s", len(body), len(answered), time.perf_counter() - started
        )
        return _JsonText(answered, headers=_PRIVATE_CACHE)


class _JsonText(Response):
    """JSON that is text already."""

    media_type = "application/json"


class _Xml(Response):
    media_type = "application/xml"


class _SignIn:
    """Lets through who knows the token, and no page of another origin."""

    def __init__(self, token: str, origins: Sequence[str]) -> None:
        self._token = token.encode()
        self._origins = frozenset(origins)

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> None:
        if not self._origins.issuperset(request.headers.getlist("origin")):
            raise HTTPException(403, "Pages of this origin may not ask; [server] origins lists others.")
        token = given.credentials.encode() if given else b""
        if not hmac.compare_digest(token, self._token):
            raise HTTPException(
                401,
                "Sign in with the token of this server: Authorization: Bearer TOKEN.",
                headers={"www-authenticate": "Bearer"},
            )


class _Bodies:
    """Reads bodies as they come, and holds no more of them than there is room for."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._requests = 0
        self._bytes = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """Give the body of a request, for as long as it is held."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "The body has to be application/json.")
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limits.body:
            raise self._too_big()
        if self._requests >= self._limits.batches:
            raise self._busy()
        body = bytearray()
        self._requests += 1
        try:
            async with asyncio.timeout(self._limits.arrival):
                async for chunk in request.stream():
                    body += chunk
                    self._bytes += len(chunk)
                    if len(body) > self._limits.body:
                        raise self._too_big()
                    if self._bytes > self._limits.held:
                        raise self._busy()
            yield bytes(body)
        except TimeoutError:
            raise RefusedError(
                408, f"A body has to arrive within {self._limits.arrival:g} seconds."
            ) from None
        except ClientDisconnect:
            raise RefusedError(400, "The body did not arrive whole.") from None
        finally:
            self._requests -= 1
            self._bytes -= len(body)

    def _too_big(self) -> RefusedError:
        return RefusedError(413, f"The body has more than {self._limits.body:,} bytes. Select fewer rows.")

    def _busy(self) -> RefusedError:
        return RefusedError(503, "The server is busy with other batches. Try again in a moment.")


class _Reached:
    """Answers only where the server is reached, and adds the headers that every answer bears."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._origins: dict[str, str] = {}
        for origin in origins:
            parts = urlsplit(origin)
            self._origins[parts.netloc] = origin
            if parts.port is None:
                self._origins[f"{parts.netloc}:{_PORTS[parts.scheme]}"] = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers.setdefault("cache-control", _PUBLIC_CACHE)
            await send(message)

        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        origin = self._origins.get(host.lower())
        if origin is None:
            refused = HTTPException(
                421, "This server is not reached by that host name; [server] origins lists others."
            )
            await (await _problem(Request(scope), refused))(scope, receive, send_with_headers)
            return
        scope.setdefault("state", {})["origin"] = origin
        if scope["method"] == "HEAD":  # as GET; the server leaves the body out
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send_with_headers)


async def _problem(_: Request, error: Exception) -> Response:
    """Return what went wrong, as a problem in JSON: never more than a sentence, whatever it was."""
    headers: dict[str, str] = dict(_HEADERS)
    if isinstance(error, RefusedError):
        status, detail = error.status, error.detail
    elif isinstance(error, HTTPException):
        status, detail = error.status_code, error.detail
        headers.update(error.headers or {})
    else:
        status, detail = 500, "Something went wrong here; the server's log says what."
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["retry-after"] = _RETRY_AFTER
    if status == HTTPStatus.REQUEST_TIMEOUT:
        headers["connection"] = "close"
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(body), status, headers, media_type="application/problem+json")

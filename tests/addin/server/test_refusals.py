"""What the server refuses, in which words, and that it goes on answering the others."""

from __future__ import annotations

import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook_addin.server.limits import Limits
from duebook_addin.server.wire import RefusedError, answer_batch
from serving import serving
from smallbook import prepare_for_ever, prepare_stuck_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from serving import Serving

JSON: Final = {"content-type": "application/json"}
ONE: Final = {"calls": [["DAYSLATE", [46_000, 46_001]]]}
FORM: Final = 'Write {"calls": [["AGING", [["2026-01-31", null], [100, 50], "2026-02-15"]]]}.'
SMALL: Final = Limits(body=2_000, calls=3, cells=10, text=20, workers=1)


def problem(answered: httpx.Response) -> tuple[int, str]:
    """Return what a problem says, and check that it is one."""
    assert answered.headers["content-type"] == "application/problem+json"
    found = answered.json()
    assert found.keys() == {"title", "status", "detail"}
    assert found["status"] == answered.status_code
    assert "Traceback" not in answered.text
    return answered.status_code, found["detail"]


# Who asks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "Bearer {token}x",
        "Basic {token}",
        "{token}",
        "Bearer é",
    ],
)
@pytest.mark.parametrize("path", ["/calls", "/status"])
def test_who_is_not_signed_in_gets_nothing(
    client: httpx.Client, server: Serving, path: str, authorization: str | None
):
    headers = (
        JSON
        if authorization is None
        else {**JSON, "authorization": authorization.replace("{token}", server.token)}
    )
    method = "POST" if path == "/calls" else "GET"
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answered = client.request(
        method, path, headers=raw, content=json.dumps(ONE) if method == "POST" else None
    )
    assert problem(answered) == (401, "Sign in with the token of this server: Authorization: Bearer TOKEN.")
    assert answered.headers["www-authenticate"] == "Bearer"
    assert server.token not in answered.text


def test_a_token_is_asked_for_before_a_body_is_read(server: Serving):
    """A stranger who announces a body gets the answer without sending it."""
    with serving() as plain, connected(plain) as open_socket:
        open_socket.sendall(head(plain, "content-length: 1000000"))
        assert received(open_socket).startswith(b"HTTP/1.1 401 ")
    assert server.url != plain.url


@pytest.mark.parametrize("path", ["/calls", "/status"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://localhost", "http://localhost:1"]
)
def test_pages_of_other_origins_may_not_ask(signed_in: httpx.Client, path: str, origin: str):
    method = "POST" if path == "/calls" else "GET"
    answered = signed_in.request(
        method, path, headers={"origin": origin}, json=ONE if method == "POST" else None
    )
    assert problem(answered) == (403, "Pages of this origin may not ask; [server] origins lists others.")
    assert "access-control-allow-origin" not in answered.headers


def test_an_origin_hides_behind_no_other(signed_in: httpx.Client, server: Serving):
    for origins in ((server.url, "https://evil.example"), ("https://evil.example", server.url)):
        headers = [(b"origin", origin.encode()) for origin in origins]
        assert problem(signed_in.get("/status", headers=headers))[0] == 403


def test_its_own_page_may_ask(signed_in: httpx.Client, server: Serving):
    for origin in (server.url, server.url.replace("127.0.0.1", "localhost")):
        assert signed_in.post("/calls", json=ONE, headers={"origin": origin}).json() == {"results": [1]}


def test_a_configured_origin_may_ask_and_is_answered_as_browsers_want_it():
    origin = "https://excel.example"
    with (
        serving(origins=[origin]) as server,
        server.client(headers=server.signed_in | {"origin": origin}) as client,
    ):
        preflight = client.options(
            "/calls",
            headers={
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == origin
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        answered = client.post("/calls", json=ONE)
        assert answered.json() == {"results": [1]}
        assert answered.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answered.headers
        assert (
            f'"{origin}/taskpane.html"' in client.get("/manifest.xml", headers={"host": "excel.example"}).text
        )


@pytest.mark.parametrize(
    "host", ["evil.example", "", "127.0.0.1", "localhost:1", "localhost.evil.example:{port}"]
)
@pytest.mark.parametrize("path", ["/", "/health", "/manifest.xml", "/status", "/nothing"])
def test_another_host_name_is_refused(signed_in: httpx.Client, server: Serving, path: str, host: str):
    named = host.replace("{port}", str(urlsplit(server.url).port))
    answered = signed_in.get(path, headers={"host": named})
    assert problem(answered) == (
        421,
        "This server is not reached by that host name; [server] origins lists others.",
    )


# What is asked --------------------------------------------------------------------------------------------


def test_an_unknown_path_and_an_unknown_method_are_problems(signed_in: httpx.Client):
    assert problem(signed_in.get("/nothing"))[0] == 404
    assert problem(signed_in.get("/../pyproject.toml"))[0] == 404
    assert problem(signed_in.get("/icons/..%2ffunctions.js"))[0] == 404
    answered = signed_in.get("/calls")
    assert problem(answered)[0] == 405
    assert answered.headers["allow"] == "POST"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_kind_is_refused(signed_in: httpx.Client, kind: str):
    """None of these needs the consent of a server before a page of another origin may send it."""
    answered = signed_in.post("/calls", content=json.dumps(ONE), headers={"content-type": kind})
    assert problem(answered) == (415, "The body has to be application/json.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe{\x00}\x00",
        b'\xef\xbb\xbf{"calls": []}',
        b'{"calls": [["DAYSLATE", [NaN, 1]]]}',
        b'{"calls": [["DAYSLATE", [Infinity, 1]]]}',
        b'{"calls": []} []',
        b"{'calls': []}",
        b'{"calls": [["\xe9", []]]}',
    ],
)
def test_what_is_no_json_is_refused(signed_in: httpx.Client, body: bytes):
    status, detail = problem(signed_in.post("/calls", content=body, headers=JSON))
    assert status == 400
    assert detail.startswith("The body is no JSON in UTF-8: ")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("[]", 'The body is no object with the one key "calls", a list.'),
        ("null", 'The body is no object with the one key "calls", a list.'),
        ('{"calls": 1}', 'The body is no object with the one key "calls", a list.'),
        ('{"calls": {"calls": []}}', 'The body is no object with the one key "calls", a list.'),
        (
            '{"calls": [], "more": 1}',
            (
                "An object with the keys 'calls', 'more' is no cell; "
                'write {"date": "2026-01-31"} or {"error": "#N/A"}.'
            ),
        ),
        (
            '{"calls": [1]}',
            "Call 1: a call is a list of two: the function's name and the list of its arguments.",
        ),
        (
            '{"calls": [["DSO", []], ["DSO"]]}',
            "Call 2: a call is a list of two: the function's name and the list of its arguments.",
        ),
        (
            '{"calls": [["DSO", 1]]}',
            "Call 1: a call is a list of two: the function's name and the list of its arguments.",
        ),
        (
            '{"calls": [["' + "A" * 101 + '", []]]}',
            "Call 1: a call is a list of two: the function's name and the list of its arguments.",
        ),
        (
            '{"calls": [["DSO", [[[[1]]]]]]}',
            "Call 1: a range is a list of cells or a list of rows, and nothing deeper.",
        ),
        (
            '{"calls": [["DSO", [[1, [1]]]]]}',
            "Call 1: a range is a list of cells or a list of rows, and nothing deeper.",
        ),
        (
            '{"calls": [["DSO", [[[1], 1]]]]}',
            "Call 1: a range is a list of cells or a list of rows, and nothing deeper.",
        ),
        ('{"calls": [["DSO", [{"calls": []}]]]}', 'Call 1: an object with the key "calls" is no cell.'),
        (
            '{"calls": [["DSO", [{"date": 46000}]]]}',
            (
                "An object with the keys 'date' is no cell; "
                'write {"date": "2026-01-31"} or {"error": "#N/A"}.'
            ),
        ),
        (
            '{"calls": [["DSO", [{}]]]}',
            'An object without keys is no cell; write {"date": "2026-01-31"} or {"error": "#N/A"}.',
        ),
        ('{"calls": ' + "[" * 100_000, "The batch is nested too deeply; a range is a list of rows."),
    ],
)
def test_json_of_another_form_is_refused_with_the_place(signed_in: httpx.Client, body: str, what: str):
    assert problem(signed_in.post("/calls", content=body, headers=JSON)) == (422, f"{what} {FORM}")


@pytest.fixture(scope="module")
def small() -> Iterator[httpx.Client]:
    """Return a client that is signed in to a server with small limits."""
    with serving(limits=SMALL) as server, server.client(headers=server.signed_in) as client:
        yield client


@pytest.mark.parametrize(
    ("calls", "status", "what"),
    [
        ([["DAYSLATE", [1, 2]]] * 3, 200, None),
        ([["DAYSLATE", [1, 2]]] * 4, 422, "4 calls; a batch has at most 3."),
        ([["AGING", [[1] * 4, [1] * 5, 1]]], 200, None),
        ([["AGING", [[1] * 5, [[1] * 5], 1]]], 413, "11 cells; a batch has at most 10. Select fewer rows."),
        ([["PROFILE", ["x" * 20, "open"]]], 200, None),
        ([["DSO", ["x" * 1_990]]], 413, "The body has more than 2,000 bytes. Select fewer rows."),
    ],
)
def test_what_is_too_big_is_refused(small: httpx.Client, calls: object, status: int, what: str | None):
    answered = small.post("/calls", json={"calls": calls})
    assert answered.status_code == status
    assert what is None or problem(answered) == (status, what)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ({"error": "#TIMEOUT!"}, "A cell holds the error '#TIMEOUT!', which is none that is known here."),
        ({"date": "2026-02-30"}, "The date '2026-02-30' is no day; write it as 2026-01-31."),
        ({"date": "20260131"}, "The date '20260131' is no day; write it as 2026-01-31."),
        ("x" * 21, "A cell's text has more than 20 characters."),
        ("\ud800", "due_date: '\\ud800' is no date."),
    ],
)
def test_a_cell_that_cannot_be_read_costs_only_its_call_the_answer(
    small: httpx.Client, cell: object, message: str
):
    batch = {"calls": [["DAYSLATE", [cell, 1]], ["DAYSLATE", [[cell, 1], 2]], ["DAYSLATE", [1, 2]]]}
    answered = small.post("/calls", content=json.dumps(batch), headers=JSON)
    one, column, other = answered.json()["results"]
    assert one["error"] == "#VALUE!"
    assert one["message"].startswith(message)
    assert column == [[one], [1]]
    assert other == 1


def test_a_body_that_does_not_say_how_long_it_is_is_counted(small: httpx.Client):
    """As one that is sent in chunks; a browser that announces too much is refused before it sends."""
    sent = (b" " * 500 for _ in range(5))
    answered = small.post("/calls", content=sent, headers=JSON)
    assert problem(answered) == (413, "The body has more than 2,000 bytes. Select fewer rows.")
    assert small.post("/calls", json=ONE).json() == {"results": [1]}


def test_answers_that_are_too_many_cells_are_left_out(small: httpx.Client):
    answered = small.post(
        "/calls", json={"calls": [["AGING", [1, 1, 1]], ["AGING", [1, 1, 1]], ["DAYSLATE", [1, 2]]]}
    )
    first, second, third = answered.json()["results"]
    assert len(first[0]) == 7
    assert second == {"error": "#N/A", "message": "AGING: the answers of one batch are too many cells."}
    assert third == 1


def test_a_batch_that_is_slow_is_answered_in_part():
    body = json.dumps({"calls": [["DAYSLATE", [1, 2]]] * 1_000}).encode()
    *_, last = json.loads(answer_batch(body, Limits(computing=0)))["results"]
    assert last == {
        "error": "#N/A",
        "message": "DAYSLATE: too slow; 0 seconds did not suffice for the batch.",
    }


# Who is slow, and who waits -------------------------------------------------------------------------------


def connected(server: Serving) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=30)


def head(server: Serving, *lines: str) -> bytes:
    named = [f"host: {urlsplit(server.url).netloc}", "content-type: application/json", *lines]
    return "\r\n".join(["POST /calls HTTP/1.1", *named, "", ""]).encode()


def received(open_socket: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        part = open_socket.recv(65_536)
        if not part:
            break
        found += part
    return found


def test_a_body_that_is_slow_to_come_is_refused():
    with serving(limits=Limits(arrival=0.2, workers=1)) as server, connected(server) as open_socket:
        open_socket.sendall(head(server, f"authorization: Bearer {server.token}", "content-length: 100"))
        open_socket.sendall(b"{")
        answered = received(open_socket)
        assert answered.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in answered.lower()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: "])
def test_a_connection_on_which_no_request_comes_is_closed(sent: bytes):
    with serving(limits=Limits(head=0.2, workers=1)) as server, connected(server) as open_socket:
        open_socket.sendall(sent)
        assert open_socket.recv(1) == b""


def test_what_is_no_http_is_refused():
    with serving(limits=Limits(workers=1)) as server, connected(server) as open_socket:
        open_socket.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert received(open_socket).startswith(b"HTTP/1.1 400 ")


def test_a_head_that_never_ends_is_refused():
    with serving(limits=Limits(workers=1)) as server, connected(server) as open_socket:
        open_socket.sendall(b"GET / HTTP/1.1\r\nx-long: " + b"x" * 100_000)
        assert received(open_socket).startswith(b"HTTP/1.1 400 ")


@contextmanager
def stuck_server(limits: Limits) -> Iterator[httpx.Client]:
    """Give a client that is signed in to a server where PORTFOLIO never answers."""
    with (
        serving(prepare=prepare_stuck_book, limits=limits) as server,
        server.client(headers=server.signed_in) as client,
    ):
        yield client


def test_others_are_answered_while_a_batch_computes_and_one_that_never_ends_is_ended():
    """Two processes: with both stuck the server is busy; both are ended in time, and all is as before."""
    stuck = {"calls": [["PORTFOLIO", ["open"]]]}
    limits = Limits(workers=2, computing=1, waiting=0.2)
    with stuck_server(limits) as client, ThreadPoolExecutor(2) as pool:
        assert client.post("/calls", json=ONE).json() == {"results": [1]}
        first = pool.submit(client.post, "/calls", json=stuck)
        assert client.post("/calls", json=ONE).json() == {"results": [1]}
        second = pool.submit(client.post, "/calls", json=stuck)
        while (answered := client.post("/calls", json=ONE)).status_code == 200:
            assert not second.done()
            assert client.get("/status").status_code == 200
        assert problem(answered) == (503, "The server is busy with other batches. Try again in a moment.")
        assert int(answered.headers["retry-after"]) > 0
        assert client.get("/status").status_code == 200
        for each in (first, second):
            assert problem(each.result()) == (
                504,
                "The batch took too long and was ended. Ask for fewer cells at a time.",
            )
        assert client.post("/calls", json=ONE).json() == {"results": [1]}


def test_a_process_that_never_gets_ready_is_ended_and_who_asks_is_told():
    limits = Limits(workers=1, starting=0.2)
    with (
        serving(prepare=prepare_for_ever, limits=limits) as server,
        server.client(headers=server.signed_in) as client,
    ):
        for _ in range(2):
            answered = client.post("/calls", json=ONE)
            assert problem(answered) == (
                503,
                "The calculation could not be made ready. Try again in a moment.",
            )


def test_small_batches_pass_big_ones():
    """A big batch leaves a process to the small ones, even where there are two of them."""
    big = {"calls": [["PORTFOLIO", ["open"]], *([["DAYSLATE", ["x" * 100, 1]]] * 20)]}
    limits = Limits(workers=2, computing=1, waiting=20, big=1_000)
    with stuck_server(limits) as client, ThreadPoolExecutor(2) as pool:
        stuck = [pool.submit(client.post, "/calls", json=big) for _ in range(2)]
        answered = [client.post("/calls", json=ONE).status_code for _ in range(20)]
        assert answered == [200] * 20
        assert not all(each.done() for each in stuck)
        assert [each.result().status_code for each in stuck] == [504, 504]


def test_more_requests_than_there_is_room_for_are_refused():
    limits = Limits(batches=1, arrival=20, workers=1)
    with (
        serving(limits=limits) as server,
        connected(server) as slow,
        server.client(headers=server.signed_in) as client,
    ):
        slow.sendall(head(server, f"authorization: Bearer {server.token}", "content-length: 100"))
        while (answered := client.post("/calls", json=ONE)).status_code == 200:
            pass
        assert problem(answered)[0] == 503
        slow.close()
        while (answered := client.post("/calls", json=ONE)).status_code == 503:
            pass
        assert answered.json() == {"results": [1]}


def test_bodies_that_are_too_many_bytes_together_are_refused():
    with (
        serving(limits=Limits(held=1_000, workers=1)) as server,
        server.client(headers=server.signed_in) as client,
    ):
        answered = client.post("/calls", content=b" " * 1_001, headers=JSON)
        assert problem(answered)[0] == 503
        assert client.post("/calls", json=ONE).json() == {"results": [1]}


def test_who_leaves_costs_nobody_an_answer():
    with serving(limits=Limits(workers=1)) as server, server.client(headers=server.signed_in) as client:
        for _ in range(5):
            with connected(server) as gone:
                gone.sendall(
                    head(server, f"authorization: Bearer {server.token}", "content-length: 100") + b"{"
                )
        assert client.post("/calls", json=ONE).json() == {"results": [1]}
    assert threading.active_count() < 20


# Whatever comes -------------------------------------------------------------------------------------------

_CELLS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
_ANYTHING = st.recursive(
    _CELLS | st.fixed_dictionaries({"date": _CELLS}) | st.fixed_dictionaries({"error": _CELLS}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=12,
)
_NAMES = st.sampled_from(["AGING", "DAYSLATE", "DUEDATE", "INTEREST", "BUCKET", "AGINGBY", "nothing"])
_BATCHES = st.fixed_dictionaries(
    {"calls": st.lists(st.tuples(_NAMES, st.lists(_ANYTHING, max_size=5)), max_size=3)}
)


@given(
    _BATCHES.map(lambda batch: json.dumps(batch).encode())
    | _ANYTHING.map(lambda any_: json.dumps(any_).encode())
    | st.binary()
)
@settings(max_examples=300)
def test_any_body_is_answered_or_refused(body: bytes):
    answered = answered_or_refused(body)
    if isinstance(answered, RefusedError):
        assert answered.status in {400, 413, 422}
        assert re.fullmatch(r"\S.*\.", answered.detail, re.DOTALL)
    else:
        found = json.loads(answered, parse_constant=pytest.fail)["results"]
        assert len(found) == len(json.loads(body)["calls"])
        assert "the calculation failed" not in answered.decode()


def answered_or_refused(body: bytes) -> bytes | RefusedError:
    try:
        return answer_batch(body, Limits())
    except RefusedError as refused:
        return refused

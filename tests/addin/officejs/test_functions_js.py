"""The script of the custom functions in Node, under a stand-in for Excel, against a running server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

import calls
from calls import normal, same
from duebook_addin.functions import FUNCTIONS
from duebook_addin.server.certificate import own_certificate
from duebook_addin.server.limits import Limits
from officehost import OfficeHost, as_excel_has_it
from serving import STATUS, serving
from smallbook import prepare_small_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook_addin.registry import Function

pytestmark = pytest.mark.service("node")
# What Excel lets a custom function give; see the list in functions.js.
GIVEN: Final = {"#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!"}
LATE: Final = ["DAYSLATE", [[[46_000]], [[46_003]]]]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeHost]:
    """Return Excel with the add-in of a server with the small book, over TLS."""
    own = own_certificate(tmp_path_factory.mktemp("tls"), [])
    with serving(prepare=prepare_small_book, tls=(own.certificate, own.key)) as server:
        yield OfficeHost(server)


def asked(office: OfficeHost, *typed: list[object]) -> list[Any]:
    """Return what cells show who is signed in."""
    found: list[Any] = office.run(("signIn", office.server.token), ("calls", typed))[1]
    return found


def shown(answer: object) -> object:
    """Write an answer as Excel can show it."""
    if isinstance(answer, list):
        return [shown(cell) for cell in answer]
    if isinstance(answer, dict):
        return {"error": answer["error"] if answer["error"] in GIVEN else "#VALUE!"}
    return answer


@pytest.mark.usefixtures("small_book")
def test_every_example_is_answered_as_in_python(office: OfficeHost):
    examples = calls.examples()
    for call, cell, python in zip(examples, office.answers(examples), calls.python(examples), strict=True):
        assert same(normal(cell), normal(python)), call


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize("function", list(FUNCTIONS), ids=lambda function: function.name)
def test_any_call_is_answered_as_in_python(office: OfficeHost, function: Function):
    written = [as_excel_has_it(call) for call in calls.batch(function, 40, 1)]
    for call, cell, python in zip(written, office.answers(written), calls.python(written), strict=True):
        assert same(normal(cell), shown(normal(python))), call  # type: ignore[arg-type] # still a normal form


def test_what_excel_hands_over_is_told_apart(office: OfficeHost):
    """Empty cells in each way that Excel hands them over, and values with a format."""
    empties: list[object] = [[""], [None], [{"rich": {"type": "Empty", "basicValue": ""}}]]
    rich = {"rich": {"type": "FormattedNumber", "basicValue": 46_000, "numberFormat": "yyyy-mm-dd"}}
    entity = {"rich": {"type": "Entity", "basicType": "Error", "basicValue": "#VALUE!", "text": "Ltd"}}
    buckets, formatted, boolean, picture, error = asked(
        office,
        ["BUCKET", [[*empties, [46_000]], [[46_003]]]],
        ["DAYSLATE", [[[rich]], [[46_003]]]],
        ["DAYSLATE", [[[True]], [[46_003]]]],
        ["DAYSLATE", [[[entity]], [[46_003]]]],
        [
            "DAYSLATE",
            [[[{"rich": {"type": "Error", "basicValue": "#DIV/0!", "basicType": "Error"}}]], [[46_003]]],
        ],
    )
    assert buckets == [["no date"], ["no date"], ["no date"], ["1-30"]]
    assert formatted == [[3]]
    assert boolean["rejected"]["error"] == "#VALUE!"
    assert boolean["rejected"]["message"].startswith("due_date: TRUE is a boolean")
    assert picture["rejected"] == {"error": "#VALUE!", "message": "due_date: the cell holds #VALUE!."}
    assert error["rejected"]["error"] == "#DIV/0!"


def test_errors_stand_in_their_place_and_whole_ones_are_thrown(office: OfficeHost):
    column, whole, unknown = asked(
        office,
        ["DAYSLATE", [[[46_000], [{"error": "#N/A"}], [{"error": "#REF!"}]], [[46_003]]]],
        ["DAYSLATE", [[["soon"]], [[46_003]]]],
        ["PROFILE", [[["nobody"]], [["open"]], None]],
    )
    assert column == [
        [3],
        [{"error": "#N/A", "message": "due_date: the cell holds #N/A."}],
        # No custom function can give this one.
        [{"error": "#VALUE!", "message": "#REF!: due_date: the cell holds #REF!."}],
    ]
    assert whole["rejected"]["error"] == "#VALUE!"
    assert whole["rejected"]["message"].startswith("due_date: 'soon' is no date.")
    assert unknown["rejected"]["error"] == "#N/A"


def test_an_empty_cell_of_an_answer_is_empty_text_because_null_shows_as_0(office: OfficeHost):
    (items,) = asked(office, ["OPENITEMS", [[["C1"]], None]])
    assert [[row[1], row[4], row[8]] for row in items] == [
        ["document", "due_date", "open"],
        ["INV1", 46_053, 100.5],
        ["INV2", "", 50],
    ]


def test_a_date_is_shown_as_one_where_excel_can(office: OfficeHost):
    call = ["DUEDATE", [[[46_053]], [["Net 30"]]]]
    early = ["DUEDATE", [[["1900-01-01"]], [["Net 0"]]]]
    _, serials, _, dates = office.run(
        ("signIn", office.server.token),
        ("calls", [call, early]),
        ("supports", ["CustomFunctionsRuntime 1.4"]),
        ("calls", [call]),
    )
    assert serials == [[[46_083]], [[1]]]
    assert dates == [[[46_083]]], "asked once, and kept"
    _, _, dates = office.run(
        ("supports", ["CustomFunctionsRuntime 1.4"]), ("signIn", office.server.token), ("calls", [call])
    )
    assert dates == [[[{"type": "FormattedNumber", "basicValue": 46_083, "numberFormat": "yyyy-mm-dd"}]]]


def test_many_cells_travel_in_few_requests_and_equal_ones_once(office: OfficeHost):
    different = [["DAYSLATE", [[[46_000]], [[46_000 + late]]]] for late in range(5_000)]
    _, _, first, sent, again, nothing, _, once = office.run(
        ("signIn", office.server.token),
        ("requests", None),
        ("calls", different),
        ("requests", None),
        ("calls", different),
        ("requests", None),
        ("calls", [["DAYSLATE", [[[46_001]], [[46_000]]]]] * 5_000),
        ("requests", None),
    )
    assert first == again == [[[late]] for late in range(5_000)]
    assert [each["calls"] for each in sent] == [2_000, 2_000, 1_000]
    assert nothing == []
    assert [each["calls"] for each in once] == [1]


def test_equal_big_calls_travel_once_and_are_not_kept(office: OfficeHost):
    dues: list[object] = [[day] for day in range(40_000, 60_000)]
    call = ["AGING", [dues, [[1]], [[50_000]], None]]
    _, _, answers, sent, _, later = office.run(
        ("signIn", office.server.token),
        ("requests", None),
        ("calls", [call, call]),
        ("requests", None),
        ("calls", [call]),
        ("requests", None),
    )
    assert answers[0] == answers[1] == [[10_000, 30, 30, 30, 9_910, 0, 20_000]]
    assert [each["calls"] for each in sent] == [1]
    assert [each["calls"] for each in later] == [1]


def test_of_whole_columns_only_the_filled_rows_travel(office: OfficeHost):
    """A sheet has 1,048,576 rows; the answer is that of the filled ones, and so are the messages."""
    dues = {"rows": [[46_000], [46_010], [""], [46_020]], "empty": [""], "of": 1_048_576}
    amounts = {"rows": [[100], [50], [None], [7]], "empty": [None], "of": 1_048_576}
    wrong = {"rows": [[100], [50], [None], ["7"]], "empty": [None], "of": 1_048_576}
    short = {"rows": [[1]] * 4, "empty": [1], "of": 4}
    _, _, answers, sent = office.run(
        ("signIn", office.server.token),
        ("requests", None),
        ("calls", [["AGING", [dues, each, [[46_053]], None]] for each in (amounts, wrong)]),
        ("requests", None),
    )
    assert answers[0] == [[0, 0, 157, 0, 0, 0, 157]]
    assert answers[1]["rejected"]["message"].startswith("amount, cell 4: '7' is text")
    assert sum(each["bytes"] for each in sent) < 500
    (unequal,) = asked(office, ["AGING", [{**dues, "of": 300}, short, [[46_053]], None]])
    assert unequal["rejected"]["message"].startswith("due_date has 300, amount has 4 cells")


def test_answers_for_each_row_are_as_many_as_the_rows(office: OfficeHost):
    column = {"rows": [[46_000]], "empty": [""], "of": 50}
    (late,) = asked(office, ["DAYSLATE", [column, [[46_003]]]])
    assert len(late) == 50
    assert late[0] == [3]
    assert late[49][0]["error"] == "#N/A"


def test_what_the_store_answered_is_kept_until_there_is_a_new_run():
    status = [STATUS]
    profile, late = ["PROFILE", [[["C1"]], [["open"]], None]], LATE
    steps: list[tuple[str, object]] = [("calls", [profile, late]), ("requests", None)]
    with serving(
        prepare=prepare_small_book, status=lambda: status.pop(0) if len(status) > 1 else status[0]
    ) as server:
        assert STATUS.last_run is not None
        new = replace(STATUS, last_run=replace(STATUS.last_run, run=13))
        status[:] = [STATUS, STATUS, new]
        found = OfficeHost(server).run(
            ("signIn", server.token),
            ("requests", None),
            *steps,
            *steps,
            ("status", None),
            *steps,
            ("status", None),
            *steps,
        )
    sent = [[(each["path"], each["calls"]) for each in found[place]] for place in (3, 5, 8, 11)]
    assert sent == [[("/calls", 2)], [], [("/status", 0)], [("/status", 0), ("/calls", 1)]]


def test_who_is_not_signed_in_is_told_where_to(office: OfficeHost):
    before, sent, wrong, none, kept = office.run(
        ("calls", [LATE]),
        ("requests", None),
        ("signIn", "wrong"),
        ("signedIn", None),
        ("kept", None),
    )
    assert before == [{"rejected": {"error": "#N/A", "message": "Sign in in the Duebook task pane."}}]
    assert sent == []
    assert wrong == {"error": "token", "message": "Sign in again in the Duebook task pane."}
    assert none is False
    assert kept == {}


@pytest.mark.parametrize("token", ["", "  ", "密钥", "a\nb"])
def test_what_is_no_token_is_not_sent(office: OfficeHost, token: str):
    refused, sent = office.run(("signIn", token), ("requests", None))
    assert refused["error"] == "token"
    assert sent == []


def test_signing_in_and_out(office: OfficeHost):
    status, signed_in, kept, answers, _, signed_out, refused, kept_after = office.run(
        ("signIn", f"  {office.server.token}\n"),
        ("signedIn", None),
        ("kept", None),
        ("calls", [LATE]),
        ("signOut", None),
        ("signedIn", None),
        ("calls", [LATE]),
        ("kept", None),
    )
    assert status["last_run"]["run"] == 12
    assert signed_in is True
    assert kept == {"duebook.token": office.server.token}
    assert answers == [[[3]]]
    assert signed_out is False
    assert refused[0]["rejected"]["error"] == "#N/A"
    assert kept_after == {}


def test_a_token_that_is_not_right_any_more_says_so(office: OfficeHost):
    with serving(token=office.server.token) as other, serving() as changed:
        found = OfficeHost(other).run(
            ("signIn", other.token), ("page", changed.url), ("calls", [LATE]), ("status", None)
        )
    again = "Sign in again in the Duebook task pane."
    assert found[2] == [{"rejected": {"error": "#N/A", "message": again}}]
    assert found[3] == {"error": "token", "message": again}


def test_a_server_that_is_gone_is_tried_twice_and_named(office: OfficeHost):
    with serving(token=office.server.token) as gone:
        url = gone.url
    found = office.run(
        ("signIn", office.server.token),
        ("page", url),
        ("requests", None),
        ("calls", [LATE]),
        ("requests", None),
        ("status", None),
    )
    assert found[3] == [{"rejected": {"error": "#N/A", "message": "The Duebook server cannot be reached."}}]
    assert len(found[4]) == 2
    assert found[5]["error"] == "network"


def test_arguments_that_are_left_out_may_be_missing_or_null(office: OfficeHost):
    buckets = asked(office, ["BUCKET", [[[46_000]], [[46_100]]]], ["BUCKET", [[[46_000]], [[46_100]], None]])
    assert buckets == [[["90+"]], [["90+"]]]


def test_what_failed_on_the_way_is_asked_again(office: OfficeHost):
    with serving(token=office.server.token) as gone:
        url = gone.url
    found = office.run(
        ("signIn", office.server.token),
        ("page", url),
        ("calls", [LATE]),
        ("page", office.server.url),
        ("calls", [LATE]),
    )
    assert found[2][0]["rejected"]["error"] == "#N/A"
    assert found[4] == [[[3]]]


def test_a_busy_server_is_asked_once_more():
    with serving(limits=Limits(batches=0, workers=1)) as server:
        found = OfficeHost(server).run(
            ("signIn", server.token), ("requests", None), ("calls", [LATE]), ("requests", None)
        )
    message = "The server is busy with other batches. Try again in a moment."
    assert found[2] == [{"rejected": {"error": "#N/A", "message": message}}]
    assert len(found[3]) == 2


def test_calls_whose_cells_are_too_many_together_travel_one_by_one(office: OfficeHost):
    """Too many arguments, so that the server counts the cells and computes nothing."""
    long = {"rows": [], "of": 600_000, "empty": [1]}
    typed = [["DAYSLATE", [long, [[number]], None, None, None, None]] for number in (1, 2)]
    answers, sent = office.run(
        ("signIn", office.server.token), ("requests", None), ("calls", typed), ("requests", None)
    )[2:]
    assert ["too many" in answer["rejected"]["message"] for answer in answers] == [True, True]
    assert [each["calls"] for each in sent] == [1, 1]


def test_an_error_that_only_a_newer_excel_has_costs_only_its_call_the_answer(office: OfficeHost):
    wrong, right = asked(office, ["DAYSLATE", [[[{"error": "#TIMEOUT!"}]], [[46_003]]]], LATE)
    assert wrong["rejected"]["error"] == "#VALUE!"
    assert "#TIMEOUT!" in wrong["rejected"]["message"]
    assert right == [[3]]


def test_what_the_server_refuses_is_passed_on():
    with serving(limits=Limits(cells=3, workers=1)) as server:
        found = OfficeHost(server).run(
            ("signIn", server.token),
            ("calls", [["DAYSLATE", [[[1], [2], [3]], [[46_003]]]]]),
            ("direct", ["DAYSLATE", [46_000, [[46_003]]]]),
        )
    message = "4 cells; a batch has at most 3. Select fewer rows."
    assert found[1] == [{"rejected": {"error": "#N/A", "message": message}}]
    assert found[2] == [[3]]

"""The quick check and the completeness of due diligence, as cells see them."""

from __future__ import annotations

import json

from duebook_addin.call import call

DAY = "2026-06-30"
STEPS = ["credit record", "audit and bank", "enquiry", "quick check"]


def result(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


def passed(*pieces: tuple[str, str | None], as_of: str = DAY) -> list[str]:
    """Return what the quick check says of each step, and of the whole."""
    rows = result("QUICKCHECK", [name for name, _ in pieces], [day for _, day in pieces], as_of)
    assert [row[0] for row in rows[1:]] == STEPS
    return [row[1] for row in rows[1:]]


AUDITS = (("audit report", "2025-04-30"), ("audit report", "2024-04-30"))
BANK = ("bank reference", "2026-02-01")


def test_the_three_steps_of_the_guide():
    """Any credit record, two years of audit reports and a bank reference, any enquiry."""
    record, enquiry = ("platform report", "2026-01-15"), ("supplier enquiry", "2026-06-30")
    assert passed(record, *AUDITS, BANK, enquiry) == ["yes", "yes", "yes", "yes"]
    assert passed(record, *AUDITS, enquiry) == ["yes", "no", "yes", "no"]
    assert passed(record, AUDITS[0], BANK, enquiry) == ["yes", "no", "yes", "no"]
    assert passed(*AUDITS, BANK, enquiry) == ["no", "yes", "yes", "no"]
    assert passed(record, *AUDITS, BANK, ("supplier enquiry", None)) == ["yes", "yes", "no", "no"]


def test_what_is_too_old_or_of_a_later_day_is_not_there():
    assert passed(*AUDITS, BANK, as_of="2027-02-01")[1] == "yes"
    assert passed(*AUDITS, BANK, as_of="2027-02-02")[1] == "no"
    assert passed(*AUDITS, BANK, as_of="2026-01-31")[1] == "no"


def test_completeness_counts_pieces():
    document = ["audit report", "audit report", "bank reference", "business licence", "peer enquiry"]
    dated = ["2025-04-30", "2020-04-30", "2026-02-01", "1999-01-01", "2026-01-01"]
    heading, row = result("DILIGENCE", document, dated, DAY)
    assert heading == ["completeness", "missing", "outdated"]
    assert row == [
        round(3 / 7, 17),
        "audit report, payment terms, late-payment penalty, highest credit",
        "audit report",
    ]


def test_in_chinese_where_the_documents_are():
    heading, row = result("DILIGENCE", ["营业执照", None], ["2001-01-15", None], DAY)
    assert heading == ["完整度", "缺少", "过期"]
    assert row[1].split("、") == [
        "近两年审计报告",
        "银行资信证明",
        "书面账期约定",
        "书面逾期罚息标准",
        "书面最高授信额度",
    ]


def test_no_piece_at_all_is_an_answer_and_a_wrong_one_an_error():
    assert passed(("audit report", None)) == ["no"] * 4
    assert result("DILIGENCE", [None], [None], DAY)[1][0] == 0
    for name in ("QUICKCHECK", "DILIGENCE"):
        assert result(name, "bank referense", "2026-01-01", DAY) == {
            "error": "#VALUE!",
            "message": "document: 'bank referense' is no document of due diligence. "
            "Did you mean 'bank reference'?",
        }
        assert result(name, ["bank reference", None], ["2026-01-01", "2026-01-02"], DAY) == {
            "error": "#N/A",
            "message": "document: the cell is empty, but its date is 2026-01-02.",
        }
        assert result(name, ["bank reference"], ["#REF!"], DAY)["error"] == "#REF!"

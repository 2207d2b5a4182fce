"""`duebook policy`: check, show, diff, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook.policy import default_policy, default_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer

    Run = Callable[..., Answer]


def own(folder: Path, *changes: tuple[str, str]) -> Path:
    text = default_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_policy_without_errors(tmp_path: Path, duebook: Run) -> None:
    own(tmp_path, ('name = "standard-2025-11"', 'name = "ours"'))

    answer = duebook(tmp_path, "policy", "check", "own.toml")
    document = duebook(tmp_path, "policy", "check", "own.toml", "--json").document

    assert answer.code == 0
    assert "own.toml: ours, version 1, valid from 2025-11-01: no errors." in answer.out
    assert (document["name"], len(document["digest"])) == ("ours", 64)


def test_an_error_names_file_line_key_and_what_is_allowed(tmp_path: Path, duebook: Run) -> None:
    file = own(tmp_path, ("raised_share = 0.5", "raised_shar = 0.5"))
    line = file.read_text(encoding="utf-8").split("raised_shar =")[0].count("\n") + 1

    answer = duebook(tmp_path, "policy", "check", "own.toml")

    assert answer.code == 2
    assert f"own.toml, line {line}: 'limit.progressive.raised_shar' is no key of a policy." in answer.err
    assert "Did you mean 'raised_share'?" in answer.err


def test_a_file_that_is_not_there(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "policy", "check", "absent.toml")
    assert answer.code == 2
    assert "absent.toml: the policy cannot be read: there is no such file." in answer.err


def test_what_a_policy_says_in_both_languages(tmp_path: Path, duebook: Run) -> None:
    english = duebook(tmp_path, "policy", "show", "--section", "limit", COLUMNS="200")
    chinese = duebook(tmp_path, "policy", "show", "--section", "limit", "--lang", "zh", COLUMNS="200")
    document = duebook(tmp_path, "policy", "show", "--json").document

    assert "limit.progressive.first_share" in english.out
    assert "of a month's turnover" in english.out
    assert "首笔比例" in chinese.out
    assert "terms.industry" not in english.out
    assert document["name"] == "standard-2025-11"
    assert document["keys"]["limit.progressive.first_share"] == "0.2"
    assert document["keys"]["terms.industry.retail.most_days"] == "45"


def test_an_unknown_section(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "policy", "show", "--section", "limits")
    assert answer.code == 2
    assert "'limits' is no section of a policy." in answer.err


def test_what_differs_between_two_policies(tmp_path: Path, duebook: Run) -> None:
    own(tmp_path, ("first_share = 0.2 ", "first_share = 0.25 "), ('discount = "2/10 Net 30"', ""))

    found = duebook(tmp_path, "policy", "diff", "default", "own.toml", "--json").document
    table = duebook(tmp_path, "policy", "diff", "default", "own.toml", COLUMNS="200").out
    same = duebook(tmp_path, "policy", "diff", "default", "default").out

    assert found == [
        {"key": "limit.progressive.first_share", "before": "0.2", "after": "0.25"},
        {"key": "terms.discount", "before": "2/10 Net 30", "after": None},
    ]
    assert "limit.progressive.first_share" in table
    assert "They say the same." in same
    assert default_policy().name in duebook(tmp_path, "policy", "show", "default", COLUMNS="200").out


def test_a_policy_that_no_store_can_keep(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "policy", "show", "lenient")
    assert (answer.code, answer.out) == (2, "")
    assert "policy: 'lenient' is no file." in answer.err
    assert "without duebook.toml there is no store with others" in answer.err
    shown = duebook(tmp_path, "policy", "show", "current", "--json").document
    assert shown["digest"] == default_policy().digest


def test_the_configured_policy_is_the_current_one(tmp_path: Path, duebook: Run) -> None:
    own(tmp_path, ('name = "standard-2025-11"', 'name = "ours"'))
    store = '[store]\nurl = "sqlite:///duebook.db"\n'
    (tmp_path / "duebook.toml").write_text(f'{store}[policy]\nfile = "own.toml"\n', encoding="utf-8")
    assert duebook(tmp_path, "policy", "show", "current", "--json").document["name"] == "ours"


def test_how_many_exceptions_there_are(tmp_path: Path, duebook: Run) -> None:
    file = own(tmp_path)
    one = '\n[[exception]]\nwhere = { country = ["CN"] }\nlimit.rounding_step = 500\n'
    for times, said in ((1, "1 exception by company"), (2, "2 exceptions by company")):
        file.write_text(default_text() + one * times, encoding="utf-8")
        assert said in duebook(tmp_path, "policy", "check", "own.toml").out

"""The credit policy: its default, its digest, and what is said about a wrong one."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest
from pydantic import ValidationError

from duebook.errors import InputError
from duebook.policy import default_policy, parse_policy

TEXT = files("duebook").joinpath("default_policy.toml").read_text(encoding="utf-8")


def line_of(fragment: str) -> int:
    return TEXT[: TEXT.index(fragment)].count("\n") + 1


def test_the_default_policy() -> None:
    policy = default_policy()
    assert (policy.name, policy.valid_from) == ("standard-2025-11", date(2025, 11, 1))
    assert policy.aging.edges == (0, 30, 60, 90)
    assert policy.turnover.days == 90
    assert policy.behaviour.months == 12
    assert (policy.pay_index.anchors[0].points, policy.pay_index.anchors[0].days_late) == (100, -30)


def test_a_policy_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValidationError):
        default_policy().name = "other"  # type: ignore[misc]


def test_the_digest_is_of_the_content_and_not_of_the_layout() -> None:
    again = parse_policy("# a remark\n" + TEXT.replace("days = 90", "days   =   90  # a quarter"), where="x")
    assert again.digest == default_policy().digest
    other = parse_policy(TEXT.replace("days = 90", "days = 91"), where="x")
    assert other.digest != again.digest
    assert len(other.digest) == 64


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        (
            "days = 90",
            "dyas = 90",
            "policy.toml, line {line}: 'turnover.dyas' is no key of a policy.",
            "Did you mean 'days'?",
        ),
        (
            "[turnover]",
            "[turnovr]",
            "policy.toml, line {line}: 'turnovr' is no key of a policy.",
            "Did you mean 'turnover'?",
        ),
        (
            "days = 90",
            "days = 0",
            "policy.toml, line {line}: turnover.days = 0 is not allowed.",
            "Allowed: A whole number of days, 1 to 3660.",
        ),
        (
            "months = 12",
            'months = "12"',
            'policy.toml, line {line}: behaviour.months = "12" is not allowed.',
            "Allowed: A whole number of months, 1 to 120.",
        ),
        (
            "edges = [0, 30, 60, 90]",
            "edges = [0, 30, 30]",
            "policy.toml, line {line}: aging.edges = [0, 30, 30] is not allowed: 0, 30, 30 do not increase.",
            "Allowed: Increasing whole numbers of days, such as [0, 30, 60, 90].",
        ),
        (
            "edges = [0, 30, 60, 90]",
            "edges = []",
            "policy.toml, line {line}: aging.edges = [] is not allowed.",
            "Allowed: Increasing whole numbers of days, such as [0, 30, 60, 90].",
        ),
        (
            "valid_from = 2025-11-01",
            'valid_from = "2025-11-01"',
            'policy.toml, line {line}: valid_from = "2025-11-01" is not allowed.',
            "Allowed: A date without quotes, such as 2025-11-01.",
        ),
        (
            'version = "1"',
            'version = ""',
            'policy.toml, line {line}: version = "" is not allowed.',
            'Allowed: A short text, such as "1".',
        ),
        (
            "{ points = 80, days_late = 0 }",
            "{ points = 80, day_late = 0 }",
            "policy.toml, line {line}: 'pay_index.anchors.day_late' is no key of a policy.",
            "Did you mean 'days_late'?",
        ),
        (
            "{ points = 80, days_late = 0 }",
            "{ points = 180, days_late = 0 }",
            "policy.toml, line {line}: pay_index.anchors.points = 180 is not allowed.",
            "Allowed: Points of the index, 0 to 100.",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_is_allowed(
    old: str, new: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace(old, new, 1), where="policy.toml")
    assert caught.value.message == message.replace("{line}", f"{line_of(old)}")
    assert caught.value.hint == hint


def test_a_missing_key_is_named_with_the_line_of_its_table() -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace("months = 12\n", "", 1), where="p.toml")
    assert caught.value.message == f"p.toml, line {line_of('[behaviour]')}: behaviour.months is missing."
    assert caught.value.hint == "Allowed: A whole number of months, 1 to 120."


def test_a_missing_table_is_named_with_its_keys() -> None:
    text = TEXT[: TEXT.index("[pay_index]")] + TEXT[TEXT.index("[score]") :]
    with pytest.raises(InputError) as caught:
        parse_policy(text, where="p.toml")
    assert (caught.value.message, caught.value.hint) == (
        "p.toml: pay_index is missing.",
        "Allowed: A table with anchors.",
    )


def test_an_unknown_key_without_a_near_one_lists_those_there_are() -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace("months = 12", "months = 12\nzzz = 1", 1), where="p.toml")
    assert caught.value.hint == "Allowed: months."


def test_points_must_fall_while_days_rise() -> None:
    text = TEXT.replace("{ points = 80, days_late = 0 }", "{ points = 95, days_late = 0 }")
    with pytest.raises(InputError) as caught:
        parse_policy(text, where="p.toml")
    assert caught.value.message.startswith(f"p.toml, line {line_of('{ points = 80')}: pay_index.anchors = [")
    assert caught.value.message.endswith(
        "is not allowed: from 90 points at -20 days to 95 points at 0 days, points must fall and days rise."
    )


def test_what_is_no_toml_is_named_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^p\.toml: not valid TOML: .*line 1"):
        parse_policy("name = = 1", where="p.toml")


def refused(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_policy(text, where="p.toml")
    return caught.value


def line_in(text: str, fragment: str) -> int:
    return text[: text.index(fragment)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("{ up_to = 0.05, points = 85 }", "{ up_to = 0.3, points = 85 }", "score.factor.bands", "'overdue share': the bands up to 0.3 and 0.1 overlap; they must rise"),
        ("{ at_least = 70, points = 80 }", "{ at_least = 90, points = 80 }", "score.factor.bands", "'pay index': the bands of at least 80 and 90 overlap; bounds must fall"),
        ("{ at_least = 70, points = 80 }", "{ up_to = 70, points = 80 }", "score.factor.bands", "'pay index': every band but the last has up_to, or every one at_least, never both"),
        ("weight = 15\n", "weight = 14\n", "score", "the weights of the factors add up to 99, not to 100"),
        ('group = "payment"', 'group = "paymnt"', "score.factor.group", "'pay index' is of group 'paymnt'; there are payment, report, statements, substitutes, cooperation, surroundings"),
        ("at_least = 65\n", "at_least = 85\n", "grade.band", "grade B from 85 overlaps A from 80; best first, at_least must fall"),
        ("at_least = 0\n", "at_least = 5\n", "grade.band", "the last grade E begins at 5, so scores below it have no grade; it begins at 0"),
        ('grades = ["B", "C"]', 'grades = ["B"]', "terms.tier", "no tier has grade 'C', so there is a gap between the tiers"),
        ('grades = ["B", "C"]', 'grades = ["B", "C", "Z"]', "terms.tier.grades", "'Z' is no grade; there are A, B, C, D, E, new"),
        ('grades = ["B", "C"]', 'grades = ["A", "B", "C"]', "terms.tier.grades", "grade 'A' stands there twice"),
        ("from_days = 15\n", "from_days = 2\n", "dunning.stage.from_days", "stage 'demand' from 2 days does not come after 'overdue notice' from 3 days; stages stand in their order"),
        ("up_to = 500000\n", "up_to = 50000\n", "approval.level.up_to", "level 'finance' up to 50000 is not above 'sales' up to 50000; levels stand in their order"),
        ('measure = "dso"', 'measure = "dos"', "alert.rule.measure", "'days of sales' looks at 'dos'; there are overdue share, overdue rise,"),
        ("amber = 0.2\n", "amber = 0.5\n", "alert.rule.amber", "'overdue share': amber is 0.5 and red 0.4; amber has to be above 0 and at most red"),
        ("fixed_rates = [0.003, 0.016,", "fixed_rates = [0.016,", "provision.fixed_rates", "4 rates for 5 buckets of aging.edges"),
        ("parts = [0.3, 0.5, 0.2]", "parts = [0.3, 0.5, 0.1]", "plan.parts", "the parts add up to 0.9; each is above 0 and together they are 1"),
        ('methods = ["progressive",', 'methods = ["magic",', "limit.methods", "'magic' is no method; there are progressive, net worth,"),
        ("waiting_months = 3", "waiting_months = 9", "insurance.waiting_months", "the waiting period of 9 months ends after the last day to file, 8 months after the due date"),
        ('commercial = ["insolvency"', 'commercial = ["war"', "insurance.commercial", "'war' is no commercial cause; there are insolvency, protracted default, repudiation"),
        ('political = ["transfer delay"', 'political = ["cargo damage"', "insurance.political", "'cargo damage' is no political cause; there are transfer delay, war, government act, force majeure"),
        ("within_days = 3\n", "within_days = 7\n", "sudden_default.step.within_days", "step 'review guarantees' within 5 days comes after 'site visit' within 7 days; steps stand in their order"),
        ("most_days = 60\n", "most_days = 20\n", "terms.industry", "'manufacturing': least_days 30 is more than most_days 20"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(old: str, new: str, key: str, reason: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    error = refused(text)
    found = re.match(r"p\.toml, line (\d+): ([\w.]+)", error.message)
    assert found is not None
    assert found[2] == key
    # What has to be looked at: the key that was changed, or its neighbour that it no longer fits.
    written = TEXT[: TEXT.index(old)].count("\n") + 1
    assert abs(int(found[1]) - written) <= (10 if "." in key else 50)
    assert reason in error.message


def test_a_gap_between_tiers_is_named_with_the_tiers_and_every_grade() -> None:
    error = refused(TEXT.replace('grades = ["B", "C"]', 'grades = ["B"]', 1))
    assert error.message == (
        f"p.toml, line {line_of('[[terms.tier]]')}: terms.tier: no tier has grade 'C', so there is a gap "
        "between the tiers; each of A, B, C, D, E, new stands in the grades of one of them."
    )


def test_exceptions_whose_tiers_leave_a_gap_name_the_exception() -> None:
    tier = (
        '[[exception]]\nwhere = { country = ["CN"] }\nterms.tier = [{ name = "standard", grades = ["B"] }]\n'
    )
    error = refused(TEXT + tier)
    assert error.message.startswith(
        f"p.toml, line {line_in(TEXT + tier, 'terms.tier = ')}: exception 1: terms.tier: no tier has grade 'C'"
    )


@pytest.mark.parametrize(
    "written", ["1e99", "-1e99", "1e-99", "1" + "0" * 40, "0." + "1" * 40, "nan", "-inf"]
)
@pytest.mark.parametrize(
    ("key", "shipped"), [("days", "90"), ("rounding_step", "1000"), ("first_share", "0.2"), ("weight", "15")]
)
def test_a_number_beyond_all_bounds_is_an_error_of_its_line_or_kept_as_written(
    key: str, shipped: str, written: str
) -> None:
    line = f"\n{key} = "
    text = TEXT.replace(f"{line}{shipped}", f"{line}{written}", 1)
    assert text != TEXT
    if key in {"first_share", "rounding_step"} and written.startswith(("1e-", "0.")):
        found = parse_policy(text, where="p.toml").limit
        share = found.progressive.first_share if key == "first_share" else found.rounding_step
        assert share == Decimal(written)
        return
    error = refused(text)
    assert re.match(r"p\.toml, line \d+: [\w.]+", error.message)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "legal"', r'name = "le\u0000gal"', "it holds a control character"),
        ('en = "Legal"', r'en = "Le\u001b[31mgal"', "it holds a control character"),
        ('zh = "法律介入"', r'zh = "法律\n介入"', "it holds a line end or a tab"),
        ('procedure.en = "Hand over', r'procedure.en = "\u0008Hand over', "it holds a control character"),
    ],
)
def test_a_text_that_no_sheet_can_hold_is_refused(old: str, new: str, reason: str) -> None:
    error = refused(TEXT.replace(old, new, 1))
    assert error.message.startswith(f"p.toml, line {line_of(old)}: dunning.stage.")
    assert error.message.endswith(f" is not allowed: {reason}.")


def test_a_procedure_may_have_lines() -> None:
    text = TEXT.replace('procedure.en = "Hand over', r'procedure.en = "First.\nHand over', 1)
    (legal,) = (stage for stage in parse_policy(text, where="x").dunning.stage if stage.name == "legal")
    assert legal.procedure.en.startswith("First.\nHand over to counsel")


@pytest.mark.parametrize("written", ["20", "1.01", "-0.2"])
@pytest.mark.parametrize(
    ("key", "shipped", "meaning"),
    [
        ("limit.progressive.first_share", "0.2", "of a month's turnover, at first"),
        ("limit.progressive.raised_share", "0.5", "of a month's turnover, once raised"),
        ("limit.step.most_up", "0.5", "more, at most, for all years"),
        ("limit.sales_share", "0.1", "of mean monthly sales"),
    ],
)
def test_a_share_out_of_range_names_line_key_and_what_is_allowed(
    key: str, shipped: str, meaning: str, written: str
) -> None:
    line = f"\n{key.rsplit('.', 1)[1]} = "
    error = refused(TEXT.replace(f"{line}{shipped}", f"{line}{written}", 1))
    assert error.message == f"p.toml, line {line_of(line) + 1}: {key} = {written} is not allowed."
    assert error.hint == f"Allowed: A number from 0 to 1, such as 0.2 for 20%: {meaning}."


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "reason"),
    [
        ("{ above = 0.5, points = 10 }", "{ above = 0.1, points = 10 }", "overdue_share = [", "overdue_share = [", "is not allowed: from 5 points above 0.1 to 10 points above 0.1, bounds must rise and points must not fall."),
        ("{ above = 0.25, points = 15 }", "{ above = 0.25, points = 9 }", "share_over_15 = [", "share_over_15 = [", "is not allowed: from 10 points above 0.05 to 9 points above 0.25, bounds must rise and points must not fall."),
        ("{ points = 60, probability = 0.3 }", "{ points = 60, probability = 0.1 }", "probabilities = [", "probabilities = [", "is not allowed: from 0.15 at 40 points to 0.1 at 60 points, both must rise."),
        ("{ points = 0, probability = 0.02 }", "{ points = 0, probability = 0 }", "probabilities = [", "probabilities = [", "is not allowed: every probability is above 0 and below 1."),
        ("{ points = 100, probability = 0.7 }", "{ points = 100, probability = 1 }", "probabilities = [", "probabilities = [", "is not allowed: every probability is above 0 and below 1."),
        ("\noverdue = [{ above = 0, points = 5 }]", "\noverdue = []", "overdue = [{", "overdue = []", " is not allowed."),
        ("\noverdue = [{ above = 0, points = 5 }]", "", "[default.points]", "overdue", " is missing."),
        ("\nband = 3\n", "\nband = 0.5\n", "band = 3", "band = 0.5", " is not allowed."),
    ],
)  # fmt: skip
def test_points_of_risk_that_contradict_each_other_are_refused(
    old: str, new: str, line: str, message: str, reason: str
) -> None:
    error = refused(TEXT.replace(old, new, 1))
    # An entry that does not fit is named by its own line, or by its number where it shares one.
    at = line_of(old) if old.startswith("{") else line_of(f"\n{line}") + 1
    assert re.match(rf"p\.toml, line {at}(, entry \d)?: default\.points\.{re.escape(message)}", error.message)
    assert error.message.endswith(reason)
    assert (error.hint or "").startswith("Allowed: ")


def test_a_share_among_the_points_of_risk_says_how_it_is_written() -> None:
    error = refused(TEXT.replace("{ above = 0.1, points = 5 }", "{ above = 10, points = 5 }", 1))
    line = line_of("\noverdue_share = [") + 1
    assert error.message == (
        f"p.toml, line {line}, entry 1: default.points.overdue_share.above = 10 is not allowed."
    )
    assert error.hint == "Allowed: A number from 0 to 1, such as 0.2 for 20%: the bound, itself excluded."


def test_the_default_policy_has_the_numbers_of_the_guide() -> None:
    policy = default_policy()
    progressive = policy.limit.progressive
    assert (progressive.first_share, progressive.raised_share, progressive.raised_after_months) == (
        Decimal("0.2"),
        Decimal("0.5"),
        6,
    )
    assert [stage.from_days for stage in policy.dunning.stage][0::3] == [-7, 30]
    assert policy.insurance.insured_share == Decimal("0.9")
    assert [level.name for level in policy.approval.level] == ["sales", "finance", "management"]
    assert (policy.approval.decide_within_hours, policy.default.horizon_days) == (24, 180)
    review = policy.review
    assert (review.rating_months, review.audit_months, review.keep_communications_months) == (3, 12, 6)
    assert policy.plan.parts == (Decimal("0.3"), Decimal("0.5"), Decimal("0.2"))
    assert all(
        factor.label.en != factor.label.zh and not factor.label.zh.isascii() for factor in policy.score.factor
    )


EXCEPTIONS = """
[[exception]]
where = { country = ["CN"], company = ["1", "2"] }
limit.rounding_step = 500

[[exception]]
where = { industry = ["零售"] }
[exception.terms]
industry = [{ name = "retail", most_days = 30 }]
[exception.limit.progressive]
first_share = 0.1
"""


def test_an_exception_applies_to_whom_it_names() -> None:
    policy = parse_policy(TEXT + EXCEPTIONS, where="p.toml")

    assert policy.of() is not None
    assert policy.of(country="cn", company="1").limit.rounding_step == 500
    assert policy.of(country="CN").limit.rounding_step == 1000
    assert policy.of(country="CN", company="3").limit.rounding_step == 1000
    both = policy.of(country="CN", company="2", industry="Retail")
    assert (both.limit.rounding_step, both.limit.progressive.first_share) == (500, Decimal("0.1"))
    assert both.limit.progressive.raised_share == Decimal("0.5")
    retail, wholesale = both.find_industry("零售"), both.find_industry("wholesale")
    assert retail is not None
    assert wholesale is not None
    assert (retail.least_days, retail.most_days, wholesale.most_days) == (15, 30, 45)
    assert policy.of(country="CN", company="1") is policy.of(country="CN", company="2")
    assert default_policy().of(country="CN") is default_policy()
    assert policy.digest != default_policy().digest


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("first_share = 0.1", "first_share = 11", "p.toml, line {line}: exception 2: limit.progressive.first_share = 11 is not allowed.", "Allowed: A number from 0 to 1,"),
        ("first_share = 0.1", "frist_share = 1", "p.toml, line {line}: exception 2: 'limit.progressive.frist_share' is no key of a policy.", "Did you mean 'first_share'?"),
        ("limit.rounding_step = 500", "limt.rounding_step = 500", "p.toml, line {line}: 'limt' is no section of a policy that an exception changes.", "Did you mean 'limit'?"),
        ('industry = ["零售"]', 'industry = ["retial"]', "p.toml, line {line}: 'retial' is no industry of [[terms.industry]].", "Did you mean 'retail'?"),
        ("most_days = 30", "most_days = 9", "p.toml, line {line}, entry 1: exception 2: terms.industry: 'retail': least_days 15 is more than most_days 9.", ""),
        ('country = ["CN"], ', 'land = ["CN"], ', "p.toml, line {line}: 'exception.where.land' is no key of a policy.", "Allowed: company, country, industry, segment."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_an_exception_is_named_with_its_line(
    old: str, new: str, message: str, hint: str
) -> None:
    text = TEXT + EXCEPTIONS.replace(old, new, 1)
    error = refused(text)
    assert error.message == message.replace("{line}", str(line_in(text, new)))
    assert (error.hint or "").startswith(hint)


def test_an_exception_for_everybody_is_refused() -> None:
    error = refused(TEXT + "\n[[exception]]\nwhere = {}\nlimit.rounding_step = 1\n")
    assert (
        "it names nobody, so it would apply to everybody; write that into the policy itself" in error.message
    )


def test_exceptions_that_contradict_each_other_are_refused() -> None:
    text = (
        TEXT
        + '\n[[exception]]\nwhere = { country = ["CN"] }\ndunning.stage = [{ name = "demand", from_days = 28 }]\n'
        + '[[exception]]\nwhere = { company = ["1"] }\ndunning.stage = [{ name = "legal", from_days = 20 }]\n'
    )
    error = refused(text)
    assert error.message.startswith(
        "p.toml: policy standard-2025-11: exceptions 1 and 2 contradict each other:"
    )
    apart = text.replace('company = ["1"]', 'country = ["DE"]')
    assert parse_policy(apart, where="p.toml").of(country="DE").dunning.stage[3].from_days == 20


def test_an_exception_that_changes_nothing_is_refused_but_read_where_one_is_kept() -> None:
    text = TEXT + '\n[[exception]]\nwhere = { country = ["CN"] }\n'
    error = refused(text)
    assert (
        error.message
        == f"p.toml, line {line_in(text, chr(10) + '[[exception]]') + 1}: exception 1 changes nothing."
    )
    assert "limit.rounding_step = 500" in (error.hint or "")
    assert len(parse_policy(text, where="x", unsaid=default_policy()).exception) == 1

"""No number of the policy is only written down: what changes it changes what some rule answers."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import pytest
from pydantic import ValidationError

from books import NORTH, Books, group_books
from duebook.alerts import Level, alarm
from duebook.approval import Request, Vote, route, standing
from duebook.calendar import add_months
from duebook.default import ExpertPoints
from duebook.dunning import crisis_plan, dispute_state, stage
from duebook.errors import DuebookError
from duebook.grading import diligence
from duebook.insurance import Cause
from duebook.ledger import Kind
from duebook.policy import default_policy
from duebook.policy.changes import keys
from duebook.policy.whole import Policy
from duebook.release import stops_from
from duebook.reviews import REVIEWS, keep_communications_since, reviews_due
from duebook.terms import terms_for
from duebook_addin.book import use_policy
from duebook_addin.call import Spill, answer
from duebook_addin.functions import FUNCTIONS
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.history import history
from duebook_etl.kept import KeptBook
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duebook.policy.changes import Key
    from duebook.policy.customer import Factor

DEFAULT = default_policy()
DAY = date(2026, 6, 30)
KEYS: Final = keys(DEFAULT)
SAID: Final = {
    "name": "told with every figure",
    "version": "told with every figure",
    "valid_from": "says which policy a day has: tests of kept policies",
}
"""Keys that no rule can read, and what they are for."""
FITTED: Final = {
    "default.horizon_days",
    "default.late_days",
    "default.least_bad_customers",
    "default.least_months",
}
"""What `duebook model fit` reads; test_modelling changes each."""


def cells(name: str, *arguments: object) -> object:
    """Return what a worksheet function answers, an error as its code and message."""
    found = answer(FUNCTIONS.find(name), arguments)
    return [list(map(str, row)) for row in found.rows] if isinstance(found, Spill) else str(found)


def told(rule: Callable[[], object]) -> object:
    """Return what a rule answers or refuses."""
    try:
        return rule()
    except DuebookError as error:
        return str(error)


# What each section is asked -------------------------------------------------------------------------------


def aging(_: Policy) -> object:
    return [cells("BUCKET", DAY - timedelta(late), DAY) for late in range(-5, 400)]


def pay_index(_: Policy) -> object:
    return cells("PAYINDEX", [Decimal(days) for days in range(-60, 240)])


def _values(factor: Factor) -> list[object]:
    if factor.words:
        return [word.name for word in factor.words]
    bounds = [bound for band in factor.bands for bound in (band.up_to, band.at_least) if bound is not None]
    ends = [end for end in (factor.lowest, factor.highest) if end is not None]
    near = [bound + step for bound in (*bounds, *ends) for step in (-1, 0, 1)]
    around = [bound * Decimal(share) for bound in bounds for share in ("0.98", "1.02")]
    return sorted({*near, *around})


def score(_: Policy) -> object:
    factors = DEFAULT.score.factor
    best: dict[str, object] = {}
    for factor in DEFAULT.score.factor:
        values = [word.name for word in factor.words] or [
            next(b for b in (factor.bands[0].up_to, factor.bands[0].at_least) if b is not None)
        ]
        best[factor.name] = values[0]
    alone = [
        cells("SCOREWHY", [name], [value])
        for factor in DEFAULT.score.factor
        for name in (factor.name, *factor.aliases, factor.label.en, factor.label.zh)
        for value in (_values(factor) if name == factor.name else _values(factor)[:1])
    ]
    names = list(best)
    without = [
        cells("SCOREWHY", rest, [best[name] for name in rest])
        for left in (None, *names)
        for rest in [[name for name in names if name != left]]
    ]
    mixed = [
        cells("SCOREWHY", [*names, "industry"], [*(best | {name: value}).values(), industry])
        for name, factor in zip(names, DEFAULT.score.factor, strict=True)
        if name != "industry"
        for value in [word.name for word in factor.words] or [_values(factor)[0], _values(factor)[-1]]
        for industry in ("construction", "services")
    ]
    firm = [factor for factor in factors if factor.group != "statements" and not factor.by_industry]
    small = [
        cells(
            "SCOREWHY",
            [*(one.name for one in firm), "industry"],
            [*(_values(one)[-1] if one is bad else best[one.name] for one in firm), "construction"],
        )
        for bad in (None, *firm)
    ]
    by_industry = [cells("SCOREWHY", [one.name], ["construction"]) for one in factors if one.words]
    cyclical = [
        cells("SCOREWHY", [*names, "industry"], [*(best[name] for name in names), industry.name])
        for industry in DEFAULT.terms.industry
    ]
    downturn = cells(
        "SCOREWHY", ["industry", "debt ratio", "pay index"], ["construction", Decimal("0.9"), Decimal(90)]
    )
    return alone, without, mixed, small, by_industry, cyclical, downturn


def grade(_: Policy) -> object:
    of_grades = [
        cells("LIMIT", "grade", [["grade", name], ["net worth", 10**6], ["turnover", 10**9]])
        for name in "ABCDE"
    ]
    by_turnover = [
        cells("LIMIT", "grade", [["grade", name], ["net worth", 10**12], ["turnover", 10**6]])
        for name in "ABCDE"
    ]
    return cells("GRADE", [Decimal(tenth) / 10 for tenth in range(1001)]), of_grades, by_turnover


def default(policy: Policy) -> object:
    points = ExpertPoints.of(policy)
    grids: dict[str, list[float]] = {
        "overdue": [0, 0.5, 1, 2],
        "oldest overdue": [*range(40), 60],
        "overdue share": [share / 100 for share in range(0, 101, 4)],
        "days late": [*range(-2, 40)],
        "share over 15": [share / 100 for share in range(60)],
        "share over 30": [share / 100 for share in range(60)],
    }
    alone = [
        told(lambda: points.score({name: value}))  # noqa: B023 - called at once
        for name, values in grids.items()
        for value in values
    ]
    whole = [
        points.score(dict(zip(grids, row, strict=True)))
        for row in product((0, 1), (0, 20, 40), (0, 0.3, 0.9), (0, 7, 40), (0, 0.1, 0.5), (0, 0.01, 0.5))
    ]
    return alone, whole


def due_diligence(policy: Policy) -> object:
    names = [document.name for document in DEFAULT.due_diligence.document]
    every = {name: [DAY] * 3 for name in names}
    cases: list[dict[str, list[date]]] = [{}, every]
    for name in names:
        cases.append({**every, name: []})
        cases.append({name: [DAY]})
        cases.extend({**every, name: [DAY - timedelta(31 * months + 1)] * 3} for months in range(1, 40))
        cases.append({**every, name: [DAY]})
    found = [told(lambda: diligence(case, DAY, policy)) for case in cases]  # noqa: B023 - called at once
    called = [
        told(lambda: diligence({name: [DAY]}, DAY, policy))  # noqa: B023 - called at once
        for document in DEFAULT.due_diligence.document
        for name in (document.label.en, document.label.zh)
    ]
    return found, called


FULL: Final[list[list[object]]] = [
    ["monthly turnover", 100_000],
    ["months of business", 8],
    ["good record", True],
    ["net worth", 2_000_000],
    ["working capital", 900_000],
    ["monthly sales", 80_000],
    ["reference", 120_000],
    ["annual sales", 960_000],
    ["term days", 45],
    ["grade", "B"],
    ["turnover", 5_000_000],
    ["revenue", 5_000_000],
    ["industry risk", "medium"],
    ["probability of default", Decimal("0.02")],
    ["loss budget", 4_000],
    ["insured limit", 200_000],
    ["own retention", 0],
]
LIMIT_METHODS: Final = (
    *("progressive", "net worth", "working capital", "sales", "references", "need", "grade", "blend"),
    *("expected loss", "revenue", "insured", "sales in terms"),
)


def limit(_: Policy) -> object:
    names = {str(row[0]) for row in FULL}
    found = [cells("LIMITWHY", method, FULL) for method in LIMIT_METHODS]
    for own, months in product((None, *sorted(names)), (3, 6, 12)):
        rows = [row for row in FULL if row[0] != own] + [["months", months]]
        found.append(cells("LIMITWHY", "policy", rows))
    for extra in (
        [["open alerts", 1]],
        [["years of business", 3]],
        [["years of business", 9]],
        [["seller annual sales", 100_000]],
        *([["credit score", points]] for points in (450, 499, 500, 501, 699, 700, 701, 720)),
    ):
        found += [cells("LIMITWHY", method, FULL + extra) for method in ("policy", "revenue", "need")]
    for risk in ("low", "medium", "high"):
        rows = [row for row in FULL if row[0] != "industry risk"] + [["industry risk", risk]]
        found.append(cells("LIMITWHY", "revenue", rows))
    single = [
        cells("LIMITWHY", "policy", [row for row in FULL if row[0] in needed])
        for needed in (
            {"monthly turnover", "months of business", "good record"},
            {"net worth"},
            {"working capital"},
            {"reference"},
            {"annual sales", "term days"},
            {"grade", "net worth", "turnover"},
            {"probability of default", "loss budget"},
            {"revenue", "industry risk"},
            {"insured limit", "own retention"},
        )
    ]
    steps = [
        cells("LIMITSTEP", Decimal(100_000), months, good)
        for months, good in product(range(24), (True, False))
    ]
    return found, single, steps


def exposure(_: Policy) -> object:
    amounts = [Decimal(2**place * 100) for place in range(7)]
    orders = [DAY + timedelta(days) for days in range(400)]
    return (
        cells("EXPOSURE", *amounts, Decimal(7)),
        cells("EXPOSURE", Decimal(10_000), *amounts[1:]),
        cells("OPENORDERS", [Decimal(1)] * len(orders), orders, DAY),
    )


def terms(policy: Policy) -> object:
    industries = [
        name
        for industry in DEFAULT.terms.industry
        for name in (industry.name, industry.label.en, industry.label.zh, *industry.aliases)
    ]
    grades = [*"ABCDE", "new"]
    found = [told(lambda: terms_for(name, of, policy)) for name, of in product(industries, grades)]  # noqa: B023
    found += [cells("TERMS", "retail", name) for name in grades]
    days = [DAY + timedelta(late) for late in range(60)]
    scored = [cells("SCOREWHY", ["industry", "debt ratio"], [name, Decimal("0.7")]) for name in industries]
    called = [told(lambda: policy.find_industry(name)) for name in industries]  # noqa: B023 - at once
    return found, called, cells("DISCOUNT", Decimal(1000), DAY, days), scored


def interest(_: Policy) -> object:
    series = [[DAY - timedelta(800), Decimal("0.035")]]
    paid = [[DAY - timedelta(200), Decimal(400)]]
    return (
        cells("LATECLAIM", Decimal(1000), DAY - timedelta(400), DAY, None, paid, Decimal(30)),
        cells("LATECLAIM", Decimal(1000), DAY - timedelta(400), DAY, Decimal("0.1"), paid, Decimal(30)),
        cells("STATUTORYINTEREST", "CN", Decimal(1000), DAY - timedelta(400), DAY, series),
    )


def provision(policy: Policy) -> object:
    balances = [Decimal(2**place * 1000) for place in range(len(policy.provision.fixed_rates) + 1)]
    rates = [Decimal("0.01")] * len(balances)
    return cells("ECLCOMPARE", balances, rates), cells("ECLCOMPARE", balances[:-1], rates[:-1])


def insurance(_: Policy) -> object:
    due = DAY - timedelta(30)
    dates = [cells("CLAIMDATES", due, cause.label) for cause in Cause]
    insolvent = cells("CLAIMDATES", due, "insolvency", due + timedelta(5))
    decisions = [[DAY, Decimal(500)], [DAY + timedelta(10), Decimal(100)]]
    shipped = [DAY + timedelta(days) for days in range(0, 900, 3)]
    return (
        dates,
        insolvent,
        [cells("INSUREDLIMIT", day, decisions) for day in shipped[:60]],
        [cells("INSUREDLIMIT", day, None, Decimal(70), DAY) for day in shipped],
        cells("PLANCOVER", due, [due + timedelta(days) for days in range(0, 400, 5)]),
        [
            cells("INDEMNITY", debt, Decimal(900), Decimal("0.9"))
            for debt in (Decimal("0.5"), Decimal(50), Decimal(800), Decimal(2000))
        ],
        cells("INDEMNITY", Decimal(800), Decimal(900), Decimal("0.9"), Decimal(10), Decimal(20)),
    )


def plan(policy: Policy) -> object:
    dates = [DAY, DAY + timedelta(30), DAY + timedelta(60)]
    ends = [[DAY, DAY + timedelta(30), DAY + timedelta(days)] for days in range(60, 400, 3)]
    return (
        cells("ORDERPLAN", Decimal(1000), dates[: len(policy.plan.parts)], DAY),
        [cells("ORDERPLAN", Decimal(1000), end, DAY) for end in ends],
        [
            cells("ORDERPLAN", Decimal(1000), dates[:2], DAY, f"{first}/{100 - first}")
            for first in range(1, 100)
        ],
        cells("DEBTPLAN", Decimal(1000), DAY, None, Decimal("0.12")),
    )


def write_off(_: Policy) -> object:
    amounts = (Decimal(1), Decimal(400), Decimal(999), Decimal(1000), Decimal(1001), Decimal(3000))
    return [
        cells("WRITEOFF", debt, DAY - timedelta(late), DAY, DAY - timedelta(acknowledged), reminders)
        for debt, late, acknowledged, reminders in product(
            amounts, (100, 364, 365, 366, 3000), (10, 700, 1090, 1100, 2000), range(6)
        )
    ]


def dunning(policy: Policy) -> object:
    days = [*range(-30, 160), 400]
    due = [DAY - timedelta(late) for late in days]
    stages = [stage(day, DAY, policy, disputed=disputed) for day, disputed in product(due, (False, True))]
    return stages, stops_from(policy)


def dispute(policy: Policy) -> object:
    stages = [stage(DAY - timedelta(5), DAY, policy, disputed=True)]
    return [dispute_state(DAY - timedelta(days), DAY, policy) for days in range(150)], stages


def approval(policy: Policy) -> object:
    asked = datetime(2026, 6, 30, 9, tzinfo=UTC)
    requests = [
        Request(
            limit=Decimal(amount),
            requested_by="Ann",
            requested_at=asked,
            score=None if points is None else Decimal(points),
            confidence=Decimal(confidence),
            new_customer=new,
            alert=colour,
        )
        for amount, points, confidence, new, colour in product(
            (1, 19_999, 20_000, 20_001, 49_999, 50_001, 400_000, 500_001),
            (None, "60", "79.9", "80", "81", "95"),
            ("0.2", "0.49", "0.5", "0.51", "1"),
            (False, True),
            ("green", "amber", "red"),
        )
    ]
    request = Request(
        limit=Decimal(900_000), requested_by="Ann", requested_at=asked, score=None, confidence=Decimal(0)
    )
    names = [level.name for level in policy.approval.level]
    waiting = [
        told(lambda: standing(request, (), asked + timedelta(hours=hours), policy))  # noqa: B023 - at once
        for hours in range(100)
    ]
    own = told(lambda: standing(request, [Vote(names[0], "Ann", asked, granted=True)], asked, policy))
    return [route(each, policy) for each in requests], waiting, own


def alert(policy: Policy) -> object:
    found = []
    for rule in DEFAULT.alert.rule:
        bounds = [rule.amber, rule.red, rule.amber - rule.back, rule.red - rule.back]
        shares = ("0.9", "0.99", "1", "1.01", "1.2")
        values = {bound * Decimal(share) for bound in bounds for share in shares}
        for value, before in product(sorted(values), Level):
            judged = alarm({rule.measure: value}, policy, before={rule.name: before})
            found.append((judged, judged.collects))
    return found, [cells("ALERT", rule.name, rule.amber) for rule in DEFAULT.alert.rule]


def review(policy: Policy) -> object:
    return reviews_due(dict.fromkeys(REVIEWS, DAY), DAY, policy), keep_communications_since(DAY, policy)


def sudden_default(policy: Policy) -> object:
    return [crisis_plan(DAY, policy, insolvent=insolvent) for insolvent in (False, True)]


RULES: Final[dict[str, Callable[[Policy], object]]] = {
    rule.__name__: rule
    for rule in (
        *(
            aging,
            pay_index,
            score,
            grade,
            default,
            due_diligence,
            limit,
            exposure,
            terms,
            interest,
            provision,
        ),
        *(insurance, plan, write_off, dunning, dispute, approval, alert, review, sudden_default),
    )
}


def books() -> Books:
    """Return the group's books, with years of payments that come more or less late."""
    found = group_books()
    for number in range(48):
        posted = add_months(date(2022, 1, 1), number)
        due, paid = posted + timedelta(30), posted + timedelta(20 + number % 5 * 25)
        amount = 10_000 + 100 * number
        found.item(NORTH, f"y{number}", "8", Kind.INVOICE, posted, due, amount)
        found.item(NORTH, f"y{number}r", "8", Kind.RECEIPT, paid, paid, -amount)
        legs = [(f"y{number}", amount), (f"y{number}r", -amount)]
        found.allocate(NORTH, f"Y{number}", paid, legs)
    return found


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Policy], object]]:
    """Return what tells the figures and the history of a small group under a policy."""
    facts = [
        Row(number, {"customer": "erp/1/7", "name": name, "value": value, "known_from": "2026-06-01"})
        for number, (name, value) in enumerate((("insured limit", "100"), ("credit limit", "90")), 2)
    ]
    path: Path = tmp_path_factory.mktemp("leaves") / "duebook.db"
    with Store.open(f"sqlite:///{path}") as store:
        books().save(store, DAY)
        keep_facts(store, 1, facts, policy=DEFAULT, shown="facts")

        def of(policy: Policy) -> object:
            book = KeptBook(store, policy)
            profiles = [
                book.profile(key, day).to_json()
                for key, day in product(("erp/1/7", "erp/1/8", "erp/2/7"), (DAY, date(2026, 4, 30)))
            ]
            return profiles, told(lambda: history(book, "loss rates", DAY, months=2).to_json())

        yield of


# The walk -------------------------------------------------------------------------------------------------


def written(policy: Policy) -> dict[str, Any]:
    """Return a policy as it was written."""
    found: dict[str, Any] = policy.model_dump(exclude_unset=True)
    return found


def holder(content: dict[str, Any], path: tuple[str, ...]) -> tuple[Any, Any]:
    """Return what holds a key, and the key there: entries of lists are found by name or number."""
    place: Any = content
    for part in path[:-1]:
        place = place[_entry(place, part)]
    return place, _entry(place, path[-1])


def _entry(place: Any, part: str) -> Any:  # noqa: ANN401 - a table or a list
    if isinstance(place, dict):
        return part
    named = [entry.get("name") if isinstance(entry, dict) else None for entry in place]
    return named.index(part) if part in named else int(part) - 1


def others(key: Key) -> Iterator[object]:
    """Yield other values that a key may have."""
    value = key.value
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | Decimal):
        found = [value + 1, value - 1, value * 2, value + 7, 1, 2, value + 100_000]
        if isinstance(value, Decimal):
            shares = ("0.5", "0.9", "0.99", "1.01", "1.1")
            found += [*(Decimal(share) * value for share in shares), Decimal("0.01"), Decimal("0.4")]
        yield from (other for other in found if other != value)
    elif isinstance(value, str):
        yield from (other for other in WORDS.get(key.path[-1], ()) if other != value)
        yield f"{value} too"


WORDS: Final[dict[str, tuple[str, ...]]] = {
    "missing": ("worst", "neutral"),
    "unit": ("points", "days", "share", "times", "years", "class", "word"),
    "group": ("statements", "payment"),
    "risk": ("low", "high"),
    "condition": ("guarantee", "prepayment", "none"),
    "needs": ("any", "all"),
    "combine": ("mean",),
    "method": ("equal principal",),
    "part_payment": ("principal first",),
    "order": ("limit, deductible, percentage, first loss",),
    "discount": ("1/15 Net 45",),
    "worst_alert": ("amber",),
    "stands_in_for": ("report",),
    "measure": tuple(rule.measure for rule in DEFAULT.alert.rule),
}


def balanced(content: dict[str, Any], key: Key, more: Any) -> None:  # noqa: ANN401 - a number
    """Take off another what a key has more now, where all have to add up."""
    if key.path[-1] == "weight":
        factors = content["score"]["factor"]
        names = [factor["name"] for factor in factors]
        other = factors[names.index("overdue share" if key.path[2] == "pay index" else "pay index")]
        # The weights of evidence that stands in for statements add up to nothing in particular.
        other["weight"] -= more * (factors[names.index(key.path[2])]["group"] != "substitutes")
    if key.path[:2] == ("plan", "parts"):
        parts = content["plan"]["parts"]
        place = int(key.path[2]) % len(parts)
        content["plan"]["parts"] = tuple(part - more * (at == place) for at, part in enumerate(parts))


def changed(base: Policy, key: Key) -> Iterator[Policy]:
    """Yield valid policies that differ from another in a key."""
    for value in others(key):
        content = deepcopy(written(base))
        place, name = holder(content, key.path)
        if isinstance(place, tuple):
            outer, at = holder(content, key.path[:-1])
            outer[at] = (*place[:name], value, *place[name + 1 :])
        else:
            place[name] = value
        if not isinstance(value, str | bool):
            balanced(content, key, value - key.value)
        try:
            yield Policy.model_validate(content)
        except ValidationError:
            continue
    if key.path[-1].isdecimal():  # an entry of a list, which may be left out
        content = deepcopy(written(base))
        outer, at = holder(content, key.path[:-1])
        number = int(key.path[-1]) - 1
        outer[at] = (*outer[at][:number], *outer[at][number + 1 :])
        try:
            yield Policy.model_validate(content)
        except ValidationError:
            return


def other_base() -> Policy:
    """Return a policy in which what the default one leaves aside matters."""
    content = deepcopy(written(DEFAULT))
    content["score"]["missing"] = "neutral"
    content["grade"]["band"][-1].update(net_worth_share=Decimal("0.05"), turnover_share=Decimal("0.01"))
    content["terms"]["tier"][-1]["condition"] = "guarantee"
    legal, agency = content["dunning"]["stage"][-2:]
    legal["stops_orders"], agency["stops_orders"] = False, True
    return Policy.model_validate(content)


def said(key: Key) -> bool:
    """Return whether a key is only said: a label that people read, or the name by which all else finds it."""
    return key.name in SAID or key.name in FITTED or "label" in key.path or key.path[-1] == "name"


def tied(key: Key) -> bool:
    """Return whether it is right that a key can have no other value alone: other keys have to fit it."""
    return key.path[-1] in {"by_industry", "unit", "group"} or key.path[-2] == "grades" or key.name in LOWEST


LOWEST: Final = {"grade.band.E.at_least"}
"""The bound below which nothing may be left out."""


def test_every_key_of_the_policy_is_read_by_a_rule(figures: Callable[[Policy], object]) -> None:
    def asked(policy: Policy, section: str) -> str:
        use_policy(lambda: policy)
        return repr(RULES[section](policy)) if section in RULES else ""

    unread = [key for key in KEYS if not said(key)]
    allowed = set()
    try:
        for base in (DEFAULT, other_base()):
            sections = {section: asked(base, section) for section in {key.path[0] for key in unread}}
            whole = repr(figures(base))
            left = []
            for key in (each for each in keys(base) if each.name in {one.name for one in unread}):
                for policy in changed(base, key):
                    allowed.add(key.name)
                    if asked(policy, key.path[0]) != sections[key.path[0]] or repr(figures(policy)) != whole:
                        break
                else:
                    left.append(key)
            unread = left
    finally:
        use_policy(None)
    assert [key.name for key in unread if key.name in allowed or not tied(key)] == []

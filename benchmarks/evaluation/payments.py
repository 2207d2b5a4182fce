"""Paid invoices of a customer base: serious delinquency, its level out of time, and days late.

The files are rows of paid invoices with a customer, a due day, the day they were cleared, an amount, and the
posting day where they have it. Where they have none an invoice is known from its due day, or from the day it
was paid where that came first: what was open and not yet due is then not known, which costs every model
alike.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.default import ExpertPoints
from duebook.default_columns import expert_points, expert_probabilities
from duebook.policy import default_policy
from duebook_etl.model.features import as_date, history
from duebook_etl.model.fit import Terms, cross_validated, sample
from duebook_etl.model.lateness import OWN_MEAN, came, errors, lateness, trial_days
from duebook_etl.model.logistic import folds
from duebook_etl.model.quality import auc, brier, ks
from evaluation.baselines import boosting, fitted, logistic
from evaluation.files import code_of, days_of, each_read, files_of, minor_of, rows_of
from evaluation.ledger import Paid, tables
from evaluation.level import level
from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from duebook_etl.model.features import Flags, Floats, History
    from duebook_etl.model.fit import Sample

NAME: Final = "payments"
FOLDER: Final = "highradius"
COLD_START: Final = {30: 0.77, 60: 0.81}
_SEEDS: Final = 5
_PATIENCE: Final = 92
_TYPED_WRONG: Final = 3660  # days between due and paid: one year written wrong would outweigh all others
_LEAST: Final = 10
"""Customers of either kind: with fewer an area says nothing, and a fold may have none."""
_COLUMNS: Final = {
    "customer": ("cust_number", "customer", "customerid"),
    "due": ("due_date", "due_in_date"),
    "paid": ("clear_date", "clear"),
    "amount": ("amount", "total_open_amount"),
}
_POSTED: Final = ("posting_date",)
_NOT_THE_INVOICE: Final = ("cust_seq", "")


@dataclass(frozen=True)
class Seen:
    """The invoices and how far late payment can be judged.

    Attributes:
        invoices: The invoices.
        judged: The last due day whose invoices have had three months to be paid and to be in the file.
        dropped: How many rows were repeated, and how many have no day of payment or could not be read.
    """

    invoices: list[Paid]
    judged: date
    dropped: tuple[int, int]


def evaluate(data: Path) -> list[Line]:
    """Return the lines of this data set.

    Raises:
        SkippedError: There is none.
    """
    seen, lines = read(data / FOLDER)
    if seen is None:
        return lines
    count = len({one.customer for one in seen.invoices})
    lines += [
        Line(
            NAME,
            f"{len(seen.invoices):,} paid invoices of {count:,} customers, judged to {seen.judged}",
            f"{seen.dropped[0]} repeated and {seen.dropped[1]} unpaid or unreadable rows left out",
        )
    ]
    items, allocations = tables(seen.invoices)
    for late_days in COLD_START:
        past = history(items, allocations, last=seen.judged + timedelta(late_days))
        lines += _customers(past, late_days)
    for late_days in COLD_START:
        past = history(items, allocations, last=seen.judged + timedelta(late_days))
        lines += level(past, late_days, name=NAME, checked=late_days == min(COLD_START))
    return lines + _days_late(history(items, allocations, last=seen.judged + timedelta(_PATIENCE)))


def read(folder: Path) -> tuple[Seen | None, list[Line]]:
    """Read every file of paid invoices in a folder.

    Returns:
        What was read, None where every file is damaged; and a line with the reason for each that is.

    Raises:
        SkippedError: The folder or such a file is not there.
    """
    if not folder.is_dir():
        raise SkippedError(f"{folder} is not there")
    found: dict[tuple[str, ...], Paid] = {}
    repeated = unreadable = 0
    files, lines = each_read(files_of(folder, ".csv"), rows_of, name=NAME)
    for _, rows in files:
        names = {
            what: next((head for head in heads if rows and head in rows[0]), None)
            for what, heads in _COLUMNS.items()
        }
        if None in names.values():
            continue
        for key, one in zip(_keys(rows), _invoices(rows, names), strict=True):
            if key in found:
                repeated += 1
            elif one is None:
                unreadable += 1
            else:
                found[key] = one
    if not found:
        if lines:
            return None, lines
        heads = ", ".join(heads[0] for heads in _COLUMNS.values())
        raise SkippedError(f"{folder} holds no CSV file with a row that has {heads}")
    invoices = list(found.values())
    end = _observed_until(invoices)
    judged = end - timedelta(_PATIENCE)
    # What fell due after the end belongs to rows that were cut by another rule.
    judged_by = [one for one in invoices if one.due <= end]
    return Seen(judged_by, judged, (repeated, unreadable)), lines


def _keys(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    heads = [head for head in rows[0] if head not in _NOT_THE_INVOICE]
    if "doc_id" in heads:
        return [("doc_id", code_of(row.get("doc_id", ""))) for row in rows]
    return [tuple(row.get(head, "") for head in heads) for row in rows]


def _invoices(rows: list[dict[str, str]], names: dict[str, str | None]) -> list[Paid | None]:
    def column(what: str) -> list[str]:
        return [row.get(names[what] or "", "") for row in rows]

    dues, paids = days_of(column("due")), days_of(column("paid"))
    head = next((head for head in _POSTED if head in rows[0]), "")
    posteds = days_of([row.get(head, "") for row in rows]) if head else [None] * len(rows)
    found: list[Paid | None] = []
    for customer, due, paid, posted, amount in zip(
        column("customer"), dues, paids, posteds, column("amount"), strict=True
    ):
        minor = minor_of(amount)
        if due is None or paid is None or minor is None or minor <= 0 or not customer.strip():
            found.append(None)
            continue
        one = Paid(code_of(customer), posted or min(due, paid), due, paid, minor)
        found.append(None if abs((paid - due).days) > _TYPED_WRONG else one)
    return found


def _observed_until(invoices: list[Paid]) -> date:
    """Return the last day on which payments are seen.

    Where nothing that fell due in a year was paid in the next one though the file goes on, its rows are cut
    at the year's end: then payments are seen to the end of the year with the most invoices.
    """
    last = max(one.paid for one in invoices)
    years = Counter(one.due.year for one in invoices)
    crossing = {one.due.year for one in invoices if one.paid.year > one.due.year}
    cut = [year for year in years if year < last.year and year not in crossing]
    if not cut:
        return last
    whole = max(cut, key=lambda year: years[year])
    others = sum(count for year, count in years.items() if year > whole)
    return date(whole, 12, 31) if years[whole] > others else last


def _customers(past: History, late_days: int) -> list[Line]:
    terms = Terms(late_days=late_days)
    rows = sample(past, terms)
    what = f">{late_days} days past due in {terms.horizon}"
    if rows is None:
        return [Line(NAME, what, "no window of this length has been seen whole")]
    newest = rows.part(rows.newest)
    bad = newest.bad
    if min(int(bad.sum()), int((~bad).sum())) < _LEAST:
        on = f"{what}: customers on {as_date(rows.days[0])}"
        return [Line(NAME, on, f"{bad.size}, {int(bad.sum())} bad: too few of either kind to measure")]
    ours = [cross_validated(rows, terms, seed=seed) for seed in range(_SEEDS)]
    plain, trees = ([_baseline(rows, make, seed) for seed in range(_SEEDS)] for make in (logistic, boosting))
    areas = {name: _mean_area(bad, said) for name, said in (("l", plain), ("b", trees))}
    points = ExpertPoints.of(default_policy())
    expert = auc(bad, expert_points(points, newest.columns))
    area = _mean_area(bad, ours)
    late = newest.columns["days late"]
    own = auc(bad, np.where(np.isnan(late), np.nanmedian(late), late))
    probability = 0.5 * (1 + np.tanh(ours[0] / 2))
    better = max(areas.values())
    checked = late_days == min(COLD_START)
    intervals = {name: auc(bad, said[0]) for name, said in (("l", plain), ("b", trees), ("o", ours))}

    def line(text: str, figure: str, target: str = "", *, met: bool | None = None) -> Line:
        return Line(NAME, f"{what}: {text}", figure, target, met)

    def spread(value: float, name: str) -> str:
        return f"AUC {value:.3f} ({intervals[name].low:.3f}-{intervals[name].high:.3f})"

    return [
        line(f"customers on {as_date(rows.days[0])}", f"{bad.size}, {int(bad.sum())} bad: {bad.mean():.1%}"),
        line("days late alone", f"AUC {own}"),
        line(
            "fixed expert points",
            f"AUC {expert}, mean PD {expert_probabilities(points, newest.columns).mean():.1%}",
            f">= {COLD_START[late_days]}",
            met=round(expert.value, 3) >= COLD_START[late_days],
        ),
        line("scikit-learn logistic", spread(areas["l"], "l")),
        line("scikit-learn gradient boosting", spread(areas["b"], "b")),
        line(
            "our scorecard, cross-validated",
            f"{spread(area, 'o')} KS {ks(bad, ours[0]):.2f} Brier {brier(bad, probability):.3f}",
            f">= {better - 0.01:.3f}, the better baseline less .01" if checked else "",
            met=area >= better - 0.01 if checked else None,
        ),
        line(
            "our scorecard less expert points",
            f"{area - expert.value:+.3f}",
            ">= +.050" if checked else "",
            met=area - expert.value >= 0.05 if checked else None,  # noqa: PLR2004 - the target
        ),
    ]


def _mean_area(bad: Flags, said: list[Floats]) -> float:
    return float(np.mean([auc(bad, one).value for one in said]))


def _baseline(rows: Sample, make: Callable[[], object], seed: int) -> Floats:
    """Cross-validate a baseline on the same rows, factors and folds."""
    fold = folds(rows.customer, rows.bad, seed=seed)
    newest = rows.newest
    said = np.zeros(rows.bad.size)
    for number in range(int(fold.max()) + 1):
        held = (fold == number) & newest
        said[held] = fitted(make, rows, fold != number, rows.part(held).columns)
    found: Floats = said[newest]
    return found


def _days_late(past: History) -> list[Line]:
    days = trial_days(past)
    tried = errors(past, days)
    if not tried:
        return [Line(NAME, "days late", "no month to try it on")]
    missed = []
    for day in days:
        late = lateness(past, day)
        customer, actual = came(past, day)
        missed.append(np.abs(late.late[customer] - actual))
    ours = float(np.nanmean(np.concatenate(missed)))
    return [
        *(Line(NAME, f"days late: {way}", f"{error:.2f} days off") for way, error in tried.items()),
        Line(
            NAME,
            "days late: our choice of each day, by its past alone",
            f"{ours:.2f} days off",
            f"<= {tried[OWN_MEAN]:.2f}, the customer's own past mean",
            ours <= tried[OWN_MEAN],
        ),
    ]

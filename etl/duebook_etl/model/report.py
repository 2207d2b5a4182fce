"""What a fit, the model in use and their trials say, as documents for scripts and people.

Probabilities, shares and days are numbers; amounts are decimal texts in the company's currency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from duebook.default_columns import expert_probabilities, scorecard_probabilities
from duebook_etl.answers import amount_text
from duebook_etl.model.features import as_date, known, outcomes
from duebook_etl.model.fit import plain_group
from duebook_etl.model.lateness import OWN_MEAN, errors, lateness, trial_days
from duebook_etl.model.quality import auc, groups, share_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.default import ExpertPoints
    from duebook.fitted import Scorecard
    from duebook_etl.model.cash import Forecast
    from duebook_etl.model.features import Flags, Floats, History
    from duebook_etl.model.fit import Outcome, Terms, Trial

    Document = dict[str, object]

_ROUNDED = 4


def fit_document(outcome: Outcome, past: History, terms: Terms, expert: ExpertPoints) -> Document:
    """Return what came of a fit: the model's figures, or why the expert points stand and how they did."""
    document: Document = {
        "fitted": outcome.scorecard is not None,
        "event": terms.event,
        "why": outcome.why,
        "known_until": as_date(past.last).isoformat(),
    }
    if outcome.scorecard is not None:
        return document | {"model": dict(outcome.scorecard.fitted)} | dict(outcome.scorecard.figures)
    rows = outcome.sample
    if rows is None:
        return document
    newest = rows.part(rows.newest)
    said = expert_probabilities(expert, newest.columns)
    return document | {"expert_points_on": as_date(rows.days[0]).isoformat()} | _held(newest.bad, said)


def report_document(past: History, terms: Terms, *, expert: ExpertPoints, card: Scorecard | None) -> Document:
    """Return how the model in use, else the expert points, has done on the newest window that has been seen.

    The window may lie before the model was fitted, and then says how well it fits; ``after_the_fit`` tells.
    """
    lookback = terms.lookback if card is None else card.lookback_days or terms.lookback
    now = known(past, past.last, lookback=lookback)
    document: Document = {
        "by": "expert points" if card is None else "fitted model",
        "event": terms.event if card is None else card.event,
        "as_of": as_date(past.last).isoformat(),
        "customers_now": int(now.customer.size),
        "predicted_now": _mean(_said(now.columns, expert, card)),
        "model": None if card is None else dict(card.fitted),
        "figures": None if card is None else dict(card.figures),
        "window": None,
    }
    newest = past.last - terms.horizon - terms.late_days
    if newest < past.first:
        return document
    then = known(past, newest, lookback=lookback)
    (bad,) = outcomes(past, [newest], horizon=terms.horizon, late_days=terms.late_days)
    calibrated = "" if card is None else str(card.fitted.get("calibrated_on", ""))
    day = as_date(newest).isoformat()
    held = _held(bad[then.customer], _said(then.columns, expert, card))
    return document | {"window": {"after": day, "after_the_fit": day > calibrated, **held}}


def _said(columns: object, expert: ExpertPoints, card: Scorecard | None) -> Floats:
    table: dict[str, Floats] = dict(columns)  # type: ignore[call-overload]
    return expert_probabilities(expert, table) if card is None else scorecard_probabilities(card, table)


def _held(bad: Flags, said: Floats) -> Document:
    """Return predicted against observed."""
    area = auc(bad, said)
    told = bool(bad.any() and not bad.all())
    return {
        "customers": int(bad.size),
        "bad": int(bad.sum()),
        "predicted": _mean(said),
        "observed": _mean(bad.astype(np.float64)),
        "observed_interval": [round(end, _ROUNDED) for end in share_interval(bad)],
        "auc": [round(one, _ROUNDED) for one in (area.value, area.low, area.high)] if told else None,
        "groups": [plain_group(one) for one in groups(bad, said)],
    }


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), _ROUNDED) if values.size else None


def backtest_document(past: History, trials: Sequence[Trial]) -> Document:
    """Return what would have been said on earlier days and what came, and how far off days late were."""
    tried = errors(past, trial_days(past))
    return {
        "as_of": as_date(past.last).isoformat(),
        "days": [
            {
                "day": as_date(one.day).isoformat(),
                "by": "fitted model" if one.fitted else "expert points",
                "customers": one.customers,
                "bad": one.bad,
                "predicted": round(one.predicted, _ROUNDED),
                "observed": round(one.observed, _ROUNDED),
            }
            for one in trials
        ],
        "days_late": {
            "in_use": lateness(past, past.last).way,
            "held_against": OWN_MEAN,
            "days_off": {way: round(error, 2) for way, error in tried.items()},
        },
    }


def cash_document(found: Forecast, *, source: str, company: str, currency: str) -> Document:
    """Return a company's cash forecast by week, and the weeks together: whole minor units that add up."""
    weeks = [
        (round(opened), round(sold), round(low), round(high))
        for opened, sold, low, high in zip(found.open, found.sales, found.low, found.high, strict=True)
    ]

    def money(minor: int) -> str:
        return amount_text(minor, currency)

    def sums(opened: int, sold: int) -> dict[str, object]:
        return {"from_open": money(opened), "from_sales": money(sold), "total": money(opened + sold)}

    return {
        "source": source,
        "company": company,
        "currency": currency,
        "weeks": [
            {
                "from": as_date(found.day + 7 * week + 1).isoformat(),
                "to": as_date(found.day + 7 * week + 7).isoformat(),
                **sums(opened, sold),
                # The two parts of the total are rounded each: the band has to hold what they come to.
                "low": money(min(low, opened + sold)),
                "high": money(max(high, opened + sold)),
            }
            for week, (opened, sold, low, high) in enumerate(weeks)
        ],
        "together": sums(sum(week[0] for week in weeks), sum(week[1] for week in weeks)),
        "trials": found.trials,
        "covered": None if found.covered is None else round(found.covered, _ROUNDED),
        "missed": None if found.missed is None else round(found.missed, _ROUNDED),
    }

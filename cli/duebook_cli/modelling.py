"""The models of the ledger's own history: serious delinquency, days late, and cash to come."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from duebook.errors import InputError
from duebook_cli.context import CompanyOption, JsonOption, the_config, the_policy, the_store
from duebook_cli.output import say, say_json, show_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duebook.default import ExpertPoints
    from duebook_etl.config import Config
    from duebook_etl.model.features import History
    from duebook_etl.model.fit import Terms
    from duebook_etl.store import Store

model = typer.Typer(
    help="How likely serious delinquency is, how late customers pay, and the cash to come.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@dataclass(frozen=True)
class _Desk:
    """What every command here asks: the ledger as numbers, and what is foreseen."""

    config: Config
    store: Store
    past: History
    terms: Terms
    expert: ExpertPoints
    about: dict[str, object]


@contextmanager
def _desk(context: typer.Context, company: str | None = None) -> Iterator[_Desk]:
    from duebook.default import ExpertPoints
    from duebook_etl.book import Book
    from duebook_etl.model.features import history
    from duebook_etl.model.fit import Terms

    config = the_config(context)
    policy = the_policy(config)
    with the_store(config, create=False) as store:
        book = Book(store, policy)
        last = book.last_day()
        chosen = book.companies(company)
        # Rates and days alone are modelled, so companies may keep their books in different currencies.
        only = chosen[0] if company is not None and len(chosen) == 1 else None
        items, allocations = store.ledger_frames(
            source=only.source if only else None, company=only.company if only else None
        )
        rules = policy.default
        terms = Terms(
            horizon=rules.horizon_days,
            late_days=rules.late_days,
            least_bad=rules.least_bad_customers,
            least_months=rules.least_months,
        )
        about: dict[str, object] = {
            "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest}
        }
        yield _Desk(
            config, store, history(items, allocations, last=last), terms, ExpertPoints.of(policy), about
        )


@model.command()
def fit(context: typer.Context, as_json: JsonOption = False) -> None:
    """Fit the probability of serious delinquency to the ledger's history, where there is enough of it.

    The file that [model] file names is written only where a model was fitted; else it stays as it is, and the
    reason is told. Fitting needs scikit-learn (pip install 'duebook[model]'), using a fitted model does not.
    """
    from duebook_etl.model import fit as fitting
    from duebook_etl.model.report import fit_document

    with _desk(context) as desk:
        outcome = fitting.fit(desk.past, desk.terms, expert=desk.expert, about=desk.about)
        document = fit_document(outcome, desk.past, desk.terms, desk.expert)
        path = desk.config.model.file
        shown = desk.config.shown(path)
    if outcome.scorecard is not None:
        _write(path, outcome.scorecard.to_json())
        document["file"] = shown
    if as_json:
        say_json(document)
    elif outcome.scorecard is None:
        say(f"No model was fitted: {outcome.why}. The expert points stand.")
        if path.exists():
            say(f"{shown} was fitted earlier and stays in use; delete it to go back to the expert points.")
        _show_groups(document, "Expert points: predicted against observed")
    else:
        say(f"{shown}: {desk.terms.event}.")
        _show_groups(document, f"Predicted against observed, {document['measured']}")


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise InputError(f"{path}: the model cannot be written: {error.strerror}.") from None


@model.command()
def report(context: typer.Context, as_json: JsonOption = False) -> None:
    """How the model in use does: predicted against observed on the newest window that has been seen whole."""
    from duebook_etl.fitted_model import fitted_model
    from duebook_etl.model.report import report_document

    with _desk(context) as desk:
        card = fitted_model(desk.config.model.file)
        document = report_document(desk.past, desk.terms, expert=desk.expert, card=card)
    if as_json:
        say_json(document)
        return
    say(f"In use: {document['by']}. Foreseen: {document['event']}.")
    predicted = document["predicted_now"]
    if predicted is not None:
        say(
            f"On {document['as_of']}: {document['customers_now']} customers, "
            f"mean probability {predicted:.1%}."
        )
    window: Any = document["window"]
    if window is None:
        say("No window has been seen whole yet, so nothing can be held against it.")
        return
    when = "after the fit" if window["after_the_fit"] else "which the fit has seen"
    _show_groups(window, f"From {window['after']} on, {when}: predicted against observed")


@model.command()
def backtest(context: typer.Context, as_json: JsonOption = False) -> None:
    """What would have been said on earlier days, with what was known then, and what came.

    On each day the model is fitted anew to what was known at its end, or the expert points stand.
    """
    from duebook_etl.model import fit as fitting
    from duebook_etl.model.report import backtest_document

    with _desk(context) as desk:
        trials = fitting.backtest(desk.past, desk.terms, expert=desk.expert)
        document: Any = backtest_document(desk.past, trials)
    if as_json:
        say_json(document)
        return
    if document["days"]:
        show_table(
            f"Probability that {desk.terms.event}",
            ["day", "by", "customers", "bad", "predicted", "observed"],
            (
                [
                    *(one[name] for name in ("day", "by", "customers", "bad")),
                    *(f"{one[name]:.1%}" for name in ("predicted", "observed")),
                ]
                for one in document["days"]
            ),
        )
    else:
        say("No window has been seen whole yet, so the probability cannot be tried.")
    late = document["days_late"]
    if late["days_off"]:
        show_table(
            f"Days late of an invoice, mean days off; in use: {late['in_use']}",
            ["way", "days off"],
            ([way, f"{days:.2f}"] for way, days in late["days_off"].items()),
            left=1,
        )


@model.command()
def cash(context: typer.Context, company: CompanyOption = None, as_json: JsonOption = False) -> None:
    """The cash that customers will bring in each of the next thirteen weeks, with a band.

    What is open now and what will be sold, paid as customers have paid so far. The band is as wide as nine in
    ten of the same forecasts for earlier days were off.
    """
    from duebook_etl.book import Book
    from duebook_etl.model.cash import forecast
    from duebook_etl.model.features import day_number, history
    from duebook_etl.model.report import cash_document

    config = the_config(context)
    documents = []
    with the_store(config, create=False) as store:
        book = Book(store, the_policy(config))
        last = book.last_day()
        for one in book.companies(company):
            items, allocations = store.ledger_frames(source=one.source, company=one.company)
            found = forecast(history(items, allocations, last=last), day_number(last))
            place = {"source": one.source, "company": one.company, "currency": one.currency}
            documents.append((one, found, cash_document(found, **place)))
    if as_json:
        say_json({"as_of": last.isoformat(), "companies": [document for _, _, document in documents]})
        return
    for one, found, document in documents:
        weeks: Any = document["weeks"]
        together: Any = document["together"]
        names = ("from_open", "from_sales", "total", "low", "high")
        show_table(
            f"{one.name} ({one.source}/{one.company}), {one.currency}, thirteen weeks after {last}",
            ["week from", *(name.replace("_", " ") for name in names)],
            ([week["from"], *(f"{Decimal(week[name]):,}" for name in names)] for week in weeks),
            total=["total", *(f"{Decimal(amount):,}" for amount in together.values()), "", ""],
            left=1,
        )
        if found.covered is None:
            say("The band is a guess: there is too little history to try the forecast on.")
        else:
            say(
                f"Tried on {found.trials} earlier days: {found.covered:.0%} of the weeks lay within "
                f"the band, and the thirteen weeks together were {found.missed:.0%} off on average."
            )


def _show_groups(document: Any, title: str) -> None:  # noqa: ANN401 - a document, whose parts the table prints
    if not document.get("groups"):
        return
    show_table(
        title,
        ["customers", "bad", "predicted", "observed"],
        (
            [one["customers"], one["bad"], f"{one['predicted']:.1%}", f"{one['observed']:.1%}"]
            for one in document["groups"]
        ),
        total=[
            document["customers"],
            document["bad"],
            f"{document['predicted']:.1%}",
            f"{document['observed']:.1%}",
        ],
        left=0,
    )

"""The refresh: extract, load, reconcile, measure, publish, with everything on record.

One refresh at a time works on a store. It can be killed anywhere and started again: the ledger of a source is
replaced in one transaction, a workbook by one rename, and what a killed run left is put right by the next
one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa
from sqlalchemy import insert, select, update

from duebook.errors import DuebookError, InputError, NoAnswerError, StoreError
from duebook_connectors.base import QUERIES
from duebook_etl import policies, runs, schema
from duebook_etl.alone import alone
from duebook_etl.answers import (
    BESIDE,
    FAILED,
    INTERRUPTED,
    NOT_RECONCILED,
    OK,
    PARTLY_PUBLISHED,
    RUNNING,
    WITHHELD,
    CompanyReport,
)
from duebook_etl.book import Book
from duebook_etl.credit_file import keep_facts, read_credit_file
from duebook_etl.edition import Edition, Totals
from duebook_etl.extract import open_source
from duebook_etl.fitted_model import fitted_model
from duebook_etl.kept import KeptBook
from duebook_etl.load import load
from duebook_etl.profile import Measured
from duebook_etl.publish import publish_file
from duebook_etl.reconcile import reconcile
from duebook_etl.standard import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Literal

    from duebook.policy import Policy
    from duebook_etl.answers import Company, RunReport
    from duebook_etl.config import Config, WorkbookConfig
    from duebook_etl.credit_file import Row
    from duebook_etl.extract import Chunk, Reader, Source
    from duebook_etl.store import Store
    from duebook_workbooks.forms.form import Answer, Shown

    Language = Literal["en", "zh"]


_ROWS_KEPT_AT_ONCE: Final = 2_000


class Progress(Protocol):
    """Shows how far a refresh has come; a task is known by its name."""

    def start(self, task: str, total: int | None = None) -> None:
        """Begin a task of so many rows, or of nobody knows how many."""

    def advance(self, task: str, rows: int) -> None:
        """Count rows of a task."""

    def done(self, task: str) -> None:
        """End a task."""


class _Unseen:
    """The progress nobody watches."""

    def start(self, task: str, total: int | None = None) -> None:
        pass

    def advance(self, task: str, rows: int) -> None:
        pass

    def done(self, task: str) -> None:
        pass


def nobody(_: Book) -> Answer:
    """Answer no worksheet function."""

    def answer(name: str, _: Sequence[object]) -> Sequence[Sequence[Shown]]:
        raise InputError(f"{name}: nobody answers the formulas of a workbook here.")

    return answer


def refresh(  # noqa: PLR0913 - what a run is made of; all but the first three by name
    config: Config,
    store: Store,
    policy: Policy,
    *,
    as_of: date,
    sources: Sequence[str] | None = None,
    language: str | None = None,
    trigger: Literal["command", "schedule"] = "command",
    progress: Progress | None = None,
    stopping: Callable[[], bool] = lambda: False,
    answers: Callable[[Book], Answer] = nobody,
    live: bool = False,
) -> RunReport:
    """Read the sources, reconcile every company, measure it, and publish the workbooks.

    A source that cannot be read keeps what the store has of it, and the others go on. Of a company that does
    not reconcile, or whose source was not read for this day, nothing is published; where there is no company
    to publish, the workbooks stay as they are.

    Args:
        config: The configuration.
        store: The store.
        policy: The policy in force.
        as_of: The day at whose end everything is measured.
        sources: Only the sources of these names.
        language: The language of every workbook, whatever the configuration says.
        trigger: What started the run.
        progress: Who shows how far it has come.
        stopping: Asked before each source and before publishing; once it says so, the run ends there.
        answers: Gives what answers the worksheet functions from a book, as a cell would be answered; left
            out, workbooks that hold formulas cannot be published.
        live: Whether a workbook that is open in an Excel on this machine is filled there, unsaved.

    Returns:
        What is on record of the run; its ``exit_code`` sums it up.

    Raises:
        InputError: A source or the language is unknown, a secret or the credit file is missing, or a source
            that alone was to be read is wrongly configured.
        StoreError: Another refresh of this store is running, or the store could not be written.
    """
    if language not in (None, "en", "zh"):
        raise InputError(f"language: {language!r} is not allowed; write 'en' or 'zh'.")
    opened = [source.opened() for source in config.sources(sources)]
    told = () if config.credit_file is None else read_credit_file(config.credit_file.path)
    with alone(store):
        return _Run(
            config,
            store,
            policies.in_force(store, policy, as_of),
            as_of,
            progress or _Unseen(),
            stopping,
            told,
            answers,
            live,
        ).go(opened, language, trigger)


@dataclass
class _Run:
    """One refresh that has the store for itself."""

    config: Config
    store: Store
    policy: Policy
    as_of: date
    progress: Progress
    stopping: Callable[[], bool]
    told: tuple[Row, ...]
    answers: Callable[[Book], Answer]
    live: bool
    number: int = 0

    def go(self, sources: Sequence[Source], language: str | None, trigger: str) -> RunReport:
        self._begin(trigger)
        try:
            status, message = self._work(sources, language)
        except BaseException as error:
            with suppress(StoreError):  # the error at hand says more than that it could not be recorded
                self._end(FAILED, str(error) or type(error).__name__)
            raise
        self._end(status, message)
        return runs.report(self.store, self.number)

    def _begin(self, trigger: str) -> None:
        """Open the record of the run, and close those that killed runs left open."""
        table, sources = schema.runs, schema.run_sources
        with self.store.write() as connection:
            left = connection.scalars(select(table.c.run).where(table.c.status == RUNNING)).all()
            killed = {"status": INTERRUPTED, "message": runs.KILLED}
            connection.execute(update(table).where(table.c.run.in_(left)).values(finished=_now(), **killed))
            connection.execute(update(sources).where(sources.c.status == RUNNING).values(killed))
            row = {
                "started": _now(),
                "as_of": self.as_of,
                "status": RUNNING,
                "trigger": trigger,
                "policy": f"{self.policy.name} {self.policy.version}",
                "policy_digest": self.policy.digest,
            }
            self.number = connection.execute(insert(table).returning(table.c.run), row).scalar_one()
            policies.keep(connection, self.policy)

    def _end(self, status: str, message: str | None) -> None:
        table = schema.runs
        values = {"status": status, "finished": _now(), "message": message}
        with self.store.write() as connection:
            connection.execute(update(table).where(table.c.run == self.number).values(values))

    def _work(self, sources: Sequence[Source], language: str | None) -> tuple[str, str | None]:
        """Do the work; return the status of the run and what to say of it."""
        errors: list[DuebookError] = []
        reports: list[CompanyReport] = []
        for source in sources:
            if self.stopping():
                return FAILED, f"Stopped before source {source.name}; nothing was published."
            try:
                reports += self._read(source)
            except DuebookError as error:
                if isinstance(error, StoreError):
                    raise
                errors.append(error)
        if len(errors) == len(sources) and isinstance(errors[0], InputError):
            raise errors[0]
        if self.stopping():
            return FAILED, "Stopped before publishing."
        self._check_day()
        self._keep_facts()
        reports += self._bring_to_day()
        totals = self._totals()
        statuses = self._publish(totals, language)
        withheld = [f"{t.company.source}/{t.company.company}: {t.withheld}" for t in totals if t.withheld]
        said = f"Nothing is published of {'; '.join(withheld)}." if withheld else None
        if errors:
            return FAILED, said
        if not all(report.reconciled for report in reports):
            return NOT_RECONCILED, said
        return (PARTLY_PUBLISHED if withheld or {BESIDE, FAILED} & set(statuses) else OK), said

    def _check_day(self) -> None:
        """Refuse a day on which no company had a document yet."""
        first = Book(self.store, self.policy).first_day()
        if first is not None and self.as_of < first:
            raise NoAnswerError(
                f"as_of: {self.as_of} is before the first document, which was posted on {first}; "
                "nothing is published."
            )

    def _keep_facts(self) -> None:
        """Take over the credit file as it was read; where none is configured, no facts are known."""
        file = self.config.credit_file
        shown = "" if file is None else self.config.shown(file.path)
        keep_facts(self.store, self.number, self.told, policy=self.policy, shown=shown)

    def _bring_to_day(self) -> list[CompanyReport]:
        """Reconcile for this day what was not to be read now, where the store is complete up to it."""
        now = {source.name for source in runs.report(self.store, self.number).sources}
        due = {
            source
            for (source, _), found in runs.reconciliations(self.store).items()
            if source not in now and found.intact and found.as_of != self.as_of <= found.read_on
        }
        edges = self.policy.aging.edges
        return [
            report
            for source in sorted(due)
            for report in reconcile(self.store, self.number, source, self.as_of, edges)
        ]

    def _read(self, source: Source) -> Sequence[CompanyReport]:
        """Read and load one source, and reconcile its companies."""
        table = schema.run_sources
        own = (table.c.run == self.number) & (table.c.source == source.name)
        row = {"run": self.number, "source": source.name, "connector": source.connector, "status": RUNNING}
        with self.store.write() as connection:
            connection.execute(insert(table), row | {"read": 0, "quarantined": 0, "seconds": 0.0})
        started = monotonic()
        values: dict[str, object] = {}
        try:
            with open_source(source) as reader:
                loaded = load(
                    self.store, self.number, source.name, {q: self._shown(reader, q) for q in QUERIES}
                )
        except BaseException as error:
            values = {"status": FAILED, "message": str(error) or type(error).__name__}
            raise
        else:
            values = {"status": OK, "read": loaded.read, "quarantined": loaded.quarantined}
        finally:
            with self.store.write() as connection:
                connection.execute(update(table).where(own).values(seconds=monotonic() - started, **values))
        task = f"{source.name}: reconcile"
        self.progress.start(task)
        reports = reconcile(self.store, self.number, source.name, self.as_of, self.policy.aging.edges)
        self.progress.done(task)
        return reports

    def _shown(self, reader: Reader, query: str) -> Iterator[Chunk]:
        """Read a query, telling whoever watches."""
        task = f"{reader.source.name}: {query}"
        self.progress.start(task)
        for chunk in reader.read(query):
            self.progress.advance(task, chunk.batch.num_rows + len(chunk.rejected))
            yield chunk
        self.progress.done(task)

    def _publish(self, totals: tuple[Totals, ...], language: str | None) -> list[str]:
        """Measure what may be published and publish it; return what became of each workbook."""
        model = fitted_model(self.config.model.file)
        book = KeptBook(self.store, self.policy, lambda: model)
        published = [each.company for each in totals if not each.withheld]
        edition = None
        if published:
            self.progress.start("measure", len(published))
            parts = []
            for company in published:
                parts.append(book.measured(self.as_of, company))
                self.progress.advance("measure", 1)
            measured = Measured(
                pa.concat_tables(part.figures for part in parts),
                pa.concat_tables(part.items for part in parts),
            )
            self._keep(measured.figures)
            self.progress.done("measure")
            run = runs.report(self.store, self.number)
            edition = Edition(run, totals, measured, self.policy, datetime.now(UTC).astimezone())
        answer = self.answers(book)
        return [
            self._publish_one(workbook, book, edition, language, answer) for workbook in self.config.workbook
        ]

    def _totals(self) -> tuple[Totals, ...]:
        """Return every company with its latest control totals, and why it must not be published, if so."""
        try:
            companies = Book(self.store, self.policy).companies()
        except NoAnswerError:  # nothing was ever read
            return ()
        read = {source.name: source.status == OK for source in runs.report(self.store, self.number).sources}
        reconciled = runs.reconciliations(self.store)
        totals = []
        for company in companies:
            found = reconciled.get((company.source, company.company), _never(company))
            if not read.get(company.source, True):
                why = "its source could not be read"
            elif not found.intact:
                why = "what was read has not been reconciled since"
            elif not found.report.reconciled:
                why = "it does not reconcile with the general ledger"
            elif found.as_of != self.as_of:
                why = f"it was last read for {found.as_of}"
            else:
                why = ""
            totals.append(Totals(company, found.report, why))
        return tuple(totals)

    def _keep(self, profiles: pa.Table) -> None:
        with self.store.write() as connection:
            for batch in profiles.to_batches(max_chunksize=_ROWS_KEPT_AT_ONCE):
                rows = [row | {"run": self.number} for row in batch.to_pylist()]
                if rows:
                    connection.execute(insert(schema.profiles), rows)

    def _publish_one(
        self,
        workbook: WorkbookConfig,
        book: Book,
        edition: Edition | None,
        language: str | None,
        answer: Answer,
    ) -> str:
        table = schema.run_workbooks
        shown = self.config.shown(workbook.path)
        own = (table.c.run == self.number) & (table.c.path == shown)
        with self.store.write() as connection:
            digests = select(table.c.digest).where(table.c.path == shown, table.c.digest.is_not(None))
            ours = set(connection.scalars(digests))
            why = "There is nothing to publish: no company reconciles." if edition is None else None
            row = {"run": self.number, "path": shown, "status": WITHHELD, "message": why}
            connection.execute(insert(table), row)
        if edition is None:
            return WITHHELD
        self.progress.start(shown)

        chosen: Language = "zh" if (language or workbook.language) == "zh" else "en"

        made = standard(workbook, book, edition, chosen, answer)

        def record(**values: str | None) -> None:
            with self.store.write() as connection:
                connection.execute(update(table).where(own).values(values))

        publication = publish_file(
            workbook.path,
            made.write,
            ours=ours,
            beside=f"({self.as_of} run {self.number})",
            # On record before it is in its place: a run that is killed in between still left a file of ours.
            about_to=lambda digest: record(digest=digest),
            renew=made.renew,
            live=made.fill_open if self.live else None,
            previous=workbook.previous,
        )
        file = None if publication.file is None else str(publication.file)
        record(status=publication.status, published_as=file, message=publication.message)
        self.progress.done(shown)
        return publication.status


def _never(company: Company) -> runs.Reconciliation:
    """Return what stands for the reconciliation of a company that a killed run loaded, and none before."""
    figures = dict.fromkeys(("buckets", "open", "control_account"), 0)
    report = CompanyReport(
        company.source,
        company.company,
        company.currency,
        **figures,
        remaining=None,
        reconciled=False,
        differences=(),
    )
    return runs.Reconciliation(report, date.min, intact=False, read_on=date.min)


def _now() -> datetime:
    """Return the time as the store keeps it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)

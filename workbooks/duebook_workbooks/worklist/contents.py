"""What the sheets of the worklist hold: customers by urgency, their items, and what is to be collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.money import minor_digits
from duebook_workbooks import labels
from duebook_workbooks.chartdata import LONGEST
from duebook_workbooks.joined import KEYS, Names, mapped, shortened
from duebook_workbooks.sheets import Field, TableFields, TableSheet
from duebook_workbooks.style import Look
from duebook_workbooks.tables import Money
from duebook_workbooks.worklist.labels import worklist_label

if TYPE_CHECKING:
    from duebook_workbooks.labels import Language
    from duebook_workbooks.style import Value
    from duebook_workbooks.worklist.workbook import WorklistData

CHARTED: Final = 4
"""How many companies are charted."""
_CUSTOMERS: Final = {
    **dict.fromkeys(KEYS, pa.string()),
    **dict.fromkeys(("stage", "stage_en", "stage_zh", "todo_en", "todo_zh"), pa.string()),
    **dict.fromkeys(("then_en", "then_zh", "alert", "reasons_en", "reasons_zh"), pa.string()),
    **dict.fromkeys(("rank", "oldest_overdue_days", "open", "overdue", "soon_due"), pa.int64()),
    **dict.fromkeys(("promised", "disputed", "headroom"), pa.int64()),
    "default_probability": pa.float64(),
    **dict.fromkeys(("due", "then_on", "promised_for", "disputed_since", "last_payment"), pa.date32()),
}
_ITEMS: Final = {
    **dict.fromkeys((*KEYS, "item", "kind", "document", "reference", "currency"), pa.string()),
    **dict.fromkeys(("document_date", "due_date"), pa.date32()),
    **dict.fromkeys(("open_document", "open"), pa.int64()),
    **dict.fromkeys(("stage_en", "stage_zh"), pa.string()),
}
_SUMMED: Final = ("overdue", "soon_due", "promised", "disputed")
_PLACES: Final = 2  # decimals of the amounts that people write


class WorklistNames(Names):
    """Joins rows with names, in the words of the worklist."""

    def label(self, key: str, **values: object) -> str:
        """Return a text of the worklist."""
        return worklist_label(key, self.language, **values)


class Contents:
    """The contents of every sheet in one language.

    The order of the customers: the latest stage first, then what is held up, as
    :func:`duebook.worklist.task` ranks it; within a stage by company in its order, for amounts of two
    currencies cannot be compared; then by what is overdue times the probability of serious delinquency, the
    most first, one that is not known counting as certain; then by what is overdue and by the customer's id.
    Items stand in the order of their customers, the oldest due date first.

    Attributes:
        worklist: The sheet of customers.
        items: The sheet of their items.
        stages: What is to be collected by company and stage.
        charted: The same as charts show it: a row a stage, a column each of the first companies.
        companies: How many companies are charted.
        named: What the single cells hold that change from day to day, by their names.
    """

    def __init__(self, data: WorklistData, language: Language) -> None:
        """Sort and join what the sheets show.

        Args:
            data: What the workbook shows.
            language: Of its labels.

        Raises:
            InputError: A table lacks a column, or has rows of a company that is unknown or withheld.
        """
        self._data, self._language = data, language
        self._names = names = WorklistNames(data.companies, data.customers, language, workbook="worklist")
        self._label = names.label
        customers = _by_urgency(
            names.rows(names.conformed(data.customers, _CUSTOMERS, "customers"), "customers")
        )
        items = names.rows(names.conformed(data.items, _ITEMS, "items"), "items")
        self.worklist = self._sheet("worklist", "due_worklist", self._customers(customers), lines=3)
        self.items = self._sheet("items", "due_worklist_items", self._items(_of(customers, items)))
        self._stages = self._stage_names(customers)
        found = _summed(customers)
        self.stages = TableFields("due_worklist_stages", self._label("key"), self._by_stage(found))
        self.charted = TableFields("due_worklist_chart", self._label("stage"), self._charted(found))
        self.companies = min(CHARTED, len(names.published))
        self.named = self._named(customers)

    @property
    def tables(self) -> tuple[TableFields, ...]:
        """Every managed table, in the order of the sheets."""
        return (self.stages, self.worklist.table, self.items.table, self.charted)

    def _sheet(self, name: str, table: str, fields: tuple[Field, ...], *, lines: int = 1) -> TableSheet:
        return TableSheet(
            name=self._label(name),
            table=TableFields(table, self._label("key"), fields),
            title=self._label(f"title {name}"),
            note=self._note(name),
            noted=f"due_note_{name}",
            held=self._label("customer"),
            lines=lines,
        )

    def _note(self, sheet: str) -> str:
        first = self._data.policy.dunning.stage[0].from_days
        key = "note items late" if sheet == "items" and first > 0 else f"note {sheet}"
        return self._label(key, date=labels.day(self._data.as_of, self._language), days=-first)

    def _customers(self, rows: pa.Table) -> tuple[Field, ...]:
        names, language = self._names, self._language
        alerts = mapped(rows["alert"], lambda level: labels.alert(level, language)).cast(pa.string())
        count = rows.num_rows
        return (
            *names.who(rows),
            names.text(rows, f"stage_{language}", "stage"),
            names.text(rows, f"todo_{language}", "to do", Look.PROSE),
            names.text(rows, "due", "by", Look.DATE),
            names.text(rows, f"then_{language}", "then"),
            names.text(rows, "then_on", "then on", Look.DATE),
            names.text(rows, "company_currency", "currency", Look.CODE),
            names.money(rows, "overdue"),
            names.text(rows, "oldest_overdue_days", "oldest overdue", Look.DAYS),
            names.money(rows, "soon_due", "soon due"),
            names.money(rows, "open"),
            names.text(rows, "default_probability", "probability", Look.SHARE),
            Field(self._label("alert"), alerts, Look.CODE),
            names.text(rows, f"reasons_{language}", "reasons", Look.PROSE),
            names.money(rows, "promised", "promise on file"),
            names.text(rows, "promised_for", "promise on file for", Look.DATE),
            names.money(rows, "disputed"),
            names.text(rows, "disputed_since", "disputed since", Look.DATE),
            names.money(rows, "headroom"),
            names.text(rows, "last_payment", "last payment", Look.DATE),
            self._theirs("owner", pa.nulls(count, pa.string()), Look.TEXT),
            self._theirs("contacted on", pa.nulls(count, pa.date32()), Look.DATE),
            self._theirs("promised for", pa.nulls(count, pa.date32()), Look.DATE),
            self._theirs("promised amount", pa.nulls(count, pa.decimal128(18, _PLACES)), Look.MONEY),
            self._theirs("own note", pa.nulls(count, pa.string()), Look.PROSE),
            names.key(rows, "customer"),
        )

    def _theirs(self, header: str, nothing: pa.Array, look: Look) -> Field:
        return Field(self._label(header), nothing, look, theirs=True)

    def _items(self, rows: pa.Table) -> tuple[Field, ...]:
        names, language = self._names, self._language
        day = pa.scalar(self._data.as_of, pa.date32()).cast(pa.int32())
        whose = pc.binary_join_element_wise(*(rows[name] for name in KEYS), "/")
        return (
            *names.who(rows),
            Field(self._label("kind"), mapped(rows["kind"], lambda name: labels.kind(name, language))),
            names.text(rows, "document", "document"),
            names.text(rows, "reference", "reference"),
            names.text(rows, "document_date", "document date", Look.DATE),
            names.text(rows, "due_date", "due date", Look.DATE),
            Field(
                self._label("days past due"), pc.subtract(day, rows["due_date"].cast(pa.int32())), Look.DAYS
            ),
            names.text(rows, f"stage_{language}", "stage"),
            names.text(rows, "currency", "document currency", Look.CODE),
            Field(
                self._label("open document"),
                Money(rows["open_document"], mapped(rows["currency"], minor_digits)),
                Look.MONEY,
            ),
            names.text(rows, "company_currency", "currency", Look.CODE),
            names.money(rows, "open"),
            Field(self._label("customer key"), whose, hidden=True),
            names.key(rows, "item"),
        )

    def _stage_names(self, customers: pa.Table) -> dict[str, str]:
        """Return what each stage is called: those of the policy, of what waits, and others that occur."""
        found = {stage.name: stage.label.of(self._language) for stage in self._data.policy.dunning.stage}
        said = (customers[name].to_pylist() for name in ("stage", f"stage_{self._language}"))
        return found | {name: text for name, text in zip(*said, strict=True) if name not in found}

    def _by_stage(self, rows: pa.Table) -> tuple[Field, ...]:
        names = self._names
        return (
            names.text(rows, "company_name", "company"),
            Field(self._label("stage"), mapped(rows["stage"], self._stages.__getitem__).cast(pa.string())),
            names.text(rows, "customers", "customers to work on", Look.COUNT),
            names.text(rows, "company_currency", "currency", Look.CODE),
            names.money(rows, "overdue"),
            names.money(rows, "soon_due", "soon due"),
            names.money(rows, "promised"),
            names.money(rows, "disputed"),
            names.key(rows, "stage"),
        )

    def _charted(self, rows: pa.Table) -> tuple[Field, ...]:
        overdue = {(row["order"], row["stage"]): row["overdue"] for row in rows.to_pylist()}
        published = self._names.published
        # What credits cover is not overdue: a bar to the left would lie on its own name.
        owing = {stage for (_, stage), amount in overdue.items() if amount > 0}
        of_policy = {stage.name for stage in self._data.policy.dunning.stage}
        stages = [stage for stage in self._stages if stage in of_policy | owing]

        def amounts(slot: int) -> Money:
            there = slot < len(published)
            digits = minor_digits(published[slot].currency) if there else 0
            values = [overdue.get((slot, stage), 0) if there else None for stage in stages]
            return Money(pa.array(values, pa.int64()), pa.array([digits] * len(values), pa.int8()))

        return (
            Field(self._label("stage"), pa.array([self._stages[stage] for stage in stages], pa.string())),
            *(
                Field(self._label("overdue {slot}", slot=slot + 1), amounts(slot), Look.MONEY)
                for slot in range(CHARTED)
            ),
        )

    def _named(self, customers: pa.Table) -> dict[str, Value]:
        data, published = self._data, self._names.published
        withheld = [
            f"{self._names.name(company)} ({company.withheld})"
            for company in data.companies
            if company.withheld
        ]
        companies = len(set(customers["order"].to_pylist()))
        shown = self._label("one company" if companies == 1 else "{count} companies", count=companies)
        titles = [
            f"{shortened(self._names.name(each), LONGEST)} ({each.currency})" for each in published[:CHARTED]
        ]
        titles += [""] * (CHARTED - len(titles))
        return {
            "due_verdict": self._label("verdict", count=customers.num_rows, companies=shown)
            if customers.num_rows
            else self._label("nothing to do"),
            "due_withheld": self._label("withheld", companies="; ".join(withheld))
            if withheld
            else self._label("none withheld"),
            "due_as_of": data.as_of,
            "due_run": data.run,
            "due_policy_name": f"{data.policy.name} {data.policy.version}",
            **{sheet.noted: sheet.note for sheet in (self.worklist, self.items)},
            "due_note_today": self._note("today"),
            **{
                title_name(slot): self._label("{company}: stages", company=title) if title else ""
                for slot, title in enumerate(titles)
            },
        }


def title_name(slot: int) -> str:
    """Return the name of the cell that says what a company's chart shows, counted from 0."""
    return f"due_chart_stages_title_{slot + 1}"


def _by_urgency(rows: pa.Table) -> pa.Table:
    likely = pc.fill_null(rows["default_probability"], 1.0)
    # Only the order comes of it: no amount is shown that went through a float.
    risk = pc.multiply(pc.max_element_wise(rows["overdue"], 0).cast(pa.float64(), safe=False), likely)
    order = (
        ("rank", "descending"),
        ("order", "ascending"),
        ("risk", "descending"),
        ("overdue", "descending"),
        ("customer", "ascending"),
    )
    return rows.append_column("risk", risk).sort_by(list(order))


def _of(customers: pa.Table, items: pa.Table) -> pa.Table:
    """Return the items of customers in the order of the customers."""
    place = pa.array(range(customers.num_rows), pa.int64())
    places = customers.select(list(KEYS)).append_column("place", place)
    found = items.join(places, list(KEYS), join_type="inner")
    return found.sort_by([("place", "ascending"), ("due_date", "ascending"), ("item", "ascending")])


def _summed(customers: pa.Table) -> pa.Table:
    """Return the sums of customers by company and stage, the latest stage first."""
    for name in _SUMMED:
        at = customers.column_names.index(name)
        customers = customers.set_column(at, name, pc.fill_null(customers[name], 0))
    by = ["order", "source", "company", "company_name", "company_currency", "digits", "stage"]
    sums = customers.group_by(by).aggregate(
        [*((name, "sum") for name in _SUMMED), ("rank", "max"), ([], "count_all")]
    )
    sums = sums.select([*by, *(f"{name}_sum" for name in _SUMMED), "rank_max", "count_all"])
    sums = sums.rename_columns([*by, *_SUMMED, "rank", "customers"])
    return sums.sort_by([("order", "ascending"), ("rank", "descending"), ("stage", "ascending")])

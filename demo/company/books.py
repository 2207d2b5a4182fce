"""What an accountant does in Tryton, each act one method.

Every act goes through Tryton's own buttons and wizards, so that the rows it
leaves in the database are those an accountant would leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from company.setup import TERMS, Company, account_finder

if TYPE_CHECKING:
    import datetime as dt

    from company.session import Session


@dataclass(frozen=True)
class Draft:
    """An invoice, or a credit note where the price is negative, before it is posted.

    Attributes:
        party: Id of the customer.
        currency: Code of its currency.
        term: Key of its payment term.
        lines: Description, quantity, unit price of each line.
        tax: Id of the tax of every line, if any.
        reference: The customer's own reference.
    """

    party: int
    currency: str
    term: str
    lines: tuple[tuple[str, int, Decimal], ...]
    tax: int | None
    reference: str


@dataclass(frozen=True)
class Owed:
    """A receivable line.

    Attributes:
        line: Its id.
        due: Its maturity date, where it has one.
        amount: Debit less credit, in the currency of the document.
    """

    line: int
    due: dt.date | None
    amount: Decimal


@dataclass(frozen=True)
class Posted:
    """A posted invoice: its id, party and currency, and its receivable lines by maturity."""

    invoice: int
    party: int
    currency: str
    owed: tuple[Owed, ...] = field(default_factory=tuple)

    @property
    def total(self) -> Decimal:
        """The whole amount, in the currency of the document."""
        return sum((owed.amount for owed in self.owed), Decimal(0))


class Books:
    """The books of one company."""

    def __init__(self, session: Session, company: Company) -> None:
        """Look up what every act needs: accounts, journals, taxes, terms, parties.

        Args:
            session: An open session.
            company: Which company.
        """
        self.session = session
        self.company = company
        party = session.one("party.party", [("code", "=", f"HL-{company.key}")])
        self.id = session.one("company.company", [("party", "=", party)])
        session.enter(self.id)
        account = account_finder(session, self.id)
        self.receivable = account("1.2.1")
        self.card_sales = account("1.2.3.1")
        self.revenue = account("4.1.1")
        self.other_income = account("6.1.90")
        self.bank = account("1.1.1.1")
        self.taxes = {
            row["rate"]: row["id"]
            for row in session.read(
                "account.tax", session.search("account.tax", [("company", "=", self.id)]), "rate"
            )
        }
        self.parties = {
            row["code"]: row["id"]
            for row in session.read("party.party", session.search("party.party", []), "code")
        }
        self._currency = {
            row["code"]: row
            for row in session.read(
                "currency.currency", session.search("currency.currency", []), "code", "digits"
            )
        }
        self._code = {row["id"]: code for code, row in self._currency.items()}
        self._terms = {
            key: session.one("account.invoice.payment_term", [("name", "=", name)])
            for key, (name, _) in TERMS.items()
        }
        self._journal = {
            code: session.one("account.journal", [("code", "=", code)]) for code in ("REV", "CASH", "MISC")
        }
        self._method = session.one("account.invoice.payment.method", [("company", "=", self.id)])
        self._write_offs = {
            row["name"]: row["id"]
            for row in session.read(
                "account.move.reconcile.write_off",
                session.search("account.move.reconcile.write_off", [("company", "=", self.id)]),
                "name",
            )
        }
        self._addresses = {
            row["party"]: row["id"]
            for row in session.read("party.address", session.search("party.address", []), "party")
        }
        self._home = self._currency[company.currency]["id"]
        self._periods = [
            (row["start_date"], row["end_date"], row["id"])
            for row in session.read(
                "account.period",
                session.search("account.period", [("company", "=", self.id)]),
                "start_date",
                "end_date",
            )
        ]

    def quantum(self, currency: str) -> Decimal:
        """Return the smallest amount of a currency."""
        return Decimal(1).scaleb(-self._currency[currency]["digits"])

    def rate(self, currency: str, day: dt.date) -> Decimal:
        """Return what one unit of the company's currency is worth in another, on a day."""
        theirs, ours = (
            row["rate"]
            for row in self.session.read(
                "currency.currency", [self._currency[currency]["id"], self._home], "rate", date=day
            )
        )
        return Decimal(theirs) / Decimal(ours)

    # Invoices

    def draft(self, day: dt.date, drafts: list[Draft]) -> list[int]:
        """Enter invoices and leave them drafts; return their ids."""
        return self.session.create("account.invoice", *(self._invoice_values(day, draft) for draft in drafts))

    def _invoice_values(self, day: dt.date, draft: Draft) -> dict[str, Any]:
        currency = self._currency[draft.currency]["id"]
        lines = [
            {
                "type": "line",
                "description": text,
                "quantity": quantity,
                "unit_price": price,
                "account": self.revenue,
                "currency": currency,
                "company": self.id,
                "taxes": [("add", [draft.tax])] if draft.tax else [],
            }
            for text, quantity, price in draft.lines
        ]
        return {
            "type": "out",
            "company": self.id,
            "party": draft.party,
            "invoice_address": self._addresses[draft.party],
            "currency": currency,
            "journal": self._journal["REV"],
            "account": self.receivable,
            "payment_term": self._terms[draft.term],
            "invoice_date": day,
            "reference": draft.reference,
            "lines": [("create", lines)],
        }

    def post(self, day: dt.date, drafts: list[Draft]) -> list[Posted]:
        """Enter and post invoices of one day."""
        if not drafts:
            return []
        ids = self.draft(day, drafts)
        self.session.click("account.invoice", "post", ids)
        return self.posted(ids)

    def posted(self, ids: list[int]) -> list[Posted]:
        """Read posted invoices back with their receivable lines."""
        rows = self.session.read("account.invoice", ids, "party", "currency", "lines_to_pay", "move")
        lines = self._owed([line for row in rows for line in row["lines_to_pay"]])
        return [
            Posted(
                row["id"],
                row["party"],
                self._code[row["currency"]],
                tuple(lines[line] for line in row["lines_to_pay"]),
            )
            for row in rows
        ]

    def _owed(self, ids: list[int]) -> dict[int, Owed]:
        rows = self.session.read(
            "account.move.line",
            ids,
            "maturity_date",
            "debit",
            "credit",
            "amount_second_currency",
            "second_currency",
        )
        return {
            row["id"]: Owed(
                row["id"],
                row["maturity_date"],
                row["amount_second_currency"] if row["second_currency"] else row["debit"] - row["credit"],
            )
            for row in rows
        }

    def credit_whole(self, invoice: int, day: dt.date) -> None:
        """Credit a whole invoice with refund: both end reconciled, the invoice cancelled."""
        wizard = self.session.wizard("account.invoice.credit", [self._invoice(invoice)])
        wizard.form.with_refund = True
        wizard.form.invoice_date = day
        wizard.execute("credit")

    def cancel(self, invoices: list[int]) -> None:
        """Cancel invoices, drafts or posted."""
        self.session.click("account.invoice", "cancel", invoices)

    def _invoice(self, invoice: int) -> Any:  # noqa: ANN401 - a record of proteus
        return self.session.model("account.invoice")(invoice)

    # Money received

    def pay(self, invoice: int, amount: Decimal, day: dt.date, how: str = "partial") -> None:
        """Register a payment on one invoice, with Tryton's wizard.

        Args:
            invoice: The invoice.
            amount: In the currency of the invoice.
            day: The day of the payment.
            how: What becomes of a difference to whole instalments: `partial` leaves it open,
                `writeoff` writes it off, `overpayment` leaves the rest to the customer's credit.
        """
        wizard = self.session.wizard("account.invoice.pay", [self._invoice(invoice)])
        wizard.form.amount = amount
        wizard.form.date = day
        wizard.form.payment_method = self.session.model("account.invoice.payment.method")(self._method)
        wizard.execute("choice")
        if wizard.state != wizard.end_state:
            wizard.form.type = how
            if how == "writeoff":
                wizard.form.writeoff = self._write_off("Payment difference")
            wizard.execute("pay")

    def receive(
        self, party: int, currency: str, amounts: list[Decimal], day: dt.date, text: str
    ) -> list[int]:
        """Book a receipt on the receivable account, one line an amount; return the lines."""
        moves = self._entry(
            "CASH",
            day,
            text,
            [(self.bank, None, currency, sum(amounts, Decimal(0)), None)]
            + [(self.receivable, party, currency, -amount, None) for amount in amounts],
        )
        return self._lines(moves, self.receivable)

    def settle(self, party: int, currency: str, owed: list[Owed], day: dt.date, text: str) -> None:
        """Receive the sum of several open lines in one payment and reconcile them together."""
        total = sum((one.amount for one in owed), Decimal(0))
        paid = self.receive(party, currency, [total], day, text)
        self.reconcile([one.line for one in owed] + paid)

    def reconcile(self, lines: list[int]) -> None:
        """Reconcile lines that balance in their currency."""
        self.session.wizard("account.move.reconcile_lines", self._records(lines))

    def unreconcile(self, lines: list[int]) -> None:
        """Undo the reconciliations of lines."""
        self.session.wizard("account.move.unreconcile_lines", self._records(lines))

    def write_off(self, lines: list[int], day: dt.date, text: str) -> None:
        """Write off what is left of lines as a bad debt."""
        wizard = self.session.wizard("account.move.reconcile_lines", self._records(lines))
        wizard.form.writeoff = self._write_off("Bad debt")
        wizard.form.date = day
        wizard.form.description = text
        wizard.execute("reconcile")

    def reschedule(self, lines: list[int], start: dt.date, number: int, text: str) -> list[int]:
        """Replace open lines of one invoice by equal monthly instalments; return the new lines."""
        wizard = self.session.wizard("account.move.line.reschedule", self._records(lines))
        wizard.form.start_date = start
        wizard.form.frequency = "monthly"
        wizard.form.interval = 1
        wizard.form.amount = None
        wizard.form.number = number
        wizard.execute("preview")
        wizard.form.description = text
        wizard.execute("reschedule")
        (move,) = wizard.actions[0]
        # The line that closes the old ones is reconciled with them from the start.
        return self.session.search(
            "account.move.line",
            [("move", "=", move.id), ("account", "=", self.receivable), ("reconciliation", "=", None)],
        )

    def open_lines(self, party: int) -> list[int]:
        """Return the unreconciled receivable lines of a customer."""
        return self.session.search(
            "account.move.line",
            [
                ("party", "=", party),
                ("account", "=", self.receivable),
                ("reconciliation", "=", None),
                ("move.company", "=", self.id),
            ],
        )

    def owed(self, lines: list[int]) -> list[Owed]:
        """Read lines by id."""
        found = self._owed(lines)
        return [found[line] for line in lines]

    def _write_off(self, name: str) -> Any:  # noqa: ANN401 - a record of proteus
        return self.session.model("account.move.reconcile.write_off")(self._write_offs[name])

    def _records(self, lines: list[int]) -> list[Any]:
        line = self.session.model("account.move.line")
        return [line(one) for one in lines]

    # Journal entries

    def charge(self, party: int, amount: Decimal, day: dt.date, text: str, due: dt.date | None) -> list[int]:
        """Book an entry on the receivable account against other income; return its line."""
        home = self.company.currency
        moves = self._entry(
            "MISC",
            day,
            text,
            [
                (self.receivable, party, home, amount, due),
                (self.other_income, None, home, -amount, None),
            ],
        )
        return self._lines(moves, self.receivable)

    def card_takings(self, amount: Decimal, day: dt.date, *, banked: bool) -> None:
        """Book a day's card sales, or their arrival at the bank: receivable without a party."""
        home = self.company.currency
        other = self.bank if banked else self.revenue
        sign = -1 if banked else 1
        text = "Card settlement" if banked else "Card sales"
        self._entry(
            "CASH" if banked else "MISC",
            day,
            text,
            [
                (self.card_sales, None, home, sign * amount, None),
                (other, None, home, -sign * amount, None),
            ],
        )

    def _entry(
        self,
        journal: str,
        day: dt.date,
        text: str,
        lines: list[tuple[int, int | None, str, Decimal, dt.date | None]],
    ) -> list[int]:
        """Post a balanced entry; the last line of a foreign one takes the rounding."""
        rows: list[dict[str, Any]] = []
        for account, party, currency, amount, due in lines:
            row: dict[str, Any] = {"account": account, "party": party, "maturity_date": due}
            value = amount
            if currency != self.company.currency:
                value = (amount / self.rate(currency, day)).quantize(self.quantum(self.company.currency))
                row["second_currency"] = self._currency[currency]["id"]
                row["amount_second_currency"] = amount
            row["value"] = value
            rows.append(row)
        rows[-1]["value"] -= sum((row["value"] for row in rows), Decimal(0))
        for row in rows:
            value = row.pop("value")
            row["debit"], row["credit"] = max(value, Decimal(0)), max(-value, Decimal(0))
        moves = self.session.create(
            "account.move",
            {
                "company": self.id,
                "journal": self._journal[journal],
                "date": day,
                "period": self._period(day),
                "description": text,
                "lines": [("create", rows)],
            },
        )
        self.session.click("account.move", "post", moves)
        return moves

    def _lines(self, moves: list[int], account: int) -> list[int]:
        return self.session.search("account.move.line", [("move", "in", moves), ("account", "=", account)])

    def _period(self, day: dt.date) -> int:
        return next(found for start, end, found in self._periods if start <= day <= end)

    def open_invoices(self, party: int, since: dt.date) -> list[int]:
        """Return the posted invoices of a customer dated from a day on, the oldest first."""
        return self.session.search(
            "account.invoice",
            [
                ("party", "=", party),
                ("company", "=", self.id),
                ("state", "=", "posted"),
                ("invoice_date", ">=", since),
                ("type", "=", "out"),
            ],
        )

    def remind(self, day: dt.date, *, blocked: list[int]) -> None:
        """Raise and send the reminders of a day, and block those of disputing customers."""
        wizard = self.session.wizard("account.dunning.create")
        wizard.form.date = day
        for company in list(wizard.form.companies):
            if company.id != self.id:
                wizard.form.companies.remove(company)
        wizard.execute("create_")
        drafts = self.session.search("account.dunning", [("company", "=", self.id), ("state", "=", "draft")])
        held = self.session.search("account.dunning", [("id", "in", drafts), ("party", "in", blocked)])
        if held:
            self.session.write("account.dunning", held, {"blocked": True})
        dunning = self.session.model("account.dunning")
        rest = [dunning(one) for one in drafts if one not in held]
        if rest:
            self.session.wizard("account.dunning.process", rest).execute("process")

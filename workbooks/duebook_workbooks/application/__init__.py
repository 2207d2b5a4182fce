"""The limit application: what a customer asks for, what the policy says to it, and who decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

    from duebook_workbooks.forms.form import Setting


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """What is known of the customer before anybody writes; the form is blank where nothing is.

    Attributes:
        code: Its number in the ERP.
        name: Its name.
        country: Its country.
        industry: Any name of an industry of the policy; another one is left to be chosen.
        currency: The currency of all amounts.
        new: Whether it has bought nothing yet: then the rules alone grant nothing, where the policy says so.
        open: Its open receivables above zero; None where they are not known.
        unapplied: Its receipts and credit notes that settle nothing yet, 0 or more.
        factors: Values of factors of the policy's score, by the factor's name: a word by any of its names.
        inputs: Values of inputs of a limit, by the names of :func:`duebook.limit_inputs.inputs`; those that
            the form does not ask are passed over.
    """

    code: str = ""
    name: str = ""
    country: str = ""
    industry: str = ""
    currency: str = ""
    new: bool = True
    open: Decimal | None = None
    unapplied: Decimal | None = None
    factors: Mapping[str, Decimal | str] = field(default_factory=dict)
    inputs: Mapping[str, Decimal | str | bool] = field(default_factory=dict)


def write_application(path: Path, setting: Setting, applicant: Applicant, *, made: datetime) -> None:
    """Write a limit application of two pages: the request with what the policy says, checks and decision.

    The same arguments give the same bytes. A file that is there is replaced; it appears whole, or not at all.

    Args:
        path: Where; its folder must exist.
        setting: Language, program, policy, and who answers the worksheet functions; its day is the day of
            the request.
        applicant: What is known of the customer.
        made: The time that the file gives as its own.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from duebook_workbooks.application import decision, request  # noqa: PLC0415
    from duebook_workbooks.forms.form import FormBook  # noqa: PLC0415

    book = FormBook(setting)
    request.add(book, applicant)
    decision.add(book)
    book.write(path, title=request.TITLE, made=made)

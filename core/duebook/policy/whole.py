"""The whole policy, and what of it differs by company, country, industry or segment."""

# ruff: noqa: TC001, TC003 - pydantic reads the annotations when the module runs
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from duebook.errors import InputError
from duebook.policy.base import MisfitError, Section, Text, listed, said
from duebook.policy.credit import (
    NEW,
    RISKS,
    Exposure,
    Industry,
    Insurance,
    Interest,
    Limit,
    Plan,
    Provision,
    TermsPolicy,
    WriteOff,
)
from duebook.policy.customer import Default, DueDiligence, Grade, Score
from duebook.policy.measures import Aging, Behaviour, PayIndex, Turnover
from duebook.policy.watch import Alert, Approval, Dispute, Dunning, Review, SuddenDefault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_HEAD: Final = ("name", "version", "valid_from", "exception")


class Where(Section):
    """Whom an exception is for: everything that is named has to fit, one of its values each."""

    company: Annotated[tuple[Text, ...], listed('Ids of companies, such as ["1"].', "公司")] = ()
    country: Annotated[
        tuple[Text, ...], listed('Countries as the customers have them, such as ["CN"].', "国家")
    ] = ()
    industry: Annotated[tuple[Text, ...], listed("Names of [[terms.industry]].", "行业")] = ()
    segment: Annotated[tuple[Text, ...], listed('Segments, such as ["key account"].', "客户细分")] = ()

    @model_validator(mode="after")
    def _checked(self) -> Where:
        if not self.model_fields_set:
            raise ValueError(
                "it names nobody, so it would apply to everybody; write that into the policy itself"
            )
        return self


class PolicyException(Section):
    """What differs for some customers: any keys of the policy's sections, merged over them.

    Of a list whose entries have names, those with the same name are merged and the others added; any other
    list is replaced.
    """

    model_config = ConfigDict(extra="allow")

    where: Annotated[Where, said("A table with company, country, industry or segment.", "适用范围")]

    @property
    def changes(self) -> Mapping[str, object]:
        """What differs, by section, as it was written."""
        return self.model_extra or {}


class Policy(Section):
    """A whole credit policy, as it was written.

    Attributes:
        name: What people call it; shown on every workbook.
        version: Changes whenever a number does.
        valid_from: The first day it applies.
        exception: What differs by company, country, industry or segment.
    """

    sections: ClassVar[tuple[str, ...]]

    name: Annotated[Text, said("A short text.", "名称")]
    version: Annotated[Text, said('A short text, such as "1".', "版本")]
    valid_from: Annotated[date, said("A date without quotes, such as 2025-11-01.", "生效日")]
    aging: Annotated[Aging, said("", "账龄")]
    turnover: Annotated[Turnover, said("", "周转")]
    behaviour: Annotated[Behaviour, said("", "付款行为")]
    pay_index: Annotated[PayIndex, said("", "付款指数")]
    score: Annotated[Score, said("", "评分卡")]
    grade: Annotated[Grade, said("", "等级")]
    default: Annotated[Default, said("", "违约预测")]
    due_diligence: Annotated[DueDiligence, said("", "尽职调查")]
    limit: Annotated[Limit, said("", "信用额度")]
    exposure: Annotated[Exposure, said("", "敞口")]
    terms: Annotated[TermsPolicy, said("", "账期")]
    interest: Annotated[Interest, said("", "逾期利息")]
    provision: Annotated[Provision, said("", "减值准备")]
    insurance: Annotated[Insurance, said("", "信用保险")]
    plan: Annotated[Plan, said("", "付款计划")]
    write_off: Annotated[WriteOff, said("", "坏账核销")]
    dunning: Annotated[Dunning, said("", "催收")]
    dispute: Annotated[Dispute, said("", "争议")]
    approval: Annotated[Approval, said("", "审批")]
    alert: Annotated[Alert, said("", "预警")]
    review: Annotated[Review, said("", "复核")]
    sudden_default: Annotated[SuddenDefault, said("", "突发违约预案")]
    exception: Annotated[
        tuple[PolicyException, ...], Field(strict=False), said("[[exception]], each with where.", "例外")
    ] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Policy:
        buckets = len(self.aging.edges) + 1
        if len(self.provision.fixed_rates) != buckets:
            raise MisfitError(
                f"{len(self.provision.fixed_rates)} rates for {buckets} buckets of aging.edges",
                at=("provision", "fixed_rates"),
            )
        grades, tiers = [*self.grade.names, NEW], [name for tier in self.terms.tier for name in tier.grades]
        for name in grades:
            if name not in tiers:
                raise MisfitError(
                    f"no tier has grade {name!r}, so there is a gap between the tiers; each of "
                    f"{', '.join(grades)} stands in the grades of one of them",
                    at=("terms", "tier"),
                )
        for place, tier in enumerate(self.terms.tier):
            for name in tier.grades:
                if name not in grades:
                    raise MisfitError(
                        f"{name!r} is no grade; there are {', '.join(grades)}",
                        at=("terms", "tier", place, "grades"),
                    )
        for place, factor in enumerate(self.score.factor):
            if factor.by_industry and {word.name for word in factor.words} != set(RISKS):
                raise MisfitError(
                    f"{factor.name!r} is by industry, so its words are {', '.join(RISKS)}",
                    at=("score", "factor", place, "words"),
                )
        return self

    _text: str = PrivateAttr("")

    @property
    def text(self) -> str:
        """The text of the file it was read from; empty where it comes from none, or was changed since."""
        return self._text

    def keep_text(self, text: str) -> None:
        """Remember the text that it was read from."""
        self._text = text

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hexadecimal: the same numbers, however laid out, give the same."""
        content = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(content.encode()).hexdigest()

    def of(
        self,
        *,
        company: str | None = None,
        country: str | None = None,
        industry: str | None = None,
        segment: str | None = None,
    ) -> Policy:
        """Return the policy for a customer: with the exceptions that fit it, merged in their order.

        Args:
            company: The company that sells to it.
            country: Its country, as the exceptions write it.
            industry: Its industry, by any of its names.
            segment: Its segment.

        Returns:
            A policy without exceptions.

        Raises:
            InputError: The exceptions contradict each other.
        """
        if not self.exception:
            return self
        given = {"company": company, "country": country, "industry": industry, "segment": segment}
        folded = {name: _folded(value) for name, value in given.items() if value}
        if "industry" in folded:
            folded["industry"] = self._industry_names.get(folded["industry"], folded["industry"])
        fitting = tuple(
            place for place, exception in enumerate(self.exception) if self._fits(exception.where, folded)
        )
        if fitting not in self._merged:
            self._merged[fitting] = self._with(fitting)
        return self._merged[fitting]

    def find_industry(self, name: str) -> Industry | None:
        """Return the industry of a name, in English or Chinese, in any case; None where there is none."""
        wanted = self._industry_names.get(_folded(name))
        return next((entry for entry in self.terms.industry if _folded(entry.name) == wanted), None)

    @cached_property
    def _merged(self) -> dict[tuple[int, ...], Policy]:
        return {}

    @cached_property
    def _industry_names(self) -> dict[str, str]:
        return {
            _folded(name): _folded(entry.name)
            for entry in self.terms.industry
            for name in (entry.name, entry.label.en, entry.label.zh, *entry.aliases)
        }

    def _fits(self, where: Where, given: Mapping[str, str]) -> bool:
        for key in where.model_fields_set:
            wanted = [_folded(value) for value in getattr(where, key)]
            if key == "industry":
                wanted = [self._industry_names.get(name, name) for name in wanted]
            if given.get(key) not in wanted:
                return False
        return True

    def _with(self, places: Sequence[int]) -> Policy:
        content = self.model_dump(exclude={"exception"}, exclude_unset=True)
        for place in places:
            content = merged(content, self.exception[place].changes)
        try:
            return Policy.model_validate(content)
        except ValidationError as error:
            numbers = " and ".join(str(place + 1) for place in places)
            first = error.errors(include_url=False)[0]
            key = ".".join(str(part) for part in place_of(first))
            raise InputError(
                f"policy {self.name}: exceptions {numbers} contradict each other: "
                f"{key}{': ' if key else ''}{first['msg'].removeprefix('Value error, ')}."
            ) from None

    def check_exceptions(self) -> None:
        """Merge every two exceptions that one customer may fit, so that a contradiction shows early.

        Raises:
            InputError: Two contradict each other.
        """
        for first, second in combinations(range(len(self.exception)), 2):
            one, other = self.exception[first], self.exception[second]
            if set(one.changes) & set(other.changes) and _may_meet(one.where, other.where):
                self._with((first, second))


Policy.sections = tuple(name for name in Policy.model_fields if name not in _HEAD)


def place_of(error: ErrorDetails) -> tuple[str | int, ...]:
    """Return where in a policy an error is: its tables, entries and key."""
    reason = error.get("ctx", {}).get("error")
    return error["loc"] + (reason.at if isinstance(reason, MisfitError) else ())


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _may_meet(one: Where, other: Where) -> bool:
    both = one.model_fields_set & other.model_fields_set
    return all(
        {_folded(value) for value in getattr(one, key)} & {_folded(value) for value in getattr(other, key)}
        for key in both
    )


def merged(content: Mapping[str, Any], changes: Mapping[str, object]) -> dict[str, Any]:
    """Return the content of a policy with changes merged over it, as :class:`PolicyException` says."""
    found = dict(content)
    for key, change in changes.items():
        before = found.get(key)
        if isinstance(change, Mapping) and isinstance(before, Mapping):
            found[key] = merged(before, change)
        elif _named(change) and _named(before):
            found[key] = _merged_by_name(before, change)
        else:
            found[key] = change
    return found


def _named(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(entry, Mapping) and "name" in entry for entry in value)
    )


def _merged_by_name(before: Any, changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - both are _named
    entries = {entry["name"]: dict(entry) for entry in before}
    for change in changes:
        name = change["name"]
        entries[name] = merged(entries.get(name, {}), change)
    return list(entries.values())

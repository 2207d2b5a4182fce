"""Names that figures answer, such as a stage of collection, and the words that people read for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook.alerts import Level
from duebook_workbooks import labels
from duebook_workbooks.calculators.limit import METHODS
from duebook_workbooks.credit_profile.figures import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duebook_workbooks.forms.form import FormBook

_LIMITS: Final = (
    ("granted", ("Granted", "人工批准")),
    ("expired", ("Granted, expired", "人工批准，已到期")),  # noqa: RUF001 - Chinese
    ("floor", ("Floor", "下限")),
    ("cap", ("Cap", "上限")),
    ("mean", ("Mean of methods", "多方法平均")),
    ("rounding", ("Rounding", "取整")),
    ("seller annual sales", ("Share of own sales", "本公司销售占比上限")),
)
_MODELS: Final = (("expert points", ("Expert points", "专家打分")),)
_PROVISIONS: Final = (
    ("individual", ("Individually", "单项计提")),
    ("matrix", ("Own loss rates", "迁徙率法")),
    ("fixed", ("Fixed rates", "固定比例")),
)


def stages(book: FormBook) -> Listed:
    """Return the list of the stages of collection."""
    dunning = book.setting.policy.dunning
    named = {
        dunning.none: book.said(("None", "无需催收")),
        dunning.disputed: book.said(("Disputed", "争议中")),
    }
    named |= {stage.name: stage.label.of(book.setting.language) for stage in dunning.stage}
    return listed(book, "stages", named)


def tiers(book: FormBook) -> Listed:
    """Return the list of the tiers of terms."""
    found = book.setting.policy.terms.tier
    return listed(book, "tiers", {tier.name: tier.label.of(book.setting.language) for tier in found})


def alerts(book: FormBook) -> Listed:
    """Return the list of the levels of alerts."""
    named = {level.value: labels.alert(level.value, book.setting.language) or "" for level in Level}
    return listed(book, "alerts", named)


def limits(book: FormBook) -> Listed:
    """Return the list of what a limit comes from."""
    named = {name.casefold(): (name, chinese) for name, chinese in METHODS} | dict(_LIMITS)
    return listed(book, "limits", {name: book.said(words) for name, words in named.items()})


def models(book: FormBook) -> Listed:
    """Return the list of the models of serious delinquency; a fitted one is called by its own name."""
    return listed(book, "models", {name: book.said(words) for name, words in _MODELS})


def provisions(book: FormBook) -> Listed:
    """Return the list of the ways in which a customer is provided for."""
    return listed(book, "provisions", {name: book.said(words) for name, words in _PROVISIONS})


def listed(book: FormBook, name: str, words: Mapping[str, str]) -> Listed:
    """Return a list of names and their words, kept in the workbook."""
    return Listed(book.list_of(name, list(words.items())), words)

"""Companies with 64 financial ratios, some of which went bankrupt: a readable score against others.

The files name the ratios differently, or by number; they are known by their place.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.default_columns import scorecard_log_odds
from duebook_etl.model.logistic import Sign, folds
from duebook_etl.model.quality import auc
from duebook_etl.model.ratios import MOST_RATIOS, challenger, fit_ratio_score
from evaluation.files import each_read, files_of, text_of
from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duebook_etl.model.features import Flags, Floats

NAME: Final = "companies"
FOLDER: Final = "polish_bankruptcy"
READABLE: Final = 0.79
RATIOS: Final = 64
_LABEL: Final = re.compile(r"@attribute\s+['\"]?(?:class|bankrupt\w*)\b")
# By place: + where more is riskier, - where safer, . where sense does not say, and no score may use it.
_SIGNS: Final = (
    "-+------.-"  # 1 net profit, 2 liabilities, 3 working capital, 4 current ratio ... 9 sales to assets
    "----.----."  # 15 liabilities to cash earned in days, which turns over at zero; 20 inventory
    "---------+"  # 21 sales to last year's ... 30 liabilities less cash to sales
    "-+---..---"  # 32 days of short-term liabilities; 36 turnover, 37 quick assets to long-term debt
    ".-.+--.---"  # 41 years to repay, 43 and 47 days of inventory; 44 days of receivables
    "++-----+.."  # 51, 52 short-term debt; 58 costs to sales; 59 leverage, 60 inventory
    "-+-."  # 61 sales to receivables, 62 days of debt, 63 sales to debt, 64 sales to fixed assets
)
_ALTMAN: Final = ((2, 6.56), (5, 3.26), (6, 6.72), (7, 1.05))  # Z'': places from 0, and weights


def evaluate(data: Path) -> list[Line]:
    """Return the lines of each file of this data set.

    Raises:
        SkippedError: There is none.
    """
    folder = data / FOLDER
    if not folder.is_dir():
        raise SkippedError(f"{folder} is not there")
    read, lines = each_read(files_of(folder, ".arff", ".json"), _read, name=NAME)
    if not read and not lines:
        raise SkippedError(f"{folder} holds no file of companies, .arff or .json, plain or .gz")
    for path, table in read:
        lines += _measured(path.name.partition(".")[0], *table)
    return lines


def _read(path: Path) -> tuple[Floats, Flags]:
    rows, labels = _arff(path) if ".arff" in path.name.casefold() else _json(path)
    if not rows:
        raise SkippedError(f"no row with {RATIOS} ratios and whether the company went bankrupt")
    return _table(rows, labels)


def _arff(path: Path) -> tuple[list[list[str]], list[str]]:
    """Return the ratios, which come first, and the label, which its name tells or else comes last."""
    names: list[str] = []
    rows: list[list[str]] = []
    data = False
    for line in text_of(path).splitlines():
        text = line.strip()
        if data and text and not text.startswith("%"):
            rows.append(text.split(","))
        elif not data and text.casefold().startswith("@attribute"):
            names.append(text.casefold())
        data = data or text.casefold() == "@data"
    named = next((place for place, name in enumerate(names) if _LABEL.match(name)), -1)
    found: list[list[str]] = []
    labels: list[str] = []
    for row in rows:
        label = named if len(row) == len(names) else -1
        if len(row[:label]) >= RATIOS:
            found.append(row[:RATIOS])
            labels.append(row[label])
    return found, labels


def _json(path: Path) -> tuple[list[list[object]], list[object]]:
    try:
        content = json.loads(text_of(path))
    except ValueError as error:
        raise SkippedError(f"no JSON: {error}") from None
    found = content.get("data") if isinstance(content, dict) else content
    names = [f"feat_{place}" for place in range(1, RATIOS + 1)]
    rows = [row for row in (found if isinstance(found, list) else []) if _is_company(row, names)]
    return [[row.get(name) for name in names] for row in rows], [row["bankrupt"] for row in rows]


def _is_company(row: object, names: list[str]) -> bool:
    return isinstance(row, dict) and "bankrupt" in row and any(name in row for name in names)


def _table(rows: Sequence[Sequence[object]], labels: Sequence[object]) -> tuple[Floats, Flags]:
    """Return ratios and labels without repeated rows, which would stand in two folds at once."""
    values = np.array([[_number(cell) for cell in row] for row in rows])
    bad = np.array([str(label).strip(" b'\"").casefold() in {"1", "1.0", "true"} for label in labels])
    _, first = np.unique(np.column_stack([np.nan_to_num(values, nan=-9e99), bad]), axis=0, return_index=True)
    kept = np.sort(first)
    return values[kept], bad[kept]


def _number(cell: object) -> float:
    try:
        number = float(str(cell))
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _measured(name: str, values: Floats, bad: Flags) -> list[Line]:
    if min(int(bad.sum()), int((~bad).sum())) < RATIOS:
        return [Line(NAME, f"{name}: {bad.size} companies", f"{int(bad.sum())} bankrupt: too few to measure")]
    columns = {f"ratio {place + 1}": values[:, place] for place in range(RATIOS)}
    marks = {"+": 1, "-": -1}
    signs = [Sign(f"ratio {p + 1}", marks[mark]) for p, mark in enumerate(_SIGNS) if mark in marks]
    fold = folds(np.arange(bad.size), bad)
    readable, free, plain = (np.zeros(bad.size) for _ in range(3))
    used = 0
    for number in range(int(fold.max()) + 1):
        held = fold == number
        card = fit_ratio_score(
            {ratio: column[~held] for ratio, column in columns.items()}, bad[~held], signs, event="bankruptcy"
        )
        used = max(used, len(card.factors))
        readable[held] = scorecard_log_odds(card, {ratio: column[held] for ratio, column in columns.items()})
        ours = challenger()
        ours.fit(values[~held], bad[~held])
        free[held] = ours.predict_proba(values[held])[:, 1]
        plain[held] = _plain_boosting(values[~held], bad[~held], values[held])
    area, challenging, boosting = auc(bad, readable), auc(bad, free), auc(bad, plain)
    weak = sum(weight * np.nan_to_num(columns[f"ratio {place + 1}"]) for place, weight in _ALTMAN)
    return [
        Line(NAME, f"{name}: companies", f"{bad.size:,}, {int(bad.sum())} bankrupt, repeated rows left out"),
        Line(NAME, f"{name}: Altman Z''", f"AUC {auc(bad, -np.asarray(weak, dtype=np.float64))}"),
        Line(
            NAME,
            f"{name}: readable score, {used} ratios",
            f"AUC {area}",
            f">= {READABLE}, with at most {MOST_RATIOS}",
            area.value >= READABLE and used <= MOST_RATIOS,
        ),
        Line(NAME, f"{name}: scikit-learn gradient boosting, 64 ratios", f"AUC {boosting}"),
        Line(
            NAME,
            f"{name}: challenger",
            f"AUC {challenging}",
            f">= {boosting.value - 0.01:.3f}, gradient boosting less .01",
            challenging.value >= boosting.value - 0.01,
        ),
    ]


def _plain_boosting(seen: Floats, bad: Flags, asked: Floats) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - an extra

    model = HistGradientBoostingClassifier(random_state=0).fit(seen, bad)
    found: Floats = model.predict_proba(asked)[:, 1]
    return found

"""Companies with 64 financial ratios, some of which went bankrupt: a readable score against others.

The files name the ratios differently, or by number; they are known by their place.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.default_columns import scorecard_log_odds
from duebook_etl.model.logistic import Sign, folds
from duebook_etl.model.quality import auc
from duebook_etl.model.ratios import MOST_RATIOS, challenger, fit_ratio_score
from evaluation.files import files_of, text_of
from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duebook_etl.model.features import Flags, Floats

NAME: Final = "companies"
FOLDER: Final = "polish_bankruptcy"
READABLE: Final = 0.79
RATIOS: Final = 64
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
    lines: list[Line] = []
    for path in files_of(folder, ".arff", ".json"):
        table = _arff(path) if ".arff" in path.name else _json(path)
        if table is not None:
            lines += _measured(path.name.partition(".")[0], *table)
    if not lines:
        raise SkippedError(
            f"{folder} holds no file with {RATIOS} ratios and whether the company went bankrupt"
        )
    return lines


def _arff(path: Path) -> tuple[Floats, Flags] | None:
    rows = []
    data = False
    for line in text_of(path).splitlines():
        text = line.strip()
        if data and text and not text.startswith("%"):
            rows.append(text.split(","))
        data = data or text.casefold() == "@data"
    rows = [row for row in rows if len(row) == RATIOS + 1]
    return _table([row[:RATIOS] for row in rows], [row[RATIOS] for row in rows])


def _json(path: Path) -> tuple[Floats, Flags] | None:
    content = json.loads(text_of(path))
    rows = content.get("data", []) if isinstance(content, dict) else content
    names = [f"feat_{place}" for place in range(1, RATIOS + 1)]
    rows = [row for row in rows if isinstance(row, dict) and "bankrupt" in row]
    return _table([[row.get(name) for name in names] for row in rows], [row["bankrupt"] for row in rows])


def _table(rows: Sequence[Sequence[object]], labels: Sequence[object]) -> tuple[Floats, Flags] | None:
    """Return ratios and labels without repeated rows, which would stand in two folds at once."""
    if not rows:
        return None
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

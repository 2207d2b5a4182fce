"""The models that ours are held against: scikit-learn's own, on the same rows and factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from duebook_etl.model.features import MODEL_FACTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from duebook_etl.model.features import Flags, Floats
    from duebook_etl.model.fit import Sample


def fitted(make: Callable[[], object], rows: Sample, some: Flags, asked: Mapping[str, Floats]) -> Floats:
    """Fit a baseline to some rows of a sample, and return what it says of others.

    Args:
        make: Makes the baseline.
        rows: The sample.
        some: Which of its rows are fitted to.
        asked: The factors of the others.
    """
    model = make()
    model.fit(_table(rows.columns)[some], rows.bad[some])  # type: ignore[attr-defined]
    found: Floats = model.predict_proba(_table(asked))[:, 1]  # type: ignore[attr-defined]
    return found


def _table(columns: Mapping[str, Floats]) -> Floats:
    return np.column_stack([columns[name] for name in MODEL_FACTORS])


def logistic() -> object:
    """Return a regularised logistic regression, what is missing flagged and filled with the median."""
    from sklearn.impute import SimpleImputer  # noqa: PLC0415 - an extra
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    filled = SimpleImputer(strategy="median", add_indicator=True)
    return make_pipeline(filled, StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))


def boosting() -> object:
    """Return gradient boosting, of a size that suits a few hundred customers."""
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415 - an extra
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    trees = GradientBoostingClassifier(
        n_estimators=100, learning_rate=0.05, max_depth=2, subsample=0.7, random_state=0
    )
    return make_pipeline(SimpleImputer(strategy="constant", fill_value=-999), trees)

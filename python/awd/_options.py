"""The parameters of the estimators as the library takes them."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

#: Parameters that are the library's options under the same name.
SAME = (
    "wavelet",
    "family",
    "taps",
    "levels",
    "each_level",
    "boundary",
    "supervised",
    "start",
    "max_parameters",
    "target",
    "instructions",
    "flash",
    "arithmetic",
    "early_events",
    "folds",
    "within",
    "bare",
)


def options(estimator: Any, attributed: bool) -> dict[str, Any]:
    """The options of an estimator. `attributed`: whether there are gradients, without which gamma is 0."""
    given = estimator.get_params(deep=False)
    gamma = given["gamma"]
    if gamma is None and not attributed:
        gamma = 0.0
    return {name: given[name] for name in SAME} | {
        "lambdas": _weights(given["lambda_"]),
        "gammas": _weights(gamma),
        "threshold": given.get("threshold"),
        "balanced": bool(given.get("balanced", False)),
        "seed": _seed(given["random_state"]),
    }


def _weights(weights: Any) -> list[float]:
    """Candidate weights: none, one or several."""
    return [] if weights is None else [float(weight) for weight in np.ravel(weights)]


def _seed(random_state: Any) -> int:
    if isinstance(random_state, Integral):
        if random_state < 0:
            raise ValueError(f"random_state: not negative; asked for {random_state}")
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31))

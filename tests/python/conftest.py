"""What the tests of the Python package share."""

import os
from pathlib import Path

import numpy as np
import pytest

# scikit-learn checks other kinds of arrays only with this setting, which scipy reads when it is imported.
os.environ["SCIPY_ARRAY_API"] = "1"

ROOT = Path(__file__).parents[2]


def bumps(n: int, samples: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise (n, samples) and the class 0, 1 or 2 of each window: none, an early or a late bump."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 3, n)
    label[:3] = range(3)
    time = np.arange(samples)
    place = np.array([0, samples // 4, 3 * samples // 4])[label]
    bump = np.where(label[:, None] > 0, np.exp(-((time - place[:, None]) ** 2) / 8), 0)
    return (2 * bump + 0.3 * random.standard_normal((n, samples))).astype(np.float32), label


@pytest.fixture(scope="session")
def heartbeats() -> dict[str, np.ndarray]:
    """The heartbeats of this repository, as a data set of the command line."""
    with np.load(ROOT / "data/ecg5000.npz") as archive:
        return dict(archive)


@pytest.fixture(scope="session")
def fitted():
    """A classifier of bumps, and its windows and labels."""
    from awd import AwdClassifier

    X, y = bumps(90)
    return AwdClassifier(taps=4, levels=2, max_parameters=20).fit(X, y), X, y

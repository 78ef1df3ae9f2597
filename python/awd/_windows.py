"""Windows as users have them: arrays of numpy or torch, lists, data frames; signals (n, N) or (n, 1, N), images (n, H, W)."""

from __future__ import annotations

from typing import Any

import numpy as np


def to_numpy(array: Any) -> Any:
    """A tensor of torch as an array of numpy; everything else as it is."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        # numpy has no bfloat16.
        return (array.float() if array.is_floating_point() else array).numpy()
    return array


def aligned(array: Any) -> np.ndarray:
    """An array in float32 as the library takes it: contiguous, and where the processor expects it in memory."""
    return np.require(to_numpy(array), np.float32, ("C", "A"))


def flattened(X: Any) -> tuple[Any, int]:
    """Windows with one axis of samples (n, N), and the number of rows of an image: 1 for signals.

    Windows with other numbers of axes are returned as they are, for the caller to refuse.
    """
    X = to_numpy(X)
    if not hasattr(X, "ndim"):
        X = np.asarray(X)
    if X.ndim == 4 and X.shape[1] == 1:
        X = X[:, 0]
    if X.ndim == 3:
        n, rows, columns = X.shape
        return np.asarray(X).reshape(n, rows * columns), rows
    return X, 1


def samples(X: Any) -> tuple[np.ndarray, int]:
    """As `flattened`, in float32, finite and with two axes."""
    X, rows = flattened(X)
    X = np.asarray(X)
    if X.ndim != 2:
        raise ValueError(f"X: windows (n, N), (n, 1, N) or (n, H, W); its shape is {X.shape}")
    with np.errstate(over="ignore"):
        X = aligned(X)
    if not np.isfinite(X).all():
        i, k = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(f"X: finite numbers in float32; window {i}, sample {k} is {X[i, k]}")
    return X, rows


def check_rows(rows: int, expected: int) -> None:
    """Refuses images of another height than the model's. Images may also be given row by row, as (n, H * W)."""
    if rows not in (1, expected):
        of_model = f"images of {expected} rows, like the model's" if expected > 1 else "signals, like the model's"
        raise ValueError(f"X: {of_model}; these are images of {rows} rows")


def threads(n_jobs: int | None) -> int | None:
    """The number of threads, `None` for one for each processor."""
    if n_jobs is None or n_jobs == -1:
        return None
    if n_jobs == 0:
        raise ValueError("n_jobs: a number of threads, or -1 for one for each processor; asked for 0")
    if n_jobs > 0:
        return int(n_jobs)
    import os

    return max(1, (os.cpu_count() or 1) + 1 + int(n_jobs))

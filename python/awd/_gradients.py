"""The gradients of a network of torch, and the file with them that `awd distil` reads."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from . import _awd
from ._torch import Network
from ._windows import aligned, samples, to_numpy


def attributions(
    network: Network,
    x: np.ndarray,
    method: str = "saliency",
    steps: int = 64,
    baseline: Any = None,
    seed: int = 1,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Gradients (n, outputs, N) at windows (n, N), after the gradient check, and the displacements of path methods."""
    if baseline is not None:
        baseline = aligned(to_numpy(baseline)).ravel()
    return _awd.attribute(
        network.outputs, network.gradients, x, method=method, steps=steps, baseline=baseline, seed=seed
    )


def export_gradients(
    path: str | os.PathLike[str],
    network: Any,
    x_train: Any,
    y_train: Any,
    x_test: Any,
    y_test: Any,
    *,
    group_train: Any = None,
    method: str = "saliency",
    steps: int = 64,
    baseline: Any = None,
    seed: int = 1,
    batch: int = 256,
) -> np.ndarray:
    """Writes an .npz with a data set and the gradients of a network of torch, which `awd distil` reads.

    `network` is a module in evaluation mode, or a function of tensors. It has one output for values (`y` of floats), or the logits of the classes
    (`y` of integers 0, 1, ...). `method` is "saliency", "input-x-gradient", "integrated-gradients" or "gradient-shap". The last two average the
    gradients over `steps` points: on the line from the window `baseline`, zeros by default, or on lines from windows drawn by `seed`.

    Returns the outputs (n, outputs) at `x_train`. Raises ValueError if the input is wrong, RuntimeError if the gradients are not those of
    the network, by the same check as in `awd attribute`.
    """
    shaped = np.asarray(to_numpy(x_train))
    x_train, rows = samples(x_train)
    x_test, of_test = samples(x_test)
    y_train, y_test = (_targets(to_numpy(y), name) for y, name in ((y_train, "y_train"), (y_test, "y_test")))
    if len(x_train) != len(y_train) or not len(x_train):
        raise ValueError(
            f"y_train: {len(x_train)} targets, one for each window, and at least one; there are {len(y_train)}"
        )
    adapted = Network(network, shaped, 0 if y_train.dtype.kind == "f" else int(y_train.max()) + 1, batch)
    gradients, displacements = attributions(adapted, x_train, method, steps, baseline, seed)
    outputs = adapted.outputs(x_train)

    def image(x: np.ndarray, rows: int) -> np.ndarray:
        return x if rows == 1 else x.reshape(len(x), rows, -1)

    arrays = {"x_train": image(x_train, rows), "y_train": y_train, "x_test": image(x_test, of_test), "y_test": y_test}
    arrays |= {"output_train": outputs, "gradient_train": gradients}
    if displacements is not None:
        arrays["displacement_train"] = displacements
    if group_train is not None:
        arrays["group_train"] = np.asarray(to_numpy(group_train))
    _write(path, arrays)
    return outputs


def _targets(y: Any, name: str) -> np.ndarray:
    y = np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "fiub":
        raise ValueError(f"{name}: floats, or integers for classes, of shape (n,); it is {y.dtype} of shape {y.shape}")
    if y.dtype.kind != "f":
        y = y.astype(np.int64)
        if y.size and y.min() < 0:
            raise ValueError(f"{name}: classes 0, 1, ...; it has {y.min()}")
    return y


def _write(path: str | os.PathLike[str], arrays: dict[str, Any]) -> None:
    """Writes the archive, whole or not at all."""
    path = os.fspath(path)
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(part, path)
    except BaseException:
        if os.path.exists(part):
            os.unlink(part)
        raise

"""Plots of a model and of its choice, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np

from ._model import Model
from ._windows import samples

#: Inputs of the readout that `plot_events` shows.
_INPUTS = 8

#: Characters of a line of a feature's name.
_NAME = 28


def _axes(ax: Any, number: int, width: float = 4) -> np.ndarray:
    """The user's axes, or new ones side by side."""
    if ax is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError as why:
            raise ImportError("plots need matplotlib: pip install 'awd[plot]'") from why
        _, ax = plt.subplots(1, number, figsize=(width * number, 3.5), layout="constrained")
    axes = np.atleast_1d(ax)
    if axes.shape != (number,):
        raise ValueError(f"ax: {number} axes; there are {axes.size}")
    return axes


def _model(model: Any) -> Model:
    """The model of an estimator, or the model itself."""
    return getattr(model, "model_", model)


def plot_wavelet(model: Any, *, wavelet: int = 0, ax: Any = None) -> np.ndarray:
    """Draws the scaling function, the wavelet and the gains of both filters, of a model or of a fitted estimator.

    `wavelet` is the number of the wavelet, from 0. `ax` are three axes; by default they are made. Returns the axes.
    """
    functions, gains = _model(model)._model.shape(wavelet)
    axes = _axes(ax, 3)
    for axis, (start, step, values), title in zip(axes, functions, ("Scaling function", "Wavelet")):
        axis.plot(start + step * np.arange(len(values)), values)
        axis.set(title=title, xlabel="samples")
    for gain, label in zip(gains, ("low-pass", "high-pass")):
        axes[2].plot(np.linspace(0, 0.5, len(gain)), gain, label=label)
    axes[2].set(title="Frequency response", xlabel="cycles per sample", ylabel="gain")
    axes[2].legend()
    return axes


def plot_events(model: Any, X: Any, reference: Any, *, output: int | None = None, ax: Any = None) -> np.ndarray:
    """Draws one signal with what each sample adds to the decision, and the features that add most.

    `X` is a window (N,) or (1, N), `reference` the windows (n, N) whose mean it is compared with, such as those of the training set. `output` is the
    number of the class, by default the predicted one. `ax` are two axes; by default they are made. Returns the axes.
    """
    model = _model(model)
    window = np.atleast_2d(samples(np.atleast_2d(X))[0])
    if len(window) != 1:
        raise ValueError(f"X: one window; there are {len(window)}")
    if output is None:
        output = int(model.predict(window)[0]) if model.classes else 0
    inputs, of_samples = (found[0] for found in model.contributions(window, reference, output))
    axes = _axes(ax, 2, width=5)
    axes[0].plot(window[0], color="black")
    axes[0].set(
        xlabel="sample",
        title=f"Signal, and contributions to class {output}" if model.classes else "Signal, and contributions",
    )
    bars = axes[0].twinx()
    bars.bar(np.arange(len(of_samples)), of_samples, width=1.0, alpha=0.4)
    bars.set_ylabel("contribution")
    order = np.argsort(-np.abs(inputs), kind="stable")[:_INPUTS][::-1]
    names = model.feature_names
    # Long names in one line would leave little width for the bars.
    axes[1].barh([fill(names[i], _NAME) for i in order], inputs[order])
    axes[1].set(xlabel="contribution", title="Features")
    axes[1].tick_params(axis="y", labelsize="x-small")
    return axes


def plot_path(estimator: Any, *, ax: Any = None) -> Any:
    """Draws the cross-validated loss of all candidates of a fitted estimator against gamma, the weight of the attributions.

    Candidates of the same wavelet, length and depth are joined; the chosen one is marked. Bars are standard errors. Returns the axes.
    """
    (axis,) = _axes(ax, 1)
    paths: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for trial in estimator.trials_:
        key = tuple(trial[name] for name in ("wavelet", "family", "taps", "levels", "beside", "lambda"))
        paths.setdefault(key, []).append(trial)
    for (wavelet, family, taps, levels, *_), trials in paths.items():
        trials = sorted(trials, key=lambda trial: trial["gamma"])
        what = f"{family}, {taps} taps" if wavelet == "learned" else wavelet
        gamma, loss, error = (
            np.array([trial[name] for trial in trials]) for name in ("gamma", "loss", "standard_error")
        )
        axis.errorbar(gamma, loss, error, marker=".", capsize=2, label=f"{what}, {levels} levels")
    chosen = next(trial for trial in estimator.trials_ if trial["chosen"])
    axis.plot(
        chosen["gamma"], chosen["loss"], "o", markersize=12, markerfacecolor="none", color="black", label="chosen"
    )
    positive = [trial["gamma"] for trial in estimator.trials_ if trial["gamma"] > 0]
    if positive:
        # Weights differ by factors, and one of them may be 0.
        axis.set_xscale("symlog", linthresh=min(positive))
    axis.set(xlabel="gamma", ylabel="cross-validated loss")
    axis.legend(fontsize="small")
    return axis

"""Distils a trained network into a small model for a microcontroller: a wavelet, features of its bands, and a linear readout."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._device import Device
    from ._estimators import AwdClassifier, AwdRegressor
    from ._gradients import export_gradients
    from ._model import Model
    from ._plots import plot_events, plot_path, plot_wavelet
    from ._tracks import Tracks

__all__ = [
    "AwdClassifier",
    "AwdRegressor",
    "Device",
    "Model",
    "Tracks",
    "export_gradients",
    "plot_events",
    "plot_path",
    "plot_wavelet",
]

# Imported when they are used: the command line needs none of them, and scikit-learn takes a second.
_MODULES = {
    "AwdClassifier": "_estimators",
    "AwdRegressor": "_estimators",
    "Device": "_device",
    "Model": "_model",
    "Tracks": "_tracks",
    "export_gradients": "_gradients",
    "plot_events": "_plots",
    "plot_path": "_plots",
    "plot_wavelet": "_plots",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("awd")
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__, "__version__"]

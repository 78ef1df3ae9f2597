"""Finds and follows spots in the frames of a microscope, scores them while they grow, and acts on what the model decides.

The parts are separate, so that each can be replaced: a tracker (`Detector` and `Linker` in a `Tracker`) measures spots, an analyser
(`Analyser`) scores them, an interpreter (`Threshold`) decides, and an actuator, any function, acts. `Trigger` runs all of them on each frame.
`Engine` is the plug-in for pymmcore-plus. It needs the packages of `pip install 'awd[microscopy]'`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .analyser import Analyser, Scored
from .detector import Detector
from .linker import Linker
from .tracker import Spots, Track, Tracker, follow, windows
from .trigger import Decision, Threshold, Trigger

if TYPE_CHECKING:
    from .engine import Engine

__all__ = [
    "Analyser",
    "Decision",
    "Detector",
    "Engine",
    "Linker",
    "Scored",
    "Spots",
    "Threshold",
    "Track",
    "Tracker",
    "Trigger",
    "follow",
    "windows",
]


def __getattr__(name: str) -> Any:
    # pymmcore-plus is only needed for the engine, and takes a second to import.
    if name == "Engine":
        return import_module(".engine", __name__).Engine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

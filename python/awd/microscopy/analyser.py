"""Scores the spots of each frame while they grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._model import Model
from .._tracks import Tracks
from .tracker import Spots, Tracker


@dataclass(frozen=True)
class Scored:
    """The tracks of one frame and their scores."""

    spots: Spots
    scores: np.ndarray
    """For each track, the probabilities of the classes (n, classes), or the values (n,)."""


class Analyser:
    """Scores each track with the samples that it has so far.

    The model is one that was trained on tracks with zeros after their ends, best with `early_events=True`. `unit` is the intensity in counts
    that is 1 for the model: 1 for a model of `windows`, and for one of tracks that `awd import` has read, the median of the peaks of the
    tracks of a movie. `capacity` is the number of tracks in memory.
    """

    def __init__(
        self, model: Model, tracker: Tracker | None = None, *, unit: float = 1.0, capacity: int = 4096
    ) -> None:
        if not 0 < unit < float("inf"):
            raise ValueError(f"unit: a positive number of counts; it is {unit}")
        self.model = model
        self.unit = float(unit)
        self.tracker = tracker or Tracker()
        self._tracks = Tracks(model, capacity=capacity)

    def frame(self, frame: Any) -> Scored:
        """Takes the next frame (H, W)."""
        spots = self.tracker.update(frame)
        for id in spots.ended.tolist():
            self._tracks.end(id)
        return Scored(spots, self._tracks.update(spots.ids, spots.intensities / self.unit))

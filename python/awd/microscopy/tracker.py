"""Follows spots from frame to frame and measures them in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .detector import Detector
from .linker import Linker


@dataclass(frozen=True)
class Spots:
    """The tracks of one frame. Arrays have one element for each track."""

    ids: np.ndarray
    """Numbers of the tracks."""
    ages: np.ndarray
    """Frames since the first one of the track, which has age 0."""
    places: np.ndarray
    """y and x in pixels, of shape (n, 2)."""
    intensities: np.ndarray
    """Counts above the background."""
    found: np.ndarray
    """Whether the spot was found in this frame, or only measured where it was last."""
    ended: np.ndarray
    """Numbers of the tracks that have ended: they were not found for too long."""


@dataclass
class _Followed:
    start: int
    place: np.ndarray
    missed: int = 0


class Tracker:
    """Follows spots. Where a spot is not found, it is measured at its last place, until it is found again or its track ends.

    A spot that is there in the first frame is not followed, because its start was not seen.
    """

    def __init__(self, detector: Detector | None = None, linker: Linker | None = None) -> None:
        self.detector = detector or Detector()
        self.linker = linker or Linker()
        self.frames = 0
        self._followed: dict[int, _Followed] = {}
        self._ignored: set[int] = set()

    def update(self, frame: Any) -> Spots:
        """Takes the next frame (H, W)."""
        filtered = self.detector.filter(frame)
        places = self.detector.find(filtered)
        found = {}
        for id, place in zip(self.linker.link(places).tolist(), places, strict=True):
            found[id] = place
            if id not in self._followed and id not in self._ignored:
                if self.frames == 0:
                    self._ignored.add(id)
                else:
                    self._followed[id] = _Followed(self.frames, place)
        ended = []
        for id, track in self._followed.items():
            if id in found:
                track.place, track.missed = found[id], 0
            else:
                track.missed += 1
                if track.missed > self.linker.memory:
                    ended.append(id)
        for id in ended:
            del self._followed[id]
        tracks = list(self._followed.values())
        places = np.array([track.place for track in tracks]).reshape(-1, 2)
        spots = Spots(
            ids=np.array(list(self._followed), np.int64),
            ages=np.array([self.frames - track.start for track in tracks], np.int64),
            places=places,
            intensities=self.detector.measure(filtered, places),
            found=np.array([track.missed == 0 for track in tracks], bool),
            ended=np.array(ended, np.int64),
        )
        self.frames += 1
        return spots


@dataclass
class Track:
    """A track of a movie."""

    id: int
    start: int
    """The frame of its first sample."""
    ended: bool = False
    """Whether it ended before the movie."""
    places: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    """y and x in pixels of each frame, of shape (frames, 2)."""
    intensities: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    """Counts above the background in each frame."""


def follow(frames: Iterable[Any], tracker: Tracker | None = None) -> list[Track]:
    """The tracks of a movie, as a `Tracker` sees them while it is recorded. A track ends where its spot was found last."""
    tracker = tracker or Tracker()
    samples: dict[int, list[tuple[np.ndarray, float]]] = {}
    tracks: dict[int, Track] = {}
    last: dict[int, int] = {}
    for number, frame in enumerate(frames):
        spots = tracker.update(frame)
        for id, age, place, intensity, found in zip(
            spots.ids.tolist(), spots.ages.tolist(), spots.places, spots.intensities, spots.found, strict=True
        ):
            tracks.setdefault(id, Track(id, number - age))
            samples.setdefault(id, []).append((place, float(intensity)))
            if found:
                last[id] = age
        for id in spots.ended.tolist():
            tracks[id].ended = True
    for id, track in tracks.items():
        seen = samples[id][: last[id] + 1]
        track.places = np.array([place for place, _ in seen])
        track.intensities = np.array([intensity for _, intensity in seen], np.float32)
    return list(tracks.values())


def windows(tracks: Iterable[Track], samples: int) -> np.ndarray:
    """Tracks as windows (n, samples) in float32: the first samples of each, with zeros after its end."""
    tracks = list(tracks)
    X = np.zeros((len(tracks), samples), np.float32)
    for row, track in zip(X, tracks, strict=True):
        row[: len(track.intensities)] = track.intensities[:samples]
    return X

"""Many signals that one model scores sample by sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _awd
from ._model import Model
from ._windows import aligned, to_numpy


class Tracks:
    """Scores many signals at once, each identified by a number: the tracks of a microscope, the sensors of a machine.

    With `growing`, a signal is scored from its first sample on, with zeros after the newest one, until its window is full; then the window
    slides. Without it, the first score is that of the first full window. `hop` is the number of samples from one score to the next.
    `capacity` is the number of signals in memory.
    """

    def __init__(self, model: Model, *, capacity: int = 1024, growing: bool = True, hop: int = 1) -> None:
        self.model = model
        self.capacity = capacity
        self._tracks = _awd.Tracks(model._model, capacity, hop, growing)

    def update(self, ids: Any, samples: Any) -> np.ndarray:
        """Takes the next sample of each of these signals; a new number starts a signal.

        Returns what `Model.score` returns, for each of them: values (n,), or the probabilities of the classes (n, classes). Scores that are
        not due are NaN. Raises ValueError if there is no memory for the new signals; then nothing has changed.
        """
        ids = np.asarray(to_numpy(ids))
        if ids.size and (ids.dtype.kind not in "iu" or ids.min() < 0 or ids.max() > 0xFFFFFFFF):
            raise ValueError("ids: integers from 0 to 4294967295")
        scores = self._tracks.update(np.require(ids, np.uint32, ("C", "A")), aligned(samples))
        return scores if self.model.classes else scores[:, 0]

    def push(self, id: int, sample: float) -> np.ndarray | float | None:
        """Takes the next sample of one signal. Returns its score, or `None` if none is due."""
        score = self.update([id], [sample])[0]
        if np.isnan(score).all():
            return None
        return score if self.model.classes else float(score)

    def end(self, id: int) -> bool:
        """Ends a signal; returns whether there was one with this number. A later sample starts a new signal."""
        return self._tracks.end(id)

    def evict(self) -> int | None:
        """Ends the signal that has waited longest for a sample. Returns its number; `None` if there is no signal."""
        return self._tracks.evict()

    @property
    def ids(self) -> list[int]:
        """The numbers of the current signals."""
        return self._tracks.ids()

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, id: object) -> bool:
        return id in self.ids

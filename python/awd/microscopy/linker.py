"""Links the spots of successive frames to tracks, while the frames come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count

import numpy as np


class Linker:
    """Gives the spots of each frame the numbers of their tracks, by the method of Crocker and Grier (1996) in trackpy.

    A spot moves at most `search_range` pixels from one frame to the next. A track that is not found in at most `memory` frames goes on
    where it is found again.
    """

    def __init__(self, search_range: float = 3.0, memory: int = 2) -> None:
        if not search_range > 0:
            raise ValueError(f"search_range: a positive number of pixels; it is {search_range}")
        if memory < 0:
            raise ValueError(f"memory: a number of frames; it is {memory}")
        self.search_range = float(search_range)
        self.memory = int(memory)
        self._places: deque[np.ndarray] = deque()
        self._links: Iterator | None = None

    def link(self, places: np.ndarray) -> np.ndarray:
        """The numbers (n,) of the tracks of these places (n, 2), which are the spots of the next frame. Numbers are never used again."""
        self._places.append(np.asarray(places, float).reshape(-1, 2))
        if self._links is None:
            from trackpy import quiet
            from trackpy.linking import link_iter

            quiet()
            # `link_iter` takes the next frame only when it is asked for the numbers of it.
            frames = (self._places.popleft() for _ in count())
            self._links = link_iter(frames, self.search_range, memory=self.memory)
        _, ids = next(self._links)
        return np.asarray(ids, np.int64)

"""Decides for which tracks something is to be done, and does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from .._model import Model
from .analyser import Analyser, Scored


@dataclass(frozen=True)
class Decision:
    """A track for which something is to be done."""

    id: int
    """The number of the track."""
    frame: int
    """The frame in which it was decided, from 0."""
    age: int
    """Frames since the first one of the track."""
    y: float
    x: float
    """Where the spot is, in pixels."""
    probability: float
    """The probability of the class."""


class Analyses(Protocol):
    """What scores a frame: an `Analyser`, or another one."""

    def frame(self, frame: Any) -> Scored: ...


class Interprets(Protocol):
    """What decides from scores: a `Threshold`, or another one."""

    def decide(self, scored: Scored, frame: int) -> list[Decision]: ...


class Threshold:
    """Decides for a track once a class is probable enough.

    `label` is the number of the class, from 0. A track has to have `min_age` frames. After a decision for it, there is none in the next
    `refractory` frames; `None`: there is one decision for each track at most.
    """

    def __init__(self, probability: float = 0.9, min_age: int = 10, refractory: int | None = None, *, label: int = 1) -> None:
        if not 0 < probability < 1:
            raise ValueError(f"probability: more than 0 and less than 1; it is {probability}")
        for name, value in (("min_age", min_age), ("refractory", refractory or 0), ("label", label)):
            if value < 0:
                raise ValueError(f"{name}: not negative; it is {value}")
        self.probability = probability
        self.min_age = min_age
        self.refractory = refractory
        self.label = label
        self._decided: dict[int, int] = {}

    def decide(self, scored: Scored, frame: int) -> list[Decision]:
        """The decisions for the tracks of a frame, the most probable first."""
        spots, scores = scored.spots, scored.scores
        if scores.ndim != 2 or self.label >= scores.shape[1]:
            raise ValueError(f"label: a class of the model; class {self.label} is asked of scores of shape {scores.shape}")
        for id in spots.ended.tolist():
            self._decided.pop(id, None)
        probabilities = scores[:, self.label]
        # A spot that was not found in this frame may have gone.
        likely = (probabilities >= self.probability) & (spots.ages + 1 >= self.min_age) & spots.found
        decisions = []
        for at in likely.nonzero()[0].tolist():
            id = int(spots.ids[at])
            last = self._decided.get(id)
            if last is not None and (self.refractory is None or frame - last <= self.refractory):
                continue
            self._decided[id] = frame
            y, x = spots.places[at].tolist()
            decisions.append(Decision(id, frame, int(spots.ages[at]), y, x, float(probabilities[at])))
        return sorted(decisions, key=lambda decision: -decision.probability)


class Trigger:
    """Takes frames, and acts on what a model decides about the spots in them.

    `act` is called with each decision. In an `Engine` it may return events of useq, which are acquired before the sequence goes on. Instead
    of the analyser of a model and the `Threshold` of `probability`, `min_age` and `refractory`, others can be given.
    """

    def __init__(
        self,
        model: Model | None = None,
        probability: float = 0.9,
        min_age: int = 10,
        refractory: int | None = None,
        *,
        act: Callable[[Decision], Iterable[Any] | None] | None = None,
        analyser: Analyses | None = None,
        interpreter: Interprets | None = None,
    ) -> None:
        if (model is None) == (analyser is None):
            raise ValueError("model: a model or an analyser, one of them")
        self.analyser = analyser or Analyser(model)
        self.interpreter = interpreter or Threshold(probability, min_age, refractory)
        self.act = act
        self.frames = 0

    def frame(self, frame: Any) -> list[Decision]:
        """Takes the next frame (H, W) and returns the decisions. They are not acted on."""
        decisions = self.interpreter.decide(self.analyser.frame(frame), self.frames)
        self.frames += 1
        return decisions

    def run(self, frame: Any) -> tuple[list[Decision], list[Any]]:
        """Takes the next frame (H, W) and acts. Returns the decisions and what the actions returned."""
        decisions = self.frame(frame)
        events = [event for decision in decisions if self.act for event in self.act(decision) or ()]
        return decisions, events

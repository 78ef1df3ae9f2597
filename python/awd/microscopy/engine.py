"""The plug-in for pymmcore-plus: an acquisition engine that reacts to what is seen in its frames."""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pymmcore_plus import CMMCorePlus
from pymmcore_plus.mda import MDAEngine
from useq import MDAEvent

from .trigger import Decision, Trigger


class Engine(MDAEngine):
    """Runs a sequence, gives its frames to a trigger, and acquires the events that the trigger's actions return.

    `core.mda.set_engine(Engine(core, trigger))` installs it; then `core.run_mda(sequence)` runs as before. The events of an action are
    acquired right after the frame that caused them, and are not given to the trigger. `when` chooses the frames that are given to it: it is
    called with their event, and by default takes all. Pass a sequence to `run_mda` and not an iterator, because of an iterator
    pymmcore-plus takes every event itself.
    """

    def __init__(
        self,
        core: CMMCorePlus,
        trigger: Trigger,
        *,
        when: Callable[[MDAEvent], bool] = lambda event: True,
        use_hardware_sequencing: bool = False,
    ) -> None:
        super().__init__(core, use_hardware_sequencing=use_hardware_sequencing)
        self.trigger = trigger
        self.when = when
        self.decisions: list[Decision] = []
        """All decisions of the sequence."""
        self.latencies: deque[float] = deque(maxlen=100_000)
        """Seconds from each frame to the end of the actions that it caused."""
        self._pending: deque[MDAEvent] = deque()
        self._is_of_action = False

    def setup_sequence(self, sequence: Any) -> Any:
        self._pending.clear()
        self.decisions.clear()
        self.latencies.clear()
        # The objects of all modules are kept out of Python's garbage collection, which would otherwise stop the sequence for a tenth of a
        # second now and then.
        gc.collect()
        gc.freeze()
        return super().setup_sequence(sequence)

    def teardown_sequence(self, sequence: Any) -> None:
        gc.unfreeze()
        super().teardown_sequence(sequence)

    def event_iterator(self, events: Iterable[MDAEvent]) -> Iterator[MDAEvent]:
        for event in super().event_iterator(events):
            self._is_of_action = False
            yield event
            self._is_of_action = True
            while self._pending:
                yield self._pending.popleft()

    def exec_event(self, event: MDAEvent) -> Iterable[Any]:
        for payload in super().exec_event(event):
            if payload is not None and not self._is_of_action:
                self._react(payload[0], payload[1])
            yield payload

    def _react(self, frame: Any, event: MDAEvent) -> None:
        if not self.when(event):
            return
        start = time.perf_counter()
        decisions, events = self.trigger.run(frame)
        self.decisions += decisions
        self._pending.extend(events)
        self.latencies.append(time.perf_counter() - start)

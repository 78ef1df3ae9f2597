"""A board that runs awd's firmware."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import _awd
from ._model import Model
from ._windows import aligned, samples, to_numpy


class Device:
    """A board at a serial port, such as `/dev/ttyACM0` or `COM3`; `qemu` is an emulated one, `qemu:microbit` another.

    It closes the port at the end of a `with` statement. Errors that a cable may cause are RuntimeError, those of what is asked ValueError.
    """

    def __init__(self, port: str) -> None:
        self.port = port
        self._device = _awd.Device(port)

    def close(self) -> None:
        """Closes the port, or ends the emulated board."""
        self._device.close()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def info(self) -> dict[str, Any]:
        """Version and limits of the firmware, and under `model` the model in service, `None` if there is none."""
        return json.loads(self._device.info())

    def health(self) -> dict[str, Any]:
        """Counters since the model was put into service: windows, samples out of range, drift, lost bytes; and the latest outputs."""
        return json.loads(self._device.health())

    def push(self, model: Model, *, key: str | os.PathLike[str] | None = None) -> dict[str, Any]:
        """Writes a model to a free slot, checks it and puts it into service. Returns what the board holds then.

        `key` is the file of a private key (`awd key new`), for a board that takes only signed models.
        """
        return json.loads(self._device.push(model._model, None if key is None else os.fspath(key)))

    def roll_back(self) -> dict[str, Any]:
        """Puts the previous model into service again. Returns what the board holds then."""
        return json.loads(self._device.roll_back())

    def reset(self) -> None:
        """Resets the board and waits until it answers again."""
        self._device.reset()

    def outputs(self, X: Any) -> np.ndarray:
        """The outputs (n, outputs) of windows, computed by the board: bit for bit those of `Model.outputs`."""
        X, _ = samples(X)
        return self._device.outputs(X)

    def verify(self, model: Model, X: Any = None, *, count: int = 64) -> None:
        """Compares the outputs of board and computer bit for bit, for `count` generated windows and the windows `X`.

        The model must be in service. Raises RuntimeError if they differ.
        """
        windows = np.empty((0, model.window), np.float32) if X is None else samples(X)[0]
        self._device.verify(model._model, windows, count)

    def stream(self, signal: Any, *, hop: int | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Sends a signal, an array or an iterable of samples or of arrays, to the board.

        Yields the end of each scored window, as a number of samples since the signal began, and its outputs. `hop` is the number of samples
        from one window to the next; by default windows do not overlap.
        """
        held = self._held()
        hop = checked(held["window"] if hop is None else hop)
        self._device.open_signal(0, hop, False)
        sent = 0
        try:
            for part in [signal] if hasattr(signal, "ndim") else signal:
                part = aligned(np.atleast_1d(to_numpy(part)).ravel())
                while len(part):
                    # The board counts modulo 2 ** 32.
                    after, first, outputs, _ = self._device.push_samples(0, sent & 0xFFFFFFFF, part)
                    end = sent + ((first - sent) & 0xFFFFFFFF)
                    taken = (after - sent) & 0xFFFFFFFF
                    sent, part = sent + taken, part[taken:]
                    for row in outputs:
                        yield end, row
                        end += hop
        finally:
            self._device.close_signal(0)

    def tracks(self, *, growing: bool = True, hop: int = 1) -> DeviceTracks:
        """Many signals that the board scores, each identified by a number, as `awd.Tracks` does on the computer."""
        return DeviceTracks(self, growing=growing, hop=hop)

    def watch(self, category: int | None, *, probability: float = 0.5, refractory: int = 0) -> None:
        """Sets when a score of `tracks` is an event: the probability of this class, by its number, against the next likely class.

        The board raises its pin at an event. `refractory` is the number of samples after an event without another one. `None` stops events.
        """
        if not 0 < probability < 1:
            raise ValueError(f"probability: more than 0 and less than 1; it is {probability}")
        margin = math.log(probability / (1 - probability))
        self._device.watch(None if category is None else (category, margin, margin, refractory))

    def _held(self) -> dict[str, Any]:
        held = self.info()["model"]
        if held is None:
            raise ValueError("board: a model in service; it has none: push one")
        return held

    def __repr__(self) -> str:
        return f"<awd.Device at {self.port}>"


class DeviceTracks:
    """Many signals that a board scores. Made by `Device.tracks`; the arguments are those of `awd.Tracks`.

    `capacity` is the number of signals that the board has memory for, `events` the ids whose latest scores were events (`Device.watch`).
    """

    def __init__(self, device: Device, *, growing: bool, hop: int) -> None:
        self.outputs = device._held()["outputs"]
        self.capacity = device._device.signals()
        self._device = device._device
        self._timing = checked(hop), growing
        self._free = list(range(self.capacity))[::-1]
        # By id: the board's number of the signal, and the samples sent.
        self._open: dict[int, tuple[int, int]] = {}
        self.events: list[int] = []

    def update(self, ids: Any, samples: Any) -> np.ndarray:
        """Takes the next sample of each of these signals; a new number starts a signal.

        Returns the outputs (n, outputs); those that are not due are NaN. Raises ValueError if the board has no memory for the new signals;
        then nothing has changed.
        """
        ids, samples = [int(id) for id in np.asarray(to_numpy(ids)).ravel()], aligned(samples)
        if samples.shape != (len(ids),):
            raise ValueError(f"samples: one for each of the {len(ids)} ids; their shape is {samples.shape}")
        if len(set(ids) - self._open.keys()) > len(self._free):
            raise ValueError(f"ids: at most {self.capacity} signals at once: end some, or use a model with a shorter window")
        self.events = []
        for id in ids:
            if id not in self._open:
                self._device.open_signal(self._free[-1], *self._timing)
                self._open[id] = self._free.pop(), 0
        # A number may occur more than once.
        records, sent = [], dict(self._open)
        for id, sample in zip(ids, samples):
            signal, before = sent[id]
            records.append((signal, before, float(sample)))
            sent[id] = signal, (before + 1) & 0xFFFFFFFF
        outputs = np.full((len(ids), self.outputs), np.nan, np.float32)
        row = 0
        while row < len(ids):
            # The board takes as many as fit into one request and its answer.
            taken, scored_records, scored, events = self._device.push_sweep(records[row:])
            for id, (signal, before, _) in zip(ids[row : row + taken], records[row:]):
                self._open[id] = signal, (before + 1) & 0xFFFFFFFF
            for record, score, event in zip(scored_records, scored, events):
                outputs[row + record] = score
                if event:
                    self.events.append(ids[row + record])
            row += taken
        return outputs

    def end(self, id: int) -> bool:
        """Ends a signal; returns whether there was one with this number. A later sample starts a new signal."""
        if id not in self._open:
            return False
        signal, _ = self._open.pop(id)
        self._device.close_signal(signal)
        self._free.append(signal)
        return True

    @property
    def ids(self) -> list[int]:
        """The numbers of the current signals."""
        return list(self._open)

    def __len__(self) -> int:
        return len(self._open)


def checked(hop: int) -> int:
    """The hop, which the protocol bounds."""
    if not 1 <= hop <= 0xFFFF:
        raise ValueError(f"hop: 1 to 65535 samples; it is {hop}")
    return hop

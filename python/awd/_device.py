"""A board that runs awd's firmware."""

from __future__ import annotations

import json
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

    def push(self, model: Model) -> dict[str, Any]:
        """Writes a model to a free slot, checks it and puts it into service. Returns what the board holds then."""
        return json.loads(self._device.push(model._model))

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
        held = self.info()["model"]
        if held is None:
            raise ValueError("board: a model in service; it has none: push one")
        hop = held["window"] if hop is None else hop
        if not 1 <= hop <= 0xFFFF:
            raise ValueError(f"hop: 1 to 65535 samples; it is {hop}")
        self._device.open_signal(hop)
        sent = 0
        try:
            for part in [signal] if hasattr(signal, "ndim") else signal:
                part = aligned(np.atleast_1d(to_numpy(part)).ravel())
                while len(part):
                    # The board counts modulo 2 ** 32.
                    after, first, outputs = self._device.push_samples(sent & 0xFFFFFFFF, part)
                    end = sent + ((first - sent) & 0xFFFFFFFF)
                    taken = (after - sent) & 0xFFFFFFFF
                    sent, part = sent + taken, part[taken:]
                    for row in outputs:
                        yield end, row
                        end += hop
        finally:
            self._device.close_signal()

    def __repr__(self) -> str:
        return f"<awd.Device at {self.port}>"

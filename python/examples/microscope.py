"""A microscope that reacts to endocytosis while it happens, with a simulated movie and a camera made of Python.

    python python/examples/microscope.py

A model learns from two simulated movies which pits become vesicles. Then a camera shows another movie at 20 frames a second. Frame by
frame, pits are found, followed and scored; each pit that is about to become a vesicle is acquired once more, as an image around it would
be on a real stage. The program prints how many decisions were right, and how long each frame took. The packages are those of
`pip install 'awd[microscopy]'`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import useq
from awd import AwdClassifier, Model
from awd.microscopy import Decision, Engine, Track, Trigger, follow, windows
from pymmcore_plus.experimental.unicore import SimpleCameraDevice, UniMMCore

WINDOW = 128


class Movie:
    """Frames (frames, H, W), and where the pits are in them."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as archive:
            self.frames = archive["frames"]
            self.vesicle = archive["vesicle"].astype(bool)
            spots = archive["spots"]
        self.spots = [spots[spots[:, 1] == frame] for frame in range(len(self.frames))]

    @classmethod
    def simulate(cls, seed: int, frames: int, side: int, pits: int) -> Movie:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "movie.npz"
            size = ["--frames", str(frames), "--side", str(side), "--pits", str(pits)]
            awd = [sys.executable, "-m", "awd", "simulate", "cme", "--quiet", "--seed", str(seed), "--movie", str(path)]
            subprocess.run([*awd, *size], check=True, stdout=subprocess.DEVNULL)
            return cls(path)

    def pit(self, frame: int, y: float, x: float) -> int | None:
        """The number of the pit within two pixels of this place."""
        spots = self.spots[frame]
        if not len(spots):
            return None
        distance = np.hypot(spots[:, 2] - y, spots[:, 3] - x)
        nearest = int(distance.argmin())
        return int(spots[nearest, 0]) if distance[nearest] <= 2 else None

    def becomes_vesicle(self, track: Track) -> bool | None:
        """Whether the pit of a track becomes a vesicle; `None` if there is no pit."""
        middle = len(track.places) // 2
        pit = self.pit(track.start + middle, *track.places[middle])
        return None if pit is None else bool(self.vesicle[pit])


def learn(movies: list[Movie]) -> Model:
    """A model of the tracks that end in these movies."""
    X, y, groups = [], [], []
    for number, movie in enumerate(movies):
        tracks = [track for track in follow(movie.frames) if track.ended]
        labels = [movie.becomes_vesicle(track) for track in tracks]
        known = [(track, label) for track, label in zip(tracks, labels, strict=True) if label is not None]
        X.append(windows([track for track, _ in known], WINDOW))
        y += [int(label) for _, label in known]
        groups += [number] * len(known)
    classifier = AwdClassifier(taps=4, levels=4, early_events=True, max_parameters=30)
    return classifier.fit(np.concatenate(X), y).model_


class Camera(SimpleCameraDevice):
    """Shows a movie in real time: an image that is taken too late misses frames."""

    def __init__(self, frames: np.ndarray, rate: float) -> None:
        super().__init__()
        self.frames = frames
        self.rate = rate
        self.exposure = 10.0
        self.start: float | None = None
        self.shown = 0

    def get_exposure(self) -> float:
        return self.exposure

    def set_exposure(self, exposure: float) -> None:
        self.exposure = exposure

    def sensor_shape(self) -> tuple[int, int]:
        return self.frames.shape[1:]

    def dtype(self) -> type:
        return np.uint16

    def snap(self, buffer: np.ndarray) -> dict:
        now = time.perf_counter()
        self.start = now if self.start is None else self.start
        self.shown = min(int((now - self.start) * self.rate + 0.5), len(self.frames) - 1)
        buffer[:] = self.frames[self.shown]
        return {}


def acquire(decision: Decision) -> list[useq.MDAEvent]:
    """The action of the trigger: one more image for each decision. On a real stage it would be elsewhere, or in another channel."""
    return [useq.MDAEvent(metadata={"pit": decision.id, "y": decision.y, "x": decision.x})]


def play(movie: Movie, model: Model, rate: float, probability: float) -> dict[str, float]:
    """Shows a movie at `rate` frames a second to a trigger, and compares its decisions with the truth."""
    camera = Camera(movie.frames, rate)
    core = UniMMCore()
    core.loadPyDevice("Camera", camera)
    core.initializeDevice("Camera")
    core.setCameraDevice("Camera")
    core.setAutoShutter(False)
    engine = Engine(core, Trigger(model, probability=probability, min_age=10, act=acquire))
    core.mda.set_engine(engine)
    shown, acquired = [], []

    @core.mda.events.frameReady.connect
    def ready(image: np.ndarray, event: useq.MDAEvent, meta: dict) -> None:
        (acquired if "pit" in event.metadata else shown).append(camera.shown)

    sequence = useq.MDASequence(time_plan={"interval": 1 / rate, "loops": len(movie.frames)})
    core.run_mda(sequence, block=True)
    pits = [movie.pit(shown[decision.frame], decision.y, decision.x) for decision in engine.decisions]
    right = sum(pit is not None and bool(movie.vesicle[pit]) for pit in pits)
    latencies = 1000 * np.array(engine.latencies)
    return {
        "frames": len(movie.frames),
        "frames lost": len(movie.frames) - len(set(shown)),
        "pits in a frame": float(np.mean([len(spots) for spots in movie.spots])),
        "decisions": len(pits),
        "decisions right": right,
        "images acquired": len(acquired),
        "frame to decision, median, ms": float(np.median(latencies)),
        "frame to decision, 99th percentile, ms": float(np.quantile(latencies, 0.99)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A microscope that reacts to endocytosis, simulated.")
    parser.add_argument("--frames", type=int, default=400, help="frames of the movie that is shown")
    parser.add_argument("--learn", type=int, default=600, help="frames of each movie that the model learns from")
    parser.add_argument("--side", type=int, default=256, help="height and width in pixels")
    parser.add_argument("--pits", type=int, default=100, help="mean number of pits in a frame")
    parser.add_argument("--rate", type=float, default=20.0, help="frames a second")
    parser.add_argument("--probability", type=float, default=0.98, help="of a vesicle, from which on it is acquired")
    parser.add_argument("--seed", type=int, default=3, help="of the movie that is shown")
    options = parser.parse_args()
    model = learn([Movie.simulate(seed, options.learn, 256, 100) for seed in (1, 2)])
    print(model)
    found = play(Movie.simulate(options.seed, options.frames, options.side, options.pits), model, options.rate, options.probability)
    for name, value in found.items():
        print(f"{name}: {value:.4g}")


if __name__ == "__main__":
    main()

"""The parts of the microscope, each by itself, and all of them behind a camera made of Python."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from awd import AwdClassifier
from awd.microscopy import Analyser, Decision, Detector, Linker, Scored, Spots, Threshold, Tracker, Trigger, follow, windows
from conftest import ROOT

SIDE = 64


def frame(spots, seed=0, side=SIDE, background=1000.0, sigma=1.3):
    """An image of spots (y, x, height) with the noise of photons."""
    grid = np.arange(side)
    image = np.full((side, side), background)
    for y, x, height in spots:
        image += height * np.outer(np.exp(-((grid - y) ** 2) / (2 * sigma**2)), np.exp(-((grid - x) ** 2) / (2 * sigma**2)))
    return np.random.default_rng(seed).poisson(image).astype(np.uint16)


def scored(ids, probabilities, ages=20, found=True, ended=()):
    n = len(ids)
    full = lambda value, dtype: np.broadcast_to(np.asarray(value, dtype), n).copy()
    spots = Spots(
        np.array(ids), full(ages, np.int64), np.zeros((n, 2)), np.zeros(n), full(found, bool), np.array(ended, np.int64)
    )
    p = np.array(probabilities, float)
    return Scored(spots, np.stack([1 - p, p], 1))


@pytest.mark.parametrize("seed", range(20))
def test_spots_are_found_where_they_are_and_as_bright_as_they_are(seed):
    random = np.random.default_rng(seed)
    cells = [(y, x) for y in range(8, SIDE - 8, 12) for x in range(8, SIDE - 8, 12)]
    chosen = random.permutation(len(cells))[:9]
    places = np.array([cells[at] for at in chosen]) + random.uniform(-2, 2, (9, 2))
    sigma = random.uniform(1.0, 2.0)
    detector = Detector(sigma)
    filtered = detector.filter(frame([(y, x, 600) for y, x in places], seed, sigma=sigma))
    found = detector.find(filtered)
    distance = np.hypot(*(places[:, None] - found[None]).transpose(2, 0, 1))
    assert distance.min(1).max() < 0.5, (places, found)
    bright = detector.measure(filtered, found[distance.argmin(1)])
    assert (np.abs(bright - 600) < 120).all(), bright


def test_the_noise_of_an_empty_frame_has_few_spots():
    detector = Detector()
    counts = [len(detector.find(detector.filter(frame([], seed)))) for seed in range(10)]
    assert sum(counts) <= 2, counts
    assert len(detector.find(detector.filter(np.full((SIDE, SIDE), 7, np.uint8)))) == 0


def test_numbers_stay_with_spots_through_gaps_and_empty_frames():
    linker = Linker(search_range=3, memory=2)
    places = np.array([[10.0, 10.0], [40.0, 40.0]])
    first = linker.link(places)
    assert len(set(first)) == 2
    assert list(linker.link(places[::-1] + 1)) == list(first[::-1])
    for _ in range(2):
        assert len(linker.link(np.empty((0, 2)))) == 0
    assert list(linker.link(places)) == list(first)
    for _ in range(3):
        linker.link(np.empty((0, 2)))
    assert not set(linker.link(places)) & set(first)


def test_the_first_frames_may_be_empty():
    linker = Linker()
    assert len(linker.link(np.empty((0, 2)))) == 0
    assert len(linker.link(np.array([[5.0, 5.0]]))) == 1


def test_a_track_is_measured_in_every_frame_until_it_ends():
    height = [0, 0, 300, 300, 0, 300, 300, 300, 0, 0, 0, 0, 0]
    movie = [frame([(30, 30, h), (12, 50, 400)], seed) for seed, h in enumerate(height)]
    tracker = Tracker()
    seen = [tracker.update(image) for image in movie]
    # The spot of the first frame is not followed.
    assert [len(spots.ids) for spots in seen] == [0, 0, *[1] * 8, 0, 0, 0]
    assert list(seen[10].ended) == list(seen[5].ids)
    assert [bool(spots.found[0]) for spots in seen[2:10]] == [True, True, False, True, True, True, False, False]
    assert [int(spots.ages[0]) for spots in seen[2:10]] == list(range(8))
    intensities = np.array([spots.intensities[0] for spots in seen[2:10]])
    assert (np.abs(intensities - np.array(height[2:10])) < 90).all(), intensities

    (track,) = follow(movie)
    assert (track.start, track.ended, len(track.places)) == (2, True, 6)
    np.testing.assert_array_equal(track.intensities, intensities[:6].astype(np.float32))
    X = windows([track], 8)
    assert X.shape == (1, 8) and X.dtype == np.float32 and (X[0, 6:] == 0).all()
    assert windows([track], 4).shape == (1, 4) and windows([], 4).shape == (0, 4)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Detector(0),
        lambda: Detector(threshold=-1),
        lambda: Linker(0),
        lambda: Linker(memory=-1),
        lambda: Threshold(1.5),
        lambda: Threshold(min_age=-1),
        lambda: Trigger(),
        lambda: Analyser(None, unit=0),
        lambda: Tracker().update(np.zeros((3, SIDE, SIDE))),
        lambda: Tracker().update(np.full((SIDE, SIDE), np.nan)),
        lambda: Threshold(label=2).decide(scored([1], [0.5]), 0),
    ],
)
def test_bad_input_is_refused(bad):
    with pytest.raises(ValueError, match=": "):
        bad()


def test_a_decision_needs_probability_age_and_a_spot():
    threshold = Threshold(0.9, min_age=10)
    decide = lambda *args, **options: [decision.id for decision in threshold.decide(scored(*args, **options), 5)]
    assert decide([1, 2, 3], [0.91, 0.89, 0.99]) == [3, 1]
    assert decide([1, 3], [0.99, 0.99]) == []
    assert decide([4], [0.99], ages=8) == [] and decide([4], [0.99], ages=9) == [4]
    assert decide([5], [0.99], found=False) == []
    # The number of a track that ended is free.
    assert decide([], [], ended=[4]) == [] and decide([4], [0.99]) == [4]


def test_a_track_is_decided_again_after_the_refractory_frames():
    threshold = Threshold(0.5, min_age=0, refractory=3)
    decided = [bool(threshold.decide(scored([7], [0.9]), frame)) for frame in range(9)]
    assert decided == [frame % 4 == 0 for frame in range(9)]


def test_every_part_can_be_replaced():
    class Analyses:
        def frame(self, image):
            return scored([1], [image.mean()])

    class Interprets:
        def decide(self, scored, frame):
            p = float(scored.scores[0, 1])
            return [Decision(1, frame, 0, 0.0, 0.0, p)] if p > 0.5 else []

    acted = []
    trigger = Trigger(analyser=Analyses(), interpreter=Interprets(), act=acted.append)
    assert trigger.run(np.zeros((2, 2))) == ([], [])
    decisions, events = trigger.run(np.ones((2, 2)))
    assert decisions == acted and decisions[0].frame == 1 and events == []


def test_tracks_are_scored_as_their_windows_are():
    X, y = np.random.default_rng(0).normal(size=(60, 16)), np.arange(60) % 2
    X[y == 1] += 3
    model = AwdClassifier(taps=4, levels=2).fit(X, y).model_
    movie = [frame([(30, 30, 300 * (t > 1)), (12, 50, 400)], t) for t in range(14)]
    analyser = Analyser(model)
    for image in movie:
        last = analyser.frame(image)
    (track,) = follow(movie)
    np.testing.assert_array_equal(last.scores, model.score(windows([track], 16)))
    in_units = Analyser(model, unit=4)
    for image in movie:
        last = in_units.frame(image)
    # A quarter is exact in floating point.
    np.testing.assert_array_equal(last.scores, model.score(windows([track], 16) / 4))


def cmos(frames):
    from pymmcore_plus.experimental.unicore import SimpleCameraDevice

    class Camera(SimpleCameraDevice):
        taken = 0

        def get_exposure(self):
            return 1.0

        def set_exposure(self, exposure):
            pass

        def sensor_shape(self):
            return frames[0].shape

        def dtype(self):
            return np.uint16

        def snap(self, buffer):
            buffer[:] = frames[self.taken % len(frames)]
            self.taken += 1
            return {}

    return Camera()


def test_events_of_actions_are_acquired_next_and_not_analysed():
    pytest.importorskip("pymmcore_plus")
    import useq
    from awd.microscopy import Engine
    from pymmcore_plus.experimental.unicore import UniMMCore

    class Analyses:
        frames = 0

        def frame(self, image):
            self.frames += 1
            return scored([self.frames], [self.frames in (2, 3)])

    core = UniMMCore()
    core.loadPyDevice("Camera", cmos([frame([])]))
    core.initializeDevice("Camera")
    core.setCameraDevice("Camera")
    core.setAutoShutter(False)
    analyser = Analyses()
    act = lambda decision: [useq.MDAEvent(metadata={"of": decision.id}), useq.MDAEvent(metadata={"of": decision.id})]
    engine = Engine(core, Trigger(analyser=analyser, act=act), when=lambda event: event.index["t"] != 3)
    core.mda.set_engine(engine)
    order = []
    core.mda.events.frameReady.connect(lambda image, event, meta: order.append(event.metadata.get("of", "frame")))
    sequence = useq.MDASequence(time_plan={"interval": 0, "loops": 5})
    core.run_mda(sequence, block=True)
    assert order == ["frame", "frame", 2, 2, "frame", 3, 3, "frame", "frame"]
    assert analyser.frames == 4 and len(engine.latencies) == 4
    assert [decision.id for decision in engine.decisions] == [2, 3]


def test_the_microscope_of_the_example():
    """Real time on a machine that may be busy: the shares are checked here, the times where they are measured (docs/microscopy.md)."""
    pytest.importorskip("pymmcore_plus")
    path = Path(ROOT, "python/examples/microscope.py")
    spec = importlib.util.spec_from_file_location("microscope", path)
    microscope = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(microscope)
    model = microscope.learn([microscope.Movie.simulate(seed, 400, 128, 30) for seed in (1, 2, 3)])
    found = microscope.play(microscope.Movie.simulate(4, 200, 128, 30), model, 20, 0.9)
    assert found["decisions"] == found["images acquired"] >= 20, found
    assert found["decisions right"] >= 0.85 * found["decisions"], found

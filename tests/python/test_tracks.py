"""Many signals that one model scores sample by sample."""

import numpy as np
import pytest
from awd import AwdRegressor, Tracks
from conftest import bumps


def test_growing_signals_score_as_windows_with_zeros_after_them(fitted):
    model, X = fitted[0].model_, fitted[1]
    tracks = Tracks(model, capacity=5)
    seen = np.zeros((5, 32), np.float32)
    for time in range(40):
        # Each signal begins at another time, and slides once its window is full.
        ids = np.arange(5)[np.arange(5) <= time]
        samples = X[ids, (time - ids) % 32]
        for id, sample in zip(ids, samples):
            age = time - id
            seen[id] = (
                np.append(seen[id, 1:], sample) if age >= 32 else np.where(np.arange(32) == age, sample, seen[id])
            )
        np.testing.assert_array_equal(tracks.update(ids + 100, samples), model.score(seen[ids]))
    assert sorted(tracks.ids) == [100, 101, 102, 103, 104] and len(tracks) == 5 and 104 in tracks and 4 not in tracks


def test_full_windows_are_scored_once_in_a_hop(fitted):
    model, X = fitted[0].model_, fitted[1]
    tracks = Tracks(model, growing=False, hop=8)
    signal = np.concatenate([X[0], X[1]])
    scores = [tracks.push(7, sample) for sample in signal]
    due = [time for time, score in enumerate(scores) if score is not None]
    assert due == [31, 39, 47, 55, 63]
    for time in due:
        np.testing.assert_array_equal(scores[time], model.score(signal[None, time - 31 : time + 1])[0])


def test_signals_end_and_make_room(fitted):
    tracks = Tracks(fitted[0].model_, capacity=2)
    tracks.update([1, 2], [0.0, 0.0])
    with pytest.raises(ValueError, match="2 signals at most; there are 2 and 1 new ones"):
        tracks.update([1, 3], [1.0, 0.0])
    tracks.push(2, 0.0)
    # What was refused has changed nothing: signal 1 has waited longest.
    assert tracks.evict() == 1 and tracks.ids == [2]
    assert tracks.end(2) and not tracks.end(2) and tracks.evict() is None
    for ids, samples, message in (
        ([-1], [0.0], "ids: integers from 0"),
        ([0.5], [0.0], "ids: integers from 0"),
        ([1, 2], [0.0], "samples: 2, one for each id; there are 1"),
        ([1], [np.nan], "samples: finite numbers; that of signal 1 is NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            tracks.update(ids, samples)
    with pytest.raises(ValueError, match="capacity: at most"):
        Tracks(fitted[0].model_, capacity=10**9)
    with pytest.raises(ValueError, match="hop"):
        Tracks(fitted[0].model_, hop=0)


def test_values_are_numbers():
    X, _ = bumps(60)
    model = AwdRegressor(taps=4, levels=2, max_parameters=12).fit(X, X.max(1)).model_
    tracks = Tracks(model)
    assert tracks.update([3, 4], [1.0, 2.0]).shape == (2,)
    assert isinstance(tracks.push(3, 1.0), float)

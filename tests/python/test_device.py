"""A board from Python: the emulated one, if its firmware is built."""

import os
import shutil

import numpy as np
import pytest

from awd import Device, Tracks

needs_board = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and os.environ.get("AWD_FIRMWARE")),
    reason="AWD_FIRMWARE names the firmware of the emulated board: cargo xtask test builds it",
)


def test_a_port_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no-such-port.*a serial port, or qemu"):
        Device("/dev/no-such-port")


@needs_board
def test_the_board_scores_as_the_computer_does(fitted, tmp_path):
    classifier, X, _ = fitted
    model = classifier.model_
    with Device("qemu") as board:
        assert board.info()["model"] is None
        with pytest.raises(ValueError, match="model in service"):
            next(board.stream(X[0]))
        held = board.push(model)
        assert (held["window"], held["outputs"], held["crc"]) == (32, 2, int.from_bytes(model.to_bytes()[-4:], "little"))
        assert board.info()["model"] == held
        np.testing.assert_array_equal(board.outputs(X[:5]), model.outputs(X[:5]))
        board.verify(model, X[:3], count=8)
        with pytest.raises(ValueError, match="32 samples; these are 31"):
            board.outputs(X[:1, :31])

        signal = X[:4].ravel()
        ends, outputs = zip(*board.stream([signal[:50], signal[50:]], hop=16))
        assert ends == tuple(range(32, 129, 16))
        sliding = np.stack([signal[end - 32 : end] for end in ends])
        np.testing.assert_array_equal(np.stack(outputs), model.outputs(sliding))
        # A stream that is not read to its end closes its signal.
        next(board.stream(signal))
        assert board.health()["windows"] > 0

        # Events: the probability of class 2 against the next likely class.
        board.watch(2, probability=0.6, refractory=5)
        with pytest.raises(ValueError, match="trigger: a class of the model"):
            board.watch(3)
        with pytest.raises(ValueError, match="probability: more than 0"):
            board.watch(1, probability=1)
        events, expected, latest, high = [], [], -100, False
        tracks = board.tracks(hop=2)
        for step in range(64):
            tracks.update([5], [X[:2].ravel()[step]])
            events += [step + 1] * len(tracks.events)
            if step % 2:
                seen = X[:2].ravel()[: step + 1][-32:]
                logits = np.append(0, model.outputs(np.pad(seen, (0, 32 - len(seen)))[None])[0].astype(float))
                margin = logits[2] - logits[:2].max()
                high &= margin >= np.log(1.5)
                if margin >= np.log(1.5) and not high and step + 1 - latest >= 5:
                    expected, latest, high = [*expected, step + 1], step + 1, True
        assert events == expected and tracks.end(5)
        board.watch(None)

        # A signature is ignored by a board without a key.
        key = tmp_path / "site.key"
        key.write_text(f"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI{'A' * 43}\n-----END PRIVATE KEY-----\n")
        assert board.push(model, key=key) == held
        with pytest.raises(ValueError, match="missing.key: file"):
            board.push(model, key=tmp_path / "missing.key")
        # A signal may occur more than once in an update.
        tracks = board.tracks()
        started = np.zeros((3, 32), np.float32)
        started[0, 0], started[1, :2], started[2, 0] = X[0, 0], X[0, :2], X[0, 2]
        np.testing.assert_array_equal(tracks.update([7, 7, 8], X[0, :3]), model.outputs(started))
        assert tracks.end(7) and tracks.end(8)

        # Many growing tracks, as on the computer.
        here, there = Tracks(model), board.tracks()
        for step in range(40):
            ids = [7, 3, 900_000] if step % 2 else [3, 7]
            values = [X[id % 5, step % 32] for id in ids]
            here.update(ids, values)
            outputs = there.update(ids, values)
        windows = np.zeros((1, 32), np.float32)
        windows[0, :20] = [X[0, step % 32] for step in range(1, 40, 2)]
        np.testing.assert_array_equal(outputs[2:], model.outputs(windows))
        assert sorted(there.ids) == [3, 7, 900_000] and there.end(3) and not there.end(3) and len(there) == 2
        with pytest.raises(ValueError, match="at most 256 signals"):
            there.update(range(300), np.zeros(300))

        other = type(model).from_bytes(model.to_bytes())
        with pytest.raises(ValueError, match="no other valid model"):
            board.roll_back()
        assert board.push(other)["crc"] == held["crc"]
        board.reset()
        assert board.info()["model"]["crc"] == held["crc"]
    with pytest.raises(ValueError, match="closed"):
        board.info()

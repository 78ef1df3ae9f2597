"""A board from Python: the emulated one, if its firmware is built."""

import os
import shutil

import numpy as np
import pytest

from awd import Device

needs_board = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and os.environ.get("AWD_FIRMWARE")),
    reason="AWD_FIRMWARE names the firmware of the emulated board: cargo xtask test builds it",
)


def test_a_port_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no-such-port.*a serial port, or qemu"):
        Device("/dev/no-such-port")


@needs_board
def test_the_board_scores_as_the_computer_does(fitted):
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

        other = type(model).from_bytes(model.to_bytes())
        with pytest.raises(ValueError, match="no other valid model"):
            board.roll_back()
        assert board.push(other)["crc"] == held["crc"]
        board.reset()
        assert board.info()["model"]["crc"] == held["crc"]
    with pytest.raises(ValueError, match="closed"):
        board.info()

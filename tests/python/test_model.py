"""Models: files, scores, source code, plots."""

import json
import pickle
import subprocess

import awd
import numpy as np
import pytest
from awd import Model
from test_command import run


def test_a_model_is_saved_and_loaded(fitted, tmp_path):
    model = fitted[0].model_
    path = tmp_path / "m.awd"
    model.save(path)
    assert (
        Model.load(path)
        == Model.load(str(path))
        == Model.from_bytes(path.read_bytes())
        == pickle.loads(pickle.dumps(model))
        == model
    )
    assert len({model, Model.load(path)}) == 1 and model != "m.awd"
    assert repr(model) == f"<awd.Model of 3 classes: windows of 32 samples, {len(model.to_bytes())} bytes>"
    assert model.inspect() == json.loads(run("inspect", path, "--json"))
    assert model.describe() in run("inspect", path)
    assert model.parameters == model.inspect()["parameters"] and (model.window, model.classes) == (32, 3)


def test_scores_are_those_of_the_command_line(fitted, tmp_path):
    model, X = fitted[0].model_, fitted[1]
    model.save(tmp_path / "m.awd")
    np.savez(tmp_path / "x.npz", x=X)
    outputs = json.loads(run("score", tmp_path / "m.awd", tmp_path / "x.npz", "--json"))["outputs"]
    np.testing.assert_array_equal(model.outputs(X), np.array(outputs, np.float32))
    lines = run("score", tmp_path / "m.awd", tmp_path / "x.npz").splitlines()
    expected = ["\t".join([str(c), *(f"{p:.6f}" for p in row)]) for c, row in zip(model.predict(X), model.score(X))]
    assert lines == expected
    # One window, and more windows than a thread takes at a time, have the same scores.
    many = np.tile(X, (9, 1))
    np.testing.assert_array_equal(model.score(many), np.tile(model.score(X), (9, 1)))
    np.testing.assert_array_equal(model.score(X[:1], n_jobs=1), model.score(X)[:1])
    assert model.score(X[:0]).shape == (0, 3)


def test_what_is_no_model_is_refused(fitted, tmp_path):
    model, X = fitted[0].model_, fitted[1]
    data = model.to_bytes()
    for broken in (
        b"",
        b"awd",
        data[:-1],
        data + b"\0",
        bytes([data[0] ^ 1]) + data[1:],
        data[:40] + bytes([data[40] ^ 1]) + data[41:],
    ):
        with pytest.raises(ValueError, match="model: "):
            Model.from_bytes(broken)
    with pytest.raises(FileNotFoundError):
        Model.load(tmp_path / "none.awd")
    with pytest.raises(ValueError, match="windows of 32 samples, like the model's; these have 31"):
        model.score(X[:, :31])
    with pytest.raises(ValueError, match=r"its shape is \(32,\)"):
        model.score(X[0])
    with pytest.raises(ValueError, match="window 1, sample 2 is nan"):
        model.score(np.where(np.arange(64).reshape(2, 32) == 34, np.nan, X[:2]))
    with pytest.raises(ValueError, match="signals, like the model's; these are images of 4 rows"):
        model.score(X.reshape(-1, 4, 8))


def test_source_code_is_that_of_the_command_line(fitted, tmp_path):
    model = fitted[0].model_
    model.save(tmp_path / "m.awd")
    for language, write in (("c", model.to_c), ("rust", model.to_rust)):
        run("export", tmp_path / "m.awd", "--as", language, "--out", tmp_path / "code")
        text = write(tmp_path / "own", name="m.awd")
        assert text == (tmp_path / "code").read_text() == (tmp_path / "own").read_text()
    run("export", tmp_path / "m.awd", "--as", "arduino", "--out", tmp_path / "one/Scorer")
    paths = model.to_arduino(tmp_path / "two/Scorer", name="m.awd")
    assert len(paths) == 4
    for path in paths:
        assert path.read_text() == (tmp_path / "one" / path.relative_to(tmp_path / "two")).read_text()


def test_contributions_sum_to_the_difference_from_the_mean(fitted):
    model, X = fitted[0].model_, fitted[1]
    logits = np.concatenate([np.zeros((len(X), 1)), model.outputs(X)], 1)
    logits -= logits.mean(1, keepdims=True)
    for output in range(3):
        inputs, of_samples = model.contributions(X, X, output)
        np.testing.assert_allclose(inputs.sum(1), logits[:, output] - logits[:, output].mean(), atol=1e-3)
        assert of_samples.shape == X.shape and np.abs(of_samples).max() > 0
    with pytest.raises(ValueError, match="output: below 3"):
        model.contributions(X, X, 3)


def test_plots_show_the_model(fitted):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    model, X, _ = fitted
    scaling, wavelet, response = awd.plot_wavelet(model)
    for axis, total in ((scaling, None), (wavelet, 0.0)):
        x, y = axis.lines[0].get_data()
        assert np.sum(y**2) * (x[1] - x[0]) == pytest.approx(1, abs=0.05)
        assert total is None or np.sum(y) * (x[1] - x[0]) == pytest.approx(total, abs=0.05)
    low, high = (line.get_ydata() for line in response.lines)
    np.testing.assert_allclose(low**2 + high**2, 1, atol=1e-5)
    signal, features = awd.plot_events(model, X[5], X)
    np.testing.assert_array_equal(signal.lines[0].get_ydata(), X[5])
    widths = [bar.get_width() for bar in features.patches]
    inputs = model.model_.contributions(X[5:6], X, int(model.model_.predict(X[5:6])[0]))[0][0]
    np.testing.assert_allclose(sorted(np.abs(widths)), np.sort(np.abs(inputs))[-len(widths) :])
    path = awd.plot_path(model)
    chosen = next(trial for trial in model.trials_ if trial["chosen"])
    assert path.lines[-1].get_xydata().tolist() == [[chosen["gamma"], chosen["loss"]]]
    with pytest.raises(ValueError, match="ax: 3 axes; there are 1"):
        awd.plot_wavelet(model, ax=path)
    pyplot.close("all")


def test_generated_c_has_the_same_bits(fitted, tmp_path):
    model, X = fitted[0].model_, fitted[1]
    model.to_c(tmp_path / "scorer.c")
    main = '#include "scorer.c"\n#include <stdio.h>\nint main(void) { float x[AWD_WINDOW], y[AWD_OUTPUTS]; while (fread(x, 4, AWD_WINDOW, stdin) == AWD_WINDOW) { awd_score(x, y); fwrite(y, 4, AWD_OUTPUTS, stdout); } }\n'
    (tmp_path / "main.c").write_text(main)
    try:
        subprocess.run(["cc", "-O2", "-ffp-contract=off", "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("no C compiler")
    run = subprocess.run([tmp_path / "main"], input=X.tobytes(), capture_output=True, check=True)
    assert run.stdout == model.outputs(X).tobytes()

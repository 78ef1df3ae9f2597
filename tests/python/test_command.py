"""The command line of the wheel, and that it makes the same models as the estimators."""

import json
import os
import subprocess
import sysconfig

import awd
import numpy as np
import pytest
from awd import AwdClassifier, AwdRegressor, Model
from conftest import ROOT, bumps

AWD = os.path.join(sysconfig.get_path("scripts"), "awd")


def run(*words, code=0):
    done = subprocess.run([AWD, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_the_wheel_brings_the_command_line():
    assert run("--version").split() == ["awd", awd.__version__]
    assert "distil" in run("--help")
    assert run("inspect", "none.awd", code=2).startswith("awd: none.awd: ")


@pytest.mark.parametrize("seed", [1, 2])
def test_heartbeats_give_the_same_model_and_accuracy(heartbeats, tmp_path, seed):
    # Fewer windows, so that it takes seconds, but two of each class.
    y = heartbeats["y_train"]
    rows = np.sort(
        np.concatenate([np.flatnonzero(y == label)[: max(2, (y == label).sum() // 3)] for label in range(5)])
    )
    small = {name: heartbeats[name][rows] for name in ("x_train", "y_train")}
    data = small | {name: heartbeats[name] for name in ("x_test", "y_test")}
    np.savez(tmp_path / "small.npz", **data)
    options = ["--gamma", "0", "--taps", "4", "--levels", "2", "--max-parameters", "20", "--seed", seed, "--quiet"]
    run("distil", tmp_path / "small.npz", *options, "--out", tmp_path / "m.awd")
    found = AwdClassifier(taps=4, levels=2, max_parameters=20, random_state=seed)
    found.fit(small["x_train"], small["y_train"])
    assert found.model_.to_bytes() == (tmp_path / "m.awd").read_bytes()
    rows = json.loads(run("evaluate", tmp_path / "m.awd", tmp_path / "small.npz", "--json", "--quiet"))["rows"]
    accuracy = next(row["score"] for row in rows if row["model"] == "awd")
    assert found.score(data["x_test"], data["y_test"]) == accuracy > 0.9


def test_values_gradients_and_groups_give_the_same_model(tmp_path):
    X, _ = bumps(80)
    y = X.max(1).astype(np.float64)
    gradients = np.random.default_rng(0).standard_normal((80, 1, 32)).astype(np.float32)
    groups = np.arange(80) // 7 * 5 % 13
    arrays = {"x_train": X, "y_train": y, "x_test": X, "y_test": y, "gradient_train": gradients, "group_train": groups}
    np.savez(tmp_path / "d.npz", **arrays)
    run(
        "distil",
        tmp_path / "d.npz",
        "--lambda",
        "1e-3,5e-3",
        "--arithmetic",
        "fixed",
        "--out",
        tmp_path / "m.awd",
        "-q",
    )
    found = AwdRegressor(lambda_=[1e-3, 5e-3], arithmetic="fixed").fit(X, y, gradients=gradients, groups=groups)
    assert found.model_ == Model.load(tmp_path / "m.awd")


def test_a_network_as_onnx_gives_the_same_model(tmp_path):
    folder = ROOT / "tests/onnx"
    with np.load(folder / "values.npz") as archive:
        X, y = archive["x_train"], archive["y_train"]
    options = ["--levels", "2", "--gamma", "0.1", "--out", tmp_path / "m.awd", "--quiet"]
    run("distil", folder / "values.npz", "--onnx", folder / "mlp.onnx", *options)
    found = AwdRegressor(levels=2, gamma=0.1).fit(X, y, teacher=folder / "mlp.onnx")
    assert found.model_ == Model.load(tmp_path / "m.awd")
    assert found.model_.inspect()["provenance"]["attributions"]
    with pytest.raises(ValueError, match="TreeEnsembleRegressor"):
        AwdRegressor().fit(X, y, teacher=str(folder / "trees.onnx"))

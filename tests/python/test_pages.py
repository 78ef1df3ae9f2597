"""The Python blocks of the pages run as they are, in their order."""

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


PAGES = [("README.md", 1), ("docs/python.md", 3), ("docs/microscopy.md", 1)]


@pytest.mark.parametrize(("page", "number"), PAGES)
def test_blocks_run(page, number, tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data")
    found = blocks(page)
    assert len(found) == number
    for block in found:
        if "import torch" in block:
            try:
                import torch  # noqa: F401
            except ImportError:
                if len(found) > 1:
                    continue
                pytest.skip("SKIPPED, NOT PASSED: no torch; cargo xtask test --full installs it")
        done = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        accuracy = re.search(r"^(?:accuracy: )?(0\.\d+)$", done.stdout, re.MULTILINE)
        assert accuracy is None or float(accuracy[1]) > 0.9, done.stdout
    if page == "docs/microscopy.md":
        assert done.stdout.count("Decision(") >= 1
        return
    scorer = (tmp_path / "heartbeats.c").read_text()
    assert "awd_score" in scorer and os.path.getsize(tmp_path / "heartbeats.c") > 1000


def test_every_parameter_is_documented():
    import awd

    for estimator in (awd.AwdClassifier, awd.AwdRegressor):
        documented = re.findall(r"^    (\w+) : ", estimator.__doc__, re.MULTILINE)
        attributes = ["classes_"] if estimator is awd.AwdClassifier else []
        attributes = ["model_", "results_", "trials_", "n_features_in_", *attributes]
        assert sorted(documented) == sorted([*estimator().get_params(), *attributes])


def test_every_public_name_is_there_and_has_stubs():
    import awd

    assert set(awd.__all__) <= set(dir(awd))
    for name in awd.__all__:
        assert getattr(awd, name).__doc__
    stub = (ROOT / "python/awd/_awd.pyi").read_text()
    for name, value in vars(awd._awd).items():
        if name.startswith("_"):
            continue
        assert re.search(rf"^(def|class) {name}\b", stub, re.MULTILINE), name
        for member in vars(value) if isinstance(value, type) else ():
            assert member.startswith("_") or re.search(rf"^    def {member}\(", stub, re.MULTILINE), f"{name}.{member}"

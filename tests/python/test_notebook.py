"""The notebook runs as it is."""

import re

import pytest
from conftest import ROOT


def test_the_notebook_runs(tmp_path):
    reason = "SKIPPED, NOT PASSED: no torch, nbclient or ipykernel; cargo xtask test --full installs them"
    for module in ("torch", "nbclient", "ipykernel"):
        pytest.importorskip(module, reason=reason)
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(ROOT / "python/examples/endocytosis.ipynb", 4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "it is stored without outputs"
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    network, small = (float(found) for found in re.findall(r"^accuracy of the .*: ([\d.]+)", printed, re.MULTILINE))
    assert small > 0.85 and small > network - 0.03, printed
    figures = [output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    assert len(figures) == 4
    assert (tmp_path / "vesicles.awd").stat().st_size < 1000 and "awd_score" in (tmp_path / "vesicles.c").read_text()

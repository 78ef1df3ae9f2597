#!/usr/bin/env python3
"""Makes the golden vectors and the catalogue from PyWavelets, the oracle. Needs numpy and PyWavelets.

    python3 tests/golden/make.py

writes awd-train/src/wavelet/catalogue.txt (low-pass decomposition filters in PyWavelets' order) and
tests/golden/wavedec.npz: a signal for each length and PyWavelets' wavedec of it for each wavelet, mode and length,
named WAVELET/MODE/LENGTH, as one array [cA_J, cD_J, ..., cD_1] of three levels.

PyWavelets tabulates its symlets to 12 digits only: sym4 misses orthogonality by 5e-13, sym20 by 1e-11, and no
orthogonal transform can equal theirs more closely than that. So the filters are moved to the nearest orthogonal ones
(by less than 3e-13 for sym4, nothing for db) and handed to PyWavelets, which still computes every transform.
`sym4-as-tabulated` is its own, unmoved.
"""

import pathlib
import zipfile

import numpy as np
import pywt

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEVELS = 3
LENGTHS = [8, 9, 13, 16, 40, 64, 97, 140]
WAVELETS = [f"db{i}" for i in range(1, 11)] + ["sym4", "sym4-as-tabulated", "coif2"]
CATALOGUE = (
    [f"db{i}" for i in range(1, 21)] + [f"sym{i}" for i in range(2, 21)] + [f"coif{i}" for i in range(1, 6)]
)


def orthogonal(taps):
    """The nearest orthogonal filter of gain sqrt(2): Newton's method on the conditions, least-norm steps."""
    h = np.array(taps)
    n = len(h)
    for _ in range(5):
        # Gain sqrt(2) at 0 and none at pi: the second follows from the rest, but only to the square root of rounding.
        alternating = (-1.0) ** np.arange(n)
        residual, jacobian = [h.sum() - np.sqrt(2), alternating @ h], [np.ones(n), alternating]
        for m in range(n // 2):
            residual.append(h[2 * m :] @ h[: n - 2 * m] - (m == 0))
            row = np.zeros(n)
            row[2 * m :] += h[: n - 2 * m]
            row[: n - 2 * m] += h[2 * m :]
            jacobian.append(row)
        h = h - np.linalg.lstsq(np.array(jacobian), np.array(residual), rcond=1e-10)[0]
    return h


def wavelet(name):
    if name.endswith("-as-tabulated"):
        return pywt.Wavelet(name.removesuffix("-as-tabulated"))
    lowpass = orthogonal(pywt.Wavelet(name).dec_lo)
    highpass = np.array([(-1) ** (j + 1) * tap for j, tap in enumerate(lowpass[::-1])])
    return pywt.Wavelet(name, filter_bank=[lowpass, highpass, lowpass[::-1], highpass[::-1]])


def catalogue():
    lines = ["# name, then the low-pass decomposition filter in PyWavelets' order; made by tests/golden/make.py"]
    for name in CATALOGUE:
        lines.append(" ".join([name] + [repr(float(t)) for t in wavelet(name).dec_lo]))
    (ROOT / "awd-train/src/wavelet/catalogue.txt").write_text("\n".join(lines) + "\n")


def golden():
    rng = np.random.default_rng(7)
    arrays = {}
    for n in LENGTHS:
        x = arrays[f"signal/{n}"] = rng.standard_normal(n)
        for name in WAVELETS:
            for mode in ("periodization", "zero"):
                arrays[f"{name}/{mode}/{n}"] = np.concatenate(pywt.wavedec(x, wavelet(name), mode=mode, level=LEVELS))
    # numpy's own savez stamps the time; a file that is made again must have the same bytes
    with zipfile.ZipFile(ROOT / "tests/golden/wavedec.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w") as file:
                np.lib.format.write_array(file, array)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")  # more levels than PyWavelets advises
    catalogue()
    golden()

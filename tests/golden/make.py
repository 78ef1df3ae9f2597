#!/usr/bin/env python3
"""Makes the golden vectors and the catalogue from PyWavelets, the oracle. Needs numpy and PyWavelets.

    python3 tests/golden/make.py

writes awd-train/src/wavelet/catalogue.txt (low-pass decomposition filters in PyWavelets' order) and
tests/golden/wavedec.npz: for each length n the signal/n, and for each wavelet and mode the array WAVELET/MODE with
PyWavelets' wavedec [cA_J, cD_J, ..., cD_1] of three levels of each of the wavelet's signals, one after the other, and
WAVELET/lengths, which lengths those are.

PyWavelets tabulates its symlets and the biorthogonal 9/7 to 12 digits only: sym4 misses orthogonality by 5e-13, sym20
by 1e-11, and no transform that reconstructs can equal theirs more closely than that. So the orthogonal filters are
moved to the nearest orthogonal ones (by less than 3e-13 for sym4, nothing for db), those of bior4.4 are computed from
the root that defines them (5e-13 away), and PyWavelets still computes every transform. NAME-as-tabulated is its own
filter, unmoved.
"""

import pathlib
import zipfile

import numpy as np
import pywt

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEVELS = 3
MODES = ["periodization", "zero", "symmetric"]
LENGTHS = [8, 9, 13, 16, 40, 64, 97, 140]
EVERY_LENGTH = sorted({*range(2, 41), *LENGTHS, 1000})
WAVELETS = {
    **dict.fromkeys(["db2", "db5", "sym4", "coif2", "bior2.2", "bior4.4"], EVERY_LENGTH),
    **dict.fromkeys(["haar", "db3", "db4", "db6", "db7", "db8", "db9", "db10", "coif1"], LENGTHS),
    **dict.fromkeys(["sym4-as-tabulated", "bior4.4-as-tabulated"], LENGTHS),
}
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


def biorthogonal_9_7():
    """The low-pass filters of analysis (9 taps) and synthesis (7): a factorisation of the halfband polynomial of 8
    zeros at pi, 1 + 4y + 10y^2 + 20y^3 with y = sin^2(w/2), into its real root and the other two (Cohen, Daubechies &
    Feauveau 1992)."""
    root = next(float(r.real) for r in np.roots([20, 10, 4, 1]) if abs(r.imag) < 1e-9)
    y, zeros = np.poly1d([-1, 2, -1]) / 4, np.poly1d([1, 2, 1]) ** 2 / 16
    # Polynomials in z; powers of it keep those of y centred.
    z = np.poly1d([1, 0])
    analysis = zeros * (z**2 + (4 + 1 / root) * z * y - 20 * root * y**2)
    synthesis = zeros * (z - y / root)
    return np.sqrt(2) * analysis.c, np.sqrt(2) * synthesis.c


def wavelet(name):
    if name.endswith("-as-tabulated"):
        return pywt.Wavelet(name.removesuffix("-as-tabulated"))
    if name == "bior2.2":  # dyadic numbers and sqrt(2): nothing to improve
        return pywt.Wavelet(name)
    if name == "bior4.4":
        analysis, synthesis = biorthogonal_9_7()
        alternating = (-1.0) ** np.arange(10)
        dec_lo, rec_lo = np.r_[0, analysis], np.r_[0, synthesis, 0, 0]
        bank = [dec_lo, -alternating * rec_lo, rec_lo, alternating * dec_lo]
        assert np.allclose(bank, pywt.Wavelet(name).filter_bank, rtol=0, atol=1e-12)
        return pywt.Wavelet(name, filter_bank=bank)
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
    signals = {n: rng.standard_normal(n) for n in EVERY_LENGTH}
    arrays = {f"signal/{n}": x for n, x in signals.items()}
    for name, lengths in WAVELETS.items():
        arrays[f"{name}/lengths"] = np.array(lengths, dtype=float)
        for mode in MODES:
            transforms = [pywt.wavedec(signals[n], wavelet(name), mode=mode, level=LEVELS) for n in lengths]
            arrays[f"{name}/{mode}"] = np.concatenate([band for bands in transforms for band in bands])
    save("wavedec.npz", arrays)


def images_and_packets():
    """Images of even and of odd sides, the details finest first and then the approximation, and packets of one window, node after node."""
    rng = np.random.default_rng(8)
    images = {size: rng.standard_normal(size) for size in ((16, 24), (13, 22), (7, 7))}
    x = rng.standard_normal(41)
    arrays = {f"image/{height}x{width}": image for (height, width), image in images.items()} | {"signal": x}
    for name in ("haar", "db3", "sym4", "bior2.2", "bior4.4"):
        for mode in MODES:
            for (height, width), image in images.items():
                approximation, *details = pywt.wavedec2(image, wavelet(name), mode=mode, level=2)
                bands = [band for level in reversed(details) for band in level] + [approximation]
                arrays[f"bands/{height}x{width}/{name}/{mode}"] = np.concatenate([band.ravel() for band in bands])
            nodes = pywt.WaveletPacket(x, wavelet(name), mode=mode, maxlevel=LEVELS).get_level(LEVELS, order="natural")
            arrays[f"packets/{name}/{mode}"] = np.concatenate([node.data for node in nodes])
    save("images_and_packets.npz", arrays)


def save(name, arrays):
    # numpy's own savez stamps the time; a file that is made again must have the same bytes
    with zipfile.ZipFile(ROOT / "tests/golden" / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w") as file:
                np.lib.format.write_array(file, array)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")  # more levels than PyWavelets advises
    catalogue()
    golden()
    images_and_packets()

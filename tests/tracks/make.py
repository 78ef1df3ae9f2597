"""Makes the files of this folder: made-up tracks as microscopists have them, and the windows that numpy makes of them.

Needs numpy, scipy and h5py from PyPI; run it in this folder. Versions at the time: numpy 2.4.6, scipy 1.17.1, h5py 3.16.0. two_colours.mat has
the fields of Pedersen et al. 2020, detections.mat those of cmeAnalysis (Aguet et al. 2013), both with three tracks that
cannot be used: one not a number, one too short, one dark. windows.npz has what the others become: of two_colours.mat
resampled windows and the logarithms of the second channel's peaks, of detections.mat padded windows of the frames in which
the spot was seen and whether the second channel is significant in three consecutive frames. detections_v73.mat has the
first two tracks of detections.mat, as MATLAB's version 7.3 writes them: HDF5 with references.
"""

import h5py
import numpy as np
import scipy.io

WINDOW = 16
random = np.random.default_rng(1)


def shape(frames, at):
    return np.exp(-(((np.arange(frames) / frames) - at) ** 2) / 0.05)


def noisy(signal):
    return 100 * random.uniform(0.5, 2) * signal + random.normal(0, 5, len(signal))


def scaled(tracks):
    """Tracks in units of the movie's median peak; of two in the middle the lower."""
    peaks = sorted(max(track) for track in tracks)
    return [track / peaks[(len(peaks) - 1) // 2] for track in tracks]


def two_colours():
    tracks, kept = [], []
    for i in range(23):
        before, seen, after = random.integers(2, 6), random.integers(8, 40), random.integers(2, 6)
        start = random.integers(1, 300)
        if i == 3:
            seen = 4
        frames = before + seen + after
        ref, cor = noisy(shape(frames, 0.4)), noisy(shape(frames, 0.7))
        if i == 7:
            ref[5] = np.nan
        if i == 11:
            cor = -np.abs(cor)
        first, last = start + before, start + before + seen - 1
        track = {
            "ref_intensity": np.round(np.nan_to_num(ref) + 500).astype(np.uint16)[None],
            "cor_intensity": np.round(cor + 500).astype(np.uint16)[None],
            "ref_intensity_bg_corrected": ref[None],
            "cor_intensity_bg_corrected": cor[None],
            "ref_tp_first": np.uint16(first), "ref_tp_last": np.uint16(last),
            "cor_tp_first": np.uint16(first + 3), "cor_tp_last": np.uint16(last),
            "tp_prev_all": np.uint16(start), "tp_post_all": np.uint16(start + frames - 1),
            "ref_coord": random.normal(size=(seen, 2)), "comment": "made up",
        }
        tracks.append(track)
        if i not in (3, 7, 11):
            kept.append((ref, cor, seen))
    grid = [np.linspace(0, len(ref) - 1, WINDOW) for ref, _, _ in kept]
    x = [np.interp(at, np.arange(len(ref)), ref) for at, ref in zip(grid, scaled([ref for ref, _, _ in kept]))]
    y = [np.log(max(cor)) for cor in scaled([cor for _, cor, _ in kept])]
    return tracks, np.array(x), np.array(y), np.array([seen for _, _, seen in kept])


def detections():
    tracks, kept = [], []
    for i in range(19):
        seen, label = random.integers(8, 30), i % 3 > 0
        if i == 2:
            seen = 3
        amplitudes = np.array([noisy(shape(seen, 0.5)), noisy(shape(seen, 0.8))])
        p = np.ones((2, seen))
        # Two and two significant frames are not three consecutive ones.
        significant = [2, 3, 4] if label else [1, 2, 4, 5]
        p[1, [frame for frame in significant if frame < seen]] = 0.01
        if i == 5:
            amplitudes[0, 1] = np.nan
        buffers = [{"A": random.normal(0, 5, (2, 5)), "pval_Ar": np.ones((2, 5))} for _ in range(2)]
        track = {
            "A": amplitudes, "c": np.full((2, seen), 300.0), "pval_Ar": p, "lifetime_s": 2.0 * seen,
            "startBuffer": buffers[0] if i % 2 else np.zeros((0, 0)), "endBuffer": buffers[1],
            "isPSF": np.ones((2, seen), bool), "tracksCoordAmpCG": np.zeros((0, 0)),
        }
        tracks.append(track)
        if i == 9:
            track["A"] = amplitudes[:1]
        if i not in (2, 5, 9):
            kept.append((amplitudes[0], label, seen))
    x = [np.pad(own[:WINDOW], (0, max(0, WINDOW - len(own)))) for own in scaled([own for own, _, _ in kept])]
    return tracks, np.array(x), np.array([label for _, label, _ in kept]), np.array([seen for _, _, seen in kept])


def save_v73(path, variable, tracks):
    """Writes an array of structures as MATLAB's version 7.3 does: dimensions reversed, one reference for each structure."""
    with h5py.File(path, "w", userblock_size=512) as file:
        references, group = file.create_group("#refs#"), file.create_group(variable)
        group.attrs["MATLAB_class"] = np.bytes_("struct")

        def write(parent, name, array):
            if isinstance(array, dict):
                made, kind = parent.create_group(name), "struct"
                for field in array:
                    write(made, field, array[field])
            elif array.size == 0:
                made, kind = parent.create_dataset(name, data=np.array(array.shape, np.uint64)), "double"
                made.attrs["MATLAB_empty"] = np.uint8(1)
            else:
                # One data set is compressed.
                parts = {"chunks": (4, 1), "compression": "gzip"} if name == "A0" else {}
                made, kind = parent.create_dataset(name, data=np.atleast_2d(array).T, **parts), "double"
            made.attrs["MATLAB_class"] = np.bytes_(kind)
            return made.ref

        for field in tracks[0]:
            made = [write(references, f"{field}{i}", track[field]) for i, track in enumerate(tracks)]
            group.create_dataset(field, data=np.array(made, h5py.ref_dtype)[:, None], dtype=h5py.ref_dtype)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, made by h5py".ljust(124) + b"\x00\x02IM")


arrays = {}
for name, variable, (tracks, x, y, lifetimes), compressed in [
    ("two_colours", "goodTrackData", two_colours(), True),
    ("detections", "tracks", detections(), False),
]:
    fields = [(field, object) for field in tracks[0]]
    table = np.zeros((1, len(tracks)), fields)
    for i, track in enumerate(tracks):
        for field in track:
            table[0, i][field] = track[field]
    variables = {"frame_rate": 1.0, variable: table}
    scipy.io.savemat(f"{name}.mat", variables, do_compression=compressed, long_field_names=True)
    arrays |= {f"x_{name}": np.float32(x), f"y_{name}": np.float64(y), f"lifetime_{name}": lifetimes}
    if name == "detections":
        kept = ["A", "pval_Ar", "startBuffer", "endBuffer"]
        save_v73(f"{name}_v73.mat", variable, [{field: track[field] for field in kept} for track in tracks[:2]])
np.savez_compressed("windows.npz", **arrays)

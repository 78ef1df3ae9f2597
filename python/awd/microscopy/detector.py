"""Finds spots in a frame by a difference of Gaussians."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

# The wider Gaussian, in multiples of the narrower one; 1.6 is close to the Laplacian (Marr & Hildreth 1980).
_RATIO = 1.6


class Detector:
    """Finds spots of one size on a background that changes slowly.

    `sigma` is the standard deviation of the image of a spot in pixels: about 0.21 × wavelength / numerical aperture / size of a pixel.
    `threshold` is the least intensity of a spot, in standard deviations of the noise of the filtered frame.
    """

    def __init__(self, sigma: float = 1.3, threshold: float = 5.0) -> None:
        if not 0.5 <= sigma <= 20:
            raise ValueError(f"sigma: 0.5 to 20 pixels; it is {sigma}")
        if not threshold > 0:
            raise ValueError(f"threshold: a positive number; it is {threshold}")
        self.sigma = float(sigma)
        self.threshold = float(threshold)

    def filter(self, frame: Any) -> np.ndarray:
        """The frame (H, W) without its background, smoothed. A spot of width `sigma` has its height above the background at its centre."""
        frame = np.asarray(frame)
        if frame.ndim != 2 or min(frame.shape) < 5:
            raise ValueError(f"frame: one channel of shape (H, W), at least 5 × 5; its shape is {frame.shape}")
        frame = frame.astype(np.float32)
        if not np.isfinite(frame).all():
            raise ValueError("frame: finite numbers; it contains NaN or infinity")
        narrow = ndimage.gaussian_filter(frame, self.sigma, truncate=3)
        wide = ndimage.gaussian_filter(frame, _RATIO * self.sigma, truncate=3)
        # What both filters leave of a spot of this width, at its centre.
        height = 1 / 2 - 1 / (1 + _RATIO**2)
        return (narrow - wide) / np.float32(height)

    def find(self, filtered: np.ndarray) -> np.ndarray:
        """The centres of spots in a filtered frame: y and x in pixels, of shape (n, 2)."""
        # Every fourth pixel is enough for the noise. The median is that of the background, because spots cover little of a frame.
        sample = filtered[::2, ::2]
        middle = np.median(sample)
        noise = np.median(np.abs(sample - middle)) / 0.6745
        size = 2 * round(self.sigma) + 1
        peak = (filtered == ndimage.maximum_filter(filtered, size)) & (filtered > max(middle + self.threshold * noise, 0))
        # A spot at the edge is cut off.
        peak[[0, -1]] = peak[:, [0, -1]] = False
        y, x = np.nonzero(peak)
        return np.stack([y + _offset(filtered, y, x, 1, 0), x + _offset(filtered, y, x, 0, 1)], 1)

    def measure(self, filtered: np.ndarray, places: np.ndarray) -> np.ndarray:
        """The intensities (n,) of a filtered frame at these places (n, 2), in counts above the background."""
        return ndimage.map_coordinates(filtered, np.asarray(places, float).T, order=1, mode="nearest")


def _offset(filtered: np.ndarray, y: np.ndarray, x: np.ndarray, dy: int, dx: int) -> np.ndarray:
    """How far the vertex of the parabola through three pixels is from the middle one."""
    before, at, after = filtered[y - dy, x - dx], filtered[y, x], filtered[y + dy, x + dx]
    bend = before - 2 * at + after
    return np.where(bend < 0, np.divide(before - after, 2 * bend, where=bend < 0, out=np.zeros_like(bend)), 0).clip(-0.5, 0.5)

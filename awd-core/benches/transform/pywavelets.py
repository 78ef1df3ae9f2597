"""Prints the version of PyWavelets, then one line per mode: µs per window of a batch, the minimum of many repetitions."""

import sys
import timeit
import warnings

import numpy
import pywt

n, count = int(sys.argv[1]), int(sys.argv[2])
warnings.simplefilter("ignore")  # four levels are more than it recommends for 40 samples
x = ((numpy.arange(n * count, dtype=numpy.int64) ** 2 * 7) % 31 - 15).astype(numpy.float32).reshape(count, n)
print(f"PyWavelets {pywt.__version__}")
for mode in "zero", "periodization":
    seconds = timeit.repeat(lambda: pywt.wavedec(x, "db5", mode, 4, axis=-1), number=1, repeat=2000)
    print(f"{mode}\t{min(seconds) / count * 1e6}")

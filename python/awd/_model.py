"""A distilled model."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import _awd
from ._windows import check_rows, samples, threads


class Model:
    """A distilled model: the wavelet, the features and the readout, as boards store them.

    `Model.load` reads a file; an estimator has its model in `model_`. Scores are those of boards, bit for bit.
    """

    __slots__ = ("_model",)

    def __init__(self, data: bytes) -> None:
        self._model = _awd.Model.from_bytes(bytes(data))

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """Reads the bytes of a model's file. Raises ValueError if they are not those of a model."""
        return cls(data)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Reads a model's file. Raises OSError if it cannot be opened, ValueError if it is not a model."""
        os.stat(path)
        return cls._of(_awd.Model.load(path))

    @classmethod
    def _of(cls, model: _awd.Model) -> Model:
        self = cls.__new__(cls)
        self._model = model
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model's file, whole or not at all."""
        self._model.save(path)

    def to_bytes(self) -> bytes:
        """The bytes of the model's file."""
        return self._model.to_bytes()

    @property
    def window(self) -> int:
        """The number of samples of a window."""
        return self._model.window

    @property
    def classes(self) -> int:
        """The number of classes; 0 if the model predicts values."""
        return self._model.classes

    @property
    def parameters(self) -> int:
        """The number of parameters that a device needs."""
        return self._model.parameters

    @property
    def feature_names(self) -> list[str]:
        """The names of the inputs of the readout: features, then products of two of them."""
        return self._model.feature_names()

    def score(self, X: Any, *, n_jobs: int | None = None) -> np.ndarray:
        """Values (n,), or the probabilities of the classes (n, classes). They are not finite if an output is not."""
        X = self._windows(X)
        if self.classes:
            return self._model.probabilities(X, threads(n_jobs))
        return self._model.outputs(X, threads(n_jobs))[:, 0]

    def predict(self, X: Any, *, n_jobs: int | None = None) -> np.ndarray:
        """Values (n,), or the numbers of the classes (n,). Raises ValueError if an output is not finite."""
        X = self._windows(X)
        predicted: np.ndarray
        if self.classes:
            predicted = self._model.decisions(X, threads(n_jobs))
            defined = predicted >= 0
        else:
            predicted = self._model.outputs(X, threads(n_jobs))[:, 0]
            defined = np.isfinite(predicted)
        if not defined.all():
            window = int(np.argmin(defined))
            raise ValueError(f"X: samples whose outputs are finite in float32; those of window {window} are not")
        return predicted

    def outputs(self, X: Any, *, n_jobs: int | None = None) -> np.ndarray:
        """The outputs of the readout (n, outputs): values, or the logits of all classes but the first, whose logit is 0."""
        return self._model.outputs(self._windows(X), threads(n_jobs))

    def features(self, X: Any, *, n_jobs: int | None = None) -> np.ndarray:
        """The inputs of the readout (n, inputs): features, then products of two of them."""
        return self._model.features(self._windows(X), threads(n_jobs))

    def contributions(
        self, X: Any, reference: Any, output: int = 0, *, n_jobs: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What each input of the readout (n, inputs) and each sample (n, N) contributes to an output for signals `X`.

        Contributions are in units of the output, compared with the mean of the windows `reference`, such as those of the training set. An output is
        the value, or the logit of the class of this number less the mean of all logits. Contributions of inputs are exact; those of samples are
        integrated gradients of the model.
        """
        return self._model.contributions(self._windows(X), self._windows(reference), output, threads(n_jobs))

    def inspect(self) -> dict[str, Any]:
        """Every field of the model, as `awd inspect --json` prints it."""
        return json.loads(self._model.json())

    def describe(self) -> str:
        """The model in words and tables: the wavelet, and every feature with its weights, as `awd inspect` prints it."""
        return self._model.text()

    def to_c(self, path: str | os.PathLike[str] | None = None, *, name: str = "model.awd") -> str:
        """The source of a scorer of this model in C99, which needs no library. Also writes it to `path` if that is given.

        `name` is the name of the model in the source's first line.
        """
        return self._source("c", path, name)

    def to_rust(self, path: str | os.PathLike[str] | None = None, *, name: str = "model.awd") -> str:
        """As `to_c`, a Rust module without crates."""
        return self._source("rust", path, name)

    def to_arduino(self, folder: str | os.PathLike[str], *, name: str = "model.awd") -> list[Path]:
        """Writes a library for the Arduino IDE with a scorer of this model and a sketch. Returns the paths of its files."""
        folder = Path(folder)
        paths = []
        for path, text in self._model.arduino(name, folder.name):
            paths.append(folder / path)
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            paths[-1].write_text(text, encoding="utf-8")
        return paths

    def _source(self, language: str, path: str | os.PathLike[str] | None, name: str) -> str:
        text = self._model.source(language, name)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _windows(self, X: Any) -> np.ndarray:
        X, rows = samples(X)
        check_rows(rows, self._model.rows)
        return X

    def __reduce__(self) -> tuple[Any, ...]:
        return (Model, (self.to_bytes(),))

    def __eq__(self, other: object) -> bool:
        return self.to_bytes() == other.to_bytes() if isinstance(other, Model) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        what = f"{self.classes} classes" if self.classes else "values"
        return f"<awd.Model of {what}: windows of {self.window} samples, {len(self.to_bytes())} bytes>"

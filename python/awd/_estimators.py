"""Estimators in scikit-learn's form."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _awd
from ._documentation import parameters as _parameters
from ._model import Model
from ._options import options
from ._windows import aligned, check_rows, flattened, threads, to_numpy


class _Distilled(TransformerMixin, BaseEstimator):
    """What both estimators share."""

    def _fit(
        self, X: Any, y: np.ndarray, classes: int, shape: tuple[int, ...], rows: int, given: dict[str, Any]
    ) -> None:
        X = aligned(X)
        teacher, gradients, groups = given["teacher"], given["gradients"], given["groups"]
        if teacher is not None and gradients is not None:
            raise ValueError("gradients: a teacher or gradients, not both")
        network = None
        if isinstance(teacher, (str, os.PathLike)):
            os.stat(teacher)
            network = teacher
        elif teacher is not None:
            from ._gradients import attributions
            from ._torch import Network

            gradients = attributions(Network(teacher, X.reshape(len(X), *shape), classes), X)
        else:
            gradients = _gradients(gradients, X.shape)
        attributed = network is not None or gradients is not None
        model, results = _awd.distil(
            X,
            y,
            options(self, attributed),
            class_names=_class_names(getattr(self, "classes_", ())),
            rows=rows,
            groups=None if groups is None else _numbers(groups),
            gradients=gradients,
            network=network,
            threads=threads(self.n_jobs),
        )
        self.results_ = json.loads(results)
        self.trials_ = self.results_.pop("trials")
        self.model_ = Model._of(model)

    def _windows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        X, rows = flattened(X)
        X = validate_data(self, X, reset=False, dtype=np.float32, order="C")
        check_rows(rows, self.model_._model.rows)
        return aligned(X)

    def transform(self, X: Any) -> np.ndarray:
        """The inputs of the readout (n, inputs): features of the bands, then products of two of them."""
        X = self._windows(X)
        return self.model_.features(X, n_jobs=self.n_jobs)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names of what `transform` returns. `input_features` is ignored."""
        check_is_fitted(self)
        return np.asarray(self.model_.feature_names, dtype=object)

    @property
    def _n_features_out(self) -> int:
        return len(self.model_.feature_names)

    def __sklearn_is_fitted__(self) -> bool:
        # scikit-learn would take the parameter lambda_ for a result of fit.
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []
        return tags


class AwdClassifier(ClassifierMixin, _Distilled):
    __doc__ = (
        "Distils a classifier of windows into a wavelet and a sparse readout, by a teacher's gradients or without a teacher."
        + (
            _parameters(
                classes="""
    threshold : float, default=None
        For two classes: probability above which the decision is the second class; by default 0.5.
    balanced : bool, default=False
        Weight classes equally: the model decides as if all were equally frequent.""",
                attributes="""
    classes_ : ndarray
        The classes, ascending. The model numbers them from 0 in this order; there may be 2 to 9.""",
            )
        )
    )

    def __init__(
        self,
        *,
        wavelet: str = "any",
        family: str | None = None,
        taps: int | None = None,
        levels: int | None = None,
        each_level: bool = False,
        boundary: str | None = None,
        lambda_: Any = None,
        gamma: Any = None,
        supervised: float = 0.0,
        start: str | None = None,
        max_parameters: int = 41,
        target: str = "file",
        instructions: int | None = None,
        flash: int | None = None,
        threshold: float | None = None,
        balanced: bool = False,
        arithmetic: str = "float",
        early_events: bool = False,
        folds: str = "stratified",
        within: float = 0.0,
        bare: bool = False,
        random_state: Any = 1,
        n_jobs: int | None = None,
    ) -> None:
        self.wavelet = wavelet
        self.family = family
        self.taps = taps
        self.levels = levels
        self.each_level = each_level
        self.boundary = boundary
        self.lambda_ = lambda_
        self.gamma = gamma
        self.supervised = supervised
        self.start = start
        self.max_parameters = max_parameters
        self.target = target
        self.instructions = instructions
        self.flash = flash
        self.threshold = threshold
        self.balanced = balanced
        self.arithmetic = arithmetic
        self.early_events = early_events
        self.folds = folds
        self.within = within
        self.bare = bare
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, *, teacher: Any = None, gradients: Any = None, groups: Any = None) -> AwdClassifier:
        """Distils a model from windows (n, N), (n, 1, N) or images (n, H, W), and their labels, of any kind.

        `teacher` is a module of torch in evaluation mode, which gives logits of the classes in ascending order; or the path of a network as ONNX;
        or None. Instead, `gradients` may be those of a network: an array (n, classes, N), or a pair of it and displacements (n, N). `groups` has the
        group of each window, such as its movie or patient: cross-validation keeps the windows of a group in one fold.
        """
        X, shape, rows = _shaped(X)
        X, y = validate_data(
            self, X, to_numpy(y), dtype=np.float32, order="C", ensure_min_samples=2, ensure_min_features=2
        )
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y: at least 2 classes; it has 1 class, {self.classes_[0]!r}")
        given = {"teacher": teacher, "gradients": gradients, "groups": groups}
        self._fit(X, labels.ravel().astype(np.int64), len(self.classes_), shape or X.shape[1:], rows, given)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The label of each window."""
        X = self._windows(X)
        return self.classes_[self.model_.predict(X, n_jobs=self.n_jobs)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probabilities of the classes (n, classes), in the order of `classes_`, as boards compute them."""
        X = self._windows(X)
        return self.model_.score(X, n_jobs=self.n_jobs)

    def decision_function(self, X: Any) -> np.ndarray:
        """For two classes, the logit (n,) of the second class less that of `threshold`; otherwise logits (n, classes), of which the first is 0."""
        X = self._windows(X)
        outputs = self.model_.outputs(X, n_jobs=self.n_jobs)
        if len(self.classes_) == 2:
            return outputs[:, 0] - np.float32(self.model_._model.threshold)
        return np.concatenate([np.zeros_like(outputs[:, :1]), outputs], 1)


class AwdRegressor(RegressorMixin, _Distilled):
    __doc__ = (
        "Distils a predictor of a value of windows into a wavelet and a sparse readout, by a teacher's gradients or without a teacher."
        + (_parameters(classes="", attributes=""))
    )

    def __init__(
        self,
        *,
        wavelet: str = "any",
        family: str | None = None,
        taps: int | None = None,
        levels: int | None = None,
        each_level: bool = False,
        boundary: str | None = None,
        lambda_: Any = None,
        gamma: Any = None,
        supervised: float = 0.0,
        start: str | None = None,
        max_parameters: int = 41,
        target: str = "file",
        instructions: int | None = None,
        flash: int | None = None,
        arithmetic: str = "float",
        early_events: bool = False,
        folds: str = "stratified",
        within: float = 0.0,
        bare: bool = False,
        random_state: Any = 1,
        n_jobs: int | None = None,
    ) -> None:
        self.wavelet = wavelet
        self.family = family
        self.taps = taps
        self.levels = levels
        self.each_level = each_level
        self.boundary = boundary
        self.lambda_ = lambda_
        self.gamma = gamma
        self.supervised = supervised
        self.start = start
        self.max_parameters = max_parameters
        self.target = target
        self.instructions = instructions
        self.flash = flash
        self.arithmetic = arithmetic
        self.early_events = early_events
        self.folds = folds
        self.within = within
        self.bare = bare
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, *, teacher: Any = None, gradients: Any = None, groups: Any = None) -> AwdRegressor:
        """Distils a model from windows (n, N), (n, 1, N) or images (n, H, W), and a value (n,) for each.

        `teacher` is a module of torch in evaluation mode, which gives a value; or the path of a network as ONNX; or None. Instead, `gradients` may be
        those of a network: an array (n, N), or a pair of it and displacements (n, N). `groups` has the group of each window, such as its movie or
        patient: cross-validation keeps the windows of a group in one fold.
        """
        X, shape, rows = _shaped(X)
        X, y = validate_data(
            self,
            X,
            to_numpy(y),
            dtype=np.float32,
            order="C",
            y_numeric=True,
            ensure_min_samples=2,
            ensure_min_features=2,
        )
        given = {"teacher": teacher, "gradients": gradients, "groups": groups}
        self._fit(X, np.ascontiguousarray(y, dtype=np.float64), 0, shape or X.shape[1:], rows, given)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The value of each window."""
        X = self._windows(X)
        return self.model_.predict(X, n_jobs=self.n_jobs)


def _shaped(X: Any) -> tuple[Any, tuple[int, ...], int]:
    """Windows (n, N), the shape of a window as the user has it, and the rows of an image; the shape is empty for a table."""
    X = to_numpy(X)
    X = X if hasattr(X, "ndim") else np.asarray(X)
    flat, rows = flattened(X)
    return flat, tuple(X.shape[1:]) if X.ndim > 2 else (), rows


def _gradients(gradients: Any, windows: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Gradients (n, outputs, N), and displacements (n, N) if they are given, too."""
    if gradients is None:
        return None
    gradients, displacements = gradients if isinstance(gradients, tuple) else (gradients, None)
    n, length = windows
    gradients = aligned(gradients)
    if gradients.ndim < 2 or len(gradients) != n or gradients.size == 0 or gradients[0].size % length:
        raise ValueError(f"gradients: shape ({n}, {length}) or ({n}, outputs, {length}); it is {gradients.shape}")
    if displacements is not None:
        displacements = aligned(displacements).reshape(n, -1)
    return gradients.reshape(n, -1, length), displacements


def _class_names(classes: Any) -> list[str]:
    """The names that the model keeps: none if the classes are 0, 1, 2, … or if a label is no name."""
    whole = [isinstance(label, (int, float, np.integer, np.floating)) and label == int(label) for label in classes]
    names = [str(int(label)) if is_whole else str(label) for label, is_whole in zip(classes, whole)]
    plain = names == [str(number) for number in range(len(names))]
    valid = all(0 < len(name.encode()) <= 64 and name.isprintable() for name in names)
    return names if valid and not plain and len(set(names)) == len(names) else []


def _numbers(groups: Any) -> list[int]:
    """The groups, numbered in the order of their first appearance, as the command line does."""
    _, first, inverse = np.unique(np.asarray(to_numpy(groups)), return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return rank[np.ravel(inverse)].tolist()

"""A network of torch as two functions of numpy's arrays: outputs and gradients. This module imports torch when it is used."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

#: Windows by which the shape and the kind of the outputs are found.
_PROBE = 64


class Network:
    """Outputs (n, outputs) and gradients (n, outputs, N) of a network at windows (n, N).

    `function` is a module, or any function of tensors. Its outputs are a value (n,) or (n, 1), or the logits of `classes` classes, of which two
    may also have one output, the logit of the second class. Here, logits are less their mean: a softmax does not depend on it.

    `x` are windows in the user's shape. The network gets them in this shape, or with an axis of length 1 added or removed, whichever it takes.
    """

    def __init__(self, function: Any, x: np.ndarray, classes: int, batch: int = 256) -> None:
        import torch

        self._torch = torch
        if isinstance(function, torch.nn.Module) and function.training:
            raise ValueError(
                "teacher: call its eval() first; in training mode windows depend on each other, or on chance"
            )
        self._function, self._classes, self._batch = function, classes, batch
        parameter = next(function.parameters(), None) if isinstance(function, torch.nn.Module) else None
        self._device = None if parameter is None else parameter.device
        self._dtype = torch.float32 if parameter is None or not parameter.is_floating_point() else parameter.dtype
        self._shape = self._find_shape(x)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """The outputs at windows (n, N)."""
        with self._torch.no_grad():
            return self._in_batches(lambda x: self._centred(self._run(x, self._shape)), x)

    def gradients(self, x: np.ndarray) -> np.ndarray:
        """The gradients of every output with respect to the samples."""
        torch = self._torch

        def of_batch(x: Any) -> Any:
            x = x.requires_grad_()
            outputs = self._centred(self._run(x, self._shape))
            if not outputs.requires_grad:
                raise ValueError("teacher: outputs that depend on the windows by operations of torch; these do not")
            found = []
            for output in outputs.T:
                (gradient,) = torch.autograd.grad(output.sum(), x, retain_graph=True, allow_unused=True)
                found.append(torch.zeros_like(x) if gradient is None else gradient)
            return torch.stack(found, 1)

        # On graphics cards, recurrent networks of cudnn have gradients in training mode only.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            return self._in_batches(of_batch, x)

    def _in_batches(self, function: Any, x: np.ndarray) -> np.ndarray:
        parts = [x[i : i + self._batch] for i in range(0, len(x), self._batch)]
        tensor = self._torch.tensor
        found = [function(tensor(part)).detach().to("cpu", self._torch.float32).numpy() for part in parts]
        return np.ascontiguousarray(np.concatenate(found))

    def _run(self, x: Any, shape: tuple[int, ...]) -> Any:
        """The outputs (n, outputs) of the network at windows (n, N) that it gets in this shape."""
        n = len(x)
        return self._function(x.to(self._device, self._dtype).reshape(n, *shape)).reshape(n, -1)

    def _centred(self, outputs: Any) -> Any:
        if not self._classes:
            return outputs
        if outputs.shape[1] == 1:
            outputs = self._torch.cat([-outputs / 2, outputs / 2], 1)
        return outputs - outputs.mean(1, keepdim=True)

    def _find_shape(self, x: np.ndarray) -> tuple[int, ...]:
        """The first shape of windows that the network takes and for which it has the right number of outputs for each window by itself."""
        flat = self._torch.tensor(np.asarray(x[:_PROBE], np.float32).reshape(len(x[:_PROBE]), -1))
        refused: ValueError | None = None
        for shape in _shapes(x.shape[1:]):
            try:
                with self._torch.no_grad():
                    outputs, last = self._run(flat, shape), self._run(flat[-1:], shape)
            except Exception as why:  # whatever the user's network raises
                if refused is None:
                    refused = ValueError(f"teacher: it does not take windows of shape {shape}: {why}")
                    refused.__cause__ = why
                continue
            mistaken = self._mistaken(outputs, last)
            if mistaken is None:
                self._check(outputs)
                return shape
            # What it computes of windows says more than what it does not take.
            refused = ValueError(mistaken) if refused is None or refused.__cause__ else refused
        assert refused is not None
        raise refused

    def _mistaken(self, outputs: Any, last: Any) -> str | None:
        """Why the axes of the windows may be mistaken for others: the outputs of a batch, and those of its last window by itself."""
        number, expected = outputs.shape[1], self._classes or 1
        if number != expected and not (expected == 2 and number == 1):
            what = f"{expected}, one for each class" if self._classes else "1, because the targets are values"
            return f"teacher: outputs: {what}; it has {number}"
        unit = max(1.0, float(outputs.abs().max()))
        if not self._torch.allclose(outputs[-1], last[0], rtol=1e-2, atol=1e-3 * unit, equal_nan=True):
            return "teacher: outputs of each window by itself; these depend on the other windows of a batch"
        return None

    def _check(self, outputs: Any) -> None:
        torch = self._torch
        if not torch.isfinite(outputs).all():
            raise ValueError("teacher: outputs: finite numbers; some are not")
        inside = bool(((outputs >= 0) & (outputs <= 1)).all())
        sums = outputs.double().sum(1)
        if (
            self._classes
            and inside
            and (outputs.shape[1] == 1 or torch.allclose(sums, torch.ones_like(sums), atol=1e-3))
        ):
            raise ValueError(
                "teacher: outputs: logits; these are probabilities, whose gradients vanish where the network is sure: "
                "leave out its last softmax or sigmoid"
            )


def _shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Shapes of a window that a network may take: the user's first."""
    lengths = tuple(length for length in shape if length > 1)
    shapes = [shape, lengths, (1, *lengths), (*lengths, 1), (math.prod(shape),)]
    return list(dict.fromkeys(shapes))

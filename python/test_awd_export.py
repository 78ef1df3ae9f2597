"""What awd_export writes is right, and what it must not write is refused. Needs torch: python -m unittest, in this folder."""

import os
import tempfile
import unittest

import awd_export
import numpy as np
import torch

random = np.random.default_rng(1)
x_train, x_test = random.standard_normal((300, 12)), random.standard_normal((20, 12))
values, labels = (x_train[:, 3] ** 2, x_test[:, 3] ** 2), ((x_train[:, 3] > 0) + 0, (x_test[:, 3] > 0) + 0)
weights = torch.tensor(random.standard_normal((12, 2)), dtype=torch.float32)


def value(x):
    return torch.tanh(x @ weights[:, 0]) + x[:, 2] ** 3


def export(f, y, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out.npz")
        awd_export.export(path, f, x_train, y[0], x_test, y[1], **options)
        with np.load(path) as archive:
            return dict(archive)


class Export(unittest.TestCase):
    def test_gradients_of_a_value(self):
        written = export(value, values)
        x = x_train.astype(np.float32)
        expected = (1 - np.tanh(x @ weights[:, 0].numpy()) ** 2)[:, None] * weights[:, 0].numpy()
        expected[:, 2] += 3 * x[:, 2] ** 2
        self.assertEqual(written["gradient_train"].shape, (300, 1, 12))
        np.testing.assert_allclose(written["gradient_train"][:, 0], expected, atol=1e-4)
        np.testing.assert_array_equal(written["x_train"], x)
        np.testing.assert_array_equal(written["y_test"], values[1])
        self.assertNotIn("displacement_train", written)

    def test_logits_are_less_their_mean(self):
        for f in (lambda x: 5 + x @ weights, lambda x: x @ (weights[:, 1] - weights[:, 0])):
            written = export(f, labels)
            half = (weights[:, 1] - weights[:, 0]).numpy() / 2
            for output, sign in ((0, -1), (1, 1)):
                np.testing.assert_allclose(written["gradient_train"][:, output], np.tile(sign * half, (300, 1)), atol=1e-5)
            np.testing.assert_allclose(written["output_train"].sum(1), 0, atol=1e-4)

    def test_integrated_gradients_are_complete(self):
        steep = lambda x: torch.tanh(5 * (x @ weights[:, 0] - 0.3))  # noqa: E731
        baseline = x_train.mean(0)
        written = export(steep, values, method="integrated-gradients", baseline=baseline)
        sums = (written["gradient_train"][:, 0] * written["displacement_train"]).sum(1)
        at = steep(torch.tensor(baseline, dtype=torch.float32)).numpy()
        np.testing.assert_allclose(sums, written["output_train"][:, 0] - at, atol=0.02)

    def test_what_is_wrong_is_refused(self):
        class Wrong(torch.autograd.Function):
            forward = staticmethod(lambda ctx, x: x.clone())
            backward = staticmethod(lambda ctx, g: g / 4)

        for f, y, part in [
            (lambda x: value(Wrong.apply(x)), values, "central differences"),
            (lambda x: torch.floor(x[:, 0]) + 0 * x[:, 1], values, "all gradients are zero"),
            (lambda x: torch.softmax(x @ weights, 1), labels, "probabilities"),
            (lambda x: x @ weights, values, "one, as y_train has values"),
            (lambda x: x[:, :3], labels, "2, as y_train has classes"),
            (torch.nn.Sequential(torch.nn.BatchNorm1d(12), torch.nn.Linear(12, 1)), values, "eval()"),
        ]:
            with self.assertRaisesRegex(ValueError, part.replace("(", r"\(").replace(")", r"\)")):
                export(f, y)


if __name__ == "__main__":
    unittest.main()

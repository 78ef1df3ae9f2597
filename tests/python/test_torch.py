"""Networks of torch: their gradients, and what is refused."""

import numpy as np
import pytest
from awd import AwdClassifier, AwdRegressor, export_gradients
from conftest import bumps
from test_command import run

torch = pytest.importorskip("torch", reason="SKIPPED, NOT PASSED: no torch; cargo xtask test --full installs it")

random = np.random.default_rng(1)
x_train, x_test = (
    random.standard_normal((300, 12)).astype(np.float32),
    random.standard_normal((20, 12)).astype(np.float32),
)
values, labels = (x_train[:, 3] ** 2, x_test[:, 3] ** 2), ((x_train[:, 3] > 0) + 0, (x_test[:, 3] > 0) + 0)
weights = torch.tensor(random.standard_normal((12, 2)), dtype=torch.float32)


def value(x):
    return torch.tanh(x @ weights[:, 0]) + x[:, 2] ** 3


def value_gradients(x):
    expected = (1 - np.tanh(x @ weights[:, 0].numpy()) ** 2)[:, None] * weights[:, 0].numpy()
    expected[:, 2] += 3 * x[:, 2] ** 2
    return expected


@pytest.fixture
def export(tmp_path):
    def export(network, y, x=(x_train, x_test), **options):
        outputs = export_gradients(tmp_path / "out.npz", network, x[0], y[0], x[1], y[1], **options)
        with np.load(tmp_path / "out.npz") as archive:
            written = dict(archive)
        np.testing.assert_array_equal(written["output_train"], outputs)
        return written

    return export


def test_gradients_of_a_value(export):
    written = export(value, values, group_train=np.arange(300) % 5)
    assert written["gradient_train"].shape == (300, 1, 12)
    np.testing.assert_allclose(written["gradient_train"][:, 0], value_gradients(x_train), atol=1e-4)
    np.testing.assert_array_equal(written["x_train"], x_train)
    np.testing.assert_array_equal(written["y_test"], values[1])
    np.testing.assert_array_equal(written["group_train"], np.arange(300) % 5)
    assert "displacement_train" not in written


def test_logits_are_less_their_mean(export):
    for network in (lambda x: 5 + x @ weights, lambda x: x @ (weights[:, 1] - weights[:, 0])):
        written = export(network, labels)
        half = (weights[:, 1] - weights[:, 0]).numpy() / 2
        for output, sign in ((0, -1), (1, 1)):
            np.testing.assert_allclose(written["gradient_train"][:, output], np.tile(sign * half, (300, 1)), atol=1e-5)
        np.testing.assert_allclose(written["output_train"].sum(1), 0, atol=1e-4)


def test_path_methods_are_complete(export):
    def steep(x):
        return torch.tanh(2 * (x @ weights[:, 0] - 0.3))

    baseline = x_train.mean(0)
    integrated = export(steep, values, method="integrated-gradients", baseline=baseline)
    sums = (integrated["gradient_train"][:, 0] * integrated["displacement_train"]).sum(1)
    at = steep(torch.tensor(baseline)[None]).numpy()
    np.testing.assert_allclose(sums, integrated["output_train"][:, 0] - at, atol=0.02)
    product = export(value, values, method="input-x-gradient")
    np.testing.assert_array_equal(product["displacement_train"], x_train)
    shap = export(value, values, method="gradient-shap", steps=5)
    np.testing.assert_allclose(shap["displacement_train"], x_train - x_train.mean(0), atol=1e-5)


def test_networks_get_the_axes_that_they_take(export):
    conv = torch.nn.Sequential(
        torch.nn.Conv1d(1, 2, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(20, 1)
    ).eval()

    class Recurrent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = torch.nn.LSTM(1, 4, batch_first=True), torch.nn.Linear(4, 1)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    for network, axes in ((conv, lambda x: x[:, None, :]), (Recurrent().eval(), lambda x: x[:, :, None])):
        written = export(network, values)["gradient_train"]
        x = torch.tensor(axes(x_train), requires_grad=True)
        network(x).sum().backward()
        np.testing.assert_allclose(written[:, 0], x.grad.numpy().reshape(300, 12), atol=1e-6)
        shaped = export(network, values, x=(x_train[:, None, :], x_test[:, None, :]))
        np.testing.assert_array_equal(shaped["gradient_train"], written)
    image = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(4, 1)
    ).eval()
    of_images = export(image, values, x=(x_train.reshape(-1, 3, 4), x_test.reshape(-1, 3, 4)))
    assert of_images["x_train"].shape == (300, 3, 4) and of_images["gradient_train"].shape == (300, 1, 12)


def test_other_precisions_and_batches(export):
    layer = torch.nn.Linear(12, 2).eval()
    expected = export(layer, labels)["gradient_train"]
    np.testing.assert_array_equal(export(layer, labels, batch=7)["gradient_train"], expected)
    np.testing.assert_allclose(export(layer.double(), labels)["gradient_train"], expected, atol=1e-6)
    with torch.inference_mode(False), torch.no_grad():
        np.testing.assert_allclose(export(layer, labels)["gradient_train"], expected, atol=1e-6)


class Wrong(torch.autograd.Function):
    forward = staticmethod(lambda ctx, x: x.clone())
    backward = staticmethod(lambda ctx, g: g / 4)


def raises(x):
    raise OSError("a file of the network is missing")


@pytest.mark.parametrize(
    ("network", "y", "error", "message"),
    [
        (lambda x: value(Wrong.apply(x)), values, RuntimeError, "gradient predicts"),
        (lambda x: torch.floor(x[:, 0]) + 0 * x[:, 1], values, RuntimeError, "all are zero"),
        (lambda x: torch.softmax(x @ weights, 1), labels, ValueError, "probabilities"),
        (lambda x: torch.sigmoid(x @ weights[:, 0]), labels, ValueError, "probabilities"),
        (lambda x: x @ weights, values, ValueError, "1, because the targets are values; it has 2"),
        (lambda x: x[:, :3], labels, ValueError, "2, one for each class; it has 3"),
        (lambda x: (x - x.mean(0)) @ weights, labels, ValueError, "depend on the other windows"),
        (lambda x: torch.log(x[:, 0]), values, ValueError, "finite"),
        (lambda x: (x @ weights).detach(), labels, ValueError, "by operations of torch"),
        (torch.nn.Linear(5, 2).eval(), labels, ValueError, "does not take windows of shape"),
        (raises, values, ValueError, "a file of the network is missing"),
        (torch.nn.Sequential(torch.nn.BatchNorm1d(12), torch.nn.Linear(12, 1)), values, ValueError, "eval"),
    ],
)
def test_what_is_wrong_is_refused(export, tmp_path, network, y, error, message):
    with pytest.raises(error, match=message):
        export(network, y)
    assert not list(tmp_path.iterdir())


def test_bad_options_are_refused(export, tmp_path):
    for options, message in (
        ({"method": "lime"}, "method: saliency"),
        ({"method": "integrated-gradients", "baseline": [0.0]}, "baseline: 12 samples"),
        ({"method": "integrated-gradients", "steps": 0}, "steps: 1 at least"),
    ):
        with pytest.raises(ValueError, match=message):
            export(value, values, **options)
    with pytest.raises(ValueError, match="y_train: 300 targets"):
        export(value, (values[0][:5], values[1]))
    with pytest.raises(ValueError, match="y_train: floats, or integers"):
        export(value, (values[0].astype(str), values[1]))
    assert not list(tmp_path.iterdir())


def trained(X, y, outputs):
    """A small network that has learned these targets."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(
        torch.nn.Conv1d(1, 6, 5), torch.nn.GELU(), torch.nn.Flatten(), torch.nn.Linear(6 * 28, outputs)
    )
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    loss = torch.nn.MSELoss() if outputs == 1 else torch.nn.CrossEntropyLoss()
    for _ in range(80):
        optimiser.zero_grad()
        found = network(torch.tensor(X)[:, None, :])
        loss(found[:, 0] if outputs == 1 else found, torch.tensor(y)).backward()
        optimiser.step()
    optimiser.zero_grad()
    return network.eval()


def test_a_network_is_distilled_as_by_the_command_line(tmp_path):
    X, y = bumps(120)
    network = trained(X, y, 3)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    found = AwdClassifier(taps=4, levels=2).fit(torch.tensor(X), torch.tensor(y), teacher=network)
    assert found.results_["l1_attributions"] > 0 and found.score(X, y) > 0.95
    # The network is as it was, without gradients of its own.
    assert all((state[name] == tensor).all() for name, tensor in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    export_gradients(tmp_path / "d.npz", network, X, y, X, y)
    run("distil", tmp_path / "d.npz", "--taps", "4", "--levels", "2", "--out", tmp_path / "m.awd", "--quiet")
    assert found.model_.to_bytes() == (tmp_path / "m.awd").read_bytes()
    # The network's outputs are in the order of the sorted labels. The model keeps their names.
    names = np.array(["a", "b", "c"])
    with_names = AwdClassifier(taps=4, levels=2).fit(X, names[y], teacher=network)
    np.testing.assert_array_equal(with_names.model_.outputs(X), found.model_.outputs(X))
    assert (with_names.predict(X) == names[found.predict(X)]).all()
    with pytest.raises(ValueError, match="2, one for each class; it has 3"):
        AwdClassifier().fit(X, y > 0, teacher=network)


def test_a_network_of_values_is_distilled():
    X, _ = bumps(120)
    y = X.max(1)
    found = AwdRegressor(taps=4, levels=2, gamma=0.01).fit(X[:, None, :], y, teacher=trained(X, y, 1))
    assert found.model_.inspect()["provenance"]["attributions"] and found.score(X, y) > 0.8
    with pytest.raises(RuntimeError, match="gradient predicts"):
        AwdRegressor().fit(X, y, teacher=lambda x: Wrong.apply(x).sum(1) ** 3)


def test_an_exception_of_the_network_is_raised_again():
    calls = 0

    def network(x):
        nonlocal calls
        calls += 1
        if calls > 4:
            raise KeyboardInterrupt
        return x.sum(1) ** 2

    with pytest.raises(KeyboardInterrupt):
        AwdRegressor().fit(x_train, values[0], teacher=network)

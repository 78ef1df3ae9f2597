"""Makes the networks of this folder and what they say of a few windows.

Needs torch, onnx, onnxscript, onnxruntime, scikit-learn and skl2onnx from PyPI; run it in this folder. Versions at the time:
torch 2.15.0, onnx 1.23.2, onnxruntime 1.32.0, scikit-learn 1.9.1, skl2onnx 1.20.0. values.npz and classes.npz are data
sets; the array outputs_NAME is what onnxruntime says of x_test, which must be what the exporting library itself says, and
gradients_NAME (windows, outputs, samples) what torch says are the gradients.
"""

import numpy as np
import onnx
import onnx.utils
import onnxruntime
import torch
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from torch import nn

N = 24
random = np.random.default_rng(1)


def windows(n):
    """Bumps of three widths with noise: the value is the width's logarithm and the height, the class is the width."""
    label = np.arange(n) % 3
    height = random.uniform(0.5, 2.0, n)
    at = random.uniform(8, 16, n)
    width = 1.0 + label
    x = height[:, None] * np.exp(-((np.arange(N) - at[:, None]) ** 2) / width[:, None] ** 2)
    x += 0.05 * random.standard_normal((n, N))
    return x.astype(np.float32), np.log(width) + height, label.astype(np.int64)


x_train, values_train, labels_train = windows(240)
x_test, values_test, labels_test = windows(60)


class Cnn(nn.Module):
    def __init__(self, outputs, pooled):
        super().__init__()
        stride = 1 if pooled else 2
        pool = [nn.MaxPool1d(2)] if pooled else []
        self.layers = nn.Sequential(
            nn.Conv1d(1, 6, 5, stride, 2), nn.ReLU() if pooled else nn.GELU(), *pool,
            nn.Conv1d(6, 8, 3, stride, 1), nn.ReLU() if pooled else nn.GELU(), *pool,
            nn.Flatten(), nn.Linear(8 * N // 4, outputs),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


class Recurrent(nn.Module):
    def __init__(self, kind, outputs):
        super().__init__()
        self.layer = kind(1, 8, batch_first=True)
        self.readout = nn.Linear(8, outputs)

    def forward(self, x):
        steps, _ = self.layer(x)
        return self.readout(steps[:, -1])


def save(model, name):
    """Writes a network, without what the exporter tells of the machine that it ran on."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in [*model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.metadata_props[:]
    onnx.save(model, f"{name}.onnx")


def reference(name, shape):
    session = onnxruntime.InferenceSession(f"{name}.onnx")
    outputs = session.run(None, {session.get_inputs()[0].name: x_test.reshape(shape)})
    return next(output for output in outputs if output.dtype == np.float32)


def of_torch(name, net, shape, targets, loss):
    """Trains with torch, exports with torch.onnx."""
    x = torch.tensor(x_train.reshape(shape))
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(600):
        optimiser.zero_grad()
        loss(net(x), targets).backward()
        optimiser.step()
    net.eval()
    exported = torch.onnx.export(
        net, (x[:2],), input_names=["x"], output_names=["y"], dynamic_shapes=({0: torch.export.Dim("windows")},), dynamo=True
    )
    save(exported.model_proto, name)
    said = reference(name, shape)
    x = torch.tensor(x_test.reshape(shape), requires_grad=True)
    outputs = net(x)
    assert np.abs(said - outputs.detach().numpy()).max() < 1e-5, name
    gradients = [torch.autograd.grad(output.sum(), x, retain_graph=True)[0].reshape(-1, N) for output in outputs.T]
    return {f"outputs_{name}": said, f"gradients_{name}": torch.stack(gradients, 1).numpy()}


def of_sklearn(name, net, targets):
    """Trains with scikit-learn, exports with skl2onnx."""
    net.fit(x_train, targets)
    options = {type(net): {"zipmap": False}} if hasattr(net, "classes_") else None
    model = convert_sklearn(net, initial_types=[("x", FloatTensorType([None, N]))], options=options, target_opset=17)
    if hasattr(net, "classes_"):
        # Without the label, for which classifiers have operators of their own.
        model = onnx.utils.Extractor(model).extract_model(["x"], ["probabilities"])
    save(model, name)
    said = reference(name, (-1, N))
    own = net.predict_proba(x_test) if hasattr(net, "classes_") else net.predict(x_test).reshape(-1, 1)
    assert np.abs(said - own).max() < 1e-5, name
    return {f"outputs_{name}": said}


torch.manual_seed(1)
values = torch.tensor(values_train[:, None], dtype=torch.float32)
labels = torch.tensor(labels_train)
signals, steps = (-1, 1, N), (-1, N, 1)
perceptron = {"max_iter": 1000, "random_state": 1}
of_values = (
    of_sklearn("mlp", MLPRegressor(hidden_layer_sizes=(16, 16), activation="tanh", **perceptron), values_train)
    | of_torch("strided", Cnn(1, False), signals, values, nn.MSELoss())
    | of_torch("gru", Recurrent(nn.GRU, 1), steps, values, nn.MSELoss())
    | of_torch("lstm", Recurrent(nn.LSTM, 1), steps, values, nn.MSELoss())
    | of_sklearn("trees", RandomForestRegressor(2, max_depth=3, random_state=1), values_train)
)
of_classes = of_torch("pooled", Cnn(3, True), signals, labels, nn.CrossEntropyLoss()) | of_sklearn(
    "probabilities", MLPClassifier(hidden_layer_sizes=(16,), **perceptron), labels_train
)
for file, train, test, said in [
    ("values", values_train, values_test, of_values),
    ("classes", labels_train, labels_test, of_classes),
]:
    arrays = {name: array.astype(np.float32) for name, array in said.items()}
    np.savez_compressed(f"{file}.npz", x_train=x_train, y_train=train, x_test=x_test, y_test=test, **arrays)

"""Makes networks of scikit-learn as skl2onnx writes them without options: with labels, maps of probabilities, and operators of
its own domain.

Needs numpy, onnx, onnxruntime, scikit-learn and skl2onnx from PyPI; run it in this folder. Versions at the time: onnx 1.23.2,
onnxruntime 1.32.0, scikit-learn 1.9.1, skl2onnx 1.20.0. They learn from values.npz and classes.npz of export.py. The array
outputs_NAME of sklearn.npz has what onnxruntime computes for x_test, which must be what scikit-learn computes.
"""

import warnings

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, RobustScaler, StandardScaler

warnings.filterwarnings("ignore")
values, classes = np.load("values.npz"), np.load("classes.npz")


def mlp(kind=MLPClassifier):
    return kind(hidden_layer_sizes=(6,), activation="tanh", alpha=1.0, max_iter=400, random_state=1)


networks = {
    "sk_scaled": (make_pipeline(StandardScaler(), mlp()), classes),
    "sk_selected": (make_pipeline(SelectKBest(k=12), mlp()), classes),
    "sk_logistic": (make_pipeline(MinMaxScaler(), LogisticRegression()), classes),
    "sk_robust": (make_pipeline(RobustScaler(), Normalizer("l1"), LogisticRegression()), classes),
    "sk_normalised": (make_pipeline(Normalizer("l2"), LinearDiscriminantAnalysis()), classes),
    "sk_largest": (make_pipeline(Normalizer("max"), LogisticRegression()), classes),
    "sk_ridge": (RidgeClassifier(alpha=10.0), classes),
    "sk_linear": (LinearRegression(), values),
    "sk_values": (make_pipeline(StandardScaler(), mlp(MLPRegressor)), values),
}
outputs = {}
for name, (network, data) in networks.items():
    network.fit(data["x_train"], data["y_train"])
    x = data["x_test"]
    model = to_onnx(network, data["x_train"][:1])
    with open(f"{name}.onnx", "wb") as file:
        file.write(model.SerializeToString())
    session = onnxruntime.InferenceSession(f"{name}.onnx")
    found = session.run(None, {session.get_inputs()[0].name: x})[-1]
    if isinstance(found, list):
        found = np.array([[row[label] for label in sorted(row)] for row in found], np.float32)
    kinds = ["predict_proba", "decision_function", "predict"]
    own = next(getattr(network, kind)(x) for kind in kinds if hasattr(network, kind))
    assert np.abs(found - own.reshape(found.shape)).max() < 1e-4, name
    outputs[f"outputs_{name}"] = found.astype(np.float32)
np.savez_compressed("sklearn.npz", **outputs)

"""The estimators: windows, labels, options, errors, interruption."""

import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from awd import AwdClassifier, AwdRegressor
from conftest import bumps
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FAST = {"taps": 4, "levels": 2, "max_parameters": 20}


def test_labels_of_any_kind_give_the_same_model(fitted):
    model, X, y = fitted
    names = np.array(["none", "early", "late"])
    for labels in (
        names[y],
        np.array([10, -3, 7])[y],
        y.astype(float),
        [["a", "b", "c"][i] for i in y],
        names[y].astype(object),
    ):
        classes, numbers = np.unique(labels, return_inverse=True)
        found = AwdClassifier(**FAST).fit(X, labels)
        np.testing.assert_array_equal(found.classes_, classes)
        np.testing.assert_array_equal(found.predict(X), classes[found.model_.predict(X)])
        assert found.score(X, labels) > 0.95
        if (numbers == y).all():
            # The names of the classes are all that differs.
            np.testing.assert_array_equal(found.model_.score(X), model.model_.score(X))


def test_signals_of_every_shape_give_the_same_model(fitted):
    model, X, y = fitted
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.float32, offset=1).reshape(X.shape)
    assert not unaligned.flags.aligned
    for windows in (X[:, None, :], X.astype(np.float64), X.tolist(), np.asfortranarray(X), X.astype(">f4"), unaligned):
        found = AwdClassifier(**FAST).fit(windows, y)
        assert found.model_ == model.model_
        assert found.n_features_in_ == X.shape[1]
        np.testing.assert_array_equal(found.predict(windows), model.predict(X))
        np.testing.assert_array_equal(found.model_.score(windows), model.model_.score(X))


def test_images_are_distilled_as_images():
    random = np.random.default_rng(1)
    X = random.standard_normal((60, 8, 16))
    y = np.arange(60) % 2
    X[y == 1, 2:5, 3:9] += 2
    model = AwdClassifier(levels=2).fit(X, y)
    assert model.score(X, y) > 0.9 and model.model_.inspect()["image"]["height"] == 8
    np.testing.assert_array_equal(model.predict(X), model.predict(X.reshape(60, -1)))
    with pytest.raises(ValueError, match="X: images of 8 rows, like the model's; these are images of 16 rows"):
        model.predict(X.transpose(0, 2, 1))


def test_probabilities_decisions_and_features_agree(fitted):
    model, X, y = fitted
    probabilities, logits = model.predict_proba(X), model.decision_function(X)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)
    expected = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    np.testing.assert_array_equal(model.predict(X), model.classes_[probabilities.argmax(1)])
    features, names = model.transform(X), model.get_feature_names_out()
    readout = model.model_.inspect()["readout"]
    assert features.shape == (len(X), len(names)) and len(set(names)) == len(names)
    np.testing.assert_allclose(features @ np.array(readout["weights"]) + readout["bias"], logits[:, 1:], atol=1e-3)


def test_a_threshold_moves_the_decision():
    X, y = bumps(90)
    y = y > 0
    often, seldom = (AwdClassifier(threshold=p, **FAST).fit(X, y) for p in (0.05, 0.95))
    assert often.predict(X).sum() > seldom.predict(X).sum()
    for model, p in ((often, 0.05), (seldom, 0.95)):
        np.testing.assert_array_equal(model.predict(X), model.predict_proba(X)[:, 1] > p)
        np.testing.assert_array_equal(model.predict(X), model.decision_function(X) > 0)


def test_values_are_predicted():
    X, _ = bumps(200)
    y = X.max(1) + 0.5 * X.mean(1)
    model = AwdRegressor(**FAST).fit(X[:150], y[:150])
    assert model.score(X[150:], y[150:]) > 0.9
    assert model.predict(X).shape == (200,) and model.results_["validated"] > 0.9


def test_seeds_and_threads(fitted):
    model, X, y = fitted
    assert AwdClassifier(n_jobs=1, **FAST).fit(X, y).model_ == model.model_
    assert AwdClassifier(random_state=2, **FAST).fit(X, y).model_ != model.model_
    state = np.random.RandomState(3)
    first = AwdClassifier(random_state=state, **FAST).fit(X, y)
    assert first.model_ != AwdClassifier(random_state=state, **FAST).fit(X, y).model_
    assert [trial["chosen"] for trial in model.trials_].count(1) == 1


def test_a_pickle_has_the_model(fitted):
    model, X, _ = fitted
    again = pickle.loads(pickle.dumps(model))
    assert again.model_ == model.model_
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert model.model_.to_bytes() in pickle.dumps(model)


def test_groups_stay_in_one_fold(fitted):
    model, X, y = fitted
    groups = np.arange(len(X)) % 9
    grouped = AwdClassifier(**FAST).fit(X, y, groups=groups)
    names = AwdClassifier(**FAST).fit(X, y, groups=[f"movie {9 - group}" for group in groups])
    assert grouped.model_ == names.model_
    assert [trial["loss"] for trial in grouped.trials_] != [trial["loss"] for trial in model.trials_]
    with pytest.raises(ValueError, match="groups: 90 entries, one per window; it has 3"):
        AwdClassifier(**FAST).fit(X, y, groups=[1, 2, 3])
    # All windows of a class in one group: no fold has them all but leaves some.
    with pytest.raises(ValueError, match="windows of each class outside every fold"):
        AwdClassifier(**FAST).fit(X, y, groups=y)


def test_other_tools_of_scikit_learn(fitted):
    _, X, y = fitted
    pipeline = make_pipeline(StandardScaler(), AwdClassifier(**FAST))
    assert cross_val_score(pipeline, X, y, cv=GroupKFold(3), groups=np.arange(len(X)) % 7).mean() > 0.9
    frame = make_pipeline(AwdClassifier(**FAST)).set_output(transform="default").fit(X, y)
    assert frame.transform(X).shape[0] == len(X)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the sum of huge samples
def test_bad_input_is_refused_with_the_librarys_message(fitted):
    model, X, y = fitted
    for options, message in (
        ({"taps": 3}, "taps: an even number from 2 to 32 for windows of 32 samples; asked for 3"),
        ({"levels": 9}, "levels: 1 to 5 for windows of 32 samples; asked for 9"),
        ({"gamma": 0.1}, "gamma: 0 without a teacher and without gradients"),
        ({"lambda_": -1.0}, "lambda: finite and not negative"),
        ({"max_parameters": 1}, "max_parameters: enough for a wavelet, a bias and a weight; asked for 1"),
        ({"boundary": "zeros"}, 'boundary: zero, periodization, symmetric; asked for "zeros"; did you mean zero'),
        ({"wavelet": "db5"}, 'wavelet: any, learned, fixed; asked for "db5"'),
        ({"start": "db99"}, "start: .*asked for db99"),
        ({"threshold": 0.5}, "threshold: only for two classes"),
        ({"n_jobs": 0}, "n_jobs: "),
        ({"n_jobs": 5000}, "n_jobs: 1 to 1024 threads; asked for 5000"),
        ({"random_state": -1}, "random_state: not negative; asked for -1"),
    ):
        with pytest.raises(ValueError, match=message):
            AwdClassifier(**options).fit(X, y)
    with pytest.raises(TypeError, match="taps"):
        AwdClassifier(taps="four").fit(X, y)
    with pytest.raises(ValueError, match="2 to 9 classes; it has 30"):
        AwdClassifier().fit(X, np.arange(90) % 30)
    with pytest.raises(ValueError, match="at least 2 classes; it has 1 class"):
        AwdClassifier().fit(X, np.zeros(90))
    with pytest.raises(ValueError, match="gradients: shape"):
        AwdClassifier().fit(X, y, gradients=X[:, :5])
    with pytest.raises(ValueError, match="not both"):
        AwdClassifier().fit(X, y, gradients=X, teacher="a.onnx")
    with pytest.raises(FileNotFoundError):
        AwdClassifier().fit(X, y, teacher="none.onnx")
    with pytest.raises(ValueError, match="every window is constant"):
        AwdRegressor().fit(np.ones((9, 8)), np.arange(9))
    with pytest.raises(NotFittedError):
        AwdClassifier().predict(X)
    with pytest.raises(ValueError, match="expecting 32 features"):
        model.predict(X[:, :31])
    with pytest.raises(ValueError, match="finite in float32; those of window 0 are not"):
        model.predict(np.full((2, 32), 3e38) * (-1) ** np.arange(32))


def test_gradients_from_elsewhere_count(fitted):
    model, X, y = fitted
    gradients = np.random.default_rng(0).standard_normal((90, 3, 32))
    found = AwdClassifier(gamma=0.1, **FAST).fit(X, y, gradients=gradients)
    product = AwdClassifier(gamma=0.1, **FAST).fit(X, y, gradients=(gradients, X))
    provenance = found.model_.inspect()["provenance"]
    assert provenance["attributions"] and not provenance["products"] and provenance["gamma"] == pytest.approx(0.1)
    assert (
        product.model_.inspect()["provenance"]["products"]
        and model.model_.inspect()["provenance"]["attributions"] is None
    )
    assert len({found.results_["l1_attributions"], product.results_["l1_attributions"], 0.0}) == 3


LONG = """
import numpy as np, time
from awd import AwdRegressor
random = np.random.default_rng(0)
X = random.standard_normal((3000, 256))
print("begins", flush=True)
try:
    AwdRegressor(each_level=True).fit(X, X.max(1))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_interrupts_a_fit():
    child = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begins\n"
    time.sleep(1)
    assert child.poll() is None
    child.send_signal(signal.SIGINT)
    started = time.monotonic()
    assert child.communicate(timeout=60)[0] == "interrupted\n" and child.returncode == 0
    assert time.monotonic() - started < 30


def test_other_threads_run_during_a_fit(fitted):
    _, X, y = fitted
    running, counted = True, 0

    def count():
        nonlocal counted
        while running:
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    AwdClassifier().fit(X, y)
    seconds, running = time.monotonic() - started, False
    thread.join()
    assert counted > 50 * seconds, (counted, seconds)


def test_a_forked_process_fits_too(fitted):
    model, X, y = fitted
    code = (
        "import os, numpy as np; from awd import AwdClassifier; from conftest import bumps; X, y = bumps(90)\n"
        "fit = lambda: AwdClassifier(taps=4, levels=2, max_parameters=20).fit(X, y).model_\n"
        "model = fit(); child = os.fork()\n"
        "if child == 0: os._exit(0 if fit() == model else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0; print('equal')\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=__file__.rsplit("/", 1)[0],
    )
    assert run.stdout == "equal\n", run.stderr


@pytest.mark.parametrize(
    ("labels", "names"),
    [(["no", "yes"], ["no", "yes"]), ([-1.0, 1.0], ["-1", "1"]), ([0, 1], []), ([False, True], ["False", "True"])],
)
def test_the_model_keeps_the_names_of_classes(labels, names):
    X = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    y = np.asarray(labels)[np.arange(40) % 2]
    model = AwdClassifier(taps=2, levels=1, max_parameters=6).fit(X, y).model_
    assert model.inspect()["class_names"] == names

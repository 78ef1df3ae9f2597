"""scikit-learn's own checks of estimators."""

import awd
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([awd.AwdClassifier(), awd.AwdRegressor()])
def test_check(estimator, check):
    check(estimator)

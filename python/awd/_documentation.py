"""The documentation of the parameters and attributes of both estimators."""

_PARAMETERS = """

    Parameters
    ----------
    wavelet : {"any", "learned", "fixed"}, default="any"
        Origin of the wavelet. With "any", fixed wavelets are tried, too, if there are more than 150 windows.
    family : {"orthogonal", "symmetric"}, default=None
        Family of the wavelet; by default chosen.
    taps : int, default=None
        Taps of the filter, an even number; by default chosen.
    levels : int, default=None
        Levels of the transform; by default chosen.
    each_level : bool, default=False
        Learn one wavelet for each level instead of one for all.
    boundary : {"zero", "periodization", "symmetric"}, default=None
        Extension of the window beyond its ends; by default zero, and periodization for images.
    lambda_ : float or list of float, default=None
        Weight of the L1 norm of the coefficients; by default 0.005. Of several, one is chosen.
    gamma : float or list of float, default=None
        Weight of the L1 norm of the attributions; by default chosen, and 0 without a teacher. Of several, in ascending order, one is chosen.
    supervised : float, default=0.0
        Weight of the readout's loss in the search for the wavelet, an extension of the method.
    start : str, default=None
        Start the search from this wavelet (PyWavelets' name); "db5+0.3" adds normal noise of standard deviation 0.3 to its taps.
    max_parameters : int, default=41
        Maximum number of deployed parameters (taps, weights, biases) for each output.
    target : {"file", "m4f", "m0"}, default="file"
        What scores on the device, for the next two: the model file on a Cortex-M4F, or code that `awd export --as c` writes on a
        Cortex-M4F or, with arithmetic="fixed", on a Cortex-M0.
    instructions : int, default=None
        Maximum number of instructions for a score there, estimated from the features; signals only.
    flash : int, default=None
        Maximum number of bytes of flash of the exported code, estimated from the features; not for target="file".{classes}
    arithmetic : {"float", "fixed"}, default="float"
        Arithmetic of the scores on boards: 32-bit floating point, or 16-bit integers for boards without a floating-point unit.
    early_events : bool, default=False
        Also train on incomplete events: a copy of each window, with zeros after a random part of it.
    folds : {"stratified", "blocked"}, default="stratified"
        How windows are assigned to the folds of the cross-validation: at random, or in consecutive blocks, for windows in order of time.
    within : float, default=0.0
        Drop features while the cross-validated loss (1 - R2, or the mean of -ln p) rises by no more than this.
    bare : bool, default=False
        Omit from the model what scoring does not need: provenance, and the statistics with which a board detects drift.
    random_state : int, RandomState instance or None, default=1
        Seed of all random choices, as `awd --seed`. The same seed gives the same model, on any number of threads.
    n_jobs : int, default=None
        Number of threads; by default, and for -1, one for each processor.

    Attributes
    ----------
    model_ : Model
        The distilled model.
    results_ : dict
        What was chosen, the objective, the score in cross-validation ("validated") and more, as `awd distil --json` prints them.
    trials_ : list of dict
        All candidates that were tried, as in the file of `awd distil --trials`.
    n_features_in_ : int
        Samples of a window.{attributes}
    """


def parameters(classes: str, attributes: str) -> str:
    """The documentation, with the parameters and attributes that only a classifier has."""
    return _PARAMETERS.replace("{classes}", classes).replace("{attributes}", attributes)

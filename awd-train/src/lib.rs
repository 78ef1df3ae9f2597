//! Distils a trained network into a wavelet and a sparse readout.
pub mod wavelet;

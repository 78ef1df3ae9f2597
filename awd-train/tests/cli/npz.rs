//! Small data sets.

use npyz::{AutoSerialize, WriterBuilder};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use zip::write::{SimpleFileOptions, ZipWriter};

/// An archive that is being written.
pub struct Npz(ZipWriter<File>);

impl Npz {
    pub fn new(path: &Path) -> Self {
        Self(ZipWriter::new(File::create(path).unwrap()))
    }

    /// Adds an array.
    pub fn with<T: AutoSerialize>(mut self, name: &str, shape: &[u64], elements: impl IntoIterator<Item = T>) -> Self {
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
        writer.extend(elements).unwrap();
        writer.finish().unwrap();
        self.0.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        self.0.write_all(&bytes).unwrap();
        self
    }

    pub fn finish(self) {
        self.0.finish().unwrap();
    }
}

/// Windows of 24 samples with a bump. The value is its width.
pub fn bumps(path: &Path) {
    let width = |i: u64| 1.0 + (i * 7 % 13) as f32 / 3.0;
    let x = |n: u64| (0..n * 24).map(move |j| (-((j % 24) as f32 - 12.0).powi(2) / width(j / 24).powi(2)).exp());
    Npz::new(path)
        .with("x_train", &[80, 24], x(80))
        .with("y_train", &[80], (0..80).map(width))
        .with("x_test", &[40, 24], x(40))
        .with("y_test", &[40], (0..40).map(width))
        .finish();
}

/// Pseudo-random noise from -1 to 1: its sample `j`.
pub fn noise(j: u64) -> f32 {
    ((j * j).wrapping_mul(6_364_136_223_846_793_005) >> 33) as f32 / (1_u64 << 30) as f32 - 1.0
}

/// Windows of 24 samples of noise. Every third one has a faint bump: class 1.
pub fn faint_bumps(path: &Path) {
    noise_and_bumps(path, 0);
}

/// The same, but sums over the samples of the first `beyond` test windows overflow f32.
pub fn noise_and_bumps(path: &Path, beyond: u64) {
    let bump = |j: u64| if (j / 24).is_multiple_of(3) { (-((j % 24) as f32 - 12.0).powi(2) / 8.0).exp() } else { 0.0 };
    let x = |from: u64, n: u64| (24 * from..24 * (from + n)).map(move |j| noise(j) + bump(j));
    let y = |n: i64| (0..n).map(|i| i64::from(i % 3 == 0));
    let overflowing = (0..24 * beyond).map(|j| if j % 2 == 0 { 3.4e38 } else { -3.4e38 });
    Npz::new(path)
        .with("x_train", &[300, 24], x(0, 300))
        .with("y_train", &[300], y(300))
        .with("x_test", &[300, 24], overflowing.chain(x(300 + beyond, 300 - beyond)))
        .with("y_test", &[300], y(300))
        .finish();
}

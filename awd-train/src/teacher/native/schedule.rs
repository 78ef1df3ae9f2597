//! Training schedules: batch size, learning rate and number of passes.

use super::Arch;

/// Maximum number of updates per epoch; larger sets get larger batches.
const UPDATES: usize = 120;

/// How one kind of network is trained.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Minimum batch size.
    batch: usize,
    /// The highest learning rate; it falls to zero along half a cosine.
    rate: f64,
    /// Passes over the training windows, unless `updates` requires more or fewer.
    epochs: usize,
    /// Minimum and maximum number of updates in total.
    updates: [usize; 2],
    /// Training stops after this share of the epochs without a better validation loss.
    patience: f64,
    /// Weight decays to try; the network with the least validation loss is kept.
    pub decays: &'static [f32],
    /// Whether the network of the last pass is kept, instead of that with the least validation loss.
    pub last: bool,
    /// Whether windows are augmented by small random shifts.
    pub shifted: bool,
}

impl Schedule {
    /// Schedules chosen by validation inside the training splits of the sets in docs/results.md. With few windows,
    /// every kind of network is trained to the end, on the same number of small batches, with shifted windows.
    pub const fn of(arch: Arch, few: bool) -> Self {
        let shared = Self {
            batch: 32,
            rate: 4e-3,
            epochs: 80,
            updates: [0, 9600],
            patience: 0.15,
            decays: &[1e-3],
            last: false,
            shifted: false,
        };
        if few {
            return Self {
                batch: 8,
                rate: 2e-3,
                updates: [1000, 4000],
                patience: 1.0,
                last: true,
                shifted: true,
                ..shared
            };
        }
        match arch {
            Arch::Lstm | Arch::Cnn | Arch::Rocket => shared,
            // The mean over a window discards positions, so few windows need many small steps.
            Arch::Resnet | Arch::Inception => {
                Self { batch: 8, rate: 2e-3, updates: [1000, 4000], patience: 0.5, ..shared }
            }
            // A perceptron has many weights, and needless kinks of its rectifiers are noise in its gradients. With a
            // strong decay, the loss falls only at the end, when the learning rate falls.
            Arch::Mlp => Self { epochs: 160, updates: [0, 19200], patience: 1.0, decays: &[1e-3, 0.3, 3.0], ..shared },
        }
    }

    /// The batch size for so many training windows.
    pub fn batch(&self, windows: usize) -> usize {
        self.batch.max(windows.div_ceil(UPDATES))
    }

    /// The number of passes over so many training windows.
    pub fn epochs(&self, windows: usize) -> usize {
        let batches = windows.div_ceil(self.batch(windows)).max(1);
        let [least, most] = self.updates.map(|updates| updates.div_ceil(batches).max(1));
        self.epochs.clamp(least, most.max(least))
    }

    /// The learning rate of a pass.
    pub fn rate(&self, epoch: usize, epochs: usize) -> f64 {
        self.rate * 0.5 * (1.0 + (std::f64::consts::PI * epoch as f64 / epochs as f64).cos())
    }

    /// Passes without a better validation loss after which training stops.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the epochs")]
    pub fn patience(&self, epochs: usize) -> usize {
        (self.patience * epochs as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_windows_are_seen_often_and_many_in_large_batches() {
        let resnet = Schedule::of(Arch::Resnet, false);
        for (windows, batch, epochs) in [(24, 8, 334), (400, 8, 80), (2900, 25, 35), (100_000, 834, 34)] {
            assert_eq!((resnet.batch(windows), resnet.epochs(windows)), (batch, epochs), "{windows}");
        }
        assert_eq!(Schedule::of(Arch::Lstm, false).epochs(24), 80);
        assert_eq!(Schedule::of(Arch::Lstm, true).epochs(24), 334);
        assert_eq!((resnet.rate(0, 10), resnet.rate(5, 10)), (2e-3, 1e-3));
    }
}

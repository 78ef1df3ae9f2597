//! How long a network is trained, and how fast.

use super::Arch;

/// Updates of an epoch at most; larger sets get larger batches.
const UPDATES: usize = 120;

/// How one kind of network is trained.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Windows of a batch at least.
    batch: usize,
    /// The highest learning rate; it falls to zero along half a cosine.
    rate: f64,
    /// Passes over the training part, where they come to as many updates as `updates` allows.
    epochs: usize,
    /// Updates in all, at least and at most.
    updates: [usize; 2],
    /// Share of the epochs after which, without a better validation loss, training stops.
    patience: f64,
    /// Weight decays that are tried; the network of least validation loss stays.
    pub decays: &'static [f32],
    /// Whether the network of the last pass stays, not that of the least validation loss.
    pub last: bool,
    /// Whether windows are moved along a little each time they are seen.
    pub moved: bool,
}

impl Schedule {
    /// Chosen by validation inside the training splits of the sets in docs/results.md. Of few windows every kind of network sees as many
    /// small batches, to the end, and windows that are moved.
    pub const fn of(arch: Arch, few: bool) -> Self {
        let shared = Self {
            batch: 32,
            rate: 4e-3,
            epochs: 80,
            updates: [0, 9600],
            patience: 0.15,
            decays: &[1e-3],
            last: false,
            moved: false,
        };
        if few {
            return Self {
                batch: 8,
                rate: 2e-3,
                updates: [1000, 4000],
                patience: 1.0,
                last: true,
                moved: true,
                ..shared
            };
        }
        match arch {
            Arch::Lstm | Arch::Cnn | Arch::Rocket => shared,
            // The mean over a window forgets where, so that few windows take many small steps.
            Arch::Resnet | Arch::Inception => {
                Self { batch: 8, rate: 2e-3, updates: [1000, 4000], patience: 0.5, ..shared }
            }
            // A perceptron's weights are many, and what its rectifiers bend without need is noise in its gradients; with a
            // strong decay the loss falls only as the rate does, at the end.
            Arch::Mlp => Self { epochs: 160, updates: [0, 19200], patience: 1.0, decays: &[1e-3, 0.3, 3.0], ..shared },
        }
    }

    /// Windows of a batch, of so many to train on.
    pub fn batch(&self, windows: usize) -> usize {
        self.batch.max(windows.div_ceil(UPDATES))
    }

    /// Passes over so many windows.
    pub fn epochs(&self, windows: usize) -> usize {
        let a_pass = windows.div_ceil(self.batch(windows)).max(1);
        let [least, most] = self.updates.map(|updates| updates.div_ceil(a_pass).max(1));
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

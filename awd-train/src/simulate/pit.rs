//! One endocytic pit without noise: how long it lives, and how much clathrin and auxilin it has.

use super::normal;
use rand::{Rng, RngExt};

/// The share of productive pits.
const PRODUCTIVE: f64 = 0.4;

/// The shortest track that is detected, in seconds.
const SHORTEST: f64 = 4.0;

/// A log-normal distribution: its median, and the standard deviation of its logarithm.
#[derive(Clone, Copy)]
pub struct Spread(pub f64, pub f64);

/// Lifetimes of productive pits, in seconds.
const LIFETIME: Spread = Spread(65.0, 0.35);

/// The shares of three kinds of abortive pits, and their lifetimes in seconds.
const ABORTIVE: [(f64, Spread); 3] = [(0.48, Spread(5.0, 0.5)), (0.32, Spread(15.0, 0.5)), (0.2, Spread(50.0, 0.4))];

/// Brightness of the plateau of a productive pit, which is the unit, and of an abortive pit of infinite lifetime.
const PLATEAU: [Spread; 2] = [Spread(1.0, 0.3), Spread(0.9, 0.35)];

/// Abortive pits are brighter the longer they live, with this time constant in seconds.
const GATHERS: f64 = 20.0;

/// The range of the share of its life in which a pit grows: for productive pits, and for abortive ones.
const GROWS: [[f64; 2]; 2] = [[0.3, 0.5], [0.3, 0.7]];

/// Seconds in which a vesicle sheds its coat.
const SHEDS: Spread = Spread(9.0, 0.25);

/// The burst of auxilin: seconds from scission to the peak, width in seconds, and height of the peak.
const BURST: [Spread; 3] = [Spread(3.0, 0.3), Spread(4.0, 0.2), Spread(1.0, 0.4)];

/// A pit without noise.
pub struct Pit {
    /// Seconds.
    pub lifetime: f64,
    /// When it stops growing, and when it begins to shed its coat or to fall apart.
    grown: f64,
    sheds: f64,
    plateau: f64,
    /// For a productive pit, the burst of auxilin: when it peaks, its width, and its height.
    pub burst: Option<[f64; 3]>,
}

impl Pit {
    pub fn draw(random: &mut impl Rng) -> Self {
        let productive = random.random::<f64>() < PRODUCTIVE;
        let lifetime = loop {
            let lifetime = if productive { LIFETIME } else { one_of(&ABORTIVE, random) }.draw(random);
            if lifetime >= SHORTEST {
                break lifetime;
            }
        };
        let kind = usize::from(!productive);
        let [from, to] = GROWS[kind];
        let grown = lifetime * random.random_range(from..to);
        let plateau = PLATEAU[kind].draw(random);
        if !productive {
            let plateau = plateau * (1.0 - (-lifetime / GATHERS).exp());
            return Self { lifetime, grown, sheds: grown, plateau, burst: None };
        }
        let sheds = (lifetime - SHEDS.draw(random)).max(grown);
        let [delay, width, peak] = BURST.map(|spread| spread.draw(random));
        Self { lifetime, grown, sheds, plateau, burst: Some([sheds + delay, width, peak]) }
    }

    /// Clathrin at a time in seconds. It rises like a square root, as the area of a growing cap does, stays level, and
    /// falls.
    pub fn clathrin(&self, time: f64) -> f64 {
        let shape = if time < self.grown {
            (time / self.grown).sqrt()
        } else if time < self.sheds {
            1.0
        } else {
            (self.lifetime - time) / (self.lifetime - self.sheds)
        };
        self.plateau * shape.clamp(0.0, 1.0)
    }

    pub fn auxilin(&self, time: f64) -> f64 {
        self.burst.map_or(0.0, |[at, width, peak]| peak * (-((time - at) / width).powi(2)).exp())
    }
}

impl Spread {
    pub fn draw(self, random: &mut impl Rng) -> f64 {
        self.0 * (self.1 * normal(random)).exp()
    }
}

/// Draws one of several by their shares.
fn one_of(several: &[(f64, Spread)], random: &mut impl Rng) -> Spread {
    let mut left = random.random::<f64>();
    let chosen = several.iter().find(|(share, _)| {
        left -= share;
        left < 0.0
    });
    chosen.or(several.last()).map_or(LIFETIME, |(_, spread)| *spread)
}

//! Clathrin-mediated endocytosis as a microscope sees it: which pits become vesicles, and which are aborted?
//!
//! Fluorescent clathrin gathers at a pit, with one frame per second. Most pits are aborted within seconds. A productive
//! pit grows, stays, and sheds its coat after scission of the vesicle. At scission a burst of auxilin comes to take the
//! coat apart. So auxilin, in a second colour, shows which pits were productive. A window is a track of clathrin from
//! its detection on, padded with zeros after its end. Every movie has its own brightness and background.
//!
//! Lifetimes: abortive pits of about 5 s and of about 15 s beside productive ones (Ehrlich et al. 2004; Loerke et al.
//! 2009), productive pits with a median of 65 s, and abortive ones that stall for as long (Aguet et al. 2013). Auxilin
//! bursts within seconds of scission (Massol et al. 2006; He et al. 2020). Shapes, spreads and shares have the
//! magnitude that is observed there, and are otherwise made up.

use super::normal;
use super::pit::{Pit, Spread};
use crate::data::{Dataset, Samples, Target};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Samples of a window, a second each; longer tracks are cut.
pub const WINDOW: usize = 128;

/// The number of tracks of a movie.
const MOVIE: usize = 100;

/// The brightness factor of movies, and the standard deviation of their background in units of a plateau.
const MOVIES: [Spread; 2] = [Spread(1.0, 0.2), Spread(0.1, 0.2)];

/// Variance of the shot noise per unit of brightness.
const SHOT: f64 = 0.02;

/// Tracks in both colours.
pub struct Cme {
    /// Windows of clathrin, with class 1 for productive pits and movies as groups.
    pub data: Dataset,
    /// Auxilin of the same windows, of both splits.
    pub auxilin: [Array2<f32>; 2],
}

/// Simulates `n_train` tracks for training and `n_test` for testing, from different movies. The same seed gives the
/// same tracks.
#[must_use]
pub fn cme(n_train: usize, n_test: usize, seed: u64) -> Cme {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let [(train, auxilin_train), (test, auxilin_test)] = [n_train, n_test].map(|n| split(n, &mut random));
    let [groups, test_groups] = [n_train, n_test].map(|n| Some((0..n).map(|i| i / MOVIE).collect()));
    let data = Dataset { groups, test_groups, ..Dataset::of("cme".into(), train, test) };
    Cme { data, auxilin: [auxilin_train, auxilin_test] }
}

fn split(n: usize, random: &mut ChaCha8Rng) -> (Samples, Array2<f32>) {
    let (mut x, mut auxilin) = (Array2::zeros((n, WINDOW)), Array2::zeros((n, WINDOW)));
    let mut labels = Vec::with_capacity(n);
    let [mut brightness, mut background] = [0.0; 2];
    for (i, (mut x, mut auxilin)) in x.rows_mut().into_iter().zip(auxilin.rows_mut()).enumerate() {
        if i % MOVIE == 0 {
            [brightness, background] = MOVIES.map(|spread| spread.draw(random));
        }
        let pit = Pit::draw(random);
        let frames = WINDOW.min(pit.lifetime.ceil() as usize);
        for frame in 0..frames {
            let time = frame as f64;
            for (into, signal) in [(&mut x[frame], pit.clathrin(time)), (&mut auxilin[frame], pit.auxilin(time))] {
                let signal = brightness * signal;
                let noise = (background * background + SHOT * signal).sqrt() * normal(random);
                *into = (signal + noise) as f32;
            }
        }
        labels.push(usize::from(pit.burst.is_some()));
    }
    (Samples { x, y: Target::Classes { labels, classes: 2 } }, auxilin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lifetimes of one class in frames, ascending.
    fn lifetimes(data: &Dataset, class: usize) -> Vec<usize> {
        let Target::Classes { labels, .. } = &data.train.y else { unreachable!() };
        let rows = data.train.x.rows().into_iter().zip(labels).filter(|(_, label)| **label == class);
        let mut lifetimes: Vec<usize> =
            rows.map(|(x, _)| x.iter().rposition(|sample| *sample != 0.0).map_or(0, |last| last + 1)).collect();
        lifetimes.sort_unstable();
        lifetimes
    }

    #[test]
    fn lifetimes_match_the_papers() {
        let Cme { data, .. } = cme(4000, 10, 1);
        let (abortive, productive) = (lifetimes(&data, 0), lifetimes(&data, 1));
        let median = |lifetimes: &[usize]| lifetimes[lifetimes.len() / 2];
        assert!((60..70).contains(&median(&productive)), "{}", median(&productive));
        let short = abortive.iter().filter(|&&lifetime| lifetime < 20).count();
        assert!(5 * short > 3 * abortive.len() && abortive[0] >= 4, "{short} {}", abortive.len());
        assert!((1400..1800).contains(&productive.len()), "{}", productive.len());
        // A sixth of the abortive pits live nearly as long as productive ones, so lifetime alone does not separate the
        // classes.
        assert!(abortive[abortive.len() * 5 / 6] > 35, "{}", abortive[abortive.len() * 5 / 6]);
    }

    #[test]
    fn auxilin_comes_to_productive_pits_alone_and_at_their_end() {
        let Cme { data, auxilin: [auxilin, _] } = cme(1000, 10, 2);
        let Target::Classes { labels, .. } = &data.train.y else { unreachable!() };
        for (label, highest) in [(0, 0.0..0.6), (1, 0.6..2.0)] {
            let tracks: Vec<_> = auxilin.rows().into_iter().zip(labels).filter(|(_, own)| **own == label).collect();
            let mean = tracks.iter().map(|(row, _)| f64::from(row.iter().copied().fold(0.0, f32::max))).sum::<f64>();
            assert!(highest.contains(&(mean / tracks.len() as f64)), "{label} {}", mean / tracks.len() as f64);
        }
    }

    #[test]
    fn a_seed_repeats_it_and_movies_are_groups() {
        let (a, b, c) = (cme(250, 30, 4), cme(250, 30, 4), cme(250, 30, 5));
        assert_eq!((&a.data.train.x, &a.data.test.x, &a.auxilin), (&b.data.train.x, &b.data.test.x, &b.auxilin));
        assert_ne!(a.data.train.x, c.data.train.x);
        let groups = a.data.groups.unwrap();
        assert_eq!((groups[99], groups[100], groups[249]), (0, 1, 2));
    }
}

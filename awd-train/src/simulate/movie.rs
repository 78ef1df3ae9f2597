//! A movie of endocytic pits as a camera sees it: spots that move a little on a bright background.
//!
//! The pits are those of [`cme`](super::cme()). The size of a spot, the counts and the motion have the magnitude that is
//! usual in total internal reflection microscopy of clathrin, and are otherwise made up.

use super::normal;
use super::pit::Pit;
use ndarray::{Array2, Array3, ArrayViewMut2};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Standard deviation of the image of a spot, in pixels.
const SPOT: f64 = 1.3;

/// A spot is drawn within this distance of its centre, in pixels.
const REACH: f64 = 5.0;

/// Counts of the background. Noise has the variance of the counts, as that of photons has.
const BACKGROUND: f64 = 1000.0;

/// Counts at the centre of a productive pit of median brightness.
const PLATEAU: f64 = 150.0;

/// Standard deviation of the motion along each axis, in pixels per frame.
const MOTION: f64 = 0.1;

/// The least distance between a new pit and its neighbours, in pixels, and how often a place is sought.
const APART: f64 = 6.0;
const TRIES: usize = 30;

/// The mean lifetime of pits in frames, by which the rate of new ones is chosen.
const LIFETIME: f64 = 40.0;

/// Frames before the movie, so that it begins with pits of all ages.
const BEFORE: usize = 200;

/// The size of a movie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovieOptions {
    /// Number of frames, one per second.
    pub frames: usize,
    /// Height and width in pixels.
    pub side: usize,
    /// Mean number of pits in a frame.
    pub pits: usize,
}

/// Frames, and where the pits are in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Movie {
    /// Counts of the camera, of shape (frames, side, side).
    pub frames: Array3<u16>,
    /// A row for each pit in each frame: the number of the pit, the frame, and y and x in pixels.
    pub spots: Array2<f32>,
    /// For each pit, whether it becomes a vesicle.
    pub vesicles: Vec<bool>,
}

/// A pit at its place.
struct Placed {
    number: usize,
    pit: Pit,
    /// Frames since its start.
    age: usize,
    at: [f64; 2],
}

/// Simulates a movie. The same seed gives the same movie.
#[must_use]
pub fn movie(options: MovieOptions, seed: u64) -> Movie {
    let MovieOptions { frames, side, pits } = options;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut counts = Array3::zeros((frames, side, side));
    let (mut spots, mut vesicles) = (Vec::new(), Vec::new());
    let mut living: Vec<Placed> = Vec::new();
    let mut mean = Array2::zeros((side, side));
    let (mut time, mut next) = (0.0, 0.0);
    for frame in 0..BEFORE + frames {
        while next <= time {
            // The times between new pits are exponentially distributed.
            next -= (1.0 - random.random::<f64>()).ln() * LIFETIME / pits as f64;
            let pit = Pit::draw(&mut random);
            let at = place(side, &living, &mut random);
            living.push(Placed { number: vesicles.len(), pit, age: 0, at });
            vesicles.push(living[living.len() - 1].pit.burst.is_some());
        }
        time += 1.0;
        if let Some(frame) = frame.checked_sub(BEFORE) {
            mean.fill(BACKGROUND);
            for Placed { number, pit, age, at } in &living {
                draw(mean.view_mut(), *at, PLATEAU * pit.clathrin(*age as f64));
                spots.extend([*number as f32, frame as f32, at[0] as f32, at[1] as f32]);
            }
            for (counts, mean) in counts.index_axis_mut(ndarray::Axis(0), frame).iter_mut().zip(&mean) {
                *counts = (mean + mean.sqrt() * normal(&mut random)).round().clamp(0.0, f64::from(u16::MAX)) as u16;
            }
        }
        for placed in &mut living {
            placed.age += 1;
            placed.at = placed.at.map(|at| (at + MOTION * normal(&mut random)).clamp(0.0, (side - 1) as f64));
        }
        living.retain(|placed| (placed.age as f64) < placed.pit.lifetime);
    }
    let spots = Array2::from_shape_vec((spots.len() / 4, 4), spots).expect("four numbers for each spot");
    Movie { frames: counts, spots, vesicles }
}

/// A place away from other pits, or where there is none after some tries, any place.
fn place(side: usize, living: &[Placed], random: &mut impl Rng) -> [f64; 2] {
    let edge = REACH.min(side as f64 / 4.0);
    let mut draw = || [0; 2].map(|_| random.random_range(edge..side as f64 - edge));
    let is_free = |at: &[f64; 2]| {
        living.iter().all(|other| (other.at[0] - at[0]).powi(2) + (other.at[1] - at[1]).powi(2) >= APART * APART)
    };
    let mut at = draw();
    for _ in 0..TRIES {
        if is_free(&at) {
            break;
        }
        at = draw();
    }
    at
}

/// Adds the image of a spot.
fn draw(mut mean: ArrayViewMut2<f64>, at: [f64; 2], height: f64) {
    let [rows, columns] = [0, 1].map(|axis| {
        let last = mean.len_of(ndarray::Axis(axis)) as f64 - 1.0;
        let end = |offset: f64| (at[axis] + offset).round().clamp(0.0, last) as usize;
        end(-REACH)..=end(REACH)
    });
    let along = |pixel: usize, centre: f64| (-(pixel as f64 - centre).powi(2) / (2.0 * SPOT * SPOT)).exp();
    for row in rows {
        for column in columns.clone() {
            mean[[row, column]] += height * along(row, at[0]) * along(column, at[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: MovieOptions = MovieOptions { frames: 60, side: 96, pits: 20 };

    #[test]
    fn a_seed_repeats_it() {
        assert_eq!(movie(SMALL, 3), movie(SMALL, 3));
        assert_ne!(movie(SMALL, 3).frames, movie(SMALL, 4).frames);
    }

    #[test]
    fn spots_are_where_the_frames_are_bright() {
        let Movie { frames, spots, vesicles } = movie(SMALL, 1);
        let per_frame = spots.nrows() as f64 / SMALL.frames as f64;
        assert!((12.0..30.0).contains(&per_frame), "{per_frame}");
        let numbers = spots.column(0);
        assert!(numbers.iter().all(|number| (*number as usize) < vesicles.len()));
        let at = |spot: ndarray::ArrayView1<f32>| {
            f64::from(frames[[spot[1] as usize, spot[2].round() as usize, spot[3].round() as usize]])
        };
        let bright = spots.rows().into_iter().map(at).sum::<f64>() / spots.nrows() as f64;
        let all = frames.iter().map(|&counts| f64::from(counts)).sum::<f64>() / frames.len() as f64;
        assert!(bright > all + 50.0, "{bright} {all}");
        assert!((BACKGROUND..BACKGROUND + 20.0).contains(&all), "{all}");
    }

    /// A pit keeps its place but for small steps, so that a tracker can follow it.
    #[test]
    fn pits_move_little() {
        let Movie { spots, .. } = movie(SMALL, 2);
        let mut last = std::collections::HashMap::new();
        for spot in spots.rows() {
            if let Some([frame, y, x]) = last.insert(spot[0] as usize, [spot[1], spot[2], spot[3]]) {
                assert_eq!(spot[1], frame + 1.0);
                assert!((spot[2] - y).hypot(spot[3] - x) < 1.0);
            }
        }
    }
}

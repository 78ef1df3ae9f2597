//! The model and the table are the same for any number of ranks.

mod common;

use awd_train::Error;
use awd_train::cluster::{Serial, Span, threads};
use awd_train::data::{Attributions, Dataset, Samples, Target};
use awd_train::distil::{Options, distil};
use awd_train::evaluate::{early, evaluate};
use awd_train::model::Model;
use awd_train::progress::{Context, Event, silent};
use awd_train::readout::most;
use awd_train::wavelet::Family;
use common::skip::is_full;
use ndarray::{Array2, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

const SAMPLES: usize = 24;

/// Noisy windows with a bump, with gradients and groups of ten. The target is the height, or whether it is above 1.2.
fn bumps(n: usize, classes: bool) -> (Dataset, Attributions) {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let (mut x, mut heights) = (Array2::zeros((n, SAMPLES)), Vec::with_capacity(n));
    for mut x in x.rows_mut() {
        let (at, height) = (random.random_range(6.0..18.0_f32), random.random_range(0.5..2.0_f32));
        x.iter_mut().enumerate().for_each(|(k, x)| {
            *x = height * (-((k as f32 - at) / 2.0).powi(2)).exp() + random.random_range(-0.2..0.2);
        });
        heights.push(f64::from(height));
    }
    let gradients =
        Array3::from_shape_fn((n, 1, SAMPLES), |(i, _, k)| x[[i, k]].max(0.3) - x[[i, (k + 3) % SAMPLES]] / 4.0);
    let labels = heights.iter().map(|height| usize::from(*height > 1.2)).collect();
    let y = if classes { Target::Classes { labels, classes: 2 } } else { Target::Values(heights) };
    let groups = (0..n).map(|row| row / 10).collect();
    let train = Samples { x, y };
    let test = train.select(&[0, 1]);
    let data = Dataset::builder(train.x, train.y).test(test.x, test.y).groups(groups).build().unwrap();
    (data, Attributions::saliency(gradients))
}

/// The file of the model that each of `size` ranks ends with.
fn models_of_ranks(size: usize, (data, attributions): &(Dataset, Attributions), options: &Options) -> Vec<Vec<u8>> {
    let models: Vec<Model> = threads(size, |ranks| {
        let rows: Vec<usize> = Span::share(data.train().y.len(), ranks).range().collect();
        distil(&data.share(ranks), Some(&attributions.select(&rows)), options, Context { ranks, progress: &silent })
            .unwrap()
            .model
    });
    models.iter().map(|model| model.file().to_vec()).collect()
}

#[test]
fn the_model_is_the_same_for_any_number_of_ranks() {
    for (classes, fixed_point) in [(false, true), (true, false)] {
        let set = bumps(3000, classes);
        let options = Options {
            family: Some(Family::Orthogonal),
            taps: Some(4),
            levels: Some(3),
            fixed_point,
            max_parameters: 12,
            ..Options::default()
        };
        let alone = distil(&set.0, Some(&set.1), &options, Context::default()).unwrap().model.file().to_vec();
        // With four ranks, the first has no window.
        for size in [1, 2, 4] {
            assert!(models_of_ranks(size, &set, &options).iter().all(|model| *model == alone), "{size} ranks");
        }
    }
}

#[test]
fn windows_outside_of_the_subsample_are_fitted_too() {
    let n = most(SAMPLES) + 1000;
    let (data, attributions) = bumps(n, false);
    // A window outside of the subsample that choices are made on still extends the recorded range.
    let subsample = Span::all(n).drawn(most(SAMPLES), Options::default().seed);
    let outside = (0..n).find(|row| subsample.binary_search(row).is_err()).unwrap();
    let Samples { mut x, y } = data.train().clone();
    x[[outside, 5]] = 77.0;
    let set = (Dataset::builder(x, y).build().unwrap(), attributions);
    let options = Options {
        family: Some(Family::Orthogonal),
        taps: Some(2),
        levels: Some(1),
        max_parameters: 8,
        gammas: vec![1.0],
        ..Options::default()
    };
    let alone = distil(&set.0, Some(&set.1), &options, Context::default()).unwrap().model;
    assert_eq!(alone.spec().health.as_ref().unwrap().range[1], 77.0);
    assert!(models_of_ranks(2, &set, &options).iter().all(|model| *model == alone.file()));
}

#[test]
fn the_table_is_the_same_for_any_number_of_ranks() {
    let options = Options {
        family: Some(Family::Orthogonal),
        taps: Some(2),
        levels: Some(1),
        max_parameters: 8,
        gammas: vec![0.0],
        ..Options::default()
    };
    // The last set is larger than the subsample that penalties are chosen on, and has too many test windows for an
    // exact AUROC.
    let full = is_full().then_some((67_000, true, false));
    for (n, classes, grouped) in [(3000, false, true), (3000, true, false)].into_iter().chain(full) {
        let (set, _) = bumps(n, classes);
        let (test, groups) = (set.train().clone(), set.groups().unwrap().to_vec());
        let set = set.into_builder().test(test.x, test.y);
        let set = if grouped { set.test_groups(groups) } else { set }.build().unwrap();
        let model =
            distil(&set, None, &Options { fixed_point: classes, ..options.clone() }, Context::default()).unwrap().model;
        let table = |table| serde_json::to_value(table).unwrap();
        let expected = table(evaluate(&set, &model, Vec::new(), 1, Context::default()).unwrap());
        let names: Vec<&str> =
            expected["rows"].as_array().unwrap().iter().map(|row| row["model"].as_str().unwrap()).collect();
        assert_eq!(names, if classes { vec!["awd", "awd-fixed", "db5", "raw"] } else { vec!["awd", "db5", "raw"] });
        assert_eq!((&expected["n_test"], expected.get("groups_test")), (&n.into(), grouped.then_some(&300.into())));
        let expected_early = early(&Serial, &set, &model, None, 1).unwrap();
        // With four ranks, one has none of the 3000 windows.
        for size in if n > 3000 { vec![2] } else { vec![2, 4] } {
            let found = threads(size, |ranks| {
                let own = set.share(ranks);
                let found = evaluate(&own, &model, Vec::new(), 1, Context { ranks, progress: &silent }).unwrap();
                (table(found), early(ranks, &own, &model, None, 1).unwrap())
            });
            assert!(found.iter().all(|found| found.0 == expected && found.1 == expected_early), "{size} ranks");
        }
    }
}

#[test]
fn an_interrupted_search_resumes_to_the_same_model() {
    let set = bumps(600, true);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.part");
    let options = |checkpoint| Options {
        family: Some(Family::Orthogonal),
        levels: Some(3),
        max_parameters: 12,
        checkpoint,
        ..Options::default()
    };
    let run = |options: &Options, max_readouts: usize| {
        let readouts = AtomicUsize::new(0);
        let count = |event: Event| {
            let reached = event.stage == "readouts" && readouts.fetch_add(1, Ordering::Relaxed) >= max_readouts;
            if reached { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let done = match distil(&set.0, Some(&set.1), options, Context::of(&count)) {
            Err(Error::Cancelled) => None,
            done => Some(done.unwrap()),
        };
        (done.map(|found| (found.model.file().to_vec(), found.evaluations)), readouts.into_inner())
    };
    let (expected, all) = run(&options(None), usize::MAX);
    assert!(expected.is_some() && all > 8, "{all}");
    assert_eq!(run(&options(Some(path.clone())), 2 * rayon::current_num_threads()).0, None);
    // Another search, with other options or groups, does not overwrite the checkpoint.
    let saved = std::fs::read(&path).unwrap();
    let refused = |data: &Dataset, attributions: &Attributions, options: &Options| {
        let why = distil(data, Some(attributions), options, Context::default()).unwrap_err();
        assert!(why.exit_code() == 2 && why.to_string().contains("checkpoint"), "{why}");
        assert!(std::fs::read(&path).unwrap() == saved);
    };
    refused(&set.0, &set.1, &Options { seed: 2, ..options(Some(path.clone())) });
    let n = set.0.train().y.len();
    let grouped = set.0.clone().into_builder().groups((0..n).map(|i| i / 3).collect()).build().unwrap();
    refused(&grouped, &set.1, &options(Some(path.clone())));
    let (found, rest) = run(&options(Some(path.clone())), usize::MAX);
    assert!(found == expected && rest < all, "{rest} of {all}");
    // A damaged checkpoint is not overwritten either.
    let mut saved = saved;
    let middle = saved.len() / 2;
    saved[middle] ^= 1;
    std::fs::write(&path, &saved).unwrap();
    let why = distil(&set.0, Some(&set.1), &options(Some(path.clone())), Context::default()).unwrap_err();
    assert!(why.exit_code() == 2 && std::fs::read(&path).unwrap() == saved, "{why}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the lock file is left");
}

#[test]
fn every_stage_can_be_cancelled_on_any_number_of_ranks() {
    let set = bumps(120, true);
    let options = Options {
        family: Some(Family::Orthogonal),
        taps: Some(4),
        start: Some("db2".into()),
        levels: Some(2),
        max_parameters: 12,
        ..Options::default()
    };
    let cancelled = |stage: &str, size: usize| {
        let stop = |event: Event| if event.stage == stage { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        threads(size, |ranks| {
            let own = set.0.share(ranks);
            let rows: Vec<usize> = Span::share(set.0.train().y.len(), ranks).range().collect();
            let context = Context { ranks, progress: &stop };
            let found = distil(&own, Some(&set.1.select(&rows)), &options, context);
            matches!(found, Err(Error::Cancelled))
        })
    };
    for stage in ["starts", "wavelets", "readouts", "model"] {
        for size in [1, 2] {
            assert_eq!(cancelled(stage, size), vec![true; size], "{stage}, {size} ranks");
        }
    }
    assert_eq!(cancelled("no such stage", 2), [false; 2]);
}

extern crate std;

mod bounds;

use super::format::{CRC, MAGIC, VERSION};
use super::*;
use crate::features::Segment;
use crate::features::image::PeakCounts;
use crate::features::image::peaks::Bins;
use crate::model::MAX_OUTPUTS;
use crate::model::Moments;
use crate::wavelet::lifting::MAX_STEPS;
use crate::{Boundary, Feature, FormatError, Invalid, Lifting, Step, named};
use proptest::prelude::*;
use std::borrow::ToOwned;
use std::{format, string::String, vec, vec::Vec};

/// The fields of a draft, owned.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub rows: u16,
    pub columns: u16,
    pub deviation: f32,
    pub arithmetic: Arithmetic,
    pub kind: Kind,
    pub threshold: f32,
    pub wavelets: Vec<Dwt<f32>>,
    pub histograms: Vec<PeakCounts>,
    pub terms: Vec<Term>,
    pub products: Vec<[u8; 2]>,
    pub bias: Vec<f32>,
    pub weights: Vec<f32>,
    pub shifts: Vec<i8>,
    pub point: i8,
    pub fixed_bias: Vec<i32>,
    pub fixed_weights: Vec<i16>,
    pub reference: Option<([f32; 2], Vec<Moments>)>,
    pub provenance: Option<Provenance>,
}

impl Parts {
    pub(crate) fn draft(&self) -> Draft<'_> {
        let Self { rows, columns, deviation, arithmetic, kind, threshold, point, .. } = *self;
        Draft {
            rows,
            columns,
            deviation,
            arithmetic,
            kind,
            threshold,
            wavelets: &self.wavelets,
            histograms: &self.histograms,
            terms: &self.terms,
            products: &self.products,
            bias: &self.bias,
            weights: &self.weights,
            integers: Integers { shifts: &self.shifts, point, bias: &self.fixed_bias, weights: &self.fixed_weights },
            reference: self.reference.as_ref().map(|(range, moments)| (*range, &moments[..])),
            provenance: self.provenance,
            class_names: "",
        }
    }

    pub(crate) fn file(&self) -> Result<Vec<u8>, FormatError> {
        self.draft().write(&mut [0; MAX_BYTES]).map(<[u8]>::to_vec)
    }

    /// The model, in leaked memory.
    pub(crate) fn model(&self) -> Model<'static> {
        Model::from_bytes(self.file().unwrap().leak()).unwrap()
    }

    /// The error with which the file is refused.
    pub(super) fn refused(&self) -> Invalid {
        self.checked().unwrap_err()
    }

    /// Checks the bounds; the first violated one is the error.
    pub(super) fn checked(&self) -> Result<(), Invalid> {
        match self.file() {
            Ok(_) => Ok(()),
            Err(FormatError::Invalid(invalid)) => Err(invalid),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A small valid model: Haar, two levels, three features, two outputs.
pub(crate) fn parts() -> Parts {
    let haar = Lifting::new(2, [0, 1], &[Step::new(0, [1.0, 0.0]), Step::new(0, [-0.5, 0.0])]).unwrap();
    let term = |band, feature| Term { band, feature };
    Parts {
        rows: 1,
        columns: 8,
        deviation: 1.0,
        arithmetic: Arithmetic::Float,
        kind: Kind::Softmax,
        threshold: 0.0,
        wavelets: vec![Dwt::new(haar, Boundary::Zero, 2)],
        histograms: vec![],
        terms: vec![term(0, Feature::LogEnergy), term(1, Feature::Largest(0)), term(2, Feature::Largest(1))],
        products: vec![],
        bias: vec![0.25, -1.5],
        weights: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        shifts: vec![],
        point: 0,
        fixed_bias: vec![],
        fixed_weights: vec![],
        reference: None,
        provenance: None,
    }
}

/// The same model with one output and all optional parts, including a product.
pub(crate) fn full_parts() -> Parts {
    Parts {
        threshold: -1.25,
        bias: vec![0.25],
        products: vec![[0, 2]],
        weights: vec![1.0, 2.0, 3.0, 4.0],
        reference: Some(reference()),
        arithmetic: Arithmetic::Fixed { unit: 0.5, limit: 8000 },
        shifts: vec![-3, 0, 1, 10],
        point: 12,
        fixed_bias: vec![1024],
        fixed_weights: vec![16000, -16000, 3, -4],
        provenance: Some(provenance()),
        ..parts()
    }
}

/// A model of images of 8 by 12 samples: the bands of two levels, the image itself and two histograms.
pub(crate) fn image_parts() -> Parts {
    let term = |(band, feature)| Term { band, feature };
    let selected = [
        (0, Feature::AbsSum),
        (6, Feature::Largest(1)),
        (7, Feature::Smallest(0)),
        (8, Feature::Coefficient(3)),
        (9, Feature::Coefficient(0)),
    ];
    let histogram = |(kernel, first)| PeakCounts { kernel, bins: Bins { first, step: 1.0, count: 4 } };
    Parts {
        rows: 8,
        columns: 12,
        wavelets: vec![Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, 2)],
        histograms: [(0, -0.5), (5, -2.0)].map(histogram).to_vec(),
        terms: selected.map(term).to_vec(),
        weights: (1..=10_i8).map(f32::from).collect(),
        ..parts()
    }
}

/// An example of a provenance.
pub(crate) fn provenance() -> Provenance {
    let (lambda, gamma, supervised) = (5e-3, 0.25, 0.5);
    let (attributions, version) = (Some(u64::MAX), [0, 1, 0]);
    Provenance { data: 1, attributions, products: true, lambda, gamma, supervised, seed: 7, version }
}

/// An example of training statistics, for three bands.
pub(crate) fn reference() -> ([f32; 2], Vec<Moments>) {
    let bands = [(0.5, 2.0), (-1.0, 0.25), (3.0, 1.0)].map(|(mean, deviation)| Moments { mean, deviation });
    ([-1.0, 2.0], bands.to_vec())
}

/// A model in which everything has its maximum size.
fn largest() -> Parts {
    let long = Lifting::new(40, [40, -39], &[Step::new(-40, [2.0_f32; 2]); MAX_STEPS]).unwrap();
    let dwt = Dwt::new(long.clone(), Boundary::Symmetric, MAX_LEVELS).and(&long).unwrap();
    Parts {
        columns: MAX_WINDOW,
        wavelets: vec![dwt; MAX_WAVELETS],
        terms: (0..8)
            .flat_map(|band| (0..16).map(move |rank| (band, rank)))
            .map(|(band, rank)| {
                let feature = if rank < 8 { Feature::Largest(rank) } else { Feature::Smallest(rank - 8) };
                Term { band, feature }
            })
            .collect(),
        bias: vec![0.5; 4],
        weights: vec![-0.5; MAX_WEIGHTS],
        reference: Some(([0.0, 1.0], vec![Moments { mean: 0.0, deviation: 1.0 }; 13])),
        provenance: Some(provenance()),
        ..parts()
    }
}

/// Updates the CRC-32 of a file.
pub(super) fn update_checksum(file: &mut [u8]) {
    let (covered, trailer) = file.split_last_chunk_mut::<4>().unwrap();
    *trailer = CRC.checksum(covered).to_le_bytes();
}

/// All fields that a model returns.
pub(super) fn read_parts(model: &Model<'_>) -> Parts {
    let [rows, columns] = model.shape();
    Parts {
        rows,
        columns,
        deviation: model.deviation(),
        arithmetic: model.arithmetic(),
        kind: model.kind(),
        threshold: model.threshold(),
        wavelets: model.wavelets().collect(),
        histograms: model.image().map_or(vec![], |image| image.counts.to_vec()),
        terms: model.terms().collect(),
        products: model.products().to_vec(),
        bias: model.bias().collect(),
        weights: model.weights().collect(),
        shifts: model.shifts().collect(),
        point: model.point(),
        fixed_bias: model.fixed_bias().collect(),
        fixed_weights: model.fixed_weights().collect(),
        reference: model.range().map(|range| (range, model.moments().collect())),
        provenance: model.provenance(),
    }
}

#[test]
fn reading_a_file_returns_what_was_written() {
    let haar = || named::HAAR.lifting().unwrap();
    let several = Dwt::new(haar(), Boundary::Zero, 2).and(&named::DB2.lifting().unwrap()).unwrap();
    let wavelets = vec![several, Dwt::new(named::CDF53.lifting().unwrap(), Boundary::Symmetric, 3)];
    let two =
        Parts { wavelets, terms: vec![Term { band: 7, feature: Feature::Position }], weights: vec![1.0; 2], ..parts() };
    for parts in [parts(), full_parts(), image_parts(), two, largest()] {
        let model = parts.model();
        assert_eq!(read_parts(&model).draft(), parts.draft());
        assert_eq!(read_parts(&model).file().unwrap(), model.file());
        assert_eq!(model.header().model(model.file()), model);
    }
    assert_eq!(parts().model().parameters(), 2 + 6 + 2);
    // Threshold and training statistics do not count as parameters.
    assert_eq!(full_parts().model().parameters(), 2 + 4 + 1);
    assert_eq!(image_parts().model().parameters(), 2 + 10 + 2 + 4);
}

#[test]
fn the_bands_of_several_wavelets_are_numbered_through() {
    let haar = |levels| Dwt::new(named::HAAR.lifting().unwrap(), Boundary::Periodization, levels);
    let model = Parts { wavelets: vec![haar(2), haar(3), haar(1)], ..parts() }.model();
    assert_eq!(model.bands(), 3 + 4 + 2);
    let lens: Vec<_> = (0..11).map(|band| model.band_len(band)).collect();
    assert_eq!(lens, [4, 2, 2, 4, 2, 1, 1, 4, 4, 8].map(Some).into_iter().chain([None]).collect::<Vec<_>>());
    let lens: Vec<_> = (0..11).map(|band| image_parts().model().band_len(band)).collect();
    assert_eq!(lens, [24, 24, 24, 6, 6, 6, 6, 96, 4, 4].map(Some).into_iter().chain([None]).collect::<Vec<_>>());
}

/// The whole file in postcard, as docs/model-format.md specifies it.
#[test]
fn the_body_is_twelve_byte_strings_in_postcard() {
    let file = full_parts().file().unwrap();
    assert_eq!(file[..6], *b"AWDM\x01\x00");
    let body = &file[6..file.len() - 4];
    let strings: [&[u8]; 12] = postcard::from_bytes(body).unwrap();
    let [fields, wavelets, schemes, steps, histograms, features, products, bias, weights, later @ ..] = strings;
    let [integers, reference, provenance] = later;
    let numbers = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    assert_eq!(fields, [&[1, 0, 8, 0], &numbers(&[1.0, 0.5, -1.25])[..], &[1, 0x40, 0x1f, 12]].concat());
    assert_eq!(wavelets, [1, 2, 1, 1]);
    assert_eq!(schemes, [2, 0, 1, 2]);
    assert_eq!(steps, [&[0], &numbers(&[1.0, 0.0])[..], &[0], &numbers(&[-0.5, 0.0])].concat());
    assert_eq!(histograms, []);
    assert_eq!((features, products), (&[0, 19, 1, 0, 2, 1][..], &[0, 2][..]));
    assert_eq!((bias, weights), (&numbers(&[0.25])[..], &numbers(&[1.0, 2.0, 3.0, 4.0])[..]));
    let weights = [16000_i16, -16000, 3, -4].map(i16::to_le_bytes).concat();
    assert_eq!(integers, [&[253, 0, 1, 10][..], &1024_i32.to_le_bytes(), &weights].concat());
    assert_eq!(reference, numbers(&[-1.0, 2.0, 0.5, 2.0, -1.0, 0.25, 3.0, 1.0]));
    let seed = 7_u64.to_le_bytes();
    let expected = [&1_u64.to_le_bytes()[..], &[1], &[255; 8], &[1], &numbers(&[5e-3, 0.25, 0.5]), &seed, &[0, 1, 0]];
    assert_eq!(provenance, expected.concat());
}

#[test]
fn the_largest_model_fits_the_largest_file() {
    let file = largest().file().unwrap();
    assert!(file.len() <= MAX_BYTES, "{}", file.len());
    assert_eq!(largest().draft().write(&mut vec![0; file.len() - 1]), Err(FormatError::NoSpace));
    assert_eq!(Model::from_bytes(&[0; MAX_BYTES + 1]), Err(FormatError::Length { found: MAX_BYTES + 1 }));
}

#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let mut file = full_parts().file().unwrap();
    for bit in 0..8 * file.len() {
        file[bit / 8] ^= 1 << (bit % 8);
        assert!(Model::from_bytes(&file).is_err(), "bit {bit}");
        file[bit / 8] ^= 1 << (bit % 8);
    }
    for len in 0..file.len() {
        assert!(Model::from_bytes(&file[..len]).is_err(), "length {len}");
    }
}

#[test]
fn each_kind_of_damage_has_its_own_error() {
    let good = parts().file().unwrap();
    let refused = |change: fn(&mut Vec<u8>)| {
        let mut file = good.clone();
        change(&mut file);
        Model::from_bytes(&file).unwrap_err()
    };
    assert_eq!(refused(|file| file.truncate(9)), FormatError::Length { found: 9 });
    assert_eq!(refused(|file| file[0] = b'a'), FormatError::NotAModel);
    assert_eq!(refused(|file| file[4] = 2), FormatError::Version { found: [2, 0] });
    assert_eq!(refused(|file| file[9] ^= 1), FormatError::Checksum);
    // A length beyond the end.
    assert_eq!(
        refused(|file| {
            file[6] = 0x7f;
            update_checksum(file);
        }),
        FormatError::Malformed
    );
    // One byte after the last field is refused in the known minor versions and skipped in the next one.
    let longer = |minor: u8, bytes: &[u8]| {
        let mut file = good.clone();
        file[5] = minor;
        let at = file.len() - 4;
        file.splice(at..at, bytes.iter().copied());
        update_checksum(&mut file);
        file
    };
    assert_eq!(Model::from_bytes(&longer(0, &[0])), Err(FormatError::Malformed));
    // The first byte is the length of an empty list of names.
    assert_eq!(Model::from_bytes(&longer(1, &[0, 0])), Err(FormatError::Malformed));
    assert_eq!(Model::from_bytes(&longer(1, &[])), Err(FormatError::Malformed));
    let next = longer(VERSION[1] + 1, &[0, 0]);
    assert_eq!(read_parts(&Model::from_bytes(&next).unwrap()).draft(), parts().draft());
    assert_eq!(MAGIC, *b"AWDM");
}

#[test]
fn classes_have_names() {
    // A model of three classes.
    let parts = image_parts();
    let classes = parts.draft().bias.len() + 1;
    let written = |class_names: &str| {
        let mut buffer = [0; MAX_BYTES];
        Draft { kind: Kind::Softmax, class_names, ..parts.draft() }.write(&mut buffer).map(<[u8]>::to_vec)
    };
    let names: Vec<String> = (0..classes).map(|class| format!("class µ {class}")).collect();
    let file = written(&names.join("\n")).unwrap();
    let model = Model::from_bytes(&file).unwrap();
    assert!(model.class_names().eq(names.iter().map(String::as_str)));
    assert_eq!((file[5], Model::from_bytes(&written("").unwrap()).unwrap().class_names().count()), (1, 0));
    let (longest, refused) = (vec!["n".repeat(MAX_CLASS_NAME); classes], Err(Invalid::ClassNames.into()));
    assert!(written(&longest.join("\n")).is_ok());
    for names in ["one".to_owned(), format!("{}\n", names.join("\n")), longest.join("n\n"), "\n".repeat(classes - 1)] {
        assert_eq!(written(&names), refused, "{names}");
    }
    let buffer = &mut [0; MAX_BYTES];
    let values = Draft { kind: Kind::Linear, class_names: "a\nb", ..parts.draft() };
    assert_eq!(values.write(buffer).map(<[u8]>::to_vec), refused);
    // A name that is not UTF-8 is empty.
    let at = file.windows(2).position(|pair| pair == "µ".as_bytes()).unwrap();
    let mut other = file.clone();
    other[at] = 0xff;
    update_checksum(&mut other);
    assert_eq!(Model::from_bytes(&other).unwrap().class_names().next(), Some(""));
}

#[test]
fn a_length_of_more_bytes_than_needed_is_refused() {
    let good = parts().file().unwrap();
    // The length of the fields, encoded in one byte and in two.
    assert_eq!(good[6], 20);
    let mut long = [&good[..6], &[20 | 0x80, 0], &good[7..]].concat();
    update_checksum(&mut long);
    assert_eq!(Model::from_bytes(&long), Err(FormatError::Malformed));
}

proptest! {
    /// Corrupted records are either refused, or make a model that can be read and scored.
    #[test]
    fn any_bytes_are_refused_or_make_a_usable_model(
        image in any::<bool>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut file = if image { image_parts() } else { full_parts() }.file().unwrap();
        let body = 6..file.len() - 4;
        for (index, byte) in changes {
            file[body.start + index.index(body.len())] = byte;
        }
        update_checksum(&mut file);
        if let Ok(model) = Model::from_bytes(&file) {
            let parts = read_parts(&model);
            let reread = Model::from_bytes(&parts.file().unwrap()).map(|model| read_parts(&model).file());
            prop_assert_eq!(reread, Ok(parts.file()));
            if let Ok(scorer) = model.images::<1>() {
                let (mut buffer, mut work) = (vec![0.0; scorer.images().buffer_len()], vec![0.0; scorer.images().work_len()]);
                prop_assert!(scorer.score(&vec![1.0; model.window()], &mut buffer, &mut work).is_ok());
            } else {
                prop_assert!(model.score(&vec![1.0; model.window()], &mut vec![0.0; model.work_len()]).is_ok());
                let fixed = model.score_fixed(&mut vec![i16::MIN; model.window()], &mut vec![0; model.work_len()]);
                prop_assert_eq!(fixed.is_ok(), model.arithmetic() != Arithmetic::Float);
            }
        }
    }
}

//! Made-up tracks, as MATLAB files of both formats.

use super::matlab;
use hdf5_pure::{AttrValue, FileBuilder};
use proptest::prelude::*;

/// A track as cmeAnalysis stores it: two channels, frame by frame.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeUp {
    pub amplitudes: Vec<[f64; 2]>,
    pub p_values: Vec<[f64; 2]>,
    /// Amplitudes before the track. They may be missing.
    pub before: Vec<[f64; 2]>,
    pub category: u32,
}

/// The fields of a file. The last one is not used by the reader.
const FIELDS: [&str; 5] = ["A", "pval_Ar", "startBuffer", "catIdx", "unused"];

impl MadeUp {
    pub fn any() -> impl Strategy<Value = Self> {
        let pair = || prop::array::uniform2(-1e3..1e3);
        let frames = prop::collection::vec((pair(), prop::array::uniform2(0.0..1.0)), 1..40);
        (frames, prop::collection::vec(pair(), 0..4), 1..9_u32).prop_map(|(frames, before, category)| {
            let (amplitudes, p_values) = frames.into_iter().unzip();
            Self { amplitudes, p_values, before, category }
        })
    }

    /// A file of level 5, in which each variable is compressed or not.
    pub fn level5(tracks: &[Self], compressed: bool) -> Vec<u8> {
        let pairs = |pairs: &[[f64; 2]]| {
            matlab::numbers([if pairs.is_empty() { 0 } else { 2 }, pairs.len()], pairs.as_flattened())
        };
        let arrays = |track: &Self| {
            let before = match &track.before[..] {
                [] => pairs(&[]),
                before => matlab::structures(0, &["A"], &[pairs(before)]),
            };
            let category = matlab::numbers([1, 1], &[f64::from(track.category)]);
            [pairs(&track.amplitudes), pairs(&track.p_values), before, category, pairs(&[[7.0, 7.0]; 50])]
        };
        let variable = matlab::structures(b't', &FIELDS, &tracks.iter().flat_map(arrays).collect::<Vec<_>>());
        matlab::file(&if compressed { matlab::compressed(&variable) } else { variable })
    }

    /// A file of version 7.3, in which each array is compressed or not.
    pub fn hdf5(tracks: &[Self], compressed: bool) -> Vec<u8> {
        let mut file = FileBuilder::new();
        file.with_userblock(512);
        let mut objects = file.create_group("#refs#");
        let numbers = |group: &mut hdf5_pure::GroupBuilder, name: &str, pairs: &[[f64; 2]]| {
            let dataset = group.create_dataset(name);
            if pairs.is_empty() {
                dataset.with_u64_data(&[0, 0]).with_shape(&[2]).set_attr("MATLAB_empty", AttrValue::U8(1));
            } else {
                dataset.with_f64_data(pairs.as_flattened()).with_shape(&[pairs.len() as u64, 2]);
                if compressed {
                    dataset.with_chunks(&[(pairs.len() as u64).div_ceil(2), 2]).with_deflate(6);
                }
            }
        };
        for (i, track) in tracks.iter().enumerate() {
            numbers(&mut objects, &format!("A{i}"), &track.amplitudes);
            numbers(&mut objects, &format!("pval_Ar{i}"), &track.p_values);
            numbers(&mut objects, &format!("unused{i}"), &[[7.0, 7.0]; 50]);
            objects
                .create_dataset(&format!("catIdx{i}"))
                .with_f64_data(&[f64::from(track.category)])
                .with_shape(&[1, 1]);
            if track.before.is_empty() {
                numbers(&mut objects, &format!("startBuffer{i}"), &[]);
            } else {
                let mut buffer = objects.create_group(&format!("startBuffer{i}"));
                numbers(&mut buffer, "A", &track.before);
                objects.add_group(buffer.finish());
            }
        }
        file.add_group(objects.finish());
        let mut variable = file.create_group("t");
        for field in FIELDS {
            let paths: Vec<String> = (0..tracks.len()).map(|i| format!("#refs#/{field}{i}")).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            variable.create_dataset(field).with_path_references(&paths).with_shape(&[paths.len() as u64, 1]);
        }
        variable.set_attr("MATLAB_class", AttrValue::AsciiString("struct".into()));
        file.add_group(variable.finish());
        file.finish().unwrap()
    }
}

//! Any bytes between the magic and a valid checksum are either a model, all of whose accessors and scoring work, or an error.
#![no_main]

use awd_core::Model;
use awd_core::model::format::{CRC, MAGIC};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = [&MAGIC, bytes].concat();
    file.extend(CRC.checksum(&file).to_le_bytes());
    let Ok(model) = Model::from_bytes(&file) else { return };
    let bands = model.terms().map(|term| model.band_len(term.band.into()).expect("a valid model has this band"));
    assert!(
        bands.clone().all(|len| len > 0)
            && model.weights().len() == (model.terms().len() + model.products().len()) * model.bias().len()
    );
    let _ = (model.parameters(), model.range(), model.moments().count(), model.provenance());
    let x: Vec<f32> = (0..model.window()).map(|i| (i as f32 * 0.7).sin()).collect();
    if !model.is_image() {
        model.score(&x, &mut vec![0.0; model.work_len()]).expect("a valid model scores");
    } else if let Ok(images) = model.images::<1>() {
        let [mut buffer, mut work] = [images.images().buffer_len(), images.images().work_len()].map(|n| vec![0.0; n]);
        images.score(&x, &mut buffer, &mut work).expect("a valid model scores");
    }
});

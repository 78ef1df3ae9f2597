//! Any bytes behind the magic and before their checksum are a model that says all of itself and scores, or a named error.
#![no_main]

use awd_core::Model;
use awd_core::model::format::{CRC, MAGIC};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = [&MAGIC, bytes].concat();
    file.extend(CRC.checksum(&file).to_le_bytes());
    let Ok(model) = Model::from_bytes(&file) else { return };
    let bands = model.terms().map(|term| model.band_len(term.band.into()).expect("it has the band"));
    assert!(
        bands.clone().all(|len| len > 0)
            && model.weights().len() == (model.terms().len() + model.products().len()) * model.bias().len()
    );
    let _ = (model.parameters(), model.range(), model.moments().count(), model.provenance());
    let x: Vec<f32> = (0..model.window()).map(|i| (i as f32 * 0.7).sin()).collect();
    if !model.is_image() {
        model.score(&x, &mut vec![0.0; model.work_len()]).expect("it is validated");
    } else if let Ok(images) = model.images::<1>() {
        let [mut buffer, mut work] = [images.images().buffer_len(), images.images().work_len()].map(|n| vec![0.0; n]);
        images.score(&x, &mut buffer, &mut work).expect("it is validated");
    }
});

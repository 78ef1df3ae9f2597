//! Any bytes behind a header and before their checksum are a model that scores, or a named error; and a model that is read is
//! written as one that is equal.
#![no_main]

use awd_core::Model;
use awd_core::format::{CRC, MAGIC, MAX_BYTES};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = [&MAGIC, bytes].concat();
    file.extend(CRC.checksum(&file).to_le_bytes());
    let Ok(model) = Model::from_bytes(&file) else { return };
    let mut buffer = [0; MAX_BYTES];
    // Only a model that is larger than any file that is read may not fit.
    let again = model.to_bytes(&mut buffer).expect("it was read from fewer bytes");
    assert_eq!(Model::from_bytes(again).as_ref(), Ok(&model));
    let x: Vec<f32> = (0..model.window()).map(|i| (i as f32 * 0.7).sin()).collect();
    if model.spec().image.is_none() {
        model.score(&x, &mut vec![0.0; model.work_len()]).expect("it is validated");
    } else if let Ok(images) = model.images::<1>() {
        let [mut canvas, mut work] = [images.images().canvas_len(), images.images().work_len()].map(|n| vec![0.0; n]);
        images.score(&x, &mut canvas, &mut work).expect("it is validated");
    }
});

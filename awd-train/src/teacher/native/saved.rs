//! Saves and loads teachers: weights as safetensors, and the shape as JSON.

use super::net::Net;
use super::shape::shape_path;
use super::{Arch, Body, Shape, Teacher, device};
use crate::file::{self, Kind};
use crate::rocket::{Parts, Rocket};
use crate::{Error, Next, Result};
use burn::module::Module;
use burn_store::{ModuleSnapshot, SafetensorsStore};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::fmt::Display;
use std::path::Path;

/// The arrays of a rocket, in the order of [`Parts`].
const NAMES: [&str; 4] = ["biases", "widths", "weights", "bias"];

/// The networks of a teacher, as one module.
#[derive(Module, Debug)]
struct Members {
    members: Vec<Net>,
}

impl Teacher {
    /// Writes the weights to `path`, and the shape to the same path plus `.json`.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let json = shape_path(path);
        let failed = |why: &dyn Display| Error::failed(path.display(), why);
        let weights = match &self.body {
            Body::Nets(nets) => {
                // One entry only: several are written in random order, and equal weights must give equal files.
                let mut store = SafetensorsStore::from_bytes(None).clear_metadata().metadata("producer", "awd");
                // Arrays are named after the layers. With several networks, the network's number comes first.
                let saved = match &nets[..] {
                    [net] => net.save_into(&mut store),
                    nets => Members { members: nets.to_vec() }.save_into(&mut store),
                };
                saved.map_err(|why| failed(&why))?;
                store.get_bytes().map_err(|why| failed(&why))?
            }
            Body::Rocket(rocket) => {
                let Parts { biases, widths, weights, bias } = rocket.parts();
                let bytes = [biases, widths, weights, bias].map(|values| {
                    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                    bytes
                });
                let view = |bytes| TensorView::new(Dtype::F32, vec![<[u8]>::len(bytes) / size_of::<f32>()], bytes);
                let views = bytes.iter().map(|bytes| view(bytes)).collect::<std::result::Result<Vec<_>, _>>();
                let views = views.map_err(|why| failed(&why))?;
                safetensors::serialize(NAMES.into_iter().zip(views), None).map_err(|why| failed(&why))?
            }
        };
        let shape = serde_json::to_vec_pretty(&self.shape).map_err(|why| Error::failed(json.display(), why))?;
        file::write(path, &weights)?;
        file::write(&json, &shape)
    }

    /// Reads what [`Teacher::save`] wrote.
    ///
    /// # Errors
    /// A file is missing or damaged, or the weights do not have the stated shape.
    pub fn load(path: &Path) -> Result<Self> {
        let weights = file::read(path, Kind::Weights)?;
        let shape = Shape::read(path)?;
        let damaged = |why: &dyn Display| {
            let bound = format_args!("{why}; copy the file and its .json again: training writes both").to_string();
            Error::input(path.display(), "weights", bound)
        };
        check_finite(path, &weights)?;
        let body = if shape.arch == Arch::Rocket {
            let parts = parts(&weights).map_err(|why| damaged(&why))?;
            let rocket = Some(parts).filter(|parts| parts.bias.len() == shape.outputs);
            let rocket = rocket.and_then(|parts| Rocket::from_parts(shape.window, parts));
            Body::Rocket(
                rocket.ok_or_else(|| damaged(&"its shape differs from that in the .json, or it is not finite"))?,
            )
        } else {
            let device = device();
            let mut members = Members { members: (0..shape.members).map(|_| Net::new(&shape, &device)).collect() };
            let mut store = SafetensorsStore::from_bytes(Some(weights));
            let loaded = match &mut members.members[..] {
                [net] => net.load_from(&mut store),
                _ => members.load_from(&mut store),
            };
            loaded.map_err(|why| damaged(&why))?;
            Body::Nets(members.members)
        };
        Ok(Self { shape, body, device: device() })
    }
}

/// Checks that all weights are finite numbers. Bytes that are not weights are reported by their reader.
fn check_finite(path: &Path, bytes: &[u8]) -> Result<()> {
    let Ok(tensors) = SafeTensors::deserialize(bytes) else { return Ok(()) };
    // They are in random order; the error names the first one.
    let mut tensors: Vec<_> = tensors.iter().collect();
    tensors.sort_unstable_by_key(|(name, _)| *name);
    for (name, tensor) in tensors {
        let data = tensor.data();
        let found = match tensor.dtype() {
            Dtype::F32 => first_not_finite(data.as_chunks().0.iter().map(|entry| f32::from_le_bytes(*entry).into())),
            Dtype::F64 => first_not_finite(data.as_chunks().0.iter().map(|entry| f64::from_le_bytes(*entry))),
            _ => None,
        };
        if let Some((entry, value)) = found {
            let bound = format_args!("finite weights; entry {entry} of {name} is {value}");
            return Err(Error::input(path.display(), "weights", bound).then(Next::Teach));
        }
    }
    Ok(())
}

fn first_not_finite(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    values.enumerate().find(|(_, value)| !value.is_finite())
}

/// The arrays of a rocket.
fn parts(bytes: &[u8]) -> std::result::Result<Parts, String> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|why| why.to_string())?;
    let array = |name: &str| {
        let tensor = tensors.tensor(name).map_err(|why| why.to_string())?;
        if tensor.dtype() != Dtype::F32 {
            return Err(format!("{name}: it is not 32-bit floating point"));
        }
        let (values, _) = tensor.data().as_chunks();
        Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<f32>>())
    };
    let [biases, widths, weights, bias] = NAMES.map(array);
    Ok(Parts { biases: biases?, widths: widths?, weights: weights?, bias: bias? })
}

//! Chooses the source of the gradients for a distillation.

use super::{Loaded, Source};
use crate::attribution::Method;
use crate::cluster::agreed;
use crate::data::{Attributions, Dataset, Shards};
use crate::progress::{Context, silent};
use crate::{Error, Next, Result};
use std::path::Path;

/// The attributions of this rank's training windows: from a file, which is checked against the network if one is given;
/// else computed by the network; else those in the data. None if there is no source.
///
/// # Errors
/// On all ranks: a file cannot be read, or belongs to other windows or another network; the gradients are not those of
/// the network; or several ranks would have to choose steps of finite differences.
pub fn gradients(
    shards: &Shards<'_>,
    data: &mut Dataset,
    file: Option<&Path>,
    source: Option<Source<'_>>,
    context: Context<'_>,
) -> Result<Option<Attributions>> {
    let ranks = context.ranks;
    let network = source.map(|source| source.load(ranks, data)).transpose()?;
    match (file, network) {
        (Some(path), Some(network)) => network.cached(path, shards, data).map(Some),
        (Some(path), None) => shards.attributions(path, data, None).map(Some),
        (None, Some(Loaded { network, .. })) => {
            if ranks.size() > 1 && network.by_differences() {
                let bound = "1 for finite differences, because each rank would choose another step";
                return Err(Error::input("gradients", "ranks", bound).then(Next::Attribute));
            }
            let x = &data.train.x;
            let attribute = || network.attribute(&Method::Saliency, x, &silent).map(|(found, _)| found);
            let own = agreed(ranks, (!x.is_empty()).then(attribute).transpose())?;
            Ok(Some(Attributions::of_rank(ranks, own, data.window())))
        }
        (None, None) => Ok(data.take_attributions()),
    }
}

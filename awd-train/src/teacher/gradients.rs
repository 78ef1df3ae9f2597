//! Where the gradients of a distillation come from.

use super::{Loaded, Source};
use crate::attribution::Method;
use crate::cluster::agreed;
use crate::data::{Attributions, Dataset, Shards};
use crate::progress::{Context, silent};
use crate::{Error, Next, Result};
use std::path::Path;

/// The attributions of this rank's training windows: from a file, checked against the network if there is one too; or computed by the
/// network; or those that the data bring. Nothing where there is none of these.
///
/// # Errors
/// On all ranks: a file cannot be read or is of other windows or another network, gradients are not those of the network, or several
/// ranks would have to choose steps of finite differences.
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
                let bound = "in files, as each rank would choose another step for finite differences";
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

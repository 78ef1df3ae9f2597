//! Group labels of windows, and the numbers of groups.

use super::label::Label;
use crate::cluster::{Ranks, allgather};
use std::collections::{BTreeMap, BTreeSet};

/// Numbers groups in the order of their first appearance. Equal labels get equal numbers, on all ranks.
pub(super) fn group_numbers(ranks: &dyn Ranks, keys: &[Label]) -> Vec<usize> {
    let of_ranks = allgather(ranks, distinct(keys.iter().cloned()));
    let numbers: BTreeMap<Label, usize> = distinct(of_ranks.into_iter().flatten()).into_iter().zip(0..).collect();
    keys.iter().map(|key| numbers[key]).collect()
}

/// The names of the groups that have windows in both splits, on any ranks, ascending.
pub(super) fn shared_groups(ranks: &dyn Ranks, keys: &[Option<Vec<Label>>; 2]) -> Vec<String> {
    // Either all ranks have both, or none has.
    let [Some(train), Some(test)] = keys else { return Vec::new() };
    let all = |keys: &[Label]| -> BTreeSet<Label> {
        allgather(ranks, distinct(keys.iter().cloned())).into_iter().flatten().collect()
    };
    let (train, test) = (all(train), all(test));
    train.intersection(&test).map(Label::to_string).collect()
}

/// Each label once, in the order of first appearance.
fn distinct(keys: impl Iterator<Item = Label>) -> Vec<Label> {
    let mut positions = BTreeMap::new();
    for key in keys {
        let next = positions.len();
        positions.entry(key).or_insert(next);
    }
    let mut keys: Vec<(usize, Label)> = positions.into_iter().map(|(key, position)| (position, key)).collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};

    #[test]
    fn group_numbers_do_not_depend_on_ranks() {
        let keys: Vec<Label> = ["b", "a", "b", "c", "a", "d"].map(|key| Label::Text(key.into())).to_vec();
        assert_eq!(group_numbers(&Serial, &keys), [0, 1, 0, 2, 1, 3]);
        let test = ["d", "e"].map(|key| Label::Text(key.into())).to_vec();
        let both = threads(2, |ranks| {
            // One rank has the training windows, the other one the test windows.
            let own = |keys: &[Label], rank| Some(if ranks.rank() == rank { keys.to_vec() } else { Vec::new() });
            shared_groups(ranks, &[own(&keys, 0), own(&test, 1)])
        });
        assert_eq!(both, [["d"], ["d"]]);
        let numbers = threads(3, |ranks| group_numbers(ranks, &keys[2 * ranks.rank()..][..2]));
        assert_eq!(numbers.concat(), [0, 1, 0, 2, 1, 3]);
    }
}

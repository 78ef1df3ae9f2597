//! Groups of windows as files name them, and as they are numbered.

use crate::cluster::{Ranks, allgather};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

/// What tells a group from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GroupLabel {
    Number(i64),
    Text(String),
}

impl Display for GroupLabel {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Equal keys become equal numbers, on all ranks, in the order in which they come first.
pub(super) fn numbered(ranks: &dyn Ranks, keys: &[GroupLabel]) -> Vec<usize> {
    let of_ranks = allgather(ranks, distinct(keys.iter().cloned()));
    let numbers: BTreeMap<GroupLabel, usize> = distinct(of_ranks.into_iter().flatten()).into_iter().zip(0..).collect();
    keys.iter().map(|key| numbers[key]).collect()
}

/// The names of the groups of which any rank has windows in both splits, ascending.
pub(super) fn in_both(ranks: &dyn Ranks, keys: &[Option<Vec<GroupLabel>>; 2]) -> Vec<String> {
    // All ranks have both, or none has.
    let [Some(train), Some(test)] = keys else { return Vec::new() };
    let all = |keys: &[GroupLabel]| -> BTreeSet<GroupLabel> {
        allgather(ranks, distinct(keys.iter().cloned())).into_iter().flatten().collect()
    };
    let (train, test) = (all(train), all(test));
    train.intersection(&test).map(GroupLabel::to_string).collect()
}

/// Each key once, in the order in which they come first.
fn distinct(keys: impl Iterator<Item = GroupLabel>) -> Vec<GroupLabel> {
    let mut places = BTreeMap::new();
    for key in keys {
        let next = places.len();
        places.entry(key).or_insert(next);
    }
    let mut keys: Vec<(usize, GroupLabel)> = places.into_iter().map(|(key, place)| (place, key)).collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Serial, threads};

    #[test]
    fn groups_are_numbered_as_they_come_wherever_they_are() {
        let keys: Vec<GroupLabel> = ["b", "a", "b", "c", "a", "d"].map(|key| GroupLabel::Text(key.into())).to_vec();
        assert_eq!(numbered(&Serial, &keys), [0, 1, 0, 2, 1, 3]);
        let test = ["d", "e"].map(|key| GroupLabel::Text(key.into())).to_vec();
        let both = threads(2, |ranks| {
            // What one rank trains on the other one tests on.
            let own = |keys: &[GroupLabel], rank| Some(if ranks.rank() == rank { keys.to_vec() } else { Vec::new() });
            in_both(ranks, &[own(&keys, 0), own(&test, 1)])
        });
        assert_eq!(both, [["d"], ["d"]]);
        let numbers = threads(3, |ranks| numbered(ranks, &keys[2 * ranks.rank()..][..2]));
        assert_eq!(numbers.concat(), [0, 1, 0, 2, 1, 3]);
    }
}

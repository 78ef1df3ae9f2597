//! Groups of windows as files name them, and as they are numbered.

use crate::ranks::{Ranks, gathered};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What tells a group from others: a number, or the bits of one, or a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    Number(i64),
    Text(String),
}

/// Equal keys become equal numbers, on all ranks, in the order in which they come first.
pub(super) fn numbered(ranks: &dyn Ranks, keys: &[Key]) -> Vec<usize> {
    let of_ranks = gathered(ranks, distinct(keys.iter().cloned()));
    let numbers: BTreeMap<Key, usize> = distinct(of_ranks.into_iter().flatten()).into_iter().zip(0..).collect();
    keys.iter().map(|key| numbers[key]).collect()
}

/// Each key once, in the order in which they come first.
fn distinct(keys: impl Iterator<Item = Key>) -> Vec<Key> {
    let mut places = BTreeMap::new();
    for key in keys {
        let next = places.len();
        places.entry(key).or_insert(next);
    }
    let mut keys: Vec<(usize, Key)> = places.into_iter().map(|(key, place)| (place, key)).collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranks::{Alone, threads};

    #[test]
    fn groups_are_numbered_as_they_come_wherever_they_are() {
        let keys: Vec<Key> = ["b", "a", "b", "c", "a", "d"].map(|key| Key::Text(key.into())).to_vec();
        assert_eq!(numbered(&Alone, &keys), [0, 1, 0, 2, 1, 3]);
        let numbers = threads(3, |ranks| numbered(ranks, &keys[2 * ranks.rank()..][..2]));
        assert_eq!(numbers.concat(), [0, 1, 0, 2, 1, 3]);
    }
}

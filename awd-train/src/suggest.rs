//! The name that was meant, where one is typed that nothing has.

use strsim::jaro_winkler;

/// How alike two names must be, of 1. `db5` and `db1` are .82, `sym55` and `sym5` .96.
const ALIKE: f64 = 0.85;

/// The end of an error: `; did you mean sym5?` of the known name that is most like the typed one; nothing if none is like it.
pub fn did_you_mean(typed: &str, known: impl IntoIterator<Item: AsRef<str>>) -> String {
    let likeness = |name: &str| jaro_winkler(&typed.to_lowercase(), &name.to_lowercase());
    let known = known.into_iter().map(|name| (likeness(name.as_ref()), name));
    let nearest = known.filter(|(alike, _)| *alike > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or(String::new(), |(_, name)| format!("; did you mean {}?", name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;
    use crate::wavelet::names;

    #[test]
    fn the_nearest_name_is_meant_if_it_is_near() {
        for (typed, meant) in [("sym55", "sym5"), ("smy5", "sym5"), ("DB3", "db3"), ("db21", "db2")] {
            assert_eq!(did_you_mean(typed, names()), format!("; did you mean {meant}?"));
        }
        for foreign in ["", "morlet", "x", "bior2.2"] {
            assert_eq!(did_you_mean(foreign, names()), "", "{foreign}");
        }
        assert_eq!(did_you_mean("movie", ["x_train", "movie_train"]), "; did you mean movie_train?");
    }
}

//! Suggests a known name for a mistyped one.

use strsim::jaro_winkler;

/// The least similarity of two names, from 0 to 1. `db5` and `db1` have .82, `sym55` and `sym5` .96.
const LEAST_SIMILARITY: f64 = 0.85;

/// The end of an error, `; did you mean sym5?`, with the known name that is most similar to the typed one. Empty if
/// none is similar.
pub fn did_you_mean(typed: &str, known: impl IntoIterator<Item: AsRef<str>>) -> String {
    let similarity = |name: &str| jaro_winkler(&typed.to_lowercase(), &name.to_lowercase());
    let known = known.into_iter().map(|name| (similarity(name.as_ref()), name));
    let nearest = known.filter(|(similarity, _)| *similarity > LEAST_SIMILARITY).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.map_or(String::new(), |(_, name)| format!("; did you mean {}?", name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;
    use crate::wavelet::names;

    #[test]
    fn the_most_similar_name_is_suggested() {
        for (typed, meant) in [("sym55", "sym5"), ("smy5", "sym5"), ("DB3", "db3"), ("db21", "db2")] {
            assert_eq!(did_you_mean(typed, names()), format!("; did you mean {meant}?"));
        }
        for foreign in ["", "morlet", "x", "bior2.2"] {
            assert_eq!(did_you_mean(foreign, names()), "", "{foreign}");
        }
        assert_eq!(did_you_mean("movie", ["x_train", "movie_train"]), "; did you mean movie_train?");
    }
}

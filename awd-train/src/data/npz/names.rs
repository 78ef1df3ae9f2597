//! Names of arrays that other software uses for those of a data set.

/// The array of a data set, and other names for it.
const NAMES: [(&str, &[&str]); 6] = [
    ("x_train", &["X_train", "train_x", "train_X", "train_data", "train_images"]),
    ("x_test", &["X_test", "test_x", "test_X", "test_data", "test_images"]),
    ("y_train", &["Y_train", "train_y", "train_Y", "train_labels", "labels_train"]),
    ("y_test", &["Y_test", "test_y", "test_Y", "test_labels", "labels_test"]),
    ("x", &["X", "data", "images", "signals", "windows"]),
    ("y", &["Y", "label", "labels", "target", "targets"]),
];

/// The names under which an array may be stored. Its own comes first.
pub fn stored(name: &str) -> impl Iterator<Item = &str> {
    let others = NAMES.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, others)| others);
    std::iter::once(name).chain(others.iter().copied())
}

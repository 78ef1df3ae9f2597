//! How a file is read as a data set.

/// What to predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// The class of a window.
    Classes,
    /// A value for a window.
    Values,
}

/// Choices that a reader makes by itself unless they are made here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The array or column of groups. By default `group_train`, `movie_train` or `cosmology_train`, whichever exists,
    /// and in a table the column `group`.
    pub groups: Option<String>,
    /// The array or column of targets. By default `y_train`, or one of the usual names (docs/data.md).
    pub target: Option<String>,
    /// What to predict. By default, texts and integers are classes, and so are whole numbers stored as floats if only a
    /// few of them differ; all other floats are values.
    pub task: Option<Task>,
    /// Labels that become class 1 of two classes; all others become class 0. Empty: the classes stay as they are.
    pub positive: Vec<String>,
    /// For windows of several channels: the channel to use, counted from 0.
    pub channel: Option<usize>,
    /// Whether windows of two axes are images, whatever their shape. By default they are, unless one axis is at least
    /// four times as long as the other, which is the shape of a signal of several channels.
    pub images: bool,
}

impl ReadOptions {
    /// The default options, with this array or column of groups.
    #[must_use]
    pub fn with_groups(groups: Option<&str>) -> Self {
        Self { groups: groups.map(str::to_owned), ..Self::default() }
    }
}

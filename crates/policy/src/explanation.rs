//! Why a question was decided as it was.

/// What policies decide, and which of them do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it is permitted.
    pub is_permitted: bool,
    /// The policies that led to this, in the order of the files; none where nothing permits it.
    pub determining: Vec<Determining>,
    /// The policies that failed while they were evaluated, which denies.
    pub failed: Vec<String>,
    /// What the caller is told.
    pub notices: Vec<String>,
}

/// A policy that led to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Determining {
    /// Its file under the folder, and its number in there.
    pub policy: String,
    /// Its notice.
    pub notice: Option<String>,
}

//! What changed from version to version, each change in a module of its own.
//!
//! The code speaks the newest version. A response steps back through the changes that are newer
//! than the version it is for; a request steps forward through the same.

mod v2026_06_08;
mod v2026_07_08;
mod v2026_08_13;
mod v2026_08_21;
mod v2026_08_21_1;
mod v2026_10_13_1;

use crate::{WhopError, node::Object, request::Request, user::User, version::Version};

/// One dated change.
struct Change {
    /// The first version that has it.
    since: &'static str,
    /// What a user was before it.
    user: fn(&mut Object, &User),
    /// What a file was before it.
    file: fn(&mut Object),
    /// What a request that was made before it means after it.
    request: fn(&mut Request) -> Result<(), WhopError>,
}

/// The changes, the newest first.
const CHANGES: [Change; 6] = [
    Change {
        since: "2026-10-13-1",
        user: v2026_10_13_1::user,
        file: |_| {},
        request: |_| Ok(()),
    },
    Change {
        since: "2026-08-21-1",
        user: |_, _| {},
        file: v2026_08_21_1::file,
        request: |request| {
            v2026_08_21_1::request(request);
            Ok(())
        },
    },
    Change {
        since: "2026-08-21",
        user: v2026_08_21::user,
        file: |_| {},
        request: |_| Ok(()),
    },
    Change {
        since: "2026-08-13",
        user: v2026_08_13::user,
        file: |_| {},
        request: |_| Ok(()),
    },
    Change {
        since: "2026-07-08",
        user: v2026_07_08::user,
        file: |_| {},
        request: |_| Ok(()),
    },
    Change {
        since: "2026-06-08",
        user: v2026_06_08::user,
        file: |_| {},
        request: v2026_06_08::request,
    },
];

/// The changes that `version` does not have yet, the newest first.
fn after(version: Version) -> impl DoubleEndedIterator<Item = &'static Change> {
    CHANGES
        .iter()
        .filter(move |change| version.is_before(change.since))
}

/// A user as `version` shows it.
pub(crate) fn show(user: &User, version: Version) -> Object {
    let mut shape = user.newest();
    for change in after(version) {
        (change.user)(&mut shape, user);
    }
    shape
}

/// A file as `version` shows it.
pub(crate) fn show_file(mut newest: Object, version: Version) -> Object {
    for change in after(version) {
        (change.file)(&mut newest);
    }
    newest
}

/// What a request of `version` means in the newest one.
pub(crate) fn understand(request: &mut Request, version: Version) -> Result<(), WhopError> {
    for change in after(version).rev() {
        (change.request)(request)?;
    }
    Ok(())
}

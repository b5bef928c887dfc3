//! `manyface openapi`

use super::output;
use crate::{Failure, Known, cli::OpenapiArgs};

pub(super) fn run(known: Known, args: &OpenapiArgs) -> Result<(), Failure> {
    let OpenapiArgs { dialect, server } = args;
    let known = known.dialects();
    let Some(found) = known.iter().find(|known| known.name == *dialect) else {
        let names: Vec<_> = known.iter().map(|dialect| dialect.name).collect();
        let names = names.join(", ");
        let message = format!("there is no dialect {dialect}; known are {names}");
        return Err(Failure::Usage(message));
    };
    match server {
        Some(url) => output::as_it_is(&found.openapi_at(url)),
        None => output::as_it_is(found.openapi),
    }
}

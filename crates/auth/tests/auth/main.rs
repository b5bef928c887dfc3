//! Tests of authentication through the public API.

#[cfg(test)]
mod development;
#[cfg(test)]
mod http;
#[cfg(test)]
mod issuers;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod rejections;
#[cfg(test)]
mod rfc7515;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tokens;

//! PNG: a signature and chunks (ISO 15948).

use std::io::Read;

use flate2::{Crc, read::ZlibDecoder};

use super::{MAX_PROFILE, Still, StillFormat, orientation};
use crate::Rejection;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
    /// The whole chunk, with length and checksum.
    bytes: &'a [u8],
}

/// Reads up to `IEND`, without animations, text and trailing data. A file without `IEND` is
/// truncated and rejected.
pub(super) fn read(file: &[u8]) -> Result<Still, Rejection> {
    let mut rest = file.get(SIGNATURE.len()..).unwrap_or_default();
    let mut written = SIGNATURE.to_vec();
    let (mut exif, mut profile) = (None, None);
    let mut has_data = false;
    loop {
        let (chunk, after) = next_chunk(rest).ok_or(Rejection::Broken)?;
        rest = after;
        match &chunk.name {
            b"IEND" => {
                written.extend(chunk.bytes);
                break;
            }
            b"IHDR" | b"PLTE" | b"tRNS" => written.extend(chunk.bytes),
            b"IDAT" => {
                has_data = true;
                written.extend(chunk.bytes);
            }
            b"iCCP" if !has_data && profile.is_none() && chunk.is_intact() => {
                profile = inflate_profile(chunk.data);
            }
            b"eXIf" if exif.is_none() && chunk.is_intact() => {
                exif = Some(chunk.data);
            }
            // The names of critical chunks begin with an upper-case letter.
            [first, ..] if first.is_ascii_uppercase() => {
                return Err(Rejection::Unsupported("an unknown kind of chunk"));
            }
            _ => {}
        }
    }
    if !has_data {
        return Err(Rejection::Broken);
    }
    Ok(Still {
        format: StillFormat::Png,
        file: written,
        orientation: orientation(exif),
        profile,
    })
}

fn next_chunk(file: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let length = u32::from_be_bytes(*file.first_chunk()?);
    let length = usize::try_from(length).ok()?;
    let (bytes, rest) = file.split_at_checked(length.checked_add(12)?)?;
    let name = *bytes.get(4..)?.first_chunk()?;
    let data = bytes.get(8..8 + length)?;
    Some((Chunk { name, data, bytes }, rest))
}

impl Chunk<'_> {
    /// Returns whether the checksum is correct.
    fn is_intact(&self) -> bool {
        let mut crc = Crc::new();
        crc.update(&self.name);
        crc.update(self.data);
        self.bytes.ends_with(&crc.sum().to_be_bytes())
    }
}

/// Inflates a profile: a name, a byte for the method, and a zlib stream (§11.3.3.3). At most
/// [`MAX_PROFILE`] bytes are inflated.
fn inflate_profile(data: &[u8]) -> Option<Vec<u8>> {
    let name = data.iter().position(|byte| *byte == 0)?;
    let (0, stream) = data.get(name + 1..)?.split_first()? else {
        return None;
    };
    let limit = MAX_PROFILE as u64 + 1;
    let mut profile = Vec::new();
    let inflated = ZlibDecoder::new(stream).take(limit);
    { inflated }.read_to_end(&mut profile).ok()?;
    (profile.len() <= MAX_PROFILE).then_some(profile)
}

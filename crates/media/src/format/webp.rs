//! WebP: chunks in a RIFF container (RFC 9649).

use super::{MAX_PROFILE, Still, StillFormat, orientation};

/// The `VP8X` flags of the chunks that are removed: profile, Exif and XMP.
const METADATA_FLAGS: u8 = 0x20 | 0x08 | 0x04;

struct Chunk<'a> {
    name: [u8; 4],
    data: &'a [u8],
}

/// Reads the chunks of the first frame, the orientation and the profile.
///
/// A file that is shorter than its declared length is read to its end.
pub(super) fn read(file: &[u8]) -> Option<Still> {
    let length = u32::from_le_bytes(*file.get(4..)?.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    let mut rest = file.get(12..end).or(file.get(12..))?;
    let mut chunks = Vec::new();
    let (mut exif, mut profile) = (None, None);
    let mut has_pixels = false;
    while let Some((chunk, after)) = next_chunk(rest) {
        rest = after;
        match &chunk.name {
            b"VP8 " | b"VP8L" | b"ANMF" if !has_pixels => {
                has_pixels = true;
                add(&mut chunks, &chunk);
                // A simple file has no other chunks.
                if chunks.starts_with(b"VP8 ") || chunks.starts_with(b"VP8L") {
                    break;
                }
            }
            b"VP8X" if chunks.is_empty() => add(&mut chunks, &chunk),
            b"ALPH" | b"ANIM" if !has_pixels && !chunks.is_empty() => add(&mut chunks, &chunk),
            b"ICCP" if profile.is_none() => profile = Some(chunk.data),
            b"EXIF" if exif.is_none() => exif = Some(chunk.data),
            _ => {}
        }
    }
    if !has_pixels {
        return None;
    }
    if let [b'V', b'P', b'8', b'X', _, _, _, _, flags, ..] = chunks.as_mut_slice() {
        *flags &= !METADATA_FLAGS;
    }
    let mut written = b"RIFF".to_vec();
    written.extend(u32::try_from(chunks.len() + 4).ok()?.to_le_bytes());
    written.extend(b"WEBP");
    written.append(&mut chunks);
    let profile = profile.filter(|profile| profile.len() <= MAX_PROFILE);
    Some(Still {
        format: StillFormat::WebP,
        file: written,
        orientation: orientation(exif),
        profile: profile.map(<[u8]>::to_vec),
    })
}

fn next_chunk(file: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (name, after) = file.split_first_chunk()?;
    let (length, after) = after.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (data, after) = after.split_at_checked(length)?;
    // A chunk of odd length is followed by a padding byte.
    let rest = after.get(length % 2..).unwrap_or_default();
    let name = *name;
    Some((Chunk { name, data }, rest))
}

fn add(chunks: &mut Vec<u8>, chunk: &Chunk<'_>) {
    chunks.extend(chunk.name);
    let length = u32::try_from(chunk.data.len()).unwrap_or(u32::MAX);
    chunks.extend(length.to_le_bytes());
    chunks.extend(chunk.data);
    if !chunk.data.len().is_multiple_of(2) {
        chunks.push(0);
    }
}

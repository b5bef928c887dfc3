//! Detection of DOCX files: ZIP archives with a document. Nothing is decompressed.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

/// The length of the end record of an archive, in bytes.
const END: usize = 22;
/// The maximum length of the comment after the end record, in bytes.
const MAX_COMMENT: usize = 65_535;
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const ENTRY_SIGNATURE: &[u8] = b"PK\x01\x02";
const ENTRY: usize = 46;
/// The maximum number of entries that are read.
const MAX_ENTRIES: usize = 10_000;
/// The required parts of a document (ECMA-376 part 2).
const PARTS: [&[u8]; 2] = [b"[Content_Types].xml", b"word/document.xml"];

/// Returns whether the central directory of the archive has the parts of a document.
pub(super) fn is_docx(file: &[u8]) -> bool {
    file.starts_with(b"PK\x03\x04")
        && names(file).is_some_and(|names| PARTS.iter().all(|part| names.contains(part)))
}

/// Returns the names in the central directory.
fn names(file: &[u8]) -> Option<Vec<&[u8]>> {
    let tail = file.len().saturating_sub(END + MAX_COMMENT);
    let mut windows = file.get(tail..)?.windows(END_SIGNATURE.len());
    let end = tail + windows.rposition(|window| window == END_SIGNATURE)?;
    file.get(end..end + END)?;
    let count = number(file, end + 10, 2)?.min(MAX_ENTRIES);
    let mut offset = number(file, end + 16, 4)?;
    let mut names = Vec::new();
    for _ in 0..count {
        if !file.get(offset..)?.starts_with(ENTRY_SIGNATURE) {
            return None;
        }
        let lengths = [28, 30, 32].map(|field| number(file, offset.checked_add(field)?, 2));
        let [Some(name), Some(extra), Some(comment)] = lengths else {
            return None;
        };
        let start = offset.checked_add(ENTRY)?;
        names.push(file.get(start..start.checked_add(name)?)?);
        offset = start + name + extra + comment;
    }
    Some(names)
}

/// Reads a little-endian number of `size` bytes.
fn number(file: &[u8], offset: usize, size: usize) -> Option<usize> {
    let bytes = file.get(offset..offset.checked_add(size)?)?;
    let digits = bytes.iter().rev();
    Some(digits.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of empty files.
    fn archive(names: &[&str]) -> Vec<u8> {
        let mut file = b"PK\x03\x04 and so on".to_vec();
        let start = u32::try_from(file.len()).unwrap();
        for name in names {
            let mut entry = [0; ENTRY];
            entry[..4].copy_from_slice(ENTRY_SIGNATURE);
            entry[28] = u8::try_from(name.len()).unwrap();
            file.extend(entry);
            file.extend(name.as_bytes());
        }
        let mut end = [0; END];
        end[..4].copy_from_slice(END_SIGNATURE);
        end[10] = u8::try_from(names.len()).unwrap();
        end[16..20].copy_from_slice(&start.to_le_bytes());
        file.extend(end);
        file
    }

    #[test]
    fn a_document_has_its_parts() {
        let good = archive(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
        assert!(is_docx(&good));
        for names in [
            &[][..],
            &["[Content_Types].xml"],
            &["word/document.xml"],
            &["[Content_Types].xml", "xl/workbook.xml"],
        ] {
            assert!(!is_docx(&archive(names)), "{names:?}");
        }
    }

    #[test]
    fn a_truncated_archive_is_rejected() {
        let good = archive(&["[Content_Types].xml", "word/document.xml"]);
        for length in 0..good.len() {
            assert!(!is_docx(&good[..length]), "{length}");
        }
        for offset in 0..good.len() {
            let mut damaged = good.clone();
            damaged[offset] = 0xff;
            // Only panics fail the test.
            let _ = is_docx(&damaged);
        }
    }
}

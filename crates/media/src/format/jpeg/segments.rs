//! The sequence of segments and entropy-coded data.

use crate::Rejection;

/// A part of a file.
pub(super) enum Part<'a> {
    /// A marker with data.
    Segment {
        /// The second byte of the marker.
        marker: u8,
        /// The data after the length.
        data: &'a [u8],
    },
    /// A scan.
    Scan {
        /// The data after the length of the scan header.
        header: &'a [u8],
        /// The entropy-coded data with its restart markers.
        data: &'a [u8],
    },
    /// The end marker.
    End,
    /// The end of a file without an end marker, within or after the data of a scan.
    Truncated,
}

/// An iterator over the parts of a file.
pub(super) struct Parts<'a> {
    rest: &'a [u8],
    has_scan: bool,
}

impl<'a> Parts<'a> {
    /// Creates an iterator over the parts after the start marker.
    pub(super) fn new(file: &'a [u8]) -> Self {
        Self {
            rest: file.get(2..).unwrap_or_default(),
            has_scan: false,
        }
    }

    /// Returns the next part. Bytes between two parts are skipped, as in libjpeg.
    pub(super) fn next(&mut self) -> Result<Part<'a>, Rejection> {
        let Some(marker) = self.next_marker() else {
            return self.truncated();
        };
        match marker {
            0xd9 => return Ok(Part::End),
            // A second start marker.
            0xd8 => return Err(Rejection::Broken),
            _ => {}
        }
        let length = self.rest.first_chunk().copied().map(u16::from_be_bytes);
        let Some(segment) = length.and_then(|length| self.rest.get(..usize::from(length))) else {
            return self.truncated();
        };
        let data = segment.get(2..).ok_or(Rejection::Broken)?;
        self.rest = self.rest.get(segment.len()..).unwrap_or_default();
        if marker != 0xda {
            return Ok(Part::Segment { marker, data });
        }
        self.has_scan = true;
        let (scan, rest) = self.rest.split_at(scan_len(self.rest));
        self.rest = rest;
        Ok(Part::Scan {
            header: data,
            data: scan,
        })
    }

    /// Accepts a missing end after a scan: the decoder detects missing pixels.
    fn truncated(&self) -> Result<Part<'a>, Rejection> {
        if self.has_scan {
            Ok(Part::Truncated)
        } else {
            Err(Rejection::Broken)
        }
    }

    /// Returns the next marker of a segment, skipping fill bytes, zeros and restart markers.
    fn next_marker(&mut self) -> Option<u8> {
        loop {
            let at = self.rest.iter().position(|byte| *byte == 0xff)?;
            self.rest = self.rest.get(at + 1..)?;
            let code = *self.rest.first()?;
            if !matches!(code, 0x00 | 0x01 | 0xd0..=0xd7 | 0xff) {
                self.rest = self.rest.get(1..)?;
                return Some(code);
            }
        }
    }
}

/// Returns the length of entropy-coded data: up to the first marker other than a restart.
fn scan_len(file: &[u8]) -> usize {
    let mut position = 0;
    while let Some(found) = file
        .get(position..)
        .and_then(|rest| rest.iter().position(|byte| *byte == 0xff))
    {
        position += found;
        match file.get(position + 1) {
            Some(0x00 | 0xd0..=0xd7) => position += 2,
            Some(0xff) => position += 1,
            Some(_) | None => return position,
        }
    }
    file.len()
}

/// Writes a segment.
pub(super) fn write(file: &mut Vec<u8>, marker: u8, data: &[u8]) {
    file.extend([0xff, marker]);
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    file.extend(length.to_be_bytes());
    file.extend(data);
}

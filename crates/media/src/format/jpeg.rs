//! JPEG: segments and scans (ITU T.81 annex B).

mod frame;
mod segments;

use self::{
    frame::{Component, Frame},
    segments::{Part, Parts},
};
use super::{EXIF_PREFIX, MAX_PROFILE, Still, StillFormat, orientation};
use crate::Rejection;

/// The maximum number of scans: some programs write twenty. Each is a pass over all coefficients.
const MAX_SCANS: usize = 100;
/// The maximum number of scans of a truncated file, which is decoded several times.
const MAX_SCANS_IF_TRUNCATED: usize = 25;

const START: &[u8] = b"\xff\xd8";
const END: &[u8] = b"\xff\xd9";
const PROFILE_PREFIX: &[u8] = b"ICC_PROFILE\0";
/// The segment that declares the default Huffman tables for a file without tables.
const DEFAULT_TABLES: &[u8] = b"\xff\xe0\0\x07AVI1\0";

/// The coding of coefficients and colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JpegCoding {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Whether later scans refine coefficients.
    pub(crate) is_progressive: bool,
    /// Whether scans are interleaved or progressive and chrominances have full or half resolution
    /// per direction, as in nearly every file.
    pub(crate) has_common_coding: bool,
    /// Whether the file has no end marker.
    pub(crate) is_truncated: bool,
    /// The color space of the components.
    pub(crate) colors: JpegColors,
    /// The number of samples of all components, including the padding of blocks.
    pub(crate) samples: u64,
}

/// The color space of the components of a JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JpegColors {
    Gray,
    YCbCr,
    Rgb,
    Cmyk,
    Ycck,
}

/// The data of application segments.
#[derive(Debug, Default)]
struct Applications<'a> {
    is_jfif: bool,
    /// The transform of an Adobe segment.
    adobe: Option<u8>,
    exif: Option<&'a [u8]>,
    /// Number, total count and data of each part of a profile.
    profile: Vec<(u8, u8, &'a [u8])>,
}

/// Reads all scans, without stray bytes, metadata and trailing data. A missing end marker is added.
pub(super) fn read(file: &[u8]) -> Result<Still, Rejection> {
    let mut parts = Parts::new(file);
    let mut applications = Applications::default();
    let mut rewritten = Rewritten::default();
    let is_truncated = loop {
        match parts.next()? {
            Part::End => break false,
            Part::Truncated => break true,
            Part::Segment { marker, data } => match marker {
                0xc0..=0xc2 => rewritten.add_frame(marker, data)?,
                0xc4 | 0xdb | 0xdd => rewritten.add_tables(marker, data),
                0xe0..=0xef => applications.read(marker, data),
                _ => check_supported(marker)?,
            },
            Part::Scan { header, data } => rewritten.add_scan(header, data)?,
        }
    };
    let (coding, file) = rewritten.finish(&applications, is_truncated)?;
    Ok(Still {
        format: StillFormat::Jpeg(coding),
        file,
        orientation: orientation(applications.exif),
        profile: applications.assemble_profile(),
    })
}

/// The rewritten file, and the state of its scans.
#[derive(Default)]
struct Rewritten {
    frame: Option<Frame>,
    has_huffman_tables: bool,
    scans: usize,
    components_in_first_scan: usize,
    /// The complete coefficients of each component, one bit per coefficient.
    complete: [u64; 4],
    /// Everything after the start marker.
    body: Vec<u8>,
    /// The positions of component ids in `body`, which are written once the color space is known,
    /// with the indices of their components.
    ids: Vec<(usize, usize)>,
}

impl Rewritten {
    fn add_frame(&mut self, marker: u8, data: &[u8]) -> Result<(), Rejection> {
        if self.frame.is_some() {
            return Err(Rejection::Broken);
        }
        let frame = Frame::read(marker, data)?;
        let first = self.body.len() + 4 + 6;
        let numbers = 0..frame.components.len();
        self.ids.extend(numbers.map(|n| (first + 3 * n, n)));
        self.frame = Some(frame);
        segments::write(&mut self.body, marker, data);
        Ok(())
    }

    fn add_tables(&mut self, marker: u8, data: &[u8]) {
        self.has_huffman_tables |= marker == 0xc4;
        segments::write(&mut self.body, marker, data);
    }

    fn add_scan(&mut self, header: &[u8], data: &[u8]) -> Result<(), Rejection> {
        let frame = self.frame.as_ref().ok_or(Rejection::Broken)?;
        let components = frame.components_of(header)?;
        // A sequential image has one scan per component (§A.2.2).
        let is_complete = |number: &usize| self.complete[*number] == u64::MAX;
        if !frame.is_progressive && components.iter().any(is_complete) {
            return Ok(());
        }
        if self.scans == 0 {
            self.components_in_first_scan = components.len();
            if !self.has_huffman_tables {
                self.body.extend(DEFAULT_TABLES);
            }
        }
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(Rejection::Unsupported("more than 100 scans"));
        }
        for number in &components {
            self.complete[*number] |= frame.completed_by(header);
        }
        let first = self.body.len() + 4 + 1;
        self.ids
            .extend((0..).map(|n| first + 2 * n).zip(components));
        segments::write(&mut self.body, 0xda, header);
        self.body.extend(data);
        Ok(())
    }

    fn finish(
        mut self,
        applications: &Applications<'_>,
        is_truncated: bool,
    ) -> Result<(JpegCoding, Vec<u8>), Rejection> {
        let frame = self.frame.ok_or(Rejection::Broken)?;
        let count = frame.components.len();
        let are_complete = self.complete.iter().take(count).all(|of| *of == u64::MAX);
        if self.scans == 0 || is_truncated && (!are_complete || self.scans > MAX_SCANS_IF_TRUNCATED)
        {
            return Err(Rejection::Broken);
        }
        let has_separate_scans = !frame.is_progressive && self.components_in_first_scan < count;
        // The decoders miscount the blocks of such scans.
        let has_single_scans = frame.is_progressive || has_separate_scans;
        if has_single_scans && !frame.has_simple_sampling() {
            let feature = "scans of one component with this sampling";
            return Err(Rejection::Unsupported(feature));
        }
        let colors = applications.colors(&frame.components);
        for (position, number) in self.ids {
            if let Some(id) = self.body.get_mut(position) {
                *id = colors.id(number);
            }
        }
        let coding = JpegCoding {
            width: frame.width,
            height: frame.height,
            is_progressive: frame.is_progressive,
            has_common_coding: !has_separate_scans && frame.has_common_sampling(),
            is_truncated,
            colors,
            samples: frame.samples(),
        };
        let mut file = START.to_vec();
        file.append(&mut self.body);
        file.extend(END);
        Ok((coding, file))
    }
}

/// Rejects unsupported coding processes. Other segments are ignored.
fn check_supported(marker: u8) -> Result<(), Rejection> {
    let feature = match marker {
        0xc3 => "lossless compression",
        0xc5..=0xc7 | 0xcd..=0xcf | 0xde | 0xdf => "hierarchical compression",
        0xc9..=0xcc => "arithmetic coding",
        _ => return Ok(()),
    };
    Err(Rejection::Unsupported(feature))
}

impl<'a> Applications<'a> {
    fn read(&mut self, marker: u8, data: &'a [u8]) {
        match marker {
            0xe0 if data.starts_with(b"JFIF\0") => self.is_jfif = true,
            // The first of several segments is used.
            0xe1 if data.starts_with(EXIF_PREFIX) && self.exif.is_none() => self.exif = Some(data),
            0xe2 => {
                if let Some([number, count, part @ ..]) = data.strip_prefix(PROFILE_PREFIX) {
                    self.profile.push((*number, *count, part));
                }
            }
            0xee if data.starts_with(b"Adobe") => self.adobe = data.get(11).copied(),
            _ => {}
        }
    }

    /// Returns the color space of the components, by the rules of libjpeg: there is no standard.
    fn colors(&self, components: &[Component]) -> JpegColors {
        let ids = components.iter().map(|component| component.id);
        match (components.len(), self.adobe) {
            (1, _) => JpegColors::Gray,
            (4, None | Some(0)) => JpegColors::Cmyk,
            (4, Some(_)) => JpegColors::Ycck,
            _ if self.is_jfif => JpegColors::YCbCr,
            (_, Some(0)) => JpegColors::Rgb,
            (_, None) if ids.eq(*b"RGB") => JpegColors::Rgb,
            (_, _) => JpegColors::YCbCr,
        }
    }

    /// Joins the parts of the profile in order, or returns `None` if one is missing or repeated.
    fn assemble_profile(mut self) -> Option<Vec<u8>> {
        self.profile.sort_by_key(|(number, ..)| *number);
        let count = self.profile.len();
        let is_complete = (1..).zip(&self.profile).all(|(expected, (number, of, _))| {
            usize::from(*number) == expected && usize::from(*of) == count
        });
        let parts = self.profile.iter().map(|(.., part)| *part);
        let length: usize = parts.clone().map(<[u8]>::len).sum();
        (is_complete && (1..=MAX_PROFILE).contains(&length))
            .then(|| parts.flatten().copied().collect())
    }
}

impl JpegColors {
    /// Returns the component id from which decoders infer the color space.
    fn id(self, number: usize) -> u8 {
        let ids = if self == Self::Rgb {
            b"RGB\x04"
        } else {
            b"\x01\x02\x03\x04"
        };
        ids.get(number).copied().unwrap_or_default()
    }
}

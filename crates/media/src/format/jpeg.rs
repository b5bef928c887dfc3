//! JPEG: segments and scans (ITU T.81 annex B).

mod segments;

use self::segments::{Part, Parts};
use super::{EXIF_PREFIX, MAX_PROFILE, Still, StillFormat, orientation};
use crate::Rejection;

const START: &[u8] = b"\xff\xd8";
const END: &[u8] = b"\xff\xd9";
const PROFILE_PREFIX: &[u8] = b"ICC_PROFILE\0";
/// Marks a file whose Huffman tables are the usual ones, which it leaves out.
const USUAL_TABLES: &[u8] = b"\xff\xe0\0\x07AVI1\0";

/// How the coefficients and colors of a JPEG are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JpegCoding {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Whether coefficients are refined by later scans.
    pub(crate) is_progressive: bool,
    /// Whether a scan has all components, or refines them, and chrominances have all samples or
    /// half of them in a direction, as in nearly every file.
    pub(crate) is_usual: bool,
    /// Whether the file ended without a marker of its end.
    pub(crate) is_cut: bool,
    /// The colors of the components.
    pub(crate) colors: JpegColors,
    /// The samples of all components, with what fills up their blocks.
    pub(crate) samples: u64,
}

/// The colors that the components of a JPEG stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JpegColors {
    Gray,
    YCbCr,
    Rgb,
    Cmyk,
    Ycck,
}

/// A component as the frame header declares it.
#[derive(Clone, Copy, Debug)]
struct Component {
    id: u8,
    horizontal: u8,
    vertical: u8,
}

/// What is known after the frame header.
#[derive(Debug)]
struct Frame {
    is_progressive: bool,
    components: Vec<Component>,
    width: u16,
    height: u16,
}

/// What segments of applications say.
#[derive(Debug, Default)]
struct Applications<'a> {
    is_jfif: bool,
    /// The transform of an Adobe segment.
    adobe: Option<u8>,
    exif: Option<&'a [u8]>,
    /// Number, count and data of the parts of a profile.
    profile: Vec<(u8, u8, &'a [u8])>,
}

/// Reads all scans. Stray bytes, metadata and what follows the end are left out; a missing end is
/// added.
pub(super) fn read(file: &[u8]) -> Result<Still, Rejection> {
    let mut parts = Parts::new(file);
    let mut applications = Applications::default();
    let mut body = Vec::with_capacity(file.len());
    let (mut frame, mut in_first_scan) = (None, None);
    let mut has_tables = false;
    // Of each component, the coefficients that are complete.
    let mut complete = [0_u64; 4];
    // The place of the component ids in `body`, to be written once the colors are known.
    let mut ids: Vec<(usize, usize)> = Vec::new();
    let is_cut = loop {
        match parts.next()? {
            Part::End => break false,
            Part::Cut => break true,
            Part::Segment { marker, data } => match marker {
                0xc0..=0xc2 => {
                    if frame.is_some() {
                        return Err(Rejection::Broken);
                    }
                    let read = Frame::read(marker, data)?;
                    let first = body.len() + 4 + 6;
                    ids.extend((0..read.components.len()).map(|n| (first + 3 * n, n)));
                    frame = Some(read);
                    segments::write(&mut body, marker, data);
                }
                0xc4 => {
                    has_tables = true;
                    segments::write(&mut body, marker, data);
                }
                0xdb | 0xdd => segments::write(&mut body, marker, data),
                0xe0..=0xef => applications.read(marker, data),
                _ => unsupported(marker)?,
            },
            Part::Scan { header, data } => {
                let frame = frame.as_ref().ok_or(Rejection::Broken)?;
                let components = frame.scanned(header)?;
                if in_first_scan.is_none() {
                    in_first_scan = Some(components.len());
                    if !has_tables {
                        body.extend(USUAL_TABLES);
                    }
                }
                for number in &components {
                    complete[*number] |= completed(frame, header);
                }
                let first = body.len() + 4 + 1;
                ids.extend((0..).map(|n| first + 2 * n).zip(components));
                segments::write(&mut body, 0xda, header);
                body.extend(data);
            }
        }
    };
    let (Some(frame), Some(in_first_scan)) = (frame, in_first_scan) else {
        return Err(Rejection::Broken);
    };
    let is_complete = |of: &u64| *of == u64::MAX;
    if is_cut
        && !complete
            .iter()
            .take(frame.components.len())
            .all(is_complete)
    {
        return Err(Rejection::Broken);
    }
    let colors = applications.colors(&frame.components);
    for (at, number) in ids {
        if let Some(id) = body.get_mut(at) {
            *id = colors.id(number);
        }
    }
    let mut written = START.to_vec();
    written.append(&mut body);
    written.extend(END);
    let has_separate_scans = !frame.is_progressive && in_first_scan < frame.components.len();
    // The decoders lose count of blocks here.
    let has_scans_of_one = frame.is_progressive || has_separate_scans;
    if has_scans_of_one && !frame.is_plainly_sampled() {
        return Err(Rejection::Unsupported(
            "scans of one component with this sampling",
        ));
    }
    let coding = JpegCoding {
        width: frame.width,
        height: frame.height,
        is_progressive: frame.is_progressive,
        is_usual: !has_separate_scans && frame.has_usual_sampling(),
        is_cut,
        colors,
        samples: frame.samples(),
    };
    Ok(Still {
        format: StillFormat::Jpeg(coding),
        file: written,
        orientation: orientation(applications.exif),
        profile: applications.assemble_profile(),
    })
}

/// The coefficients that a scan completes, a bit for each.
fn completed(frame: &Frame, header: &[u8]) -> u64 {
    match header {
        _ if !frame.is_progressive => u64::MAX,
        // Of the last precision (§G.1.1.1).
        [.., first, last, precision]
            if first <= last && *last < 64 && precision.trailing_zeros() >= 4 =>
        {
            (u64::MAX >> (63 - last)) & (u64::MAX << first)
        }
        _ => 0,
    }
}

/// Rejects the processes that are not decoded, and passes over everything else.
fn unsupported(marker: u8) -> Result<(), Rejection> {
    let feature = match marker {
        0xc3 => "lossless compression",
        0xc5..=0xc7 | 0xcd..=0xcf | 0xde | 0xdf => "hierarchical compression",
        0xc9..=0xcc => "arithmetic coding",
        _ => return Ok(()),
    };
    Err(Rejection::Unsupported(feature))
}

impl Frame {
    /// Reads a frame header (§B.2.2).
    fn read(marker: u8, data: &[u8]) -> Result<Self, Rejection> {
        let [precision, top, bottom, left, right, count, components @ ..] = data else {
            return Err(Rejection::Broken);
        };
        if *precision != 8 {
            return Err(Rejection::Unsupported("more than 8 bits a sample"));
        }
        let (height, width) = (
            u16::from_be_bytes([*top, *bottom]),
            u16::from_be_bytes([*left, *right]),
        );
        if height == 0 {
            return Err(Rejection::Unsupported("a height that follows the image"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Rejection::Unsupported("this number of color components"));
        }
        if components.len() != 3 * usize::from(*count) {
            return Err(Rejection::Broken);
        }
        let (components, _) = components.as_chunks::<3>();
        let components = components.iter().map(|[id, sampling, _]| Component {
            id: *id,
            horizontal: sampling >> 4,
            vertical: sampling & 15,
        });
        let components: Vec<_> = components.collect();
        let is_sampling = |factor| (1..=4).contains(&factor);
        let is_valid = |c: &Component| is_sampling(c.horizontal) && is_sampling(c.vertical);
        if !components.iter().all(is_valid) {
            return Err(Rejection::Broken);
        }
        Ok(Self {
            is_progressive: marker == 0xc2,
            components,
            width,
            height,
        })
    }

    /// The numbers of the components in a scan (§B.2.3).
    fn scanned(&self, header: &[u8]) -> Result<Vec<usize>, Rejection> {
        let (count, rest) = header.split_first().ok_or(Rejection::Broken)?;
        let selectors = rest.get(..2 * usize::from(*count));
        let (selectors, _) = selectors.ok_or(Rejection::Broken)?.as_chunks::<2>();
        let number = |[id, _]: &[u8; 2]| self.components.iter().position(|c| c.id == *id);
        let numbers: Option<Vec<_>> = selectors.iter().map(number).collect();
        numbers.filter(|n| !n.is_empty()).ok_or(Rejection::Broken)
    }

    fn max_sampling(&self) -> (u8, u8) {
        let max = |of: fn(&Component) -> u8| self.components.iter().map(of).max().unwrap_or(1);
        (max(|c| c.horizontal), max(|c| c.vertical))
    }

    /// Whether each component has all samples, or one for each unit, in each direction.
    fn is_plainly_sampled(&self) -> bool {
        let (horizontal, vertical) = self.max_sampling();
        self.components.iter().all(|component| {
            [1, horizontal].contains(&component.horizontal)
                && [1, vertical].contains(&component.vertical)
        })
    }

    /// Whether the first component has all samples, and the others one for each unit.
    fn has_usual_sampling(&self) -> bool {
        let max = self.max_sampling();
        let mut components = self.components.iter().map(|c| (c.horizontal, c.vertical));
        let is_full = components.next() == Some(max) && max.0 <= 2 && max.1 <= 2;
        is_full && components.all(|sampling| sampling == (1, 1) || sampling == max)
    }

    /// The samples of all components, with what fills up their blocks.
    fn samples(&self) -> u64 {
        let (horizontal, vertical) = self.max_sampling();
        let units = |pixels: u16, factor: u8| u64::from(pixels).div_ceil(8 * u64::from(factor));
        let units = units(self.width, horizontal) * units(self.height, vertical);
        let blocks = self.components.iter();
        let blocks = blocks.map(|c| u64::from(c.horizontal) * u64::from(c.vertical));
        units * 64 * blocks.sum::<u64>()
    }
}

impl<'a> Applications<'a> {
    fn read(&mut self, marker: u8, data: &'a [u8]) {
        match marker {
            0xe0 if data.starts_with(b"JFIF\0") => self.is_jfif = true,
            // Of several segments the first one counts.
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

    /// Which colors components are (as libjpeg decides, for lack of a standard).
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

    /// The parts of a profile in their order; `None` if one is missing or there is one too many.
    fn assemble_profile(mut self) -> Option<Vec<u8>> {
        self.profile.sort_by_key(|(number, ..)| *number);
        let count = self.profile.len();
        let is_whole = (1..).zip(&self.profile).all(|(expected, (number, of, _))| {
            usize::from(*number) == expected && usize::from(*of) == count
        });
        let parts = self.profile.iter().map(|(.., part)| *part);
        let length: usize = parts.clone().map(<[u8]>::len).sum();
        (is_whole && (1..=MAX_PROFILE).contains(&length))
            .then(|| parts.flatten().copied().collect())
    }
}

impl JpegColors {
    /// The id by which decoders know the colors of a component.
    fn id(self, number: usize) -> u8 {
        let ids = if self == Self::Rgb {
            b"RGB\x04"
        } else {
            b"\x01\x02\x03\x04"
        };
        ids.get(number).copied().unwrap_or_default()
    }
}

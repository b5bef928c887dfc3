//! The frame header and its components.

use crate::Rejection;

/// A component as the frame header declares it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) horizontal: u8,
    pub(super) vertical: u8,
}

/// The content of the frame header.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    pub(super) components: Vec<Component>,
    pub(super) width: u16,
    pub(super) height: u16,
}

impl Frame {
    /// Reads a frame header (§B.2.2).
    pub(super) fn read(marker: u8, data: &[u8]) -> Result<Self, Rejection> {
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
        let is_factor = |factor| (1..=4).contains(&factor);
        let is_valid = |c: &Component| is_factor(c.horizontal) && is_factor(c.vertical);
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

    /// Returns the indices of the components in a scan (§B.2.3).
    pub(super) fn components_of(&self, header: &[u8]) -> Result<Vec<usize>, Rejection> {
        let (count, rest) = header.split_first().ok_or(Rejection::Broken)?;
        let selectors = rest.get(..2 * usize::from(*count));
        let (selectors, _) = selectors.ok_or(Rejection::Broken)?.as_chunks::<2>();
        let number = |[id, _]: &[u8; 2]| self.components.iter().position(|c| c.id == *id);
        let numbers: Option<Vec<_>> = selectors.iter().map(number).collect();
        numbers.filter(|n| !n.is_empty()).ok_or(Rejection::Broken)
    }

    /// Returns the coefficients that a scan completes, one bit per coefficient.
    pub(super) fn completed_by(&self, header: &[u8]) -> u64 {
        match header {
            _ if !self.is_progressive => u64::MAX,
            // The scan has the full precision (§G.1.1.1).
            [.., first, last, precision]
                if first <= last && *last < 64 && precision.trailing_zeros() >= 4 =>
            {
                (u64::MAX >> (63 - last)) & (u64::MAX << first)
            }
            _ => 0,
        }
    }

    fn max_sampling(&self) -> (u8, u8) {
        let max = |of: fn(&Component) -> u8| self.components.iter().map(of).max().unwrap_or(1);
        (max(|c| c.horizontal), max(|c| c.vertical))
    }

    /// Returns whether each component has full resolution, or one sample per unit, in each direction.
    pub(super) fn has_simple_sampling(&self) -> bool {
        let (horizontal, vertical) = self.max_sampling();
        self.components.iter().all(|component| {
            [1, horizontal].contains(&component.horizontal)
                && [1, vertical].contains(&component.vertical)
        })
    }

    /// Returns whether the first component has full resolution and the others one sample per unit.
    pub(super) fn has_common_sampling(&self) -> bool {
        let max = self.max_sampling();
        let mut components = self.components.iter().map(|c| (c.horizontal, c.vertical));
        let is_full = components.next() == Some(max) && max.0 <= 2 && max.1 <= 2;
        is_full && components.all(|sampling| sampling == (1, 1) || sampling == max)
    }

    /// Returns the number of samples of all components, including the padding of blocks.
    pub(super) fn samples(&self) -> u64 {
        let (horizontal, vertical) = self.max_sampling();
        let units = |pixels: u16, factor: u8| u64::from(pixels).div_ceil(8 * u64::from(factor));
        let units = units(self.width, horizontal) * units(self.height, vertical);
        let blocks = self.components.iter();
        let blocks = blocks.map(|c| u64::from(c.horizontal) * u64::from(c.vertical));
        units * 64 * blocks.sum::<u64>()
    }
}

//! The lines of an import.

use std::{
    collections::hash_map::DefaultHasher,
    fs::File,
    hash::Hasher,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use manyface_core::InputLine;

use crate::{Failure, admin::MAX_LINE};

/// A file, or standard input, that is read line by line.
pub(super) struct Input {
    name: String,
    reader: Box<dyn BufRead>,
    length: Option<u64>,
    bytes: u64,
    lines: u64,
    hasher: DefaultHasher,
}

impl Input {
    pub(super) fn open(file: &Path) -> Result<Self, Failure> {
        let name = file.display().to_string();
        let (reader, length): (Box<dyn BufRead>, _) = if file == Path::new("-") {
            (Box::new(BufReader::new(io::stdin())), None)
        } else {
            let failed = |error| Failure::could_not(&format!("read {name}"), error);
            let opened = File::open(file).map_err(failed)?;
            let metadata = opened.metadata().map_err(failed)?;
            let length = metadata.is_file().then_some(metadata.len());
            (
                Box::new(BufReader::with_capacity(256 * 1024, opened)),
                length,
            )
        };
        Ok(Self {
            name,
            reader,
            length,
            bytes: 0,
            lines: 0,
            hasher: DefaultHasher::new(),
        })
    }

    /// Returns the length of the file in bytes; `None` if it is unknown.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Returns the number of bytes that were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the number of lines that were read, and a hash of them.
    pub(super) fn position(&self) -> (u64, u64) {
        (self.lines, self.hasher.finish())
    }

    /// Reads lines: up to `max_lines`, and until they have `max_bytes`. Returns none at the end.
    pub(super) fn read(
        &mut self,
        max_lines: usize,
        max_bytes: usize,
    ) -> Result<Vec<InputLine>, Failure> {
        let mut lines = Vec::new();
        let mut bytes = 0;
        while lines.len() < max_lines && bytes < max_bytes {
            let Some(line) = self.next()? else {
                break;
            };
            bytes += line.text.len();
            lines.push(line);
        }
        Ok(lines)
    }

    fn next(&mut self) -> Result<Option<InputLine>, Failure> {
        let mut line = Vec::new();
        let mut reader = (&mut self.reader).take(MAX_LINE as u64);
        let read = reader.read_until(b'\n', &mut line);
        let read =
            read.map_err(|error| Failure::could_not(&format!("read {}", self.name), error))?;
        if read == 0 {
            return Ok(None);
        }
        self.lines += 1;
        self.bytes += read as u64;
        self.hasher.write(&line);
        if read == MAX_LINE && line.last() != Some(&b'\n') {
            let message = format!("line {} is longer than {MAX_LINE} bytes", self.lines);
            return Err(Failure::Finding(message));
        }
        Ok(Some(InputLine::of_bytes(self.lines, &line)))
    }
}

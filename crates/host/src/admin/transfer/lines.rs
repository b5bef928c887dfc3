//! The lines of a streamed body.

use bytes::{Buf, Bytes, BytesMut};
use manyface_core::InputLine;

use crate::admin::{AdminProblem, body::Chunks};

/// Reads a body line by line.
pub(super) struct LineReader {
    chunks: Chunks,
    /// The rest of the last chunk.
    rest: Bytes,
    /// The number of the next line.
    number: u64,
    max_line: usize,
    is_ended: bool,
}

impl LineReader {
    /// Creates a reader of lines of up to `max_line` bytes, of which the first has this number.
    pub(super) fn new(chunks: Chunks, first_line: u64, max_line: usize) -> Self {
        Self {
            chunks,
            rest: Bytes::new(),
            number: first_line,
            max_line,
            is_ended: false,
        }
    }

    /// Reads lines: up to `max_lines`, and until they have `max_bytes`. Returns none at the end.
    pub(super) async fn read(
        &mut self,
        max_lines: usize,
        max_bytes: usize,
    ) -> Result<Vec<InputLine>, AdminProblem> {
        let mut lines = Vec::new();
        let mut bytes = 0;
        while lines.len() < max_lines && bytes < max_bytes {
            let Some(line) = self.next().await? else {
                break;
            };
            bytes += line.text.len();
            lines.push(line);
        }
        Ok(lines)
    }

    /// Reads and drops up to `max` bytes, so that the client can read the response.
    pub(super) async fn discard(&mut self, mut max: usize) {
        while let Ok(Some(chunk)) = self.chunks.next().await {
            match max.checked_sub(chunk.len()) {
                Some(rest) => max = rest,
                None => break,
            }
        }
    }

    async fn next(&mut self) -> Result<Option<InputLine>, AdminProblem> {
        let mut line = BytesMut::new();
        loop {
            let end = self.rest.iter().position(|byte| *byte == b'\n');
            let part = self.rest.split_to(end.unwrap_or(self.rest.len()));
            if line.len() + part.len() > self.max_line {
                let (number, max) = (self.number, self.max_line);
                let detail = format!("line {number} is longer than {max} bytes");
                return Err(AdminProblem::unprocessable(detail));
            }
            line.extend_from_slice(&part);
            if end.is_some() {
                self.rest.advance(1);
                break;
            }
            if self.is_ended {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            match self.chunks.next().await? {
                Some(chunk) => self.rest = chunk,
                None => self.is_ended = true,
            }
        }
        let number = self.number;
        self.number += 1;
        Ok(Some(InputLine::of_bytes(number, &line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::body::Chunk;

    async fn read(parts: &[&'static str], is_complete: bool) -> Result<Vec<(u64, String)>, ()> {
        let (sender, chunks) = Chunks::channel();
        let parts: Vec<_> = parts.to_vec();
        tokio::spawn(async move {
            for part in parts {
                let data = Bytes::from_static(part.as_bytes());
                sender.send(Chunk::Data(data)).await.unwrap();
            }
            if is_complete {
                sender.send(Chunk::End).await.unwrap();
            }
        });
        let mut reader = LineReader::new(chunks, 7, 5);
        let mut lines = Vec::new();
        loop {
            let batch = reader.read(2, 100).await.map_err(drop)?;
            if batch.is_empty() {
                return Ok(lines);
            }
            lines.extend(batch.into_iter().map(|line| (line.number, line.text)));
        }
    }

    #[tokio::test]
    async fn lines_are_joined_from_chunks() {
        let line = |number, text: &str| (number, text.to_owned());
        assert_eq!(
            read(&["a", "b\n\nc\r\nd", "ef", "g\n", "h"], true).await,
            Ok(vec![
                line(7, "ab"),
                line(8, ""),
                line(9, "c"),
                line(10, "defg"),
                line(11, "h")
            ])
        );
        assert_eq!(read(&[], true).await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn long_lines_and_incomplete_bodies_are_errors() {
        assert_eq!(read(&["abc", "def"], true).await, Err(()));
        assert_eq!(read(&["a\nb"], false).await, Err(()));
    }
}

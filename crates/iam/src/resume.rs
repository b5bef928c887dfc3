//! Résumés.

mod docx;

use bytes::Bytes;
use manyface_core::{BlobKey, BlobKind, Blobs, Result, ResumeRecords, SignedDuration};

/// The maximum length of a résumé, in bytes.
const MAX_BYTES: usize = 5 * 1024 * 1024;
/// The prefix of stored résumés in profiles. No URL that a user may set has it.
const STORED_PREFIX: &str = "kept:";

/// A file with the content of a résumé.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resume {
    pub(crate) format: Format,
    pub(crate) content: Bytes,
}

/// The accepted formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Pdf,
    Docx,
}

impl Format {
    /// Returns the file extension.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    fn of_extension(extension: &str) -> Option<Self> {
        [Self::Pdf, Self::Docx]
            .into_iter()
            .find(|format| format.extension() == extension)
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }
}

impl Resume {
    /// Detects the format of `content`. The client's file name and media type are ignored.
    pub(crate) fn of(content: Bytes) -> Result<Self, String> {
        if content.len() > MAX_BYTES {
            return Err(format!(
                "Ensure this file has no more than {MAX_BYTES} bytes."
            ));
        }
        let format = if content.starts_with(b"%PDF-") {
            Format::Pdf
        } else if docx::is_docx(&content) {
            Format::Docx
        } else {
            return Err("Upload a PDF or DOCX file.".to_owned());
        };
        Ok(Self { format, content })
    }
}

/// The name of a stored résumé.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResume {
    pub(crate) key: BlobKey,
    pub(crate) format: Format,
}

impl StoredResume {
    /// Parses the value of a profile, or returns `None` if it is a URL.
    pub(crate) fn of_profile(text: &str) -> Option<Self> {
        Self::of_name(text.strip_prefix(STORED_PREFIX)?)
    }

    /// Parses `<key>.<extension>`.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let (key, extension) = name.split_once('.')?;
        Some(Self {
            key: key.parse().ok()?,
            format: Format::of_extension(extension)?,
        })
    }

    /// Returns the value as profiles store it.
    pub(crate) fn to_profile(&self) -> String {
        format!("{STORED_PREFIX}{}.{}", self.key, self.format.extension())
    }
}

/// The number of files that are checked at a time.
const BATCH: usize = 500;

/// Removes unused files that were stored `grace` ago or earlier, and returns their number.
///
/// A profile refers to a file soon after it was stored or never, and names are never reused.
pub(crate) async fn collect_resumes(
    blobs: &dyn Blobs,
    records: &dyn ResumeRecords,
    grace: SignedDuration,
) -> Result<usize> {
    let kind = BlobKind::Resume;
    let mut removed = 0;
    let mut last: Option<BlobKey> = None;
    loop {
        let page = blobs.older_than(kind, grace, last.as_ref(), BATCH).await?;
        let names: Vec<String> = page.iter().flat_map(names_of).collect();
        let used = records.in_use(&names).await?;
        for key in &page {
            let names = names_of(key);
            // Checked again right before the removal, because earlier removals may have taken long.
            if !names.iter().any(|name| used.contains(name))
                && records.in_use(&names).await?.is_empty()
            {
                blobs.remove(kind, key).await?;
                removed += 1;
            }
        }
        match page.into_iter().next_back() {
            Some(key) => last = Some(key),
            None => return Ok(removed),
        }
    }
}

/// Returns the values by which profiles may refer to a file.
fn names_of(key: &BlobKey) -> [String; 2] {
    [Format::Pdf, Format::Docx].map(|format| {
        let key = key.clone();
        StoredResume { key, format }.to_profile()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_detected_from_the_content() {
        let pdf = Bytes::from_static(b"%PDF-1.7\n...");
        assert_eq!(Resume::of(pdf).unwrap().format, Format::Pdf);
        for content in [
            b"<html>%PDF-".as_slice(),
            b"MZ",
            b"PK\x03\x04",
            b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        ] {
            let rejected = Resume::of(Bytes::from_static(content));
            assert_eq!(rejected, Err("Upload a PDF or DOCX file.".to_owned()));
        }
        let large = [b"%PDF-".as_slice(), &vec![b' '; MAX_BYTES]].concat();
        assert!(Resume::of(large.clone().into()).is_err());
        assert!(Resume::of(large[..MAX_BYTES].to_vec().into()).is_ok());
    }

    #[test]
    fn a_stored_resume_differs_from_a_url() {
        let key = "0123456789abcdef0123456789abcdef";
        let stored = StoredResume::of_name(&format!("{key}.docx")).unwrap();
        assert_eq!(StoredResume::of_profile(&stored.to_profile()), Some(stored));
        for text in [
            format!("https://a.example/{key}.pdf"),
            format!("kept:{key}.exe"),
            "kept:x.pdf".to_owned(),
            String::new(),
        ] {
            assert_eq!(StoredResume::of_profile(&text), None, "{text}");
        }
    }
}

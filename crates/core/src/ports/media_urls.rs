//! URLs of stored images and résumés.

use crate::{Avatar, BlobKey, ImageId, ImageSize, ProfileId, WebUrl, WebUrlError};

/// The path of images under the public base URL.
const FOLDER: &str = "/media/";
/// The path of placeholders under [`FOLDER`].
const PLACEHOLDERS: &str = "placeholder/";

/// Builds and parses the public URLs of stored images and résumés.
///
/// The URLs depend on the configuration only, never on the request. The default has no base URL and
/// builds no URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaUrls {
    /// Ends with [`FOLDER`].
    folder: Option<String>,
    /// The base URL of résumés, with a trailing slash.
    resumes: Option<String>,
}

impl MediaUrls {
    /// Creates URLs under the public base URL `base`, such as `https://id.example.com` or
    /// `https://example.com/profiles`, with or without a trailing slash.
    pub fn under(base: &str) -> Result<Self, WebUrlError> {
        WebUrl::parse(base)?;
        if base.contains(['?', '#']) {
            return Err(WebUrlError);
        }
        let base = base.trim_end_matches('/');
        Ok(Self {
            folder: Some(format!("{base}{FOLDER}")),
            resumes: None,
        })
    }

    /// Returns the public base URL without a trailing slash.
    pub fn base(&self) -> Option<&str> {
        self.folder.as_deref()?.strip_suffix(FOLDER)
    }

    /// Sets the path of résumés under the public base URL: `/api/v1/iam/user/resume/`.
    #[must_use]
    pub fn with_resumes(self, path: &str) -> Self {
        let resumes = self.base().map(|base| format!("{base}{path}"));
        Self { resumes, ..self }
    }

    /// Returns the URL of a stored résumé.
    pub fn resume(&self, key: &BlobKey, extension: &str) -> Option<String> {
        let folder = self.resumes.as_ref()?;
        Some(format!("{folder}{key}.{extension}"))
    }

    /// Returns the name and the extension of the stored résumé at `url`; `None` if `url` is not a
    /// résumé URL of this deployment.
    pub fn resume_at<'a>(&self, url: &'a str) -> Option<(BlobKey, &'a str)> {
        let name = url.strip_prefix(self.resumes.as_ref()?)?;
        let (key, extension) = name.split_once('.')?;
        Some((key.parse().ok()?, extension))
    }

    /// Returns the URL of a user's image: an external one unchanged, a stored one in full size.
    pub fn avatar(&self, avatar: &Avatar) -> Option<String> {
        match avatar {
            Avatar::External(url) => Some(url.as_str().to_owned()),
            Avatar::Stored(id) => self.image(id, ImageSize::Full),
        }
    }

    /// Returns the URL of a stored image.
    pub fn image(&self, id: &ImageId, size: ImageSize) -> Option<String> {
        let folder = self.folder.as_ref()?;
        Some(match size.pixels() {
            None => format!("{folder}{id}"),
            Some(pixels) => format!("{folder}{id}?size={pixels}"),
        })
    }

    /// Returns the URL of the placeholder of a profile; deterministic.
    pub fn placeholder(&self, profile: ProfileId) -> Option<String> {
        let folder = self.folder.as_ref()?;
        let seed = seed(profile);
        Some(format!("{folder}{PLACEHOLDERS}{seed:016x}"))
    }

    /// Returns the image of `url`, under any base URL and in any size.
    pub fn image_in(url: &str) -> Option<ImageId> {
        Self::name_in(url)?.parse().ok()
    }

    /// Returns whether two URLs refer to the same image or placeholder, under any base URL and in
    /// any size, because the base URL of the deployment may have changed.
    pub fn is_same_image(one: &str, other: &str) -> bool {
        let one = Self::name_in(one);
        one.is_some() && one == Self::name_in(other)
    }

    /// Returns the part of the path of `url` that identifies an image or a placeholder.
    fn name_in(url: &str) -> Option<&str> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let (_, name) = path.rsplit_once(FOLDER)?;
        let is_name = match name.strip_prefix(PLACEHOLDERS) {
            Some(seed) => seed.len() == 16 && seed.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => name.parse::<ImageId>().is_ok(),
        };
        is_name.then_some(name)
    }

    /// Locates `url`, if its path is that of an image or a placeholder under any base URL, because
    /// the base URL of the deployment may have changed, or if it is under the image path of this
    /// deployment.
    pub fn locate(&self, url: &WebUrl) -> Option<ImageLocation> {
        let url = url.as_str();
        let is_here = self.folder.as_ref().is_some_and(|own| url.starts_with(own));
        let is_name = Self::name_in(url).is_some();
        let image = Self::image_in(url);
        (is_here || is_name).then_some(ImageLocation { is_here, image })
    }
}

/// The location of an image by its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLocation {
    /// Whether the URL is under the public base URL of this deployment.
    pub is_here: bool,
    /// The image that the URL refers to.
    pub image: Option<ImageId>,
}

/// Returns the seed of the placeholder of `profile`. It is a hash, because the URL must not reveal
/// the canonical id in dialects that do not expose it.
fn seed(profile: ProfileId) -> u64 {
    // FNV-1a, then the finalizer of SplitMix64. A change of this code changes all placeholders.
    let bytes = profile.0.into_bytes().into_iter();
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn url(text: &str) -> WebUrl {
        WebUrl::from_stored(text.to_owned())
    }

    #[test]
    fn images_are_under_the_public_base_url() {
        let id = ImageId::of_digest([0xab; 32]);
        let name = "ab".repeat(32);
        for base in ["https://a.example/b", "https://a.example/b/"] {
            let urls = MediaUrls::under(base).unwrap();
            let full = format!("https://a.example/b/media/{name}");
            let small = format!("{full}?size=96");
            let stored = Avatar::Stored(id.clone());
            assert_eq!(urls.avatar(&stored), Some(full.clone()));
            assert_eq!(urls.image(&id, ImageSize::Px96), Some(small.clone()));
            let locate = |text: &str| {
                let location = urls.locate(&url(text));
                location.map(|location| (location.is_here, location.image))
            };
            let of_id = |is_here| Some((is_here, Some(id.clone())));
            for here in [
                full.clone(),
                small,
                format!("{full}#v1"),
                format!("{full}?a=b"),
            ] {
                assert_eq!(locate(&here), of_id(true), "{here}");
            }
            for elsewhere in [
                format!("https://a.example/media/{name}"),
                format!("http://a.example/b/media/{name}?size=96"),
                format!("https://former.example/x/y/media/{name}#z"),
            ] {
                assert_eq!(locate(&elsewhere), of_id(false), "{elsewhere}");
            }
            for other in [
                format!("{full}/"),
                full[..full.len() - 1].to_owned(),
                "https://a.example/b/media/placeholder/00".to_owned(),
            ] {
                assert_eq!(locate(&other), Some((true, None)), "{other}");
            }
            for other in [
                format!("https://a.example/{name}"),
                format!("https://a.example/media?x=/media/{name}"),
                "https://a.example/b/".to_owned(),
            ] {
                assert_eq!(locate(&other), None, "{other}");
            }
        }
    }

    #[test]
    fn resumes_are_under_a_separate_path() {
        let urls = MediaUrls::under("https://a.example/b/").unwrap();
        let key: BlobKey = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(urls.resume(&key, "pdf"), None);
        let urls = urls.with_resumes("/api/resumes/");
        let url = urls.resume(&key, "pdf").unwrap();
        assert_eq!(url, format!("https://a.example/b/api/resumes/{key}.pdf"));
        assert_eq!(urls.resume_at(&url), Some((key, "pdf")));
        for other in [
            "https://a.example/api/resumes/x.pdf",
            &url[..url.len() - 4],
            "",
        ] {
            assert_eq!(urls.resume_at(other), None, "{other}");
        }
        let nowhere = MediaUrls::default().with_resumes("/r/");
        assert_eq!(nowhere.resume_at(&url), None);
    }

    #[test]
    fn without_a_base_url_only_external_images_have_a_url() {
        let urls = MediaUrls::default();
        let id = ImageId::of_digest([1; 32]);
        assert_eq!(urls.avatar(&Avatar::Stored(id)), None);
        assert_eq!(urls.placeholder(ProfileId(Uuid::nil())), None);
        let external = Avatar::External(url("http://a.example/b"));
        assert_eq!(
            urls.avatar(&external).as_deref(),
            Some("http://a.example/b")
        );
    }

    #[test]
    fn a_base_url_has_no_query_and_no_fragment() {
        for base in [
            "",
            "a.example",
            "ftp://a.example",
            "http://a.example?x",
            "http://a#x",
        ] {
            assert_eq!(MediaUrls::under(base), Err(WebUrlError), "{base}");
        }
    }

    #[test]
    fn placeholder_urls_are_stable() {
        let urls = MediaUrls::under("http://a.example").unwrap();
        let of = |number| {
            urls.placeholder(ProfileId(Uuid::from_u128(number)))
                .unwrap()
        };
        assert_eq!(of(1), "http://a.example/media/placeholder/1af7b85a5eef58e4");
        assert_ne!(of(1), of(2));
    }
}

//! The URLs of images that the deployment serves.

use crate::{Avatar, BlobKey, ImageId, ImageSize, ProfileId, WebUrl, WebUrlError};

/// The path of images under the deployment's public base.
const FOLDER: &str = "/media/";
/// The path of placeholders under that.
const PLACEHOLDERS: &str = "placeholder/";

/// The addresses of images, as clients see them: in front of a proxy, if there is one.
///
/// They come from configuration alone; nothing that a request says has any effect on them. The
/// default, for those who serve no images, has no address for any that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaUrls {
    /// Ends with [`FOLDER`].
    folder: Option<String>,
    /// Ends with a slash.
    resumes: Option<String>,
}

impl MediaUrls {
    /// Images under the public base URL `base`, such as `https://id.example.com` or
    /// `https://example.com/profiles`, with or without a slash at its end.
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

    /// The public base URL, without a slash at its end.
    pub fn base(&self) -> Option<&str> {
        self.folder.as_deref()?.strip_suffix(FOLDER)
    }

    /// The same, with résumés under `path` of the public base: `/api/v1/iam/user/resume/`.
    #[must_use]
    pub fn with_resumes(self, path: &str) -> Self {
        let resumes = self.base().map(|base| format!("{base}{path}"));
        Self { resumes, ..self }
    }

    /// Returns the URL of a stored résumé, with its name and extension.
    pub fn resume(&self, key: &BlobKey, ending: &str) -> Option<String> {
        let folder = self.resumes.as_ref()?;
        Some(format!("{folder}{key}.{ending}"))
    }

    /// The kept résumé that is at `url`, where that is an address of ours: its name and its ending.
    pub fn resume_at<'a>(&self, url: &'a str) -> Option<(BlobKey, &'a str)> {
        let name = url.strip_prefix(self.resumes.as_ref()?)?;
        let (key, ending) = name.split_once('.')?;
        Some((key.parse().ok()?, ending))
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

    /// Returns the URL of the placeholder of a profile: the same at every call.
    pub fn placeholder(&self, profile: ProfileId) -> Option<String> {
        let folder = self.folder.as_ref()?;
        let seed = seed(profile);
        Some(format!("{folder}{PLACEHOLDERS}{seed:016x}"))
    }

    /// The image that the path of `url` names, under any base URL and in any size.
    pub fn image_in(url: &str) -> Option<ImageId> {
        Self::name_in(url)?.parse().ok()
    }

    /// Returns whether two URLs name one image or one placeholder, under any base URL and in any size:
    /// this deployment may have had another base.
    pub fn is_same_image(one: &str, other: &str) -> bool {
        let one = Self::name_in(one);
        one.is_some() && one == Self::name_in(other)
    }

    /// The part of the path of `url` that names an image or a placeholder.
    fn name_in(url: &str) -> Option<&str> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let (_, name) = path.rsplit_once(FOLDER)?;
        let is_name = match name.strip_prefix(PLACEHOLDERS) {
            Some(seed) => seed.len() == 16 && seed.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => name.parse::<ImageId>().is_ok(),
        };
        is_name.then_some(name)
    }

    /// What `url` says about an image, if its path is one of images: `/media/` and an id under any
    /// base URL, because this deployment may have had another one, or anything under its own.
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
    /// Whether it is under the public base URL of this deployment.
    pub is_here: bool,
    /// The image that it names.
    pub image: Option<ImageId>,
}

/// Returns the seed of the placeholder of `profile`. It reveals nothing about the profile: a canonical
/// id is not to be seen in a dialect that does not show it.
fn seed(profile: ProfileId) -> u64 {
    // FNV-1a, and then the mixing of SplitMix64. Changing this changes everybody's placeholder.
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
    fn pictures_are_under_the_public_base() {
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
    fn resumes_are_under_a_path_of_their_own() {
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
    fn without_a_base_only_external_pictures_have_an_address() {
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
    fn a_base_is_a_plain_web_address() {
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
    fn placeholders_stay_where_they_are() {
        let urls = MediaUrls::under("http://a.example").unwrap();
        let of = |number| {
            urls.placeholder(ProfileId(Uuid::from_u128(number)))
                .unwrap()
        };
        assert_eq!(of(1), "http://a.example/media/placeholder/1af7b85a5eef58e4");
        assert_ne!(of(1), of(2));
    }
}

//! Writing the images and files of an import.

use super::{
    plan::images_of,
    report::{LineReport, Outcome},
    state::{ImportState, Pending, is_of_record},
};
use crate::{Error, Field, Record, RecordError, Result, UserInput, Violation};

impl ImportState<'_> {
    /// Writes images and files, in order.
    pub(super) async fn write_files(&mut self, pending: Vec<Pending<Record>>) -> Result<()> {
        for line in pending {
            if self.is_stopped {
                break;
            }
            let key = Some((line.value.kind(), line.value.key()));
            let report = match self.write_file(&line.value).await {
                Ok(true) => LineReport::new(line.number, key, Outcome::Added),
                Ok(false) => LineReport::new(line.number, key, Outcome::Unchanged),
                Err(Error::Invalid(violations)) => {
                    let errors = violations.into_iter();
                    let errors = errors.map(|error| RecordError::new("record", error.message));
                    LineReport::rejected(line.number, key, errors.collect())
                }
                Err(error) if is_of_record(&error) => {
                    let errors = vec![RecordError::new("record", crate::chain(&error))];
                    LineReport::rejected(line.number, key, errors)
                }
                Err(error) => return Err(error),
            };
            self.report(report);
        }
        Ok(())
    }

    async fn write_file(&mut self, record: &Record) -> Result<bool> {
        let Some(files) = self.settings.files else {
            let violation = Violation::new(Field::Upload, "cannot be stored without files");
            return Err(Error::Invalid(vec![violation]));
        };
        if self.settings.dry_run {
            if let Record::Image(image) = record {
                self.known.images.insert(image.id.clone(), true);
            }
            return Ok(true);
        }
        match record {
            Record::Image(image) => files.write_image(image).await,
            Record::File(file) => files.write_file(file).await,
            Record::Tenant(_)
            | Record::CatalogueEntry(_)
            | Record::User(_)
            | Record::UsernameReservation(_)
            | Record::ApiKey(_)
            | Record::Change(_) => Ok(false),
        }
    }

    /// Reads which of the images exist that `inputs` refer to, and reserves them.
    pub(super) async fn learn_images<'b>(
        &mut self,
        inputs: impl Iterator<Item = &'b UserInput>,
    ) -> Result<()> {
        let images: Vec<_> = inputs.flat_map(images_of).cloned().collect();
        let is_dry_run = self.settings.dry_run;
        if !is_dry_run {
            self.known.images.clear();
        }
        for image in images {
            if self.known.images.get(image.as_str()) == Some(&true) {
                continue;
            }
            let exists = match self.settings.files {
                Some(files) if is_dry_run => files.read_image(&image).await?.is_some(),
                Some(files) => files.reserve_image(&image).await?,
                None => false,
            };
            self.known.images.insert(image.as_str().to_owned(), exists);
        }
        Ok(())
    }
}

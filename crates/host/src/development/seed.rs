//! The data of a development server, from a file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use manyface_auth::TokenKind;
use manyface_core::{
    Creator, ImageId, Images, Importer, InputLine, Operator, ProfileId, Provenance, Timestamp, text,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    Deployment, Failure,
    admin::{AdminApi, ImportOptions, ImportPorts},
    system,
};

/// The seed of `manyface dev` without `--seed`, which is also the documented example.
pub(crate) const EXAMPLE: &str = include_str!("seed.toml");
/// The default of `signing_key`.
const SIGNING_KEY: &str = "for development only, not a secret";
/// The default of times, and the time at which tokens are issued: the start of 2025.
pub(super) const EPOCH: Timestamp = Timestamp::constant(1_735_689_600, 0);
/// The namespace of derived ids (RFC 9562).
const NAMESPACE: Uuid = Uuid::from_u128(0x0194_1f29_7c00_7000_8000_0000_0000_0000);

type Object = Map<String, Value>;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SeedFile {
    signing_key: String,
    tenants: Vec<toml::Table>,
    catalogue: Vec<toml::Table>,
    users: Vec<toml::Table>,
    keys: Vec<toml::Table>,
}

impl Default for SeedFile {
    fn default() -> Self {
        Self {
            signing_key: SIGNING_KEY.to_owned(),
            tenants: Vec::new(),
            catalogue: Vec::new(),
            users: Vec::new(),
            keys: Vec::new(),
        }
    }
}

/// The data that a development server starts with.
#[derive(Clone, Debug)]
pub struct Seed(Arc<SeedContents>);

#[derive(Debug)]
struct SeedContents {
    name: String,
    signing_key: String,
    /// The records, in the order of an import.
    records: Vec<SeedRecord>,
    /// The image files, by path.
    images: Mutex<BTreeMap<PathBuf, ImageId>>,
    /// The API keys.
    keys: Vec<String>,
}

#[derive(Debug)]
struct SeedRecord {
    /// The table and its number, for errors.
    label: String,
    object: Object,
    avatar_file: Option<PathBuf>,
}

impl PartialEq for Seed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Seed {
    /// Reads a seed file, or the built-in one.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file else {
            return Self::parse("the built-in seed", EXAMPLE, Path::new(""));
        };
        let name = path.display().to_string();
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Failure::could_not(&format!("read {name}"), error))?;
        Self::parse(&name, &text, path.parent().unwrap_or(Path::new("")))
    }

    fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, Failure> {
        let file: SeedFile =
            toml::from_str(text).map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        let mut tenants = objects("tenants", "tenant", file.tenants);
        let is_default =
            |tenant: &SeedRecord| tenant.object.get("is_default") == Some(&true.into());
        if !tenants.iter().any(is_default) {
            tenants.push(SeedRecord {
                label: "the default tenant".to_owned(),
                object: Object::from_iter([
                    ("type".to_owned(), "tenant".into()),
                    ("name".to_owned(), "default".into()),
                    ("is_default".to_owned(), true.into()),
                ]),
                avatar_file: None,
            });
        }
        for tenant in &mut tenants {
            set_default(&mut tenant.object, "id", |object| {
                derived_id(object, "name")
            });
            set_default(&mut tenant.object, "is_default", |_| false.into());
            set_default(&mut tenant.object, "suspended_at", |_| Value::Null);
        }
        let default = tenants.iter().find(|tenant| is_default(tenant));
        let tenant_id = default.map_or(Value::Null, |tenant| tenant.object["id"].clone());
        let mut users = objects("users", "user", file.users);
        for user in &mut users {
            let file = user.object.remove("avatar_file");
            user.avatar_file = file
                .as_ref()
                .and_then(Value::as_str)
                .map(|file| folder.join(file));
            set_default(&mut user.object, "id", |object| {
                derived_id(object, "username")
            });
            set_default(&mut user.object, "tenant_id", |_| tenant_id.clone());
            set_default(&mut user.object, "email", |object| {
                let username = object.get("username").and_then(Value::as_str);
                format!("{}@example.com", username.unwrap_or("user")).into()
            });
        }
        let mut keys = objects("keys", "api_key", file.keys);
        let mut secrets = Vec::new();
        for key in &mut keys {
            let secret = key.object.remove("key");
            let secret = secret.as_ref().and_then(Value::as_str).unwrap_or_default();
            let digest = TokenKind::ApiKey.digest(secret).ok_or_else(|| {
                let form = "key must be mfk_ and 43 characters of base64url";
                Failure::Usage(format!("{name}: {}: {form}", key.label))
            })?;
            let digest = text::to_hex(&digest);
            key.object
                .insert("digest".to_owned(), digest.clone().into());
            set_default(&mut key.object, "id", |_| {
                format!("key_{}", &digest[..16]).into()
            });
            set_default(&mut key.object, "tenant_id", |_| tenant_id.clone());
            set_default(&mut key.object, "accounts", |_| json!([]));
            set_default(&mut key.object, "scopes", |_| json!([]));
            secrets.push(secret.to_owned());
        }
        let mut records = tenants;
        records.extend(objects("catalogue", "catalogue_entry", file.catalogue));
        records.extend(users);
        records.extend(keys);
        for record in &mut records {
            set_default(&mut record.object, "created_at", |_| {
                EPOCH.to_string().into()
            });
        }
        Ok(Self(Arc::new(SeedContents {
            name: name.to_owned(),
            signing_key: file.signing_key,
            records,
            images: Mutex::default(),
            keys: secrets,
        })))
    }

    /// Returns the secret that signs tokens.
    pub(crate) fn signing_key(&self) -> &str {
        &self.0.signing_key
    }

    /// Returns the API keys.
    pub(super) fn keys(&self) -> &[String] {
        &self.0.keys
    }

    /// Returns the names of the users, in the order of the file.
    pub(crate) fn usernames(&self) -> impl Iterator<Item = &str> {
        let records = self.0.records.iter();
        records.filter_map(|record| record.object.get("username")?.as_str())
    }

    /// Replaces all data of `deployment` by the seed.
    pub(crate) async fn apply(&self, deployment: &Deployment) -> Result<(), Failure> {
        let store = deployment.store();
        store.clear().await?;
        deployment.clear_caches();
        let mut lines = Vec::new();
        for (number, record) in (1..).zip(&self.0.records) {
            let mut object = record.object.clone();
            if let Some(file) = &record.avatar_file {
                let image = self.image(file, &*deployment.media().images()).await?;
                object.insert("avatar".to_owned(), json!({ "stored": image.to_string() }));
            }
            let text = Value::Object(object).to_string();
            lines.push(InputLine { number, text });
        }
        let media = Some(deployment.media().clone());
        let api = AdminApi::new(deployment.config(), &store, media);
        let ports = ImportPorts::open(&api, "seed", None)?;
        let operator = Operator::unlimited("seed");
        let provenance = Provenance::operator(EPOCH);
        let settings = ports.settings(ImportOptions::default(), &operator, provenance);
        for report in Importer::new(&*ports.bulk, settings).run(&lines).await? {
            let record = usize::try_from(report.line - 1).ok();
            let record = record.and_then(|at| self.0.records.get(at));
            if let (Some(error), Some(record)) = (report.errors.first(), record) {
                let (name, label) = (&self.0.name, &record.label);
                return Err(Failure::Usage(format!(
                    "{name}: {label}: {} {}",
                    error.field, error.message
                )));
            }
        }
        Ok(())
    }

    /// Returns the stored image of a file.
    async fn image(&self, file: &Path, images: &dyn Images) -> Result<ImageId, Failure> {
        let known = || self.0.images.lock().unwrap_or_else(PoisonError::into_inner);
        let now = system::now();
        let stored = known().get(file).cloned();
        if let Some(id) = stored
            && images.reuse(&id, now).await?
        {
            return Ok(id);
        }
        let name = file.display();
        let bytes = fs::read(file);
        let bytes =
            bytes.map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?;
        let owner = Creator::Profile(ProfileId(NAMESPACE));
        let put = images.put(bytes, &owner, now).await;
        let id = put.map_err(|error| Failure::Usage(format!("{name}: {error}")))?;
        known().insert(file.to_owned(), id.clone());
        Ok(id)
    }
}

/// Converts the tables `name` of the file to records of type `kind`.
fn objects(name: &str, kind: &str, tables: Vec<toml::Table>) -> Vec<SeedRecord> {
    let records = (1..).zip(tables).map(|(number, table)| {
        let mut object: Object = table.into_iter().map(|(k, v)| (k, to_json(v))).collect();
        object.insert("type".to_owned(), kind.into());
        SeedRecord {
            label: format!("[[{name}]] number {number}"),
            object,
            avatar_file: None,
        }
    });
    records.collect()
}

fn to_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(value) => value.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(to_json).collect(),
        toml::Value::Table(table) => {
            let members = table.into_iter().map(|(key, value)| (key, to_json(value)));
            Value::Object(members.collect())
        }
    }
}

fn set_default(object: &mut Object, name: &str, default: impl FnOnce(&Object) -> Value) {
    if !object.contains_key(name) {
        let value = default(object);
        object.insert(name.to_owned(), value);
    }
}

/// Returns the id that is derived from the member `name`.
fn derived_id(object: &Object, name: &str) -> Value {
    let name = object.get(name).map(Value::to_string).unwrap_or_default();
    Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string().into()
}

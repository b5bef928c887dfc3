//! `manyface dev`

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};
use http::{Method, StatusCode};
use manyface_auth::http_client;

use super::{
    output::{as_it_is, say},
    serve,
};
use crate::{
    Config, Failure, Layers, Mode,
    config::reachable,
    development::{DevelopmentKey, EXAMPLE, Seed, TokenFormat, create_folder},
    logging::Log,
};

/// The default data folder.
const FOLDER: &str = "manyface-dev";
/// The file that marks a data folder whose content may be erased.
const MARKER: &str = "created-by-manyface-dev";
/// The timeout of a request to the server.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a response, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024 * 1024;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DevArgs {
    #[command(subcommand)]
    command: Option<DevCommand>,
    /// The file with users, tenants, keys and images [default: the one that `manyface dev seed` prints]
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Keep the data in a temporary folder, in memory where the system has such a folder
    #[arg(long, conflicts_with = "data_dir")]
    in_memory: bool,
}

#[derive(Debug, Subcommand)]
enum DevCommand {
    /// Print the built-in seed, as a start for your own
    Seed,
    /// Print tokens of all users of the seed
    Tokens {
        /// The format
        #[arg(long, value_enum, default_value_t)]
        format: TokenFormat,
        /// The base URL of the server [default: the address to listen on]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Bring a running server back to its seed
    Reset {
        /// The base URL of the server [default: the address to listen on]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
}

/// Runs the command.
pub(crate) async fn run(
    config: Config,
    layers: &Layers,
    log: Log,
    args: DevArgs,
) -> Result<(), Failure> {
    match args.command {
        Some(DevCommand::Seed) => as_it_is(EXAMPLE),
        Some(DevCommand::Tokens { format, url }) => {
            let format = match format {
                TokenFormat::Text => "text",
                TokenFormat::Json => "json",
                TokenFormat::Env => "env",
            };
            let path = format!("/_dev/tokens?format={format}");
            let text = request(&config, url, Method::GET, path).await?;
            as_it_is(&text)
        }
        Some(DevCommand::Reset { url }) => {
            request(&config, url, Method::POST, "/_dev/reset".to_owned()).await?;
            say("manyface: the server is back at its seed");
            Ok(())
        }
        None => start(config, layers, log, args).await,
    }
}

async fn start(
    mut config: Config,
    layers: &Layers,
    log: Log,
    args: DevArgs,
) -> Result<(), Failure> {
    if config.profile == Mode::Production {
        let message = "dev: is not available in the production profile".to_owned();
        return Err(Failure::Usage(message));
    }
    if config.database_url.is_some() {
        let message = "dev: erases its database at each start, so it uses a separate one in the \
                       data folder; unset database_url";
        return Err(Failure::Usage(message.to_owned()));
    }
    let seed = Seed::read(args.seed.as_deref())?;
    let memory = if args.in_memory {
        Some(TemporaryFolder::create()?)
    } else {
        None
    };
    if let Some(folder) = &memory {
        config.data_dir.clone_from(&folder.0);
    } else if !layers.sources().contains_key("data_dir") {
        config.data_dir = PathBuf::from(FOLDER);
    }
    claim(&config)?;
    DevelopmentKey::new(&config.data_dir).replace(seed.signing_key())?;
    config.seed = Some(seed);
    serve::run(config, layers, log).await
}

/// Marks the data folder. Returns an error if the folder is that of another deployment.
fn claim(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    let marker = folder.join(MARKER);
    if marker.exists() {
        return Ok(());
    }
    let is_used = config
        .database_url()
        .sqlite_file()
        .is_some_and(Path::exists);
    if is_used {
        let folder = folder.display();
        return Err(Failure::Usage(format!(
            "dev: would erase the deployment in {folder}, which it has not created; pass another \
             --data-dir"
        )));
    }
    create_folder(folder)?;
    let written = fs::write(&marker, "`manyface dev` erases the data in this folder.\n");
    written.map_err(|error| Failure::could_not(&format!("write {}", marker.display()), error))
}

/// A folder that is removed at the end.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn create() -> Result<Self, Failure> {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let suffix = u64::from_be_bytes(crate::system::random()?);
        let folder = parent.join(format!("manyface-dev-{suffix:016x}"));
        create_folder(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "cannot remove the data folder");
        }
    }
}

/// Sends a request to the server, and returns the body of the response.
async fn request(
    config: &Config,
    url: Option<String>,
    method: Method,
    path: String,
) -> Result<String, Failure> {
    let base = url.unwrap_or_else(|| format!("http://{}", reachable(config.listen)));
    let base = base.trim_end_matches('/').to_owned();
    let url = format!("{base}{path}");
    let failed = |cause: String| {
        let next = "is `manyface dev` running there? pass --url";
        Failure::CouldNotRun(format!("{base}: {cause}; {next}"))
    };
    let client = http_client(TIMEOUT);
    let sent = tokio::task::spawn_blocking(move || {
        let request = ureq::http::Request::builder()
            .method(method.as_str())
            .uri(url)
            .body(Vec::new());
        let request = request.map_err(|error| error.to_string())?;
        let response = client.run(request).map_err(|error| error.to_string())?;
        let status = response.status();
        let mut body = response.into_body();
        let text = body.with_config().limit(MAX_RESPONSE).read_to_string();
        Ok::<_, String>((status, text.map_err(|error| error.to_string())?))
    });
    let sent = sent.await.map_err(|error| failed(error.to_string()))?;
    match sent.map_err(failed)? {
        (StatusCode::OK | StatusCode::NO_CONTENT, text) => Ok(text),
        (status, text) => Err(failed(format!(
            "status {} {}",
            status.as_u16(),
            text.trim()
        ))),
    }
}

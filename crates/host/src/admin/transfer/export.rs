//! Exports.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use manyface_core::{
    Export, ExportedFiles, FileTransfer, Operator, Profile, Provenance, export_user,
};

use crate::{
    admin::{
        AdminApi, AdminProblem, AdminResponse, Call,
        body::{Chunk, ChunkSender, Chunks},
    },
    dialect_registry::files_of as stored_files_of,
};

/// The time in which the receiver must read a chunk.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// What is exported.
enum Selection {
    All,
    User(Box<Profile>),
}

/// An export that runs while its response is sent.
struct ExportJob {
    api: AdminApi,
    operator: Operator,
    provenance: Provenance,
    selection: Selection,
    storage: Option<Arc<dyn FileTransfer>>,
}

pub(super) async fn export_all(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    start(call, Selection::All).await
}

pub(super) async fn export_one(call: Call<'_>) -> Result<AdminResponse, AdminProblem> {
    let profile = call.user().await?;
    start(call, Selection::User(Box::new(profile))).await
}

async fn start(call: Call<'_>, selection: Selection) -> Result<AdminResponse, AdminProblem> {
    let storage = if call.flag("without_files")? {
        None
    } else {
        Some(call.api.media()?.stored_files())
    };
    let job = ExportJob {
        api: call.api.clone(),
        operator: call.operator.clone(),
        provenance: call.provenance.clone(),
        selection,
        storage,
    };
    let (sender, chunks) = Chunks::channel();
    let slot = call.input.map(|input| input.slot);
    tokio::spawn(async move {
        let last = match job.run(&sender).await {
            Ok(()) => Chunk::End,
            Err(problem) => Chunk::Failed(problem),
        };
        let sent = sender.send_timeout(last, SEND_TIMEOUT).await;
        drop((sent, slot));
    });
    Ok(AdminResponse::lines(chunks.started().await?))
}

impl ExportJob {
    async fn run(&self, sender: &ChunkSender) -> Result<(), AdminProblem> {
        let dialects = self.api.dialects.dialects();
        let files_of = |profile: &Profile| stored_files_of(profile, &dialects);
        let files = self.storage.as_deref().map(|storage| ExportedFiles {
            storage,
            files_of: &files_of,
        });
        let bulk = self.api.store.bulk();
        let context = self.api.context(&self.operator, &self.provenance);
        match &self.selection {
            Selection::User(profile) => {
                let records = export_user(&*bulk, &context, files, profile).await?;
                for record in records {
                    send(sender, &[record.to_line()]).await?;
                }
            }
            Selection::All => {
                let mut export = Export::new(&*bulk, files).limited(context);
                while let Some(lines) = export.next().await? {
                    send(sender, &lines).await?;
                }
            }
        }
        Ok(())
    }
}

/// Sends lines as one chunk.
pub(super) async fn send(sender: &ChunkSender, lines: &[String]) -> Result<(), AdminProblem> {
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    if text.is_empty() {
        return Ok(());
    }
    let chunk = Chunk::Data(Bytes::from(text));
    let sent = sender.send_timeout(chunk, SEND_TIMEOUT).await;
    sent.map_err(|_| AdminProblem::bad_request("the client does not read the response"))
}

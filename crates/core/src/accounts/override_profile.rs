//! Actions on the overrides of an account.

use crate::{
    Access, Action, ActionContext, Error, Expected, OverridePatch, OverrideUpdate, Principal,
    ProfileInAccount, ProfileRef, Quotas, Result, Subject, TenantId,
};

/// The maximum number of attempts of a write whose revision changed concurrently.
const MAX_ATTEMPTS: usize = 8;

/// The user of the override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverrideOwner {
    /// The caller.
    Caller,
    /// A user of the caller's tenant. If the caller is a user, this must be the caller.
    Named(ProfileRef),
}

/// Reads a profile with the overrides of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOverride {
    /// The owner of the overrides.
    pub owner: OverrideOwner,
    /// The account. The credential must be good for it.
    pub account: String,
}

impl Action for ReadOverride {
    type Output = ProfileInAccount;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.owner == OverrideOwner::Caller
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ProfileInAccount> {
        let account = self.account;
        let owner = Owner::of(context, self.owner, &account)?;
        owner.read(context, &account).await
    }
}

/// Changes the overrides of an account, and returns the updated profile and overrides.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateOverride {
    /// The owner of the overrides.
    pub owner: OverrideOwner,
    /// The account. The credential must be good for it.
    pub account: String,
    /// The changes.
    pub patch: OverridePatch,
    /// The upload that the patch uses as the avatar.
    pub upload: Option<Box<str>>,
    /// The expected state of the profile.
    pub expected: Expected,
}

impl Action for UpdateOverride {
    type Output = ProfileInAccount;
    type Error = Error;

    fn checks_caller(&self) -> bool {
        self.owner == OverrideOwner::Caller
    }

    async fn run(self, context: ActionContext<'_>) -> Result<ProfileInAccount> {
        let Self {
            owner,
            account,
            patch,
            upload,
            expected,
        } = self;
        let owner = Owner::of(context, owner, &account)?;
        let mut update = OverrideUpdate {
            who: owner.who.clone(),
            account,
            tenant: owner.tenant,
            patch,
            expected: None,
            must_differ: true,
            upload,
            max_accounts: Quotas::limit(context.settings().quotas.overrides),
            provenance: context.provenance(),
        };
        let is_one = matches!(&expected, Expected::OneOf(revisions) if revisions.len() == 1);
        // Policies decide on the fields that change, which requires the current profile.
        let has_policies = context.services.policies.is_some();
        if !has_policies && (expected == Expected::Anything || is_one) {
            let mut first = update.clone();
            if let Expected::OneOf(revisions) = &expected {
                first.expected = revisions.first().copied();
            }
            let overrides = &context.services.overrides;
            match overrides.update_override(first).await {
                Err(Error::VersionMismatch) => {}
                done => return done?.ok_or(owner.missing()),
            }
        }
        update.must_differ = false;
        update_expected_revision(context, &owner, update, &expected).await
    }
}

/// An [`OverrideOwner`] that the caller may access, with the arguments of the store.
struct Owner {
    who: ProfileRef,
    tenant: Option<TenantId>,
    is_caller: bool,
}

impl Owner {
    /// Resolves `owner`. [`Error::Forbidden`] if the credential grants no access to `account` or to
    /// that user, whether the user exists or not.
    fn of(context: ActionContext<'_>, owner: OverrideOwner, account: &str) -> Result<Self> {
        let rejected = || Error::Forbidden(Vec::new());
        if context.caller.subject == Subject::Anonymous {
            return Err(Error::Unauthenticated);
        }
        if !context.caller.may_act_for(account) {
            return Err(rejected());
        }
        let is_caller = match &owner {
            OverrideOwner::Caller => true,
            OverrideOwner::Named(who) => match context.principal()? {
                Principal::ApiKey(_) => false,
                principal @ Principal::User(_) => {
                    principal.own(who).ok_or_else(rejected)?;
                    true
                }
            },
        };
        Ok(match owner {
            OverrideOwner::Named(who) if !is_caller => Self {
                who,
                tenant: Some(context.principal()?.tenant()),
                is_caller,
            },
            OverrideOwner::Caller | OverrideOwner::Named(_) => Self {
                who: context.own()?.clone(),
                tenant: context.caller.tenant,
                is_caller,
            },
        })
    }

    async fn find(&self, context: ActionContext<'_>, account: &str) -> Result<ProfileInAccount> {
        let overrides = &context.services.overrides;
        let found = overrides.find_override(self.tenant, &self.who, account);
        found.await?.ok_or(self.missing())
    }

    async fn read(&self, context: ActionContext<'_>, account: &str) -> Result<ProfileInAccount> {
        let (profile, shown) = self.find(context, account).await?;
        let principal = self.principal(context, &profile)?;
        context.permit(principal, &profile, Access::Read, Some(account))?;
        Ok((profile, shown))
    }

    fn principal<'p>(
        &self,
        context: ActionContext<'p>,
        profile: &'p crate::Profile,
    ) -> Result<Principal<'p>> {
        if self.is_caller {
            return Ok(Principal::User(profile));
        }
        context.principal()
    }

    /// Returns the error of a missing profile.
    fn missing(&self) -> Error {
        if self.is_caller {
            Error::Unauthenticated
        } else {
            Error::NotFound
        }
    }
}

async fn update_expected_revision(
    context: ActionContext<'_>,
    owner: &Owner,
    update: OverrideUpdate,
    expected: &Expected,
) -> Result<ProfileInAccount> {
    for _ in 0..MAX_ATTEMPTS {
        let (profile, shown) = owner.find(context, &update.account).await?;
        let revision = profile.revision();
        if !expected.admits(revision) {
            return Err(Error::VersionMismatch);
        }
        let mut update = update.clone();
        update.expected = Some(revision);
        update.patch.keep_inherited(&profile, &shown);
        let changed = update.patch.changed_fields(&shown);
        let principal = owner.principal(context, &profile)?;
        context.permit_change(principal, &profile, &changed, Some(&update.account))?;
        if update.patch.avatar.is_keep() {
            update.upload = None;
        }
        let overrides = &context.services.overrides;
        match overrides.update_override(update).await {
            // A concurrent write: its revision may be among the expected ones as well.
            Err(Error::VersionMismatch) => {}
            done => return done?.ok_or(owner.missing()),
        }
    }
    Err(Error::Unavailable(None))
}

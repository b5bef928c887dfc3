//! Measures the duration of a decision for several numbers of policies: `cargo run --release -p
//! manyface-policy --example cost`.

use std::{error::Error, fmt::Write as _, fs, hint::black_box, time::Instant};

use manyface_core::{
    Access, AccessRequest, Caller, Field, Policies, Principal, ProfileRef, TenantId, Timestamp,
    behaviour,
};
use manyface_policy::PolicyFolder;

const DECISIONS: u32 = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let profile = behaviour::new_profile(TenantId(uuid::Uuid::nil()));
    let caller = Caller::user(ProfileRef::Id(profile.id));
    let access_request = AccessRequest {
        principal: Principal::User(&profile),
        caller: &caller,
        profile: &profile,
        access: Access::Update(&[Field::Bio, Field::DisplayName]),
        account: None,
        dialect: "tenant",
        request_id: "",
        now: Timestamp::UNIX_EPOCH,
    };
    for forbids in [0, 9, 99] {
        let folder = tempfile::tempdir()?;
        let mut text = "permit (principal, action, resource);\n".to_owned();
        for _ in 0..forbids {
            text.push_str("@notice(\"Not now.\")\nforbid (principal, action == Action::\"update\", resource)\n");
            writeln!(
                text,
                "when {{ context.fields.contains(Field::\"avatar\") }};"
            )?;
        }
        fs::write(folder.path().join("10.cedar"), text)?;
        let policies = PolicyFolder::open(folder.path(), &["tenant"])?;
        let start = Instant::now();
        for _ in 0..DECISIONS {
            black_box(policies.decide(black_box(&access_request)));
        }
        let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(DECISIONS);
        println!(
            "{} policies: {micros:.1} microseconds a decision",
            forbids + 1
        );
    }
    Ok(())
}

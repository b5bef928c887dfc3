//! Field tables that are wrong in one row each, and that the laws find out.

use libtest_mimic::Failed;
use manyface_conformance::{LawOptions, laws};
use manyface_core::Field;
use manyface_dialect::{Canonical, FieldView, Meaning, Shown, ShownForm, Taken, TakenForm, Unset};

use manyface_testing::TestDeployment;

/// A field table that is wrong in one row.
struct Slip {
    name: &'static str,
    dialect: &'static str,
    face: usize,
    field: Field,
    wrong: fn(&mut FieldView),
}

const SLIPS: [Slip; 8] = [
    Slip {
        name: "a-limit",
        dialect: "movieknight",
        face: 0,
        field: Field::Bio,
        wrong: |view| taken(view).form = TakenForm::Text { max: 199 },
    },
    Slip {
        name: "what-null-means",
        dialect: "whop",
        face: 1,
        field: Field::DisplayName,
        wrong: |view| taken(view).null = Meaning::Clears,
    },
    Slip {
        name: "what-an-empty-text-means",
        dialect: "tenant",
        face: 0,
        field: Field::Avatar,
        wrong: |view| taken(view).empty = Meaning::Clears,
    },
    Slip {
        name: "what-is-shown-where-nothing-is-set",
        dialect: "iam",
        face: 1,
        field: Field::Phone,
        wrong: |view| shown(view).unset = Unset::Empty,
    },
    Slip {
        name: "a-form",
        dialect: "iam",
        face: 0,
        field: Field::Country,
        wrong: |view| shown(view).form = ShownForm::Alpha2,
    },
    Slip {
        name: "what-stands-in",
        dialect: "tenant",
        face: 0,
        field: Field::DisplayName,
        wrong: |view| shown(view).otherwise = &[&[Field::Username]],
    },
    Slip {
        name: "a-key",
        dialect: "iam",
        face: 0,
        field: Field::GithubUrl,
        wrong: |view| taken(view).at = "/details/gitlab_url",
    },
    Slip {
        name: "a-field",
        dialect: "movieknight",
        face: 0,
        field: Field::Bio,
        wrong: |view| view.of = Canonical::Field(Field::Phone),
    },
];

fn taken(view: &mut FieldView) -> &mut Taken {
    view.taken.as_mut().expect("the row is written")
}

fn shown(view: &mut FieldView) -> &mut Shown {
    view.shown.as_mut().expect("the row is shown")
}

/// A wrong row is found by the cases of every row.
pub(super) fn are_found(deployment: &TestDeployment) -> Result<(), Failed> {
    let options = LawOptions {
        cases: 0,
        ..LawOptions::default()
    };
    let report = laws(&deployment.mounts()?, deployment, &options)?;
    if let Some(broken) = report.broken {
        return Err(broken.to_string().into());
    }
    for slip in &SLIPS {
        let mut mounts = deployment.mounts()?;
        for (_, dialect) in &mut mounts {
            if dialect.name != slip.dialect {
                continue;
            }
            let mut faces = dialect.faces.to_vec();
            let mut fields = faces[slip.face].fields.to_vec();
            let mut views = fields.iter_mut();
            let view = views.find(|view| view.field() == Some(slip.field));
            (slip.wrong)(view.ok_or("no such row")?);
            faces[slip.face].fields = fields.leak();
            dialect.faces = faces.leak();
        }
        let report = laws(&mounts, deployment, &options)?;
        match report.broken {
            Some(broken) => eprintln!("laws: {}: {broken}", slip.name),
            None => return Err(format!("{}: nothing was found", slip.name).into()),
        }
    }
    Ok(())
}

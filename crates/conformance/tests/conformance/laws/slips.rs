//! Field tables with one wrong row each, which the laws must find.

use libtest_mimic::Failed;
use manyface_conformance::{LawOptions, laws};
use manyface_core::Field;
use manyface_dialect::{
    Absence, Canonical, FieldMapping, NullMeaning, ReadForm, ReadMapping, WriteForm, WriteMapping,
};

use manyface_testing::TestDeployment;

/// A field table that is wrong in one row.
struct Slip {
    name: &'static str,
    dialect: &'static str,
    view: usize,
    field: Field,
    wrong: fn(&mut FieldMapping),
}

const SLIPS: [Slip; 8] = [
    Slip {
        name: "a-limit",
        dialect: "movieknight",
        view: 0,
        field: Field::Bio,
        wrong: |mapping| taken(mapping).form = WriteForm::Text { max: 199 },
    },
    Slip {
        name: "what-null-means",
        dialect: "whop",
        view: 1,
        field: Field::DisplayName,
        wrong: |mapping| taken(mapping).null = NullMeaning::Clears,
    },
    Slip {
        name: "what-an-empty-text-means",
        dialect: "tenant",
        view: 0,
        field: Field::Avatar,
        wrong: |mapping| taken(mapping).empty = NullMeaning::Clears,
    },
    Slip {
        name: "what-is-shown-where-nothing-is-set",
        dialect: "iam",
        view: 1,
        field: Field::Phone,
        wrong: |mapping| shown(mapping).unset = Absence::Empty,
    },
    Slip {
        name: "a-form",
        dialect: "iam",
        view: 0,
        field: Field::Country,
        wrong: |mapping| shown(mapping).form = ReadForm::Alpha2,
    },
    Slip {
        name: "the-fallback",
        dialect: "tenant",
        view: 0,
        field: Field::DisplayName,
        wrong: |mapping| shown(mapping).otherwise = &[&[Field::Username]],
    },
    Slip {
        name: "a-key",
        dialect: "iam",
        view: 0,
        field: Field::GithubUrl,
        wrong: |mapping| taken(mapping).at = "/details/gitlab_url",
    },
    Slip {
        name: "a-field",
        dialect: "movieknight",
        view: 0,
        field: Field::Bio,
        wrong: |mapping| mapping.of = Canonical::Field(Field::Phone),
    },
];

fn taken(mapping: &mut FieldMapping) -> &mut WriteMapping {
    mapping.write.as_mut().expect("the row is written")
}

fn shown(mapping: &mut FieldMapping) -> &mut ReadMapping {
    mapping.read.as_mut().expect("the row is shown")
}

/// Checks that the cases of every row find a wrong row.
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
            let mut views = dialect.views.to_vec();
            let mut fields = views[slip.view].fields.to_vec();
            let mut mappings = fields.iter_mut();
            let mapping = mappings.find(|mapping| mapping.field() == Some(slip.field));
            (slip.wrong)(mapping.ok_or("no such row")?);
            views[slip.view].fields = fields.leak();
            dialect.views = views.leak();
        }
        let report = laws(&mounts, deployment, &options)?;
        match report.broken {
            Some(broken) => eprintln!("laws: {}: {broken}", slip.name),
            None => return Err(format!("{}: nothing was found", slip.name).into()),
        }
    }
    Ok(())
}

//! Decisions of policies.

use manyface_core::{AuthProvider, Decision, Field, Timestamp, behaviour};

use crate::support::{Ask, BASE, Folder, forbidden, tenant};

/// A policy whose evaluation fails: the sum overflows.
const FAILING: &str = "forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };";

#[test]
fn access_is_denied_by_default() {
    let folder = Folder::new(&[(
        "a.cedar",
        r#"permit (principal, action == Action::"read", resource);"#,
    )]);
    let policies = folder.open().unwrap();
    assert_eq!(Ask::read().of(&policies), Decision::Permit);
    // No policy determined the decision, so there is no notice.
    let update = Ask::update(&[Field::Bio]);
    assert_eq!(update.of(&policies), forbidden(&[]));
    let explained = update.explained(&policies);
    assert!(!explained.is_permitted && explained.determining.is_empty());
}

#[test]
fn forbid_overrides_permit_with_notices_in_the_order_of_the_files() {
    let folder = Folder::new(&[
        ("00-base.cedar", &format!("@notice(\"Welcome.\") {BASE}")),
        (
            "20.cedar",
            r#"
            @notice("Second.")
            forbid (principal, action, resource) when { context.dialect == Dialect::"tenant" };
            forbid (principal, action, resource) when { context.dialect == Dialect::"tenant" };
            @notice("First.")
            forbid (principal, action, resource) when { context.dialect == Dialect::"tenant" };
            @notice("Second.")
            forbid (principal, action, resource) when { context.dialect == Dialect::"tenant" };
            @notice("Elsewhere.")
            forbid (principal, action, resource) when { context.dialect == Dialect::"whop" };
            "#,
        ),
        (
            "10.cedar",
            r#"@notice("Zeroth.") forbid (principal, action, resource)
            when { context.dialect == Dialect::"tenant" };"#,
        ),
    ]);
    let policies = folder.open().unwrap();
    assert_eq!(
        Ask::read().of(&policies),
        forbidden(&["Zeroth.", "Second.", "First."])
    );
    let elsewhere = Ask::read().with(|ask| ask.dialect = "movieknight");
    assert_eq!(elsewhere.of(&policies), Decision::Permit);
    let explained = Ask::read().explained(&policies);
    let names: Vec<_> = explained
        .determining
        .iter()
        .map(|d| d.policy.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "10.cedar#1",
            "20.cedar#1",
            "20.cedar#2",
            "20.cedar#3",
            "20.cedar#4"
        ]
    );
    let explained = elsewhere.explained(&policies);
    assert_eq!(explained.determining[0].policy, "00-base.cedar#1");
    assert!(explained.notices.is_empty());
}

#[test]
fn a_failing_policy_denies() {
    for (name, text) in [
        ("forbids", FAILING.to_owned()),
        ("permits", FAILING.replace("forbid", "permit")),
    ] {
        let folder = Folder::new(&[("a.cedar", BASE), ("b.cedar", &text)]);
        let policies = folder.open().unwrap();
        for ask in [Ask::read(), Ask::update(&[])] {
            assert_eq!(ask.of(&policies), forbidden(&[]), "{name}");
            let explained = ask.explained(&policies);
            assert!(!explained.is_permitted);
            assert_eq!(explained.failed, ["b.cedar#1"]);
        }
    }
}

#[test]
fn policies_of_a_tenant_apply_to_its_users_only() {
    let folder = Folder::new(&[
        ("base.cedar", BASE),
        (
            "tenants/00000000-0000-0000-0000-000000000001/a.cedar",
            r#"@notice("One.") forbid (principal, action == Action::"update", resource);"#,
        ),
        (
            "tenants/00000000-0000-0000-0000-000000000002/a.cedar",
            // Fails for tenant 2 only.
            FAILING,
        ),
    ]);
    let policies = folder.open().unwrap();
    let of = |number, ask: Ask| {
        ask.with(|ask| ask.profile.tenant_id = tenant(number))
            .of(&policies)
    };
    assert_eq!(of(1, Ask::read()), Decision::Permit);
    assert_eq!(of(1, Ask::update(&[Field::Bio])), forbidden(&["One."]));
    assert_eq!(of(2, Ask::read()), forbidden(&[]));
    assert_eq!(of(3, Ask::read()), Decision::Permit);
    assert_eq!(of(3, Ask::update(&[Field::Bio])), Decision::Permit);
}

#[test]
fn without_deployment_policies_other_tenants_are_unrestricted() {
    let folder = Folder::new(&[(
        "tenants/00000000-0000-0000-0000-000000000001/a.cedar",
        r#"permit (principal, action == Action::"read", resource);"#,
    )]);
    let policies = folder.open().unwrap();
    let update = Ask::update(&[Field::Bio]);
    assert_eq!(update.of(&policies), forbidden(&[]));
    let other = update.with(|ask| ask.profile.tenant_id = tenant(2));
    assert_eq!(other.of(&policies), Decision::Permit);
    let explained = other.explained(&policies);
    assert!(explained.is_permitted && explained.determining.is_empty());
}

/// Returns whether `condition` is true for a request.
fn holds(condition: &str, ask: &Ask) -> bool {
    let text = format!("permit (principal, action, resource) when {{ {condition} }};");
    let folder = Folder::new(&[("a.cedar", &text)]);
    let policies = folder.open().unwrap_or_else(|e| panic!("{condition}: {e}"));
    ask.of(&policies) == Decision::Permit
}

#[test]
fn policies_see_the_principal_and_its_groups() {
    let id = |ask: &Ask| ask.profile.id.to_string();
    let ask = Ask::read().in_group("hr").in_group("Ω \"on call\"");
    let own = format!("principal == User::\"{}\"", id(&ask));
    for condition in [
        own.as_str(),
        "resource.owner == principal",
        r#"principal in Group::"hr""#,
        r#"principal in Group::"Ω \"on call\"""#,
        r#"principal in Tenant::"00000000-0000-0000-0000-000000000001""#,
        r#"resource in Tenant::"00000000-0000-0000-0000-000000000001""#,
        r#"resource.tenant == Tenant::"00000000-0000-0000-0000-000000000001""#,
        r#"resource.auth_provider == AuthProvider::"local""#,
        r#"principal is User && principal.email like "*@example.com""#,
        "principal is User && principal.scopes.isEmpty()",
    ] {
        assert!(holds(condition, &ask), "{condition}");
    }
    for condition in [
        r#"principal in Group::"HR""#,
        r#"principal in Tenant::"00000000-0000-0000-0000-000000000002""#,
        "principal is ApiKey",
    ] {
        assert!(!holds(condition, &ask), "{condition}");
    }
    let sso = ask.with(|ask| {
        ask.profile.auth_provider = AuthProvider::Saml;
        ask.caller.scopes.push("profile".to_owned());
    });
    for condition in [
        r#"resource.auth_provider == AuthProvider::"saml""#,
        r#"principal is User && principal.scopes.contains("profile")"#,
    ] {
        assert!(holds(condition, &sso), "{condition}");
    }
}

#[test]
fn an_api_key_owns_no_profile_and_has_no_groups() {
    let key = Ask::update(&[Field::Bio])
        .in_group("hr")
        .with_key("k1")
        .with(|ask| {
            ask.account = Some("biz_1".to_owned());
        });
    for condition in [
        r#"principal == ApiKey::"k1""#,
        r#"principal is ApiKey && principal.accounts.contains("biz_1") && !(principal has app)"#,
        r#"context has account && context.account == "biz_1""#,
        "resource.owner != principal",
    ] {
        assert!(holds(condition, &key), "{condition}");
    }
    assert!(!holds(r#"principal in Group::"hr""#, &key));
}

#[test]
fn a_user_is_not_the_owner_of_another_profile() {
    let ask = Ask::read().in_group("hr").with(|ask| {
        ask.caller.scopes.push("profile".to_owned());
        ask.other = Some(behaviour::new_profile(tenant(1)));
    });
    let other = ask.other.as_ref().unwrap();
    let (own, owner) = (other.username.as_str(), ask.profile.username.as_str());
    for condition in [
        "principal != resource.owner",
        "principal in resource.tenant",
        &format!("principal is User && principal.username == {own:?}"),
        &format!("resource.owner.username == {owner:?}"),
        r#"principal in Group::"hr" && !(resource.owner in Group::"hr")"#,
        r#"principal is User && principal.scopes.contains("profile")"#,
        "resource.owner.scopes.isEmpty()",
    ] {
        assert!(holds(condition, &ask), "{condition}");
    }
}

#[test]
fn policies_see_the_context() {
    let ask = Ask::update(&[Field::Bio, Field::GivenName]);
    for (condition, expected) in [
        (r#"context.dialect == Dialect::"tenant""#, true),
        (r#"context.dialect == Dialect::"whop""#, false),
        ("context has account", false),
        (r#"context.now >= datetime("2026-11-24T12:00:00Z")"#, true),
        (r#"context.now < datetime("2026-11-24T12:00:00Z")"#, false),
    ] {
        assert_eq!(holds(condition, &ask), expected, "{condition}");
    }
    // Only updates have fields.
    for (condition, expected) in [
        (r#"context.fields.contains(Field::"bio")"#, true),
        (r#"context.fields.contains(Field::"avatar")"#, false),
        (
            r#"[Field::"bio", Field::"given_name"].containsAll(context.fields)"#,
            true,
        ),
        ("context.fields.isEmpty()", false),
    ] {
        let text = format!(
            r#"permit (principal, action == Action::"update", resource) when {{ {condition} }};"#
        );
        let folder = Folder::new(&[("a.cedar", &text)]);
        let decision = ask.of(&folder.open().unwrap());
        assert_eq!(decision == Decision::Permit, expected, "{condition}");
        assert_eq!(Ask::read().of(&folder.open().unwrap()), forbidden(&[]));
    }
    let late = ask.with(|ask| ask.now = Timestamp::MAX);
    assert!(holds(
        r#"context.now > datetime("2026-11-24T12:00:00Z")"#,
        &late
    ));
}

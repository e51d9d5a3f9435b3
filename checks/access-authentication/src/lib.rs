//! Is the user authenticated, and is the token valid.
//!
//! ```text
//! user: credential facts, GET /models ─┐
//! keycloak: discovery of the realm ────┼─► token (pure) ─► findings of the user's token
//!        └─ fails ─► database lines    └─► findings of Keycloak
//! Keycloak's log ─► event ─► logins ─► findings by kind of error and client
//! ```
//!
//! The user's token is the failing user's own, handed to the run and never to this check. Without it and without an address
//! of Keycloak the question is not asked. The credential that the site has configured is for `coreai-credentials`; what an
//! authenticated user may do is for `access-authorization`.

mod database;
mod event;
mod issuer;
mod keycloak;
mod logins;
mod pod;
mod tell;
mod token;
mod user;

use std::time::Duration;

use bsq_sdk::prelude::*;

use keycloak::Keycloak;
use user::User;

/// The site's word on what is normal.
#[derive(Settings)]
struct Wishes {
    realm: String,
    issuers: Vec<String>,
    audience: String,
    leeway: Duration,
    min_errors: usize,
    many_user_errors: usize,
}

/// The user's token is valid, Keycloak serves its realm, and logins do not fail.
///
/// # Errors
///
/// A setting of another type; what cannot be read is a finding or left to the host.
#[check]
pub fn users_are_authenticated(cx: &Context) -> Result<Report> {
    let wishes: Wishes = cx.settings()?;
    let mut report = Report::new("users are authenticated");
    let pods = pod::of_keycloak(cx);
    let user = User::read(cx);
    let realm = issuer::realm(cx, &wishes.realm, user.facts());
    let keycloak = Keycloak::read(cx, &mut report, realm.as_ref(), &pods);
    user.tell(cx, &mut report, &wishes, &keycloak);
    logins::tell(cx, &mut report, &wishes, &pods);
    conclude(report, &user, &keycloak)
}

/// The word where there is no finding: what is known of the token first, then of Keycloak.
fn conclude(mut report: Report, user: &User, keycloak: &Keycloak) -> Result<Report> {
    match (user, keycloak) {
        (User::NotGiven, Keycloak::NotConfigured) => report.not_configured(
            "neither a user's token (`--user-token-file`) nor the endpoint `keycloak` is given",
        ),
        (User::Unknown(why), _) | (_, Keycloak::Unknown(why)) => report.unknown(why.clone()),
        (User::Given { said, .. }, _) if !said.is_some_and(|said| said.is_authenticated()) => report
            .inconclusive(
                "nothing speaks against the user's token, and whether the CoreAI API accepts it is not known",
            ),
        (_, Keycloak::Misfit(why)) => report.inconclusive(why.clone()),
        (User::NotGiven, _) => {
            report.summary("Keycloak serves its realm; whose login fails was not asked, no token was given (`--user-token-file`)");
            report.pass()
        }
        (_, Keycloak::NotConfigured) => {
            report.summary("the user is authenticated; Keycloak was not asked, there is no endpoint `keycloak`");
            report.pass()
        }
        _ => report.pass(),
    }
}

//! The failing user: the CoreAI API as they meet it.

use std::path::Path;

use crate::capability::endpoint::{Base, TokenSource};
use crate::settings::file::EndpointSection;
use crate::ui::Fault;

/// The endpoint of the CoreAI API.
pub(super) const COREAI: &str = "coreai";

/// The name under which checks use it as the failing user.
pub(super) const NAME: &str = "user";

/// The endpoint of the failing user: the address of the CoreAI API with that user's own token.
pub(super) fn endpoint(
    coreai: Option<&EndpointSection>,
    file: &Path,
) -> Result<EndpointSection, Fault> {
    let flag = format!("`--user-token-file {}`", file.display());
    let Some(coreai) = coreai else {
        let cause = format!("{flag}: `bsq.toml` names no [endpoint.{COREAI}] to use it at");
        return Err(Fault::new("BSQ0147", cause).hint(format!(
            "add `[endpoint.{COREAI}]` with `url = \"https://…/v1\"`"
        )));
    };
    if matches!(coreai.url, Base::Service(_)) {
        let cause = format!("{flag}: a token is not sent through the API server's service proxy");
        return Err(Fault::new("BSQ0147", cause).hint(format!(
            "give the service's own address as `url` of [endpoint.{COREAI}]"
        )));
    }
    std::fs::File::open(file).map_err(|error| {
        Fault::new("BSQ0147", format!("{flag} cannot be read"))
            .because(error)
            .hint("save the user's token in a file that only you may read")
    })?;
    Ok(EndpointSection {
        token: Some(TokenSource::File(file.to_owned())),
        ..coreai.clone()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn section(text: &str) -> EndpointSection {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_failing_user_meets_the_same_address_with_their_own_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jane.token");
        std::fs::write(&file, "sk-bsq-jane").unwrap();
        let coreai = section("url = 'https://api.site.test/v1'\ntoken = { env = 'MINE' }");
        let user = endpoint(Some(&coreai), &file).unwrap();
        assert_eq!(format!("{:?}", user.url), format!("{:?}", coreai.url));
        assert_eq!(user.token, Some(TokenSource::File(file)));
    }

    #[test]
    fn a_users_token_without_an_address_of_its_own_is_refused() {
        let here = Path::new(file!());
        let proxied = section("url = 'service://coreai/llm-backend:8080'");
        let direct = section("url = 'https://api.site.test/v1'");
        for (coreai, file) in [
            (None, here),
            (Some(&proxied), here),
            (Some(&direct), Path::new("/no/token")),
        ] {
            let fault = endpoint(coreai, file).unwrap_err();
            assert_eq!(fault.code, "BSQ0147");
            assert!(!fault.hints.is_empty());
        }
    }
}

//! The answer of the token endpoint, read for its tokens first.
//!
//! A refresh token that was presented may be dead by the time its answer is read. So tokens are kept
//! whatever stands beside them; what is odd is a remark. Messages name a member and never show a value. Imports nothing of ours but the tokens.

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::Tokens;

/// The longest life that a token may claim, in seconds.
const LONGEST_LIFE: u64 = 2_147_483_647;

/// The answer of the token endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Json")]
pub struct TokenAnswer {
    access_token: AccessToken,
    token_type: BasicTokenType,
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
    resource: Option<String>,
    /// What in it is not as the specification has it, and what was made of that.
    remarks: Vec<String>,
}

impl TokenResponse for TokenAnswer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<std::time::Duration> {
        self.expires_in.map(std::time::Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        // Kept as the one text that it is: nobody here looks at parts of it.
        None
    }
}

impl TryFrom<Json> for TokenAnswer {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        let Json::Object(mut json) = json else {
            return Err("it is not a JSON object".to_owned());
        };
        let mut remarks = Vec::new();
        let refresh_token = lenient(&mut json, "refresh_token", &mut remarks);
        // No header and no form can carry others: what was good before stays.
        let refresh_token = refresh_token.filter(|token| is_token(token));
        let access = match text(&mut json, "access_token").map(Option::unwrap_or_default) {
            Ok(access) if is_token(&access) => access,
            Ok(access) if !access.is_empty() && refresh_token.is_none() => {
                return Err("\"access_token\" has characters that no token has".to_owned());
            }
            // The old refresh token is dead: the new one is all that is left of the grant.
            _ if refresh_token.is_some() => String::new(),
            _ => return Err("\"access_token\" is missing, empty or not text".to_owned()),
        };
        check_type(&mut json, &mut remarks);
        let expires_in = seconds(json.get("expires_in"), LONGEST_LIFE).unwrap_or_else(|why| {
            remarks.push(format!("\"expires_in\" {why}: the end of the token is not known"));
            None
        });
        Ok(Self {
            access_token: AccessToken::new(access),
            token_type: BasicTokenType::Bearer,
            expires_in,
            refresh_token: refresh_token.map(RefreshToken::new),
            scope: lenient(&mut json, "scope", &mut remarks)
                .map(|scope| scope.replace(char::is_control, " ")),
            resource: lenient(&mut json, "resource", &mut remarks),
            remarks,
        })
    }
}

/// A member that is text and not empty; anything else is as good as absent, with a remark.
fn lenient(json: &mut Map<String, Json>, name: &str, remarks: &mut Vec<String>) -> Option<String> {
    let read = text(json, name);
    let text = read.unwrap_or_else(|why| {
        remarks.push(format!("{why}: it counts as absent"));
        None
    });
    text.filter(|text| !text.is_empty())
}

/// Absent means Bearer; what else it may say, there is no other way to present a token.
fn check_type(json: &mut Map<String, Json>, remarks: &mut Vec<String>) {
    let kind = text(json, "token_type");
    if !kind.is_ok_and(|kind| kind.is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"))) {
        remarks.push("\"token_type\" is not Bearer: the token is presented as one".to_owned());
    }
}

impl TokenAnswer {
    /// The tokens; what the answer does not mention stays as it was.
    pub fn tokens(self, before: Option<&Tokens>, now: i64) -> Tokens {
        let life = self.expires_in.and_then(|life| i64::try_from(life).ok());
        let refresh = self.refresh_token.map(|token| token.into_secret().into());
        Tokens {
            access: self.access_token.into_secret().into(),
            refresh: refresh.or_else(|| before?.refresh.clone()),
            expires_at: life.map(|life| now.saturating_add(life)),
            scope: self.scope.or_else(|| before?.scope.clone()),
            resource: self.resource.or_else(|| before?.resource.clone()),
            endpoints: before.and_then(|before| before.endpoints.clone()),
            remarks: self.remarks,
            redirect_uri: before.and_then(|before| before.redirect_uri.clone()),
        }
    }
}

/// Whether a text is a token: visible ASCII and blanks (RFC 6749, appendix A.12 and A.17).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Takes a member that is text; absent and null mean unset.
pub fn text(json: &mut Map<String, Json>, name: &str) -> Result<Option<String>, String> {
    match json.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("\"{name}\" is not text")),
    }
}

/// Reads whole seconds from 1 to `most`; `3600.0` counts as whole.
pub fn seconds(json: Option<&Json>, most: u64) -> Result<Option<u64>, &'static str> {
    let number = match json {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Number(number)) => number,
        Some(_) => return Err("is not a number"),
    };
    let whole = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        // Beyond `most` nothing is allowed anyway, so that the cast is exact where it matters.
        (float.fract() == 0.0 && float >= 1.0 && float <= most as f64).then_some(float as u64)
    });
    whole
        .filter(|whole| (1..=most).contains(whole))
        .map(Some)
        .ok_or("is not a whole number of seconds in range")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::{Value as Json, json};

    use super::{LONGEST_LIFE, TokenAnswer, seconds};
    use crate::oauth::Tokens;

    fn read(json: Json) -> Result<Tokens, String> {
        TokenAnswer::try_from(json).map(|answer| answer.tokens(None, 1_000))
    }

    #[test]
    fn rule_96_an_access_token_is_text_and_not_empty() {
        let tokens = read(json!({"access_token": "a"})).expect("enough");
        assert_eq!(tokens.access.expose_secret(), "a");
        for wrong in [json!({}), json!([]), json!("a"), json!({"access_token": ""})] {
            assert!(read(wrong).is_err());
        }
        let error = read(json!({"access_token": 4711})).expect_err("a number");
        assert!(!error.contains("4711"), "{error}");
    }

    #[test]
    fn a_token_that_no_header_can_carry_never_replaces_a_good_one() {
        for bad in ["a\r\nX-Evil: 1", "a\n", "a\0b", "t\u{f6}ken", "\u{7f}", "\u{feff}a"] {
            assert!(read(json!({"access_token": bad})).is_err(), "{bad:?}");
            let before = Tokens {
                refresh: Some("good".to_owned().into()),
                ..Tokens::of_access("old".to_owned().into())
            };
            let answer = json!({"access_token": "new", "refresh_token": bad, "scope": bad});
            let answer = TokenAnswer::try_from(answer).expect("the access token is good");
            let tokens = answer.tokens(Some(&before), 0);
            assert_eq!(tokens.access.expose_secret(), "new");
            assert_eq!(tokens.refresh.expect("kept").expose_secret(), "good");
            assert!(!tokens.scope.expect("a scope").contains(char::is_control));
        }
    }

    #[test]
    fn rule_97_a_life_is_whole_seconds_in_range_or_unset() {
        for (value, read) in [
            (Json::Null, Ok(None)),
            (json!(1), Ok(Some(1))),
            (json!(3600.0), Ok(Some(3600))),
            (json!(2_147_483_647_i64), Ok(Some(2_147_483_647))),
        ] {
            assert_eq!(seconds(Some(&value), LONGEST_LIFE), read, "{value}");
        }
        let wrong = [
            json!(0),
            json!(-1),
            json!(1.5),
            json!(2_147_483_648_i64),
            json!(1e300),
            json!("3600"),
            json!(true),
            json!([]),
        ];
        for value in wrong {
            assert!(seconds(Some(&value), LONGEST_LIFE).is_err(), "{value}");
        }
        let tokens = read(json!({"access_token": "a", "expires_in": 60})).expect("tokens");
        assert_eq!(tokens.expires_at, Some(1_060));
        let endless = read(json!({"access_token": "a"})).expect("tokens");
        assert_eq!((endless.expires_at, endless.remarks.len()), (None, 0));
        // The token that an answer renewed is dead: what came is kept, whatever stands beside it.
        let odd = read(json!({"access_token": "a", "refresh_token": "r", "expires_in": "3600"}));
        let odd = odd.expect("tokens");
        assert!(odd.refresh.is_some() && odd.expires_at.is_none());
        assert!(odd.remarks[0].contains("\"expires_in\""), "{:?}", odd.remarks);
    }

    #[test]
    fn rule_98_members_are_unset_or_text_and_never_converted() {
        for name in ["refresh_token", "scope", "token_type", "resource"] {
            let unset = read(json!({"access_token": "a", name: null})).expect("tokens");
            assert!(unset.remarks.is_empty(), "{name}: {:?}", unset.remarks);
            for wrong in [json!(4711), json!(true), json!(["4711"]), json!({})] {
                let tokens = read(json!({"access_token": "a", name: wrong})).expect("tokens");
                let parts = (tokens.refresh.is_none(), &tokens.scope, &tokens.resource);
                assert_eq!(parts, (true, &None, &None), "{name}");
                let [remark] = &tokens.remarks[..] else { panic!("{name}: {:?}", tokens.remarks) };
                assert!(remark.contains(name) && !remark.contains("4711"), "{remark}");
            }
        }
        let remarks = |kind: &str| {
            let tokens = read(json!({"access_token": "a", "token_type": kind}));
            tokens.expect("tokens").remarks.len()
        };
        assert_eq!(["bEARER", "", "DPoP"].map(remarks), [0, 1, 1]);
    }

    #[test]
    fn a_refresh_token_is_kept_even_beside_an_access_token_that_is_none() {
        for access in [Json::Null, json!(5), json!("")] {
            let tokens = read(json!({"access_token": access, "refresh_token": "r"}));
            let tokens = tokens.expect("half a grant");
            assert!(tokens.access.expose_secret().is_empty() && tokens.refresh.is_some());
        }
    }
}

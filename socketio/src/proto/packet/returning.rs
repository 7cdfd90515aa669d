//! What a client shows that reconnects, which stands among the keys of its `auth`.

use std::{borrow::Cow, ops::Range};

use crate::proto::json::check;

/// The protocol's part of an `auth`, and the program's.
#[derive(Debug, PartialEq)]
pub(crate) struct Returning<'a> {
    pub(crate) pid: Cow<'a, str>,
    pub(crate) offset: Offset<'a>,
    /// The JSON object without what is the protocol's. `None`: nothing is left, as if no auth had been sent.
    pub(crate) rest: Option<String>,
}

/// After which event the client wants to go on.
#[derive(Debug, PartialEq)]
pub(crate) enum Offset<'a> {
    /// It has had none.
    None,
    Some(Cow<'a, str>),
    /// The program has a key of this name, which clients prefer to the protocol's: that is lost.
    Foreign,
}

/// Takes `pid` and `offset` out of the JSON object. `None`: the client does not reconnect.
///
/// What is left is byte for byte what the program's client sent: somebody may have signed it.
pub(crate) fn take_returning(auth: &str) -> Option<Returning<'_>> {
    let (mut pid, mut offset, mut kept) = (None, Offset::None, vec![]);
    let read = check::members(auth, |key, value| {
        let (range, text) = (key.start..value.end, &auth[value]);
        match &auth[key] {
            r#""pid""# => pid = Some(string(text)),
            r#""offset""# if text == "null" => offset = Offset::None,
            r#""offset""# => match string(text) {
                Some(text) => offset = Offset::Some(text),
                None => {
                    offset = Offset::Foreign;
                    kept.push(range);
                }
            },
            _ => kept.push(range),
        }
        Ok(())
    });
    read.ok()?;
    Some(Returning { pid: pid??, offset, rest: object(auth, &kept) })
}

fn object(auth: &str, members: &[Range<usize>]) -> Option<String> {
    let members: Vec<&str> = members.iter().map(|range| &auth[range.clone()]).collect();
    (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
}

fn string(json: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(json).ok().map(|text| text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(auth: &str) -> Option<(String, Option<String>, Option<String>)> {
        let Returning { pid, offset, rest } = take_returning(auth)?;
        let offset = match offset {
            Offset::None => None,
            Offset::Some(offset) => Some(offset.into_owned()),
            Offset::Foreign => Some("(foreign)".to_owned()),
        };
        Some((pid.into_owned(), offset, rest))
    }

    #[test]
    fn what_is_left_is_what_the_program_sent() {
        let some = |pid: &str, offset: Option<&str>, rest: Option<&str>| {
            Some((pid.to_owned(), offset.map(str::to_owned), rest.map(str::to_owned)))
        };
        assert_eq!(taken(r#"{"pid":"p","offset":"o"}"#), some("p", Some("o"), None));
        assert_eq!(taken(r#"{"pid":"p"}"#), some("p", None, None));
        assert_eq!(
            taken(r#"{"pid":"p","offset":"o","token":"t\"\u00e9","n":[1, {"pid":2}]}"#),
            some("p", Some("o"), Some(r#"{"token":"t\"\u00e9","n":[1, {"pid":2}]}"#))
        );
        assert_eq!(
            taken(r#" { "a" : 1 , "offset":null, "pid":"\u0070" , "b":2 } "#),
            some("p", None, Some(r#"{"a" : 1,"b":2}"#))
        );
        // the program's own
        assert_eq!(taken(r#"{"pid":"p","offset":5}"#), some("p", Some("(foreign)"), Some(r#"{"offset":5}"#)));
        for own in [r#"{"pid":5,"offset":"o"}"#, r#"{"offset":"o"}"#, "{}", r#"{"a":{"pid":"p"}}"#, "[]", "{"]
        {
            assert_eq!(taken(own), None, "{own}");
        }
    }
}

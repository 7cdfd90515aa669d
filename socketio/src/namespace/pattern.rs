//! The names of namespaces, and the patterns by which clients bring them to life.

use crate::proto::MAX_NAME;

/// `/org/{id}`: a segment in braces stands for any one.
///
/// Patterns are ordered by their segments: the more exact ones first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
    pub(super) text: &'static str,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Exact(&'static str),
    Param(&'static str),
}

/// What a name says where its pattern has parameters.
pub(crate) type Params = Box<[(&'static str, Box<str>)]>;

/// Is it a pattern?
pub(super) fn is_pattern(name: &str) -> bool {
    name.split('/').any(|segment| param(segment).is_some())
}

fn param(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.contains(['{', '}']))
}

/// What is wrong with the name of a namespace, if something is.
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    let segments = || name.split('/').skip(1);
    let mut names: Vec<&str> = segments().filter_map(param).collect();
    names.sort_unstable();
    if !name.starts_with('/') || name.contains(',') || name.len() > MAX_NAME {
        Some("does not start with `/`, holds a comma, or is longer than 256 bytes")
    } else if segments().any(|segment| param(segment).is_none() && segment.contains(['{', '}'])) {
        Some("has a brace where no whole segment is in braces: `/org/{id}`")
    } else if names.contains(&"") || names.windows(2).any(|pair| pair[0] == pair[1]) {
        Some("has a parameter without a name, or two of one name")
    } else {
        None
    }
}

impl Pattern {
    pub(super) fn new(text: &'static str) -> Self {
        let segments = text
            .split('/')
            .map(|segment| param(segment).map_or(Segment::Exact(segment), Segment::Param))
            .collect();
        Self { segments, text }
    }

    /// The parameters, if the name fits. A parameter is never empty.
    pub(super) fn params(&self, name: &str) -> Option<Params> {
        let mut params = vec![];
        let mut parts = name.split('/');
        for segment in &self.segments {
            let part = parts.next()?;
            match segment {
                Segment::Exact(exact) if part == *exact => {}
                Segment::Param(name) if !part.is_empty() => params.push((*name, part.into())),
                _ => return None,
            }
        }
        parts.next().is_none().then(|| params.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pattern: &'static str, name: &str) -> Option<Vec<(&'static str, String)>> {
        let params = Pattern::new(pattern).params(name)?;
        Some(params.iter().map(|(name, value)| (*name, value.to_string())).collect())
    }

    #[test]
    fn a_segment_in_braces_stands_for_any_one() {
        assert_eq!(params("/org/{id}", "/org/7"), Some(vec![("id", "7".to_owned())]));
        assert_eq!(params("/{a}/x/{b}", "/1/x/2"), Some(vec![("a", "1".to_owned()), ("b", "2".to_owned())]));
        for other in ["/org", "/org/", "/org/7/", "/org/7/x", "/orgs/7", "org/7", "/", ""] {
            assert_eq!(params("/org/{id}", other), None, "{other}");
        }
    }

    proptest::proptest! {
        /// A name that fits is the pattern with the parameters put in, and every such name fits.
        #[test]
        fn parameters_are_what_the_pattern_leaves_open(
            values in proptest::collection::vec("[a-zé]{0,3}", 2..=2),
            other in "[/a-c]{0,8}",
        ) {
            let fits = values.iter().all(|value| !value.is_empty());
            let read = params("/{a}/x/{b}", &format!("/{}/x/{}", values[0], values[1]));
            let expected = fits.then(|| vec![("a", values[0].clone()), ("b", values[1].clone())]);
            proptest::prop_assert_eq!(read, expected);
            if let Some(read) = params("/{a}/x/{b}", &other) {
                proptest::prop_assert_eq!(format!("/{}/x/{}", read[0].1, read[1].1), other);
            }
        }

        #[test]
        fn no_name_panics(name in ".{0,300}") {
            let _ = (name_fault(&name), is_pattern(&name), params("/{a}/x/{b}", &name));
        }
    }

    #[test]
    fn names_are_checked() {
        for name in ["/", "/a", "/a/b", "/a/{id}", "/{a}/{b}"] {
            assert_eq!(name_fault(name), None, "{name}");
        }
        for name in ["", "a", "/a,b", "/a{b}", "/{a}{b}", "/{}", "/{a}/{a}", "/{a"] {
            assert!(name_fault(name).is_some(), "{name}");
        }
    }
}

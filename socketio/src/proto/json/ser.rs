//! Values as JSON: what serde_json writes, byte for byte, with strings looked at a block at a time.
//!
//! serde_json looks at strings byte by byte: a seventh of all instructions of an echo of 128 bytes. Brackets, commas and
//! strings without escapes are written here; everything that has rules of its own (numbers, escapes, keys, the types of
//! serde_json itself) is left to it.

use std::io;

use serde::{
    Serialize, Serializer,
    ser::{
        Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use serde_json::Error;

use super::is_plain;

/// What becomes of the bytes inside a value, for which JSON has no form.
pub(crate) trait WriteBytes {
    /// Writes one JSON value.
    fn write(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()>;
}

/// Writes one value to the end of `out`.
pub(crate) struct Json<'a, B> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) bytes: &'a mut B,
}

impl<'a, B: WriteBytes> Json<'a, B> {
    fn theirs(self) -> serde_json::Serializer<&'a mut Vec<u8>> {
        serde_json::Serializer::new(self.out)
    }

    fn elements(self, close: &'static str) -> Elements<'a, B> {
        self.out.push(b'[');
        Elements { json: self, is_first: true, close }
    }

    fn fields(self, close: &'static str) -> Fields<'a, B> {
        self.out.push(b'{');
        Fields { json: self, is_first: true, close }
    }

    /// `{"Variant":`
    fn variant(&mut self, variant: &'static str) -> Result<(), Error> {
        self.out.push(b'{');
        string(self.out, variant)?;
        self.out.push(b':');
        Ok(())
    }

    fn nested<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Json { out: self.out, bytes: self.bytes })
    }
}

fn string(out: &mut Vec<u8>, text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    if !is_plain(bytes) {
        return serde_json::Serializer::new(out).serialize_str(text);
    }
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    out.extend_from_slice(bytes);
    out.push(b'"');
    Ok(())
}

macro_rules! left_to_serde_json {
    ($($method:ident($($value:ident: $type:ty)?);)*) => {$(
        fn $method(self, $($value: $type)?) -> Result<(), Error> {
            (&mut self.theirs()).$method($($value)?)
        }
    )*};
}

impl<'a, B: WriteBytes> Serializer for Json<'a, B> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Elements<'a, B>;
    type SerializeTuple = Elements<'a, B>;
    type SerializeTupleStruct = Elements<'a, B>;
    type SerializeTupleVariant = Elements<'a, B>;
    type SerializeMap = Map<'a, B>;
    type SerializeStruct = Struct<'a, B>;
    type SerializeStructVariant = Fields<'a, B>;

    left_to_serde_json! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
    }

    fn collect_str<T: std::fmt::Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.theirs().collect_str(value)
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        string(self.out, text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes.write(self.out, bytes).map_err(Error::custom)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        string(self.out, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant)?;
        self.nested(value)?;
        self.out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a, B>, Error> {
        Ok(self.elements("]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements<'a, B>, Error> {
        Ok(self.elements("]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Elements<'a, B>, Error> {
        Ok(self.elements("]"))
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Elements<'a, B>, Error> {
        self.variant(variant)?;
        Ok(self.elements("]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'a, B>, Error> {
        Ok(Map { json: self, is_empty: true })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Struct<'a, B>, Error> {
        Ok(if name.starts_with(PRIVATE) {
            Struct::Private(self, name)
        } else {
            Struct::Fields(self.fields("}"))
        })
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields<'a, B>, Error> {
        self.variant(variant)?;
        Ok(self.fields("}}"))
    }
}

/// An array that is being written.
pub(crate) struct Elements<'a, B> {
    json: Json<'a, B>,
    is_first: bool,
    close: &'static str,
}

impl<B: WriteBytes> Elements<'_, B> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if !std::mem::take(&mut self.is_first) {
            self.json.out.push(b',');
        }
        self.json.nested(value)
    }

    fn close(self) {
        self.json.out.extend_from_slice(self.close.as_bytes());
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident),*) => {$(
        impl<B: WriteBytes> $trait for Elements<'_, B> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}

elements!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// An object with fields that is being written.
pub(crate) struct Fields<'a, B> {
    json: Json<'a, B>,
    is_first: bool,
    close: &'static str,
}

impl<B: WriteBytes> SerializeStructVariant for Fields<'_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        if !std::mem::take(&mut self.is_first) {
            self.json.out.push(b',');
        }
        string(self.json.out, key)?;
        self.json.out.push(b':');
        self.json.nested(value)
    }

    fn end(self) -> Result<(), Error> {
        self.json.out.extend_from_slice(self.close.as_bytes());
        Ok(())
    }
}

/// What the names of serde_json's own types begin with: `RawValue`, and `Number` with arbitrary precision.
const PRIVATE: &str = "$serde_json::private::";

pub(crate) enum Struct<'a, B> {
    Fields(Fields<'a, B>),
    /// One of serde_json's own types, which means something to its serializer only.
    Private(Json<'a, B>, &'static str),
}

impl<B: WriteBytes> SerializeStruct for Struct<'_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        match self {
            Self::Fields(fields) => fields.serialize_field(key, value),
            Self::Private(json, name) => {
                let mut theirs = serde_json::Serializer::new(&mut *json.out);
                let mut only = theirs.serialize_struct(name, 1)?;
                SerializeStruct::serialize_field(&mut only, key, value)?;
                SerializeStruct::end(only)
            }
        }
    }

    fn end(self) -> Result<(), Error> {
        match self {
            Self::Fields(fields) => fields.end(),
            Self::Private(..) => Ok(()),
        }
    }
}

/// An object with keys of any type that is being written.
pub(crate) struct Map<'a, B> {
    json: Json<'a, B>,
    is_empty: bool,
}

impl<B: WriteBytes> SerializeMap for Map<'_, B> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let at = self.json.out.len();
        // serde_json knows which keys there are and how they are written: `{"key":null}`, without its end
        serde_json::Serializer::new(&mut *self.json.out).collect_map([(key, ())])?;
        self.json.out.truncate(self.json.out.len() - "null}".len());
        if !std::mem::take(&mut self.is_empty) {
            self.json.out[at] = b',';
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.json.nested(value)
    }

    fn end(self) -> Result<(), Error> {
        self.json.out.extend_from_slice(if self.is_empty { b"{}" } else { b"}" });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, net::IpAddr};

    use proptest::{collection::vec, prelude::*};
    use serde_json::{Value, json, value::RawValue};

    use super::*;

    /// As serde_json writes bytes without a formatter of ours.
    struct Numbers;

    impl WriteBytes for Numbers {
        fn write(&mut self, out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
            Ok(serde_json::to_writer(out, bytes)?)
        }
    }

    fn ours<T: Serialize + ?Sized>(value: &T) -> Result<String, String> {
        let mut out = b"before".to_vec();
        value.serialize(Json { out: &mut out, bytes: &mut Numbers }).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out.split_off(6)).expect("UTF-8"))
    }

    fn agrees<T: Serialize + ?Sized>(value: &T) {
        assert_eq!(ours(value), serde_json::to_string(value).map_err(|error| error.to_string()));
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Newtype(f32);

    #[derive(Serialize)]
    struct Tuple(u8, Option<i128>);

    #[derive(Debug, Clone, Serialize)]
    enum Tree {
        Unit,
        #[serde(rename = "with \"quotes\"")]
        Renamed,
        Newtype(Box<Tree>),
        Tuple(u64, String),
        Fields {
            float: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            option: Option<char>,
            nested: Vec<Tree>,
        },
        Map(BTreeMap<String, Tree>),
        Numbered(BTreeMap<i16, bool>),
    }

    fn tree() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Unit),
            Just(Tree::Renamed),
            (any::<u64>(), any::<String>()).prop_map(|(number, text)| Tree::Tuple(number, text)),
            // around the boundaries of blocks, with one special byte or none
            (any::<u64>(), "[a-z€]{0,40}[\"\\\\\u{0}-\u{1f}\u{7f}é]?[a-z]{0,40}")
                .prop_map(|(number, text)| Tree::Tuple(number, text)),
            proptest::collection::btree_map(any::<i16>(), any::<bool>(), 0..3).prop_map(Tree::Numbered),
        ];
        leaf.prop_recursive(4, 32, 4, |tree| {
            prop_oneof![
                tree.clone().prop_map(|tree| Tree::Newtype(Box::new(tree))),
                (any::<f64>(), any::<Option<char>>(), vec(tree.clone(), 0..4))
                    .prop_map(|(float, option, nested)| Tree::Fields { float, option, nested }),
                proptest::collection::btree_map(any::<String>(), tree, 0..3).prop_map(Tree::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_writes_what_serde_json_writes(tree in tree()) {
            agrees(&tree);
        }
    }

    #[test]
    fn every_kind_of_value() {
        agrees(&Unit);
        agrees(&());
        agrees(&Newtype(1.5));
        agrees(&Newtype(f32::NAN));
        agrees(&Tuple(255, Some(i128::MIN)));
        agrees(&(true, -1_i8, -2_i16, 3_u16, -4_i32, 5_u32, -6_i64, u128::MAX, 'ß', None::<u8>));
        agrees(&[0_u8; 0]);
        agrees(&json!({"a": [1, null, {"b": "\u{2028}\n"}], "": {}}));
        agrees(&IpAddr::from([127, 0, 0, 1]));
        agrees(&format_args!("{}\"{}", 1, "\t"));
        agrees(&BTreeMap::from([(IpAddr::from([127, 0, 0, 1]), 1)]));
        agrees(&BTreeMap::from([('"', Some(1)), ('b', None)]));
        agrees(&serde_json::Number::from_f64(0.1));
    }

    #[test]
    fn types_of_serde_json_itself() {
        let raw = RawValue::from_string(r#"{ "as" : "it is" }"#.into()).expect("JSON");
        agrees(&raw);
        assert_eq!(ours(&vec![&raw, &raw]), Ok(r#"[{ "as" : "it is" },{ "as" : "it is" }]"#.into()));
        agrees(&Value::from(1.0e300));
    }

    #[test]
    fn keys_that_are_not_texts_are_an_error() {
        agrees(&BTreeMap::from([((1, 2), 3)]));
        assert!(ours(&BTreeMap::from([(None::<u8>, 3)])).is_err());
    }
}

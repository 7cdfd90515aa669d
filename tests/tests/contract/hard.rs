//! Types that are hard to describe, each as the payload of an event that goes both ways.

#![allow(dead_code, unnameable_types, unreachable_pub, reason = "they are there to be described")]
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use socketio::{Bytes, Event, on};

macro_rules! both {
    ($($name:literal $handler:ident $event:ident $ty:ty = $sample:expr;)*) => {
        $(
            #[derive(Serialize, Deserialize, Event)]
            #[event($name)]
            pub(super) struct $event(pub $ty);

            #[on($event)]
            fn $handler(_: $event) {}
        )*
        /// What serde writes of each, to be checked against what is declared.
        pub fn samples() -> Vec<(&'static str, serde_json::Value)> {
            vec![$(($name, serde_json::to_value::<$ty>($sample).unwrap_or_else(|e| serde_json::Value::String(format!("ERROR {e}"))))),*]
        }
    };
}

/// A shape.
#[derive(Serialize, Deserialize, JsonSchema)]
pub enum Shape {
    /** nothing in it */
    Unit,
    New(u32),
    Tuple(u32, String),
    Named {
        a: u32,
        b: Option<bool>,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    DarkRed,
    LightBlue,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Internal {
    Go { x: f64 },
    Stop,
    Wrap(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Inner {
    pub deep: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub enum Adjacent {
    A(u8),
    B { x: i8 },
    C,
    D(u8, u8),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Untagged {
    Number(i32),
    Text(String),
    Pair(i32, i32),
    Object { id: u64 },
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Flat {
    pub id: u32,
    #[serde(flatten)]
    pub inner: Inner,
    #[serde(flatten)]
    pub rest: HashMap<String, String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct FlatEnum {
    pub id: u32,
    #[serde(flatten)]
    pub what: Internal,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct FlatOption {
    pub id: u32,
    #[serde(flatten)]
    pub inner: Option<Inner>,
}

/// Attributes that make the two sides differ.
///
/// With a second paragraph: */ and `code`.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sides {
    /// Always there.
    pub first_name: String,
    #[serde(default)]
    pub with_default: u32,
    #[serde(default = "five")]
    pub with_value: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    pub nullable: Option<String>,
    #[serde(skip)]
    pub skipped: u8,
    #[serde(skip_deserializing)]
    pub only_out: u32,
    #[serde(skip_serializing, default)]
    pub only_in: u32,
    #[serde(rename(serialize = "outName", deserialize = "inName"))]
    pub two_names: bool,
    #[serde(alias = "other")]
    pub aliased: bool,
    pub r#type: String,
    #[serde(rename = "with-dash")]
    pub dash: String,
}
fn five() -> u32 {
    5
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    pub big: u64,
    pub signed: i64,
    pub huge: u128,
    pub float: f64,
    pub small: u8,
    pub size: usize,
    pub letter: char,
    pub nonzero: std::num::NonZeroU8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Part {
    pub offset: u64,
    pub data: Bytes,
    pub maybe: Option<Bytes>,
    pub many: Vec<Bytes>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Pair(pub u32, pub String, #[serde(default)] pub Option<bool>);
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct New(pub String);
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Unit;
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Tuples {
    pub pair: Pair,
    pub new: New,
    pub unit: Unit,
    pub anonymous: (u8, bool),
    pub array: [f32; 3],
    pub set: BTreeSet<u8>,
    pub nothing: (),
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<u32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    pub name: String,
    #[serde(default)]
    pub children: Vec<Tree>,
    pub parent: Option<Box<Tree>>,
}

#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub String);
#[derive(Serialize, Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Low,
    High,
}
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Maps {
    pub numbers: BTreeMap<u32, bool>,
    pub signed: BTreeMap<i64, bool>,
    pub levels: BTreeMap<Level, u8>,
    pub keys: BTreeMap<Key, u8>,
    pub uuids: BTreeMap<uuid::Uuid, u8>,
    pub bools: BTreeMap<bool, u8>,
    pub chars: BTreeMap<char, u8>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Times {
    pub at: chrono::DateTime<chrono::Utc>,
    pub day: chrono::NaiveDate,
    pub naive: chrono::NaiveDateTime,
    pub id: uuid::Uuid,
    pub took: std::time::Duration,
    pub system: std::time::SystemTime,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Misc {
    pub any: serde_json::Value,
    pub shared: Arc<str>,
    pub result: Result<u8, String>,
    pub twice: Option<Option<u8>>,
    #[serde(with = "hex")]
    #[schemars(with = "String")]
    pub hex: u32,
    #[serde(serialize_with = "hex::serialize")]
    pub hex_out: u32,
    pub range: std::ops::Range<u8>,
    pub converted: Celsius,
}
mod hex {
    pub fn serialize<S: serde::Serializer>(v: &u32, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&format!("{v:x}"))
    }
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<u32, D::Error> {
        let s: String = serde::Deserialize::deserialize(d)?;
        u32::from_str_radix(&s, 16).map_err(serde::de::Error::custom)
    }
}
#[derive(Serialize, Deserialize, JsonSchema, Clone)]
#[serde(from = "f64", into = "String")]
pub struct Celsius(f64);
impl From<f64> for Celsius {
    fn from(v: f64) -> Self {
        Self(v)
    }
}
impl From<Celsius> for String {
    fn from(v: Celsius) -> Self {
        format!("{}", v.0)
    }
}

/// Without a schema.
#[derive(Serialize, Deserialize)]
pub struct Opaque {
    pub a: u8,
}

fn inner() -> Inner {
    Inner { deep: true }
}

both! {
    "shape" on_shape ShapeEvent Vec<Shape> = vec![Shape::Unit, Shape::New(1), Shape::Tuple(1, "a".into()), Shape::Named { a: 1, b: None }];
    "colour" on_colour ColourEvent Colour = Colour::LightBlue;
    "internal" on_internal InternalEvent Vec<Internal> = vec![Internal::Go { x: 1.5 }, Internal::Stop, Internal::Wrap(inner())];
    "adjacent" on_adjacent AdjacentEvent Vec<Adjacent> = vec![Adjacent::A(1), Adjacent::B { x: 1 }, Adjacent::C, Adjacent::D(1, 2)];
    "untagged" on_untagged UntaggedEvent Vec<Untagged> = vec![Untagged::Number(1), Untagged::Text("a".into()), Untagged::Pair(1, 2), Untagged::Object { id: 1 }];
    "flat" on_flat FlatEvent Flat = Flat { id: 1, inner: inner(), rest: [("x".to_owned(), "y".to_owned())].into() };
    "flat-enum" on_flat_enum FlatEnumEvent FlatEnum = FlatEnum { id: 1, what: Internal::Go { x: 1.0 } };
    "flat-option" on_flat_option FlatOptionEvent Vec<FlatOption> = vec![FlatOption { id: 1, inner: None }, FlatOption { id: 1, inner: Some(inner()) }];
    "sides" on_sides SidesEvent Sides = Sides { first_name: "a".into(), with_default: 1, with_value: 1, left_out: None, nullable: None, skipped: 0, only_out: 1, only_in: 1, two_names: true, aliased: true, r#type: "t".into(), dash: "d".into() };
    "numbers" on_numbers NumbersEvent Numbers = Numbers { big: u64::MAX, signed: -1, huge: 1, float: 1.5, small: 1, size: 1, letter: 'x', nonzero: std::num::NonZeroU8::MIN };
    "nan" on_nan NanEvent f64 = f64::NAN;
    "tuples" on_tuples TuplesEvent Tuples = Tuples { pair: Pair(1, "a".into(), None), new: New("a".into()), unit: Unit, anonymous: (1, true), array: [1.0, 2.0, 3.0], set: [1].into(), nothing: () };
    "page" on_page PageEvent Page<Inner> = Page { items: vec![inner()], next: None };
    "page-sides" on_page_sides PageSidesEvent Page<Key> = Page { items: vec![], next: Some(1) };
    "tree" on_tree TreeEvent Tree = Tree { name: "a".into(), children: vec![], parent: None };
    "maps" on_maps MapsEvent Maps = Maps { numbers: [(1, true)].into(), signed: [(-1, true)].into(), levels: [(Level::High, 1)].into(), keys: [(Key("k".into()), 1)].into(), uuids: [(uuid::Uuid::nil(), 1)].into(), bools: [(true, 1)].into(), chars: [('x', 1)].into() };
    "times" on_times TimesEvent Times = Times { at: Default::default(), day: Default::default(), naive: Default::default(), id: uuid::Uuid::nil(), took: std::time::Duration::from_millis(1500), system: std::time::UNIX_EPOCH };
    "misc" on_misc MiscEvent Misc = Misc { any: serde_json::json!({"a": [1]}), shared: "a".into(), result: Ok(1), twice: Some(None), hex: 255, hex_out: 255, range: 1..2, converted: Celsius(1.5) };
    "opaque" on_opaque OpaqueEvent Opaque = Opaque { a: 1 };
    "opaque-list" on_opaque_list OpaqueListEvent Vec<Opaque> = vec![];
}

pub mod more {
    //! What serde takes against what is declared: each with JSON and whether serde takes it.

    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(default)]
    pub struct ContainerDefault {
        pub a: u8,
        pub b: String,
    }
    impl Default for ContainerDefault {
        fn default() -> Self {
            Self { a: 1, b: "x".into() }
        }
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub struct WithOption {
        #[serde(with = "opt")]
        #[schemars(with = "Option<String>")]
        pub a: Option<u32>,
    }
    mod opt {
        pub fn serialize<S: serde::Serializer>(v: &Option<u32>, s: S) -> Result<S::Ok, S::Error> {
            serde::Serialize::serialize(&v.map(|v| v.to_string()), s)
        }
        pub fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<u32>, D::Error> {
            let s: Option<String> = serde::Deserialize::deserialize(d)?;
            Ok(s.and_then(|s| s.parse().ok()))
        }
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub enum Other {
        A,
        #[serde(alias = "Bee")]
        B,
        #[serde(other)]
        Unknown,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "k")]
    pub enum OtherTagged {
        A {
            x: u8,
        },
        #[serde(other)]
        Unknown,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub enum SkippedVariant {
        A,
        #[serde(skip)]
        Never,
        #[serde(skip_serializing)]
        In,
        #[serde(skip_deserializing)]
        Out,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub enum PartlyUntagged {
        A(u8),
        #[serde(untagged)]
        Text(String),
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(transparent)]
    pub struct Transparent {
        pub inner: Vec<u8>,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Strict {
        pub a: u8,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub struct Tail(pub u8, #[serde(default)] pub u8);
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[schemars(rename = "Named_of_{T}")]
    pub struct Named<'a, T> {
        #[serde(borrow)]
        pub text: Cow<'a, str>,
        pub of: T,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub struct Wrapper<'a> {
        pub tail: Tail,
        #[serde(borrow)]
        pub named: Named<'a, u8>,
        #[serde(borrow)]
        pub named2: Named<'a, Strict>,
        pub ghost: std::marker::PhantomData<u8>,
        pub i: i128,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all(serialize = "camelCase", deserialize = "kebab-case"))]
    pub struct TwoCases {
        pub some_name: u8,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    pub struct Small {
        pub a: u8,
        pub n: std::num::NonZeroU16,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t")]
    pub struct TaggedStruct {
        pub a: u8,
    }

    macro_rules! cases {
        ($($name:literal $handler:ident $event:ident $ty:ty { $($json:literal)* })*) => {
            $(
                #[derive(Serialize, Deserialize, Event)]
                #[event($name)]
                pub(crate) struct $event(pub $ty);

                #[on($event)]
                fn $handler(_: $event) {}
            )*
            pub fn cases() -> Vec<(&'static str, &'static str, bool)> {
                vec![$($(($name, $json, serde_json::from_str::<$ty>($json).is_ok()),)*)*]
            }
        };
    }
    cases! {
        "m:container-default" on_e1 E1 ContainerDefault { "{}" r#"{"a":1}"# r#"{"a":null}"# }
        "m:with-option" on_e2 E2 WithOption { "{}" r#"{"a":null}"# r#"{"a":"1"}"# }
        "m:other" on_e3 E3 Other { r#""A""# r#""Bee""# r#""whatever""# }
        "m:other-tagged" on_e4 E4 OtherTagged { r#"{"k":"A","x":1}"# r#"{"k":"new"}"# }
        "m:skipped-variant" on_e5 E5 SkippedVariant { r#""A""# r#""Never""# r#""In""# r#""Out""# }
        "m:partly-untagged" on_e6 E6 PartlyUntagged { r#"{"A":1}"# r#""text""# r#"1"# }
        "m:transparent" on_e7 E7 Transparent { "[1,2]" r#"{"inner":[1]}"# }
        "m:strict" on_e8 E8 Strict { r#"{"a":1}"# r#"{"a":1,"b":2}"# }
        "m:tail" on_e9 E9 Vec<Tail> { "[[1,2]]" "[[1]]" }
        "m:two-cases" on_e11 E11 TwoCases { r#"{"some-name":1}"# r#"{"someName":1}"# }
        "m:small" on_e12 E12 Small { r#"{"a":256,"n":1}"# r#"{"a":1,"n":0}"# r#"{"a":1.5,"n":1}"# }
        "m:tagged-struct" on_e13 E13 TaggedStruct { r#"{"a":1}"# r#"{"t":"TaggedStruct","a":1}"# r#"{"t":"no","a":1}"# }
        "m:flat" on_f1 F1 Flat { r#"{"id":1,"deep":true,"x":"y"}"# r#"{"id":1,"deep":true,"x":3}"# }
        "m:flat-option" on_f2 F2 FlatOption { r#"{"id":1}"# r#"{"id":1,"deep":null}"# }
        "m:internal" on_f3 F3 Internal { r#"{"type":"go","x":1}"# r#"{"type":"wrap","deep":true,"more":1}"# }
        "m:untagged" on_f4 F4 Untagged { "1" "[1,2]" "1.5" r#"{"id":1}"# "null" }
        "m:tree" on_f5 F5 Tree { r#"{"name":"a"}"# r#"{"name":"a","children":null}"# }
        "m:sides" on_f6 F6 Sides { r#"{"firstName":"a","inName":true,"aliased":true,"type":"","with-dash":""}"# r#"{"firstName":"a","inName":true,"other":true,"type":"","with-dash":""}"# r#"{"firstName":"a","inName":true,"aliased":true,"type":"","with-dash":"","onlyOut":1}"# }
        "m:numbers" on_f7 F7 BTreeMap<u32, bool> { r#"{"1":true}"# r#"{"x":true}"# r#"{"-1":true}"# r#"{"1.5":true}"# }
        "m:twice" on_f8 F8 Option<Option<u8>> { "null" "1" }
        "m:unit" on_f9 F9 () { "null" "[]" }
        "m:duration" on_f10 F10 std::time::Duration { r#"{"secs":1,"nanos":1}"# r#"1"# }
        "m:date" on_f11 F11 chrono::DateTime<chrono::Utc> { r#""1970-01-01T00:00:00Z""# r#""yesterday""# }
    }

    #[derive(Deserialize, Event)]
    #[event("m:wrapper", from = client)]
    pub(crate) struct E10<'a>(#[serde(borrow)] pub Wrapper<'a>);

    #[on(E10)]
    fn wrapper(_: E10<'_>) {}
}

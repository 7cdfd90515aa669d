"""Tests of scripts/floors and rust_arrows.py on toy crates: `scripts/floors --self-test`."""

import contextlib
import importlib.machinery
import importlib.util
import pathlib
import tempfile
import unittest

from rust_arrows import Crate

LOADER = importlib.machinery.SourceFileLoader("floors", str(pathlib.Path(__file__).with_name("floors")))
floors = importlib.util.module_from_spec(importlib.util.spec_from_loader("floors", LOADER))
LOADER.exec_module(floors)


@contextlib.contextmanager
def source(files, lib=""):
    """A src/ with these files, `__` in a name stands for `/`; lib.rs declares the modules and holds `lib`."""
    files = {name.replace("__", "/") + ".rs": text for name, text in files.items()}
    modules = {name.split("/")[0].removesuffix(".rs") for name in files} - {"tests"}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, text in {"lib.rs": "".join(f"mod {m};\n" for m in sorted(modules)) + lib, **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        yield folder


class Arrows(unittest.TestCase):
    def check(self, expected, lib="", **files):
        """`expected`: {"a -> b": "Names used"}."""
        with source(files, lib) as folder:
            found = {
                f"{a} -> {b}".replace(".rs", ""): " ".join(sorted(names))
                for (a, b), names in Crate(folder).arrows().items()
            }
        self.assertEqual(found, expected)

    def test_a_re_export_leads_to_the_file_that_defines(self):
        self.check(
            {"user -> deep/inner": "Made Thing"},
            lib="pub use crate::deep::Thing;",
            deep__mod="mod inner; pub use self::inner::Thing; pub(crate) use self::inner::Thing as Made;",
            deep__inner="pub struct Thing; pub fn Made() {}",
            user="use crate::Thing; use crate::deep; fn f(_: Thing, _: deep::Made) { crate::deep::inner::Made() }",
        )

    def test_a_name_that_only_a_comment_or_a_string_holds_makes_no_arrow(self):
        self.check(
            {},
            a="pub struct Thing; pub trait Speaks { fn speak(&self); } pub const MAX: u8 = 1;",
            b="""//! [`Thing`] of crate::a::Thing
                use crate::a::{Thing, Speaks, MAX};
                /// A [`Thing`], see [crate::a::Thing]. use crate::a::Thing as Other;
                struct Documented { #[doc = "{MAX}"] field: u8 }
                fn f() { /* Thing /* nested */ Thing */
                    // crate::a::Thing
                    let _ = ("Thing", r#"use crate::a::*; " Thing"#, b"Thing", '"', b'\\'', 'T'); }
                // use crate::a::Thing; Thing
                fn g<'a>(x: &'a str) -> &'a str { "\\"; Thing(); \\"" }""",
        )

    def test_what_follows_a_quote_or_a_comment_is_read(self):
        self.check(
            {"b -> a": "Thing", "c -> a": "Thing"},
            a="pub struct Thing;",
            b="""fn f<'a>(_: &'a str) { let _ = ('\\'', "\\\\", r##"a"#b"##, '/', "/*"); let _: crate::a::Thing; }""",
            c="""fn f() { let _ = '"'; let _: crate::a::Thing; let _ = ""; }""",
        )

    def test_groups_globs_renames_and_parents(self):
        self.check(
            {"folder/c -> a": "One Two", "folder/c -> folder/b": "Three", "folder/c -> folder/mod": "Four"},
            a="pub struct One; pub enum Two { Left, Right } pub struct Three;",
            folder__mod="mod b; mod c; pub struct Four; use crate::a::Two; pub use b::*;",
            folder__b="pub struct Three;",
            folder__c="""use crate::a::{self, One as First}; use super::*;
                fn f(_: First, _: Three, _: super::Four) { a::Two::Right }""",
        )

    def test_the_variants_of_an_enum_by_a_glob(self):
        self.check({"b -> a": "Two"}, a="pub enum Two { Left(u8) }", b="use crate::a::Two::*; fn f() { Left(1) }")

    def test_an_import_hides_what_a_glob_brings(self):
        self.check({}, a="pub struct Arc;", b="use std::sync::Arc; use crate::a::*; fn f(_: Arc) {}")

    def test_an_import_inside_a_function(self):
        self.check(
            {"b -> a": "Thing Third"},
            a="pub struct Thing; pub struct Other; pub struct Third;",
            b="struct Other; fn f() { use crate::a::Thing as T; T; } fn g() -> impl A + use<'_> { Other; crate::a::Third }",
        )

    def test_functions_by_the_path_of_their_module(self):
        self.check(
            {
                "b -> a": "C_ONSTANT inner run",
                "b -> text": "MAX",
                "c -> text": "MAX",
                "d -> text": "MAX",
                "e -> text": "MAX",
            },
            a="pub fn run() {} pub mod sub { pub fn inner() {} } pub const C_ONSTANT: [u8; 2] = [1, 2];",
            text="pub const MAX: usize = 1;",
            c="const A: u8 = { 1 } + crate::text::MAX;",
            e="""use crate::text; use crate::a::run; #[derive(Debug)] enum E { #[error("{}", text::MAX)] #[run] Many }""",
            d="""enum Error { #[error("at most {MAX}")] Many } use crate::text::MAX;""",
            b="""use crate::{a, text::MAX}; fn f() { a::run(); a::sub::inner::<u8>(); list.map(crate::a::C_ONSTANT); }
                fn g() { print!("at most {MAX}") }""",
        )

    def test_a_variable_or_a_method_with_the_name_of_a_function_makes_no_arrow(self):
        self.check(
            {"d -> a": "event"},
            a="pub fn event() {} pub fn frame() {}",
            b="""use crate::a::{event, frame}; struct S { event: u8 }
                fn f(event: u8) { g(event, |frame| frame); S { event } }
                fn h(x: Option<u8>) -> u8 { match x { Some(event) => event, None => 0 } }
                impl S { fn event(&self) -> u8 { self.event } }""",
            c="use crate::a::event; fn f() { fn event() {} event() }",
            d="use crate::a::event; fn f() { run(event) }",
            e="use crate::a::event; fn f(x: u8) { x.event(); std::event() }",
        )

    def test_a_variant_with_the_name_of_a_type_makes_no_arrow(self):
        self.check(
            {"b -> a": "Body"},
            a="pub struct Text; pub struct Body;",
            b="use crate::a::{Body, Text}; enum Kind { Text, #[x] Head(u8, Body), Body { text: u8 } }",
        )

    def test_what_is_compiled_for_tests_only_is_left_out(self):
        self.check(
            {"b -> a": "Always Either Features NotTest"},
            lib="#[cfg(test)] mod tests;",
            tests="use crate::a::Thing; fn f() -> Thing {}",
            a="pub struct Thing; pub struct Always; pub struct Features; pub struct NotTest; pub struct Either;",
            bench="fn f() { crate::a::Thing }",
            b="""#[cfg(test)] use crate::a::Thing;
                #[cfg(test)] mod tests { fn f() { crate::a::Thing } }
                #[cfg(any(test, bench))] fn only() { crate::a::Thing }
                #[cfg(all(test, feature = "x"))] fn all() { crate::a::Thing }
                #[cfg(any(test, feature = "x"))] fn either() { crate::a::Either }
                #[cfg(not(test))] fn real() { crate::a::NotTest }
                #[cfg(feature = "x")] fn feature() { crate::a::Features }
                struct S { #[cfg(test)] counts: Vec<Thing, crate::a::Thing>, always: crate::a::Always }
                impl S { #[cfg(test)] fn test() { crate::a::Thing } }
                fn f() { #[cfg(test)] { crate::a::Thing } #[cfg(test)] crate::a::Thing.check(); }""",
        )

    def test_an_associated_item_stands_where_its_impl_stands(self):
        self.check(
            {
                "verbs -> thing": "Thing",
                "user -> thing": "Thing",
                "user -> verbs": "Thing::make",
                "thing -> verbs": "Thing::make",
            },
            thing="pub struct Thing; impl Thing { fn here() { Self::make() } }",
            verbs="use crate::thing::Thing; impl Thing { pub fn make() {} } impl Clone for Thing { fn clone(&self) {} }",
            user="use crate::thing::Thing; fn f() { Thing::<u8>::make(); Thing::here(); Thing::clone() }",
        )

    def test_the_import_of_a_trait_counts_if_its_methods_are_called(self):
        self.check(
            {"b -> a": "Speaks"},
            a="pub trait Speaks { fn speak(&self) {} }",
            b="use crate::a::Speaks as _; fn f(x: u8) { x.speak() }",
            c="use crate::a::Speaks; fn f(x: u8) { x.listen() }",
        )

    def test_macros_count_where_they_are_invoked_and_what_they_define_where_they_stand(self):
        self.check(
            {"b -> a": "Kind One make!", "b -> folder/moments": "Moment", "folder/c -> folder/mod": "shout!"},
            a="""macro_rules! make { ($x:ident) => { pub struct $x; impl Kind for $x {} }; } pub(crate) use make;
                pub trait Kind {} pub mod kinds { make! { One Two } } thread_local! { static CELL: u8 = 1; }""",
            b="use crate::a::{Kind, kinds, make}; make!(Mine); impl Kind for kinds::One {} fn f(_: crate::folder::Moment) {}",
            folder__mod="macro_rules! shout { () => {}; } mod c; mod moments; pub use self::moments::Moment;",
            folder__moments="macro_rules! moments { () => { pub struct Moment; }; } moments!();",
            folder__c="fn f() { shout!() }",
        )

    def test_a_crate_with_the_name_of_a_module_is_not_the_module(self):
        self.check({}, http__mod="pub struct Request;", b="use http::Request; fn f(_: Request, _: http::Request) {}")


class Rules(unittest.TestCase):
    PLAN = [("low", "a b/"), ("heart", "c d e"), ("high", "f")]

    def faults(self, files, **rules):
        files = {name: "" for name in ["a", "b", "c", "d", "e", "f"]} | files
        files = {name: text for name, text in files.items() if text is not None}
        with source({name: f"pub struct {name[0].upper()}; fn f() {{ {text} }}" for name, text in files.items()}) as folder:
            house = floors.House(folder, self.PLAN, heart="heart")
            return list(floors.faults(house, **({"limit": 3, "allowed_up": [], "allowed_circles": []} | rules)))

    def test_a_house_without_faults(self):
        self.assertEqual(
            self.faults({"f": "crate::a::A; crate::c::C", "c": "crate::d::D", "d": "crate::c::C; crate::a::A"}), []
        )

    def test_a_circle_of_three_is_found_and_may_not_be_larger_than_the_limit(self):
        circle = {"c": "crate::d::D", "d": "crate::e::E", "e": "crate::c::C"}
        self.assertEqual(self.faults(circle), [])
        self.assertEqual(self.faults(circle, limit=2), ["the circle has 3 files, 2 are allowed"])

    def test_the_circle_stays_in_the_heart(self):
        found = self.faults(
            {"c": "crate::d::D", "d": "crate::e::E; crate::f::F", "e": "crate::c::C", "f": "crate::c::C"}, limit=4
        )
        ways = "f.rs -> c.rs (high -> heart): C; c.rs -> d.rs (heart -> heart): D; d.rs -> f.rs (heart -> high): F"
        self.assertEqual(
            found, [f"f.rs is in the circle, but not on the floor heart: {ways}", "up: d.rs -> f.rs (heart -> high): F"]
        )

    def test_an_arrow_up_is_a_fault_unless_it_is_allowed(self):
        self.assertEqual(self.faults({"a": "crate::f::F"}), ["up: a.rs -> f.rs (low -> high): F"])
        self.assertEqual(self.faults({"a": "crate::f::F"}, allowed_up=[("a", "f", "why")]), [])

    def test_what_is_allowed_must_be_there(self):
        self.assertEqual(
            self.faults({"f": "crate::a::A"}, allowed_up=[("f", "a", "why")], allowed_circles=[({"a", "f"}, "why")]),
            ["ALLOWED_CIRCLES lists a and f, which are not a circle", "ALLOWED_UP lists f -> a, which is not an arrow up"],
        )

    def test_a_small_circle_outside_the_heart_is_a_fault_unless_it_is_allowed(self):
        pair = {"c": "crate::d::D", "d": "crate::e::E", "e": "crate::c::C", "a": "crate::b::B", "b": "crate::a::A"}
        arrows = "a.rs -> b.rs (low -> low): B; b.rs -> a.rs (low -> low): A"
        self.assertEqual(self.faults(pair), [f"a small circle outside the heart: {arrows}"])
        self.assertEqual(self.faults(pair, allowed_circles=[({"a", "b"}, "why")]), [])
        only = {"a": pair["a"], "b": pair["b"]}
        self.assertEqual(self.faults(only, allowed_circles=[({"a", "b"}, "why")]), [], "the only circle")

    def test_a_second_circle_in_the_heart_is_not_a_fault(self):
        self.PLAN = [("low", "a b"), ("heart", "c d e g h"), ("high", "f")]
        circle = {"c": "crate::d::D", "d": "crate::e::E", "e": "crate::c::C"}
        self.assertEqual(self.faults(circle | {"g": "crate::h::H", "h": "crate::g::G"}), [])

    def test_every_file_stands_on_one_floor_and_every_pattern_names_one(self):
        self.assertEqual(
            self.faults({"g": "", "f": None}),
            ["g.rs stands on no floor: name it in PLAN", "PLAN names files on the floor high that do not exist: f"],
        )
        self.PLAN = [*self.PLAN, ("roof", "{a,b}")]
        self.assertEqual(
            self.faults({}), ["a.rs stands on several floors: low and roof", "b.rs stands on several floors: low and roof"]
        )


class Picture(unittest.TestCase):
    def test_the_document_shows_the_floors_and_is_out_of_date_when_they_change(self):
        plan = [("low", "a"), ("high", "b c/")]
        files = {
            "a": "pub struct A;",
            "b": "use crate::a::A; fn f(_: A) {}",
            "c__mod": "mod d;",
            "c__d": "fn f() { crate::a::A }",
        }
        with source(files) as folder:
            house, document = floors.House(folder, plan), folder / "architecture.md"
            self.assertIsNone(floors.document_fault(house, document), "there is none")
            document.write_text("before\n<!-- floors -->\n<!-- /floors -->\nafter\n")
            self.assertIn("shows other floors", floors.document_fault(house, document))
            floors.write(house, document)
            self.assertIsNone(floors.document_fault(house, document))
            text = document.read_text()
            self.assertIn("high  b  c/{mod,d}\n        ↓ low 2\nlow   a\n", text)
            self.assertTrue(text.startswith("before\n") and text.endswith("\nafter\n"))
            document.write_text(text.replace("<!-- /floors -->", ""))
            self.assertIn("once each", floors.document_fault(house, document))

    def test_heights_are_the_longest_paths(self):
        files = {"a": "pub struct T;", "b": "pub use crate::a::T as U; pub struct T; fn f(_: U) {}"}
        files |= {"c": "fn f() { crate::a::T; crate::b::T; crate::d::T }", "d": "pub struct T; fn f() { crate::c::f() }"}
        with source(files) as folder:
            self.assertEqual(floors.House(folder, []).heights(), {"a": 1, "b": 2, "c": 3, "d": 3})

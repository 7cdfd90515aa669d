"""Which source file of a crate names definitions of which other file: `Crate(src).arrows()`. Used by scripts/floors.

Names are resolved definition by definition, as rustc does it: through `use` trees (groups, globs, `as`, also inside
functions), `crate`, `self`, `super`, `Self` and modules. Re-exports lead to the file that defines. An associated item
(`Type::new`) leads to the file of the type, and to the file of the inherent `impl` too, if that is another one. An import
counts through the code that needs it: one that only a doc comment names makes no arrow; that of a trait makes one if the
file calls one of the trait's methods.

What it does not see: the type of `x` in `x.method()`, so that a method call makes no arrow unless it needs a trait's import;
what a macro call expands to (its tokens are read as they stand); names in attributes, except paths, constants and those
in strings (`{CONSTANT}`, `with = "path"`).

Left out: what is compiled only for tests, benchmarks, fuzzing or doctests, and the files that only re-export (lib.rs,
private.rs).
"""

import re

TOKEN = re.compile(
    r"""\s+ | //[^\n]* | (?P<comment>/\*)
    | (?P<string>[bc]?"(?:\\.|[^"\\])*" | [bc]?r(?P<hashes>\#*)".*?"(?P=hashes))
    | (?P<char>b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])')
    | (?P<token>'\w+ | (?:r\#)?[^\W\d]\w* | \d\w*(?:\.\d\w*)? | :: | -> | => | \.\.=? | .)""",
    re.VERBOSE | re.DOTALL,
)
PAIRS = {"(": ")", "[": "]", "{": "}"}
DEFINES = {"struct": ("type", "value")}  # its name can be both
DEFINES |= dict.fromkeys(["enum", "union", "trait", "type"], ("type",))
DEFINES |= dict.fromkeys(["fn", "const", "static"], ("value",))
KEYWORDS = set(
    "as async await break const continue dyn else enum extern false fn for if impl in let loop match mod move mut pub"
    " ref return static struct trait true type unsafe use where while".split()
)
ONLY_RE_EXPORT = {"lib.rs", "private.rs"}
LEFT_OUT = {"tests", "test", "fuzz", "bench"}  # modules
NEVER = {"test", "bench", "fuzzing", "doctest"}  # what `cfg(..)` names
EXTERNAL = object()  # what a name of another crate leads to


class Definition:
    def __init__(self, file, kind, name):
        self.file, self.kind, self.name = file, kind, name
        self.members = {}  # variants, methods and associated constants: name -> file


class Module:
    """A module, or the body of a function, whose `outer` is the module it stands in."""

    def __init__(self, file, parent=None, outer=None):
        self.file, self.parent, self.outer = file, parent, outer
        self.items = {"type": {}, "value": {}, "macro": {}}
        self.imports, self.globs = {}, []
        self.has_macros = False  # calls of macros that may define what we do not see


class File:
    """The tokens of a file, which bracket closes which, and the regions in which names count."""

    def __init__(self, name, text):
        self.name, self.text, self.tokens, self.offsets = name, text, [], []
        self.regions, self.methods, self.no_names, self.close, self.open = [], set(), set(), {}, {}
        at, stack = 0, []
        while at < len(text):
            match = TOKEN.match(text, at)
            at = match.end()
            if match["comment"]:
                depth = 1
                while depth and (mark := re.compile(r"/\*|\*/").search(text, at)):
                    depth, at = depth + (1 if mark[0] == "/*" else -1), mark.end()
                continue
            token = match["token"]
            if match["string"]:
                token = '"' + match["string"].split('"', 1)[1]
            elif match["char"]:
                token = "''"
            if not token:
                continue
            token = token.removeprefix("r#")
            if token in PAIRS:
                stack.append(len(self.tokens))
            elif token in PAIRS.values() and stack:
                self.close[stack[-1]] = len(self.tokens)
                self.open[len(self.tokens)] = stack.pop()
            self.tokens.append(token)
            self.offsets.append(match.start())
        if stack:
            raise SystemExit(f"{name}:{self.line(stack[-1])}: a bracket that is not closed")
        self.tokens += [";"] * 4  # nothing looks further ahead
        self.size = len(self.offsets)

    def line(self, at):
        return self.text.count("\n", 0, self.offsets[at]) + 1

    def end_of_item(self, at, block=True):
        """The `;` or, with `block`, the `}` an item ends with."""
        while at < self.size:
            if self.tokens[at] == ";" or at in self.open:
                return at
            if at in self.close:
                if block and self.tokens[at] == "{":
                    return self.close[at]
                at = self.close[at]
            at += 1
        return at

    def after_generics(self, at):
        depth = 0
        while at < self.size:
            depth += {"<": 1, ">": -1}.get(self.tokens[at], 0)
            at += 1
            if depth == 0:
                return at
        return at

    def path_at(self, at):
        """The path that begins here, without its generic arguments, and the index after it."""
        path = [self.tokens[at]]
        at += 1
        while self.tokens[at] == "::":
            if self.tokens[at + 1] == "<":
                at = self.after_generics(at + 1)
            elif is_name(self.tokens[at + 1]):
                path.append(self.tokens[at + 1])
                at += 2
            else:
                break
        return path, at

    def attributes(self, at):
        """Is what follows these attributes compiled outside tests? And the index after them."""
        live = True
        while self.tokens[at] == "#":
            at += 2 if self.tokens[at + 1] == "!" else 1
            if self.tokens[at + 1] == "cfg":
                live &= self.cfg(at + 3)[0] is not False
            at = self.close[at] + 1
        return live, at

    def cfg(self, at):
        """True, False, or None if something else than testing decides."""
        name = self.tokens[at]
        if self.tokens[at + 1] != "(":
            return (False if name in NEVER else None), at + (3 if self.tokens[at + 1] == "=" else 1)
        end, at, parts = self.close[at + 1], at + 2, []
        while at < end:
            part, at = self.cfg(at)
            parts.append(part)
            at += self.tokens[at] == ","
        if name == "not":
            return (None if parts[0] is None else not parts[0]), end + 1
        decides = name == "any"
        return (decides if decides in parts else None if None in parts else not decides), end + 1

    def skipped(self, at, end):
        """The index after the field, arm or statement that begins here."""
        depth = 0
        while at < end:
            if self.tokens[at] == ";" or self.tokens[at] == "," and depth <= 0:
                return at + 1
            depth += {"<": 1, ">": -1}.get(self.tokens[at], 0)
            if at in self.close:
                if self.tokens[at] == "{":
                    return self.close[at] + 1 + (self.tokens[self.close[at] + 1] == ",")
                at = self.close[at]
            at += 1
        return end

    def use_tree(self, at, prefix=()):
        """The imports of a `use` as (path, name); the name of a glob is `*`."""
        path = list(prefix)
        while True:
            token = self.tokens[at]
            if token == "{":
                found, end = [], self.close[at]
                at += 1
                while at < end:
                    more, at = self.use_tree(at, path)
                    found += more
                    at += self.tokens[at] == ","
                return found, end + 1
            if token == "*":
                return [(path, "*")], at + 1
            if token != "::" and not (token == "self" and path):
                path.append(token)
            at += 1
            if self.tokens[at] == "as":
                return [(path, self.tokens[at + 1])], at + 2
            if self.tokens[at] != "::" and token != "::":
                return [(path, path[-1])], at

    def bound(self, start, end):
        """Names that patterns bind here: parameters, `let`, `for`, closures, arms."""
        names, tokens = set(), self.tokens
        for at in range(start, end):
            token = tokens[at]
            if token == "let" or token == "for" and tokens[at + 1] != "<":
                stop = at
                while stop < end and tokens[stop] not in ("=", ";", "in", "{"):
                    stop += 1
                names.update(tokens[at:stop])
            elif token == "|" and tokens[at - 1] in ("(", ",", "=", "move", "{", ";", "=>", "return"):
                names.update(tokens[at : tokens.index("|", at + 1)] if "|" in tokens[at + 1 : end] else ())
            elif token == "=>":
                stop = at
                while stop > start and tokens[stop - 1] not in ("{", ",", "("):
                    stop = self.open.get(stop - 1, stop - 1)
                names.update(tokens[stop:at])
            elif tokens[at + 1] == ":":
                names.add(token)
        return names


def is_name(token):
    return token[0].isalpha() or token[0] == "_"


class Crate:
    def __init__(self, source):
        self.source, self.files, self.impls, self.scopes, self.seen = source, {}, [], [], set()
        self.root = Module("lib.rs")
        self.read("lib.rs", self.root, "")
        for module, path, name, file in self.impls:
            for found in self.resolve(module, path, None, ("type",)):
                found.members.setdefault(name, file)
        self.found = {}  # (from, to) -> {name: index of its first token}
        self.nodes = {name for name in self.files if name not in ONLY_RE_EXPORT}

    def arrows(self):
        """(from, to) -> {name: line of its first use}."""
        for file in self.files.values():
            if file.name in self.nodes:
                for region in file.regions:
                    self.read_names(file, *region)
        self.traits_in_use()
        return {
            pair: {name: self.files[pair[0]].line(at) for name, at in sorted(names.items())}
            for pair, names in sorted(self.found.items())
        }

    # --- what is defined and imported where ---

    def read(self, name, module, directory):
        file = File(name, (self.source / name).read_text())
        self.files[name] = file
        self.read_items(file, module, 0, file.size, directory)

    def read_items(self, file, module, at, end, directory):
        tokens = file.tokens
        while at < end:
            live, at = file.attributes(at)
            start = at
            if tokens[at] == "pub":
                at = file.close[at + 1] + 1 if tokens[at + 1] == "(" else at + 1
            while (
                tokens[at] in ("async", "unsafe")
                or tokens[at] in ("const", "extern")
                and (tokens[at + 1] in ("fn", "unsafe", "async", "extern") or tokens[at + 1][0] == '"')
            ):
                at += 2 if tokens[at + 1][0] == '"' else 1
            word, name = tokens[at], tokens[at + 1]
            region = True
            if word == "use":
                stop = file.end_of_item(at, block=False)
                region = False
                if live:
                    self.import_into(module, file.use_tree(at + 1)[0], tokens[start] == "pub", at)
            elif word == "mod":
                stop = file.end_of_item(at)
                region = False
                if live and name not in LEFT_OUT:
                    self.read_module(file, module, name, at, directory)
            elif word == "impl":
                stop = file.end_of_item(at)
                region = False
                if live:
                    self.read_impl(file, module, at, stop)
            elif word == "macro_rules":
                stop = file.close[at + 3]
                if live:
                    module.items["macro"][tokens[at + 2]] = Definition(file.name, "macro", tokens[at + 2] + "!")
            elif word in DEFINES:
                stop = file.end_of_item(at, block=word not in ("const", "static", "type"))
                if live:
                    region = not self.define(file, module, word, name, at, stop)
            elif is_name(word) and tokens[(after := file.path_at(at)[1])] == "!":
                stop = file.close[after + 1 if after + 1 in file.close else after + 2]
                if live:
                    module.has_macros = True
                    self.define_inside(file, module, file.open[stop] + 1, stop)
            else:
                stop = file.end_of_item(at, block=word != "extern")
                region = False
            if live and region:
                file.regions.append((module, start, stop, None))
            at = stop + 1

    def read_module(self, file, module, name, at, directory):
        inline = file.tokens[at + 2] == "{"
        choices = [f"{directory}{name}.rs", f"{directory}{name}/mod.rs"]
        path = file.name if inline else next((path for path in choices if (self.source / path).is_file()), None)
        if path is None:
            raise SystemExit(f"{file.name}:{file.line(at)}: no file for the module {name}")
        child = Module(path, parent=module)
        module.items["type"][name] = child
        if inline:
            self.read_items(file, child, at + 3, file.close[at + 2], f"{directory}{name}/")
        else:
            self.read(path, child, f"{directory}{name}/")

    def define(self, file, module, word, name, at, stop):
        """Returns `True` if the regions of the item are noted already."""
        definition = Definition(file.name, word, name)
        for space in DEFINES[word]:
            module.items[space][name] = definition
        if word == "enum":
            at = file.open.get(stop, stop)
            for variant in range(at + 1, stop):
                if file.tokens[variant - 1] in "{,]" and is_name(file.tokens[variant]):
                    if self.depth_is_one(file, at, variant):
                        definition.members[file.tokens[variant]] = file.name
                        file.no_names.add(variant)
        if word == "trait":
            self.read_members(file, module, at, stop, [name], definition.members.setdefault)
        return word == "trait"

    def depth_is_one(self, file, at, inner):
        at += 1
        while at < inner:
            at = file.close.get(at, at) + 1
        return at == inner

    def define_inside(self, file, module, at, end):
        """Items in the tokens that a macro is given."""
        while at < end:
            if file.tokens[at] in DEFINES and is_name(file.tokens[at + 1]):
                for space in DEFINES[file.tokens[at]]:
                    definition = Definition(file.name, file.tokens[at], file.tokens[at + 1])
                    module.items[space].setdefault(file.tokens[at + 1], definition)
            at = file.close.get(at, at) + 1

    def read_impl(self, file, module, at, stop):
        tokens, own = file.tokens, at + 1
        if tokens[own] == "<":
            own = file.after_generics(own)
        body = file.open.get(stop, stop)
        of_trait = [i for i in range(own, body) if tokens[i] == "for" and tokens[i + 1] != "<"]
        if of_trait:
            own = of_trait[-1] + 1
        while own < body and not (is_name(tokens[own]) and tokens[own] not in KEYWORDS):
            own += 1
        path = file.path_at(own)[0]

        def member(name, file_name):
            if not of_trait:
                self.impls.append((module, path, name, file_name))

        self.read_members(file, module, at, stop, path, member)

    def read_members(self, file, module, at, stop, own, member):
        """The head and the associated items of an `impl` or a trait, each a region."""
        tokens, body = file.tokens, file.open.get(stop, stop)
        file.regions.append((module, at, body, own))
        at = body + 1
        while at < stop:
            live, start = file.attributes(at)
            at = start
            while at < stop and tokens[at] not in ("fn", "type") and tokens[at + 1] != "!":
                if tokens[at] == "const" and tokens[at + 1] not in ("fn", "async", "unsafe", "extern"):
                    break
                at = file.close.get(at, at) + 1
            if live and tokens[at] in ("fn", "const"):
                member(tokens[at + 1], file.name)
            end = file.end_of_item(at, block=tokens[at] not in ("type", "const"))
            if live:
                file.regions.append((module, start, end, own))
            at = end + 1

    def import_into(self, module, tree, is_public, at):
        for path, name in tree:
            if name == "*":
                module.globs.append(path)
            else:
                module.imports.setdefault(name, []).append(path)
                if not is_public:
                    self.scopes.append((module, path, at))

    # --- what a name means ---

    def lookup(self, module, name, space):
        """A definition, a module, EXTERNAL, or None."""
        key = (id(module), name, space)
        if key in self.seen:
            return None
        self.seen.add(key)
        try:
            found = module.items[space].get(name)
            if found is None:
                paths = module.imports.get(name, ())
                found = next((f for path in paths if (f := self.follow(module, path, space))), None)
            if found is None:
                for path in module.globs:
                    target = self.follow(module, path, "type")
                    if isinstance(target, Module):
                        found = self.lookup(target, name, space)
                    elif isinstance(target, Definition) and name in target.members and space != "macro":
                        found = target
                    if found not in (None, EXTERNAL):
                        break
            outer = module.outer or (module.parent if space == "macro" else None)
            if found is None and outer:
                found = self.lookup(outer, name, space)
            return found
        finally:
            self.seen.discard(key)

    def follow(self, scope, path, space, own=None):
        """What a path leads to; of an associated item, its type."""
        here, rest = scope, list(path)
        while here.outer and rest[0] in ("self", "super"):
            here = here.outer
        if rest[0] in ("crate", "$crate"):
            here, rest = self.root, rest[1:]
        elif rest[0] == "Self":
            here, rest = own, rest[1:]
        elif rest[0] in ("self", "super"):
            while rest and rest[0] in ("self", "super"):
                here = here.parent if rest[0] == "super" and here else here
                rest = rest[1:]
        else:
            here = self.lookup(scope, rest[0], "type" if len(rest) > 1 else space)
            rest = rest[1:]
            if here is None and len(path) > 1 or here is EXTERNAL:
                return EXTERNAL
        for index, name in enumerate(rest):
            if not isinstance(here, Module):
                break
            inside = self.lookup(here, name, "type" if index + 1 < len(rest) else space)
            if inside is None and here.has_macros:
                # a macro may have defined it, unless it is the name of something else
                if all(self.lookup(here, name, other) is None for other in ("type", "value")):
                    inside = Definition(here.file, "?", name)
            here = inside
        return here

    def resolve(self, scope, path, own, spaces):
        found = (self.follow(scope, path, space, own) for space in spaces)
        return {each for each in found if isinstance(each, Definition)}

    # --- which names stand in a file ---

    def read_names(self, file, module, start, end, own_path):
        tokens, at, bound = file.tokens, start, None
        own = next(iter(self.resolve(module, own_path, None, ("type",))), None) if own_path else None
        scope = self.block_scope(file, module, start, end)
        while at < end:
            token, before = tokens[at], tokens[at - 1]
            if token == "#" and tokens[at + 1] in "[!":
                live, after = file.attributes(at)
                if live and tokens[at + 2] != "doc":
                    self.read_attribute(file, scope, own, at, after)
                at = after if live else file.skipped(after, end)
                continue
            if token == "use" and tokens[at + 1] != "<":
                at = file.end_of_item(at, block=False)
            self.read_string(file, scope, own, at)
            if before == "." and is_name(token):
                file.methods.add(token)
            elif (
                is_name(token)
                and token not in KEYWORDS
                and before not in ("::", "$", "fn", "type", "const", "static")
                and at not in file.no_names
                and not (tokens[at + 1] == ":" and token[0].islower())
                and not (before in "<," and tokens[at + 1] == "=" and tokens[at + 2] != "=")
            ):
                path, after = file.path_at(at)
                if tokens[after] == "!" and tokens[after + 1] in PAIRS:
                    spaces = ("macro",)
                else:
                    spaces = ("type", "value")
                for found in self.resolve(scope, path, own, spaces):
                    if len(path) == 1 and found.kind == "fn" and tokens[after] not in ("(", "::"):
                        bound = bound or file.bound(start, end)
                        if token in bound:
                            continue  # a variable with the name of a function
                    self.note(file, found, path, at)
            at += 1

    def read_attribute(self, file, scope, own, at, end):
        """Paths and constants; other words belong to the attribute."""
        while at < end:
            self.read_string(file, scope, own, at)
            path, after = file.path_at(at) if is_name(file.tokens[at]) else ([""], at + 1)
            if len(path) > 1 or path[0].isupper():
                for found in self.resolve(scope, path, own, ("type", "value")):
                    self.note(file, found, path, at)
            at = after

    def read_string(self, file, scope, own, at):
        token = file.tokens[at]
        if token[0] != '"':
            return
        names = re.findall(r"\{([A-Z][A-Z0-9_]*)[:}]", token)
        if file.tokens[at - 1] == "=" and file.tokens[at - 2].endswith("with"):
            names.append(token.strip('"'))
        for name in names:
            for found in self.resolve(scope, name.split("::"), own, ("value",)):
                self.note(file, found, [name], at)

    def block_scope(self, file, module, start, end):
        """What names mean inside an item: the body of a function may have imports and items of its own."""
        block = Module(file.name, parent=module.parent, outer=module)
        body = next((at for at in range(start, end) if file.tokens[at] == "{"), end)
        for at in range(body + 1, end):
            word, name = file.tokens[at : at + 2]
            if word == "use" and name != "<":
                self.import_into(block, file.use_tree(at + 1)[0], False, at)
            elif word in ("struct", "enum", "trait", "fn") and is_name(name):
                for space in DEFINES[word]:
                    block.items[space][name] = Definition(file.name, word, name)
        return block if block.imports or block.globs or any(block.items.values()) else module

    def note(self, file, found, path, at):
        self.note_arrow(file, found.file, found.name, at)
        member = found.members.get(path[-1])
        if member not in (None, found.file):
            self.note_arrow(file, member, f"{found.name}::{path[-1]}", at)

    def note_arrow(self, file, to, name, at):
        if to != file.name and to in self.nodes:
            names = self.found.setdefault((file.name, to), {})
            names[name] = min(at, names.get(name, at))

    def traits_in_use(self):
        """An import of a trait counts if a method is called, even if nothing names the trait."""
        for module, path, at in self.scopes:
            file = self.files[module.file]
            if file.name in self.nodes:
                for found in self.resolve(module, path, None, ("type",)):
                    named = found.name in self.found.get((file.name, found.file), ())
                    if found.kind == "trait" and not named and file.methods & found.members.keys():
                        self.note_arrow(file, found.file, found.name, at)

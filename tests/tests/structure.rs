//! The structure of the sources: no file is too long, imports between files have no cycles, and the library does not mention the
//! command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines per file at most, including tests.
const MAX_LINES: usize = 400;

/// Folders of sources, each with the root file of its crate.
const CRATES: [(&str, &str); 5] = [
    ("awd-core/src", "lib.rs"),
    ("awd-embedded/src", "lib.rs"),
    ("awd-train/src", "lib.rs"),
    ("python/src", "lib.rs"),
    ("xtask/src", "main.rs"),
];

/// Keywords that start a named item.
const ITEMS: [&str; 10] = ["fn", "struct", "enum", "trait", "const", "static", "type", "union", "mod", "macro_rules"];

/// A path as written in the source. It starts with `crate`, `super`, a module or an imported name.
type Name = Vec<String>;

/// The names that a file defines, imports and uses.
#[derive(Debug, Default)]
struct Module {
    file: PathBuf,
    /// Names that the file defines.
    items: BTreeSet<String>,
    /// Imported names with their paths.
    imports: BTreeMap<String, Name>,
    /// Modules imported with `*`.
    globs: Vec<Name>,
    /// Paths and names that the file uses.
    used: BTreeSet<Name>,
}

/// The modules of a crate by their path from the root.
type Crate = BTreeMap<Name, Module>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

/// Collects the Rust files under a folder, except build output.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target" && name != ".git") {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Identifiers, `::` and single characters of a source, without comments, strings and everything after `#[cfg(test)]`.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("#[cfg(test)]") {
            break;
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if first == '"' {
            string_len(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find("'").map_or(rest.len(), |end| end + 2)
        } else if word > 0 {
            tokens.push(rest[..word].into());
            word
        } else if rest.starts_with("::") {
            tokens.push("::".into());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.into());
            }
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    tokens
}

/// The length of the string literal at the start of a text.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => (),
        }
    }
    text.len()
}

/// Parses a `use` tree with the path prefix `before`; returns the tokens after it.
fn import<'t>(mut tokens: &'t [String], before: &[String], module: &mut Module) -> &'t [String] {
    let mut path = before.to_vec();
    loop {
        let Some((first, rest)) = tokens.split_first() else { return tokens };
        tokens = rest;
        match first.as_str() {
            "::" => continue,
            "{" => {
                while tokens.first().is_some_and(|next| next != "}") {
                    tokens = import(tokens, &path, module);
                    if tokens.first().is_some_and(|next| next == ",") {
                        tokens = &tokens[1..];
                    }
                }
                return tokens.get(1..).unwrap_or_default();
            }
            "*" => {
                module.globs.push(path);
                return tokens;
            }
            "self" if !path.is_empty() => (),
            word => path.push(word.into()),
        }
        match tokens.first().map(String::as_str) {
            Some("::") => (),
            Some("as") => {
                module.imports.insert(tokens[1].clone(), path);
                return &tokens[2..];
            }
            _ => {
                module.imports.insert(path.last().cloned().unwrap_or_default(), path);
                return tokens;
            }
        }
    }
}

/// Reads what a file says.
fn read(file: &Path) -> Module {
    let tokens = tokens(&fs::read_to_string(file).unwrap());
    let mut module = Module { file: file.into(), ..Module::default() };
    let (mut rest, mut depth) = (&tokens[..], 0_usize);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first.as_str() {
            "use" => rest = import(after, &[], &mut module),
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            word if ITEMS.contains(&word) && depth == 0 => {
                let name = after.iter().find(|word| !matches!(word.as_str(), "fn" | "unsafe" | "!" | "mut"));
                module.items.extend(name.cloned());
            }
            word if word.starts_with(|c: char| c.is_alphabetic()) => {
                let mut path = vec![word.to_owned()];
                while let [colons, next, ..] = rest
                    && colons == "::"
                    && next.starts_with(|c: char| c.is_alphabetic())
                {
                    path.push(next.clone());
                    rest = &rest[2..];
                }
                module.used.insert(path);
            }
            _ => (),
        }
    }
    module
}

/// The modules of a crate by their paths.
fn modules(folder: &Path, top: &str) -> Crate {
    let mut files = Vec::new();
    sources(folder, &mut files);
    let path = |file: &Path| -> Name {
        let mut path: Name = file
            .strip_prefix(folder)
            .unwrap()
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().into())
            .collect();
        if path.last().is_some_and(|last| last == "mod") || file == folder.join(top) {
            path.pop();
        }
        path
    };
    let tests = |file: &PathBuf| file.file_stem().is_some_and(|stem| stem.to_str().unwrap().ends_with("tests"));
    files.into_iter().filter(|file| !tests(file)).map(|file| (path(&file), read(&file))).collect()
}

/// Resolves a path used in the module `here` to the module that defines it, following imports. `seen` holds the lookups so far, to stop
/// at cycles of imports.
fn resolve(modules: &Crate, here: &[String], path: &[String], seen: &mut BTreeSet<(Name, Name)>) -> Option<Name> {
    if !seen.insert((here.to_vec(), path.to_vec())) {
        return None;
    }
    let (first, rest) = path.split_first()?;
    let module = modules.get(here)?;
    let child = [here, std::slice::from_ref(first)].concat();
    match first.as_str() {
        "crate" => resolve(modules, &[], rest, seen),
        "self" => resolve(modules, here, rest, seen),
        "super" => resolve(modules, here.split_last()?.1, rest, seen),
        _ if modules.contains_key(&child) && !rest.is_empty() => resolve(modules, &child, rest, seen),
        _ if module.items.contains(first) && !modules.contains_key(&child) => Some(here.to_vec()),
        // `use a::a` of another crate would resolve to itself.
        name => match module.imports.get(name).filter(|from| from[0] != *name) {
            Some(from) => resolve(modules, here, &[from, rest].concat(), seen),
            // Other crates are not searched.
            None => (module.globs.iter())
                .filter(|from| ["crate", "super", "self"].contains(&from[0].as_str()))
                .find_map(|from| resolve(modules, here, &[from, path].concat(), seen)),
        },
    }
}

/// The dependency graph: for each module the modules whose names it uses.
fn dependencies(modules: &Crate) -> BTreeMap<Name, BTreeSet<Name>> {
    let edges = |(path, module): (&Name, &Module)| {
        let targets = module.used.iter().filter_map(|used| resolve(modules, path, used, &mut BTreeSet::new()));
        (path.clone(), targets.filter(|target| target != path).collect())
    };
    modules.iter().map(edges).collect()
}

/// The modules that a module depends on, directly or indirectly.
fn reachable(graph: &BTreeMap<Name, BTreeSet<Name>>, from: &Name) -> BTreeSet<Name> {
    let (mut reached, mut pending) = (BTreeSet::new(), vec![from]);
    while let Some(next) = pending.pop() {
        pending.extend(graph.get(next).into_iter().flatten().filter(|target| reached.insert((*target).clone())));
    }
    reached
}

/// The edges of the graph that lie on cycles.
fn cycles(mut graph: BTreeMap<Name, BTreeSet<Name>>) -> BTreeMap<Name, BTreeSet<Name>> {
    let reached: BTreeMap<Name, BTreeSet<Name>> =
        graph.keys().map(|from| (from.clone(), reachable(&graph, from))).collect();
    for (from, targets) in &mut graph {
        targets.retain(|target| reached.get(target).is_some_and(|reached| reached.contains(from)));
    }
    graph.retain(|_, targets| !targets.is_empty());
    graph
}

#[test]
fn imports_between_files_have_no_cycles() {
    let mut circular = String::new();
    for (folder, top) in CRATES {
        let modules = modules(&root().join(folder), top);
        let graph = dependencies(&modules);
        // Guards against a resolver that finds nothing, and therefore no cycles.
        assert!(graph.values().map(BTreeSet::len).sum::<usize>() > modules.len() / 2, "{folder}: {graph:?}");
        let cycles = cycles(graph);
        let line = |(path, targets): (&Name, &BTreeSet<Name>)| {
            let to: Vec<String> = targets.iter().map(|target| target.join("::")).collect();
            format!("{} -> {}\n", modules[path].file.display(), to.join(", "))
        };
        circular.extend(cycles.iter().map(line));
    }
    assert!(circular.is_empty(), "files import from each other:\n{circular}");
}

#[test]
fn no_file_is_too_long() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    assert!(files.len() > 200, "{} files", files.len());
    let lines = |file: &PathBuf| (fs::read_to_string(file).unwrap().lines().count(), file.clone());
    let long: Vec<(usize, PathBuf)> = files.iter().map(lines).filter(|(lines, _)| *lines > MAX_LINES).collect();
    assert!(long.is_empty(), "more than {MAX_LINES} lines: {long:#?}");
}

#[test]
fn the_library_does_not_mention_the_command_line() {
    let folder = root().join("awd-train/src");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    // Exempt: the command line itself, reports, and headers of generated files.
    let exempt = ["cli", "report", "export"].map(|name| folder.join(name));
    files.retain(|file| exempt.iter().all(|path| !file.starts_with(path)));
    assert!(files.len() > 80, "{} files", files.len());
    let verbs = [
        "teach",
        "distil",
        "attribute",
        "evaluate",
        "score",
        "inspect",
        "report",
        "export",
        "device",
        "doctor",
        "key",
        "sign",
    ];
    let mentions = |line: &str| {
        let quoted = !line.trim_start().starts_with("//") && line.contains('"');
        // `--version` is passed to other programs.
        let option = line.contains(" --") || line.contains("\"--") && !line.contains("--version");
        // `awd signature` is no verb.
        let names =
            |verb| line.split(&format!("awd {verb}")).skip(1).any(|after| !after.starts_with(char::is_alphabetic));
        quoted && (option || verbs.iter().any(names))
    };
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap();
    let lines = files
        .iter()
        .flat_map(|file| text(file).lines().filter(|line| mentions(line)).map(str::to_owned).collect::<Vec<_>>());
    let found: Vec<String> = lines.collect();
    assert!(found.is_empty(), "options or verbs in strings of the library: {found:#?}");
}

//! Which of the shared options a command has, and which of those that were given stand in the
//! commands that a report suggests.

use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _};

use super::settings::Settings;
use super::terminal::quoted;
use super::{Arguments, Wrong};

/// What is said of the scenarios.
const TABLE: &[&str] = &["profile", "scenarios", "tests"];
const GOLDENS: &[&str] = &["profile", "scenarios", "tests", "snapshots", "color"];
const MACHINE: &[&str] = &["timeout", "memory", "output", "system_calls", "without"];

/// The shared options of commands that do not have all of them.
const FEWER: &[(&str, &[&[&str]])] = &[
    ("accept", &[GOLDENS]),
    ("bless", &[GOLDENS, MACHINE]),
    ("compare", &[]),
    ("doctor", &[&["without"]]),
    ("export", &[GOLDENS]),
    ("import", &[TABLE, MACHINE]),
    ("list", &[TABLE]),
    ("merge", &[]),
    ("mistakes", &[TABLE]),
    ("pending", &[GOLDENS]),
    ("profile", &[]),
    ("record", &[]),
    ("recordings", &[TABLE]),
    ("reject", &[GOLDENS]),
    ("report", &[&["color"]]),
    ("review", &[GOLDENS]),
    ("rubric", &[TABLE]),
    ("show", &[GOLDENS]),
    ("similar", &[]),
    ("trace", &[TABLE, MACHINE]),
];

/// What says how much is told, or of what, and so is not carried on.
const OWN: &[&str] = &[
    "again",
    "anonymous",
    "color",
    "failed",
    "first",
    "format",
    "jobs",
    "library",
    "manifest",
    "mistake",
    "out",
    "slice",
    "verbose",
];

/// Whether a command has a shared option.
fn has(command: &str, option: &str) -> bool {
    let fewer = FEWER.iter().find(|(name, _)| *name == command);
    fewer.is_none_or(|(_, groups)| groups.iter().any(|group| group.contains(&option)))
}

fn shared() -> Vec<Arg> {
    let settings = Settings::augment_args(Command::new(""));
    settings.get_arguments().cloned().collect()
}

/// The whole command line; each command shows the options that it has.
fn command() -> &'static Command {
    static COMMAND: OnceLock<Command> = OnceLock::new();
    COMMAND.get_or_init(|| {
        let shared = shared();
        Arguments::command().mut_subcommands(|sub| {
            let name = sub.get_name().to_owned();
            restricted(sub, &name, &shared)
        })
    })
}

fn restricted(command: Command, name: &str, shared: &[Arg]) -> Command {
    let foreign = shared.iter().filter(|it| !has(name, it.get_id().as_str()));
    let hidden: Vec<Arg> = foreign.map(|it| it.clone().hide(true)).collect();
    let command = command.args(hidden);
    command.mut_subcommands(|sub| restricted(sub, name, shared))
}

/// The arguments of this process; what makes no sense ends it.
pub(super) fn parse() -> Result<Arguments, Wrong> {
    let matches = command().clone().get_matches();
    let mut arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let given = Given::of(&matches);
    if let Some((name, _)) = matches.subcommand() {
        let foreign = shared().into_iter().find(|it| {
            let id = it.get_id().as_str();
            !has(name, id) && given.0.iter().any(|one| one.id == id)
        });
        if let Some(option) = foreign {
            let long = option.get_long().unwrap_or_default();
            wrong!("checker {name} has no option --{long}");
        }
    }
    arguments.settings.given = given;
    Ok(arguments)
}

/// The options that were given, as a shell takes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(Vec<Word>);

#[derive(Clone, Debug)]
struct Word {
    id: String,
    text: String,
}

impl Given {
    fn of(matches: &ArgMatches) -> Self {
        let (name, matches) = matches.subcommand().unwrap_or(("", matches));
        let own = command().find_subcommand(name).into_iter();
        let own = own.flat_map(Command::get_arguments).cloned();
        let mut words: Vec<Word> = Vec::new();
        for option in own.chain(shared()) {
            let id = option.get_id().as_str();
            let given = matches.try_contains_id(id).is_ok()
                && matches.value_source(id) == Some(ValueSource::CommandLine);
            let Some(long) = option.get_long().filter(|_| given) else {
                continue;
            };
            if words.iter().any(|word| word.id == id) {
                continue;
            }
            let takes_values = option.get_action().takes_values();
            let values = matches
                .get_raw(id)
                .into_iter()
                .flatten()
                .filter(|_| takes_values);
            let values =
                values.map(|value| format!(" --{long} {}", quoted(&value.to_string_lossy())));
            let text = match takes_values {
                true => values.collect(),
                false => format!(" --{long}"),
            };
            let id = id.to_owned();
            words.push(Word { id, text });
        }
        Self(words)
    }

    /// A command to copy, `explain C4` for example, with the options of this run that it has too.
    pub(super) fn command(&self, words: &str) -> String {
        let name = words.split(' ').next().unwrap_or_default();
        let taken = |id: &str| {
            let target = command().find_subcommand(name);
            let mut own = target.into_iter().flat_map(Command::get_arguments);
            let own = own.any(|it| it.get_id() == id && !it.is_hide_set());
            let shared = shared().iter().any(|it| it.get_id() == id);
            own || (shared && has(name, id))
        };
        let carried = self
            .0
            .iter()
            .filter(|word| !OWN.contains(&word.id.as_str()) && taken(&word.id));
        let carried: String = carried.map(|word| word.text.as_str()).collect();
        format!("checker {words}{carried}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(line: &str) -> Given {
        Given::of(&command().clone().get_matches_from(line.split(' ')))
    }

    #[test]
    fn a_command_line_is_sound() {
        command().clone().debug_assert();
    }

    #[test]
    fn help_shows_what_a_command_has() {
        for (name, groups) in FEWER {
            let found = command().clone().find_subcommand(name).cloned();
            let mut whole = command().clone();
            whole.build();
            let help = whole
                .find_subcommand_mut(name)
                .unwrap()
                .render_long_help()
                .to_string();
            assert!(found.is_some(), "{name}");
            for option in shared() {
                let long = format!("--{}", option.get_long().unwrap());
                let shown = help.split_whitespace().any(|word| word == long);
                let has = groups
                    .iter()
                    .any(|group| group.contains(&option.get_id().as_str()));
                assert_eq!(shown, has, "{name} {long}");
            }
        }
    }

    #[test]
    fn suggested_commands_carry_what_they_take() {
        let given = given(
            "checker --profile header-24 grade alice --scenarios mine --cc clang --verbose --jobs 2",
        );
        let carried = [" --cc clang", " --profile header-24", " --scenarios mine"];
        let said = given.command("grade alice");
        assert!(carried.iter().all(|it| said.contains(it)), "{said}");
        assert_eq!(said.matches(" --").count(), 3, "{said}");
        let said = given.command("list C4");
        assert_eq!(said, "checker list C4 --profile header-24 --scenarios mine");
        assert_eq!(given.command("profile"), "checker profile");
    }
}
